package dev.muster.cli;

import dev.muster.denylist.DenyList;
import dev.muster.operations.OperationRefusedException;
import dev.muster.operations.RevocationRuns;
import dev.muster.operations.RunOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "revoke",
    description = {
      "Applies revocation lists at once: devices are revoked, disabled, enabled or restored in the"
          + " registry. Their hubs are not told yet: until then a revoked token works there.",
      "",
      "A list is CSV with the columns device_id, action (revoke, disable, enable, restore; empty"
          + " means revoke), reason, effective_at (RFC 3339; empty means now) and devices_behind"
          + " (yes: also what stands behind this gateway). A run that failed or was interrupted is"
          + " continued; a list that was applied before is applied once more."
    },
    footer = {
      "",
      "Exit codes: 0 everything applied; 3 done, with rejected rows; 1 failed (restartable); 2"
          + " wrong usage."
    })
final class RevokeCommand implements Callable<Integer> {

  private final Beans beans;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private StandardOptions options = new StandardOptions();

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "CSV revocation lists, also gzipped.")
  private List<Path> files = List.of();

  @Option(
      names = "--factory",
      paramLabel = "ID",
      description = "Whose lists they are: only this factory's devices change. Otherwise any.")
  private @Nullable String factory;

  RevokeCommand(Beans beans) {
    this.beans = beans;
  }

  @Override
  public Integer call() throws IOException {
    Output output = options.output(spec);
    for (Path file : files) {
      if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
        throw new ParameterException(
            output.commandLine(), "There is no readable file " + file + ".");
      }
    }
    String whose =
        factory == null ? null : beans.get(ChosenFactory.class).id(factory, output.commandLine());
    int exitCode = ExitCodes.OK;
    for (Path file : files) {
      exitCode = ProvisionCommand.worse(exitCode, revoke(file, whose, output));
    }
    beans.get(DenyList.class).publishPending().forEach(output::error);
    return exitCode;
  }

  private int revoke(Path file, @Nullable String whose, Output output) throws IOException {
    RunOutcome outcome;
    try (ProgressBars bars = beans.get(ProgressBars.class).start(output.progress())) {
      outcome =
          beans
              .get(RevocationRuns.class)
              .apply(file, whose, "operator " + System.getProperty("user.name"));
    } catch (OperationRefusedException e) {
      output.error(file + ": " + e.sentence());
      return ExitCodes.FAILED;
    }
    ListReport.print(outcome, output);
    return OutcomeReport.exitCode(outcome);
  }
}
