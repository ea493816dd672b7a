package dev.muster.cli;

import dev.muster.factory.DevelopmentFactory;
import dev.muster.manifest.RejectLimit;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.run.OperationRefusedException;
import dev.muster.run.RunOutcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "provision",
    description = {
      "Provisions the devices of a factory's manifests: validates every row, loads the registry,"
          + " issues each device its token, and leaves an encrypted bundle in the outbox.",
      "",
      "Content that was provisioned before does no work and gives back the first receipt. A run"
          + " that failed or was interrupted is continued."
    },
    footer = {
      "",
      "Exit codes: 0 everything accepted; 3 done, with rejected rows; 1 failed (restartable); 2"
          + " wrong usage."
    })
final class ProvisionCommand extends ApplicationCommand {

  @Mixin private ManifestFiles manifests = new ManifestFiles();

  @Option(
      names = "--factory",
      paramLabel = "ID",
      description = "Whose manifests they are. Can be left out while there is only one factory.")
  private @Nullable String factory;

  @Option(
      names = "--max-rejects",
      paramLabel = "N|N%",
      converter = RejectLimitConverter.class,
      description =
          "How many rows may be refused before a run fails (default 5%%). 0 means all or nothing.")
  private @Nullable RejectLimit maxRejects;

  @Mixin private UpdateOptions updates = new UpdateOptions();

  @Mixin private TokenLifetimeOption tokenLifetime = new TokenLifetimeOption();

  ProvisionCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException {
    Output output = options.output();
    List<Path> files = manifests.readable(output.commandLine());
    beans.get(DevelopmentFactory.class).ensure();
    String whose = beans.get(ChosenFactory.class).id(factory, output.commandLine());
    DevelopmentSetup development = beans.get(DevelopmentSetup.Finder.class).of(whose);
    int exitCode = ExitCodes.OK;
    for (Path file : files) {
      exitCode = worse(exitCode, provision(file, whose, development, output));
    }
    return exitCode;
  }

  private int provision(
      Path file, String whose, @Nullable DevelopmentSetup development, Output output)
      throws IOException {
    RunOutcome outcome;
    try (ProgressBars bars = beans.get(ProgressBars.class).start(output.progress())) {
      outcome =
          beans
              .get(ManifestRuns.class)
              .provision(file, whose, maxRejects, tokenLifetime.given(), updates.given());
    } catch (OperationRefusedException e) {
      output.error(file + ": " + e.sentence());
      return ExitCodes.FAILED;
    }
    OutcomeReport.print(outcome, beans, development, output);
    return OutcomeReport.exitCode(outcome);
  }

  static int worse(int one, int other) {
    if (one == ExitCodes.FAILED || other == ExitCodes.FAILED) {
      return ExitCodes.FAILED;
    }
    return Math.max(one, other);
  }
}
