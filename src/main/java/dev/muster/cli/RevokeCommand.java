package dev.muster.cli;

import dev.muster.denylist.DenyList;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.RejectLimit;
import dev.muster.publisher.HubResult;
import dev.muster.publisher.Publishers;
import dev.muster.revocation.ListCheck;
import dev.muster.revocation.ListCheck.CheckedList;
import dev.muster.revocation.RevocationRuns;
import dev.muster.revocation.RevocationRuns.Undone;
import dev.muster.run.OperationRefusedException;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunStep;
import dev.muster.run.StepProgressed;
import dev.muster.upload.CheckedUploads;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "revoke",
    description = {
      "Applies revocation lists at once: devices are revoked, disabled, enabled or restored in the"
          + " registry, and their hubs are told. Until a hub has confirmed, the device is shown as"
          + " revoking.",
      "",
      "A list is CSV with the columns device_id, action (revoke, disable, enable, restore; empty"
          + " means revoke), reason, effective_at (RFC 3339; empty means now) and devices_behind"
          + " (yes: also what stands behind this gateway). A run that failed or was interrupted is"
          + " continued; a list that was applied before is applied once more.",
      "",
      "One that takes more devices out of service, or brings more back, than its ceiling"
          + " (muster.revocations.ceiling), or that was provisioned as a manifest before, is held"
          + " until a second person approves it."
    },
    footer = {
      "",
      "Exit codes: 0 everything applied in the registry, whatever the hubs say; 3 done, with"
          + " rejected rows; 1 failed (restartable); 2 wrong usage."
    })
final class RevokeCommand extends ApplicationCommand {

  private static final RunStep HUBS = RunStep.of("hubs", "Tell the hubs", RunStep.Counts.ROWS);

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE",
      description = "CSV revocation lists, also gzipped.")
  private List<Path> files = List.of();

  @Option(
      names = "--factory",
      paramLabel = "ID",
      description = "Whose lists they are: only this factory's devices change. Otherwise any.")
  private @Nullable String factory;

  @Option(
      names = "--max-rejects",
      paramLabel = "N|P%",
      converter = RejectLimitConverter.class,
      description =
          "How many rows of a list may be rejected; as is said of its factory, or of all, when left"
              + " out. More fail it before anything is applied.")
  private @Nullable RejectLimit maxRejects;

  @Option(
      names = "--dry-run",
      description =
          "Shows what the lists would do in the registry as it is now, and does nothing of it.")
  private boolean dryRun;

  @Option(
      names = "--approve",
      paramLabel = "LIST",
      description =
          "Applies the list of this number, which is held, as the second person: whoever sent it"
              + " can't.")
  private @Nullable Integer approve;

  @Option(
      names = "--undo",
      paramLabel = "LIST",
      description =
          "Brings back just what the list of this number took out of service and nobody has touched"
              + " since. More than the ceiling come back when a second person asks for the same.")
  private @Nullable Integer undo;

  @Option(
      names = "--confirm",
      paramLabel = "NUMBER",
      converter = DevicesCommand.ChoiceConverter.class,
      description =
          "Changes the devices that were chosen with jobs/devices --change, or elsewhere.")
  private @Nullable UUID confirm;

  private final List<Integer> applied = new ArrayList<>();
  private boolean broughtBack;

  @Option(
      names = "--wait",
      paramLabel = "DURATION",
      converter = WaitConverter.class,
      description =
          "How long to wait for the hubs to confirm, such as 90s, 10m or 2h (default"
              + " ${DEFAULT-VALUE}). 0: not at all; jobs/serve tells them.",
      defaultValue = "10m")
  private Duration wait = Duration.ZERO;

  RevokeCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Output output = options.output();
    if (Stream.of(files.isEmpty() ? null : files, approve, undo, confirm)
            .filter(Objects::nonNull)
            .count()
        != 1) {
      throw new ParameterException(
          output.commandLine(),
          "Give lists, or the number of one that is held (--approve), of one that is to be undone"
              + " (--undo), or of chosen devices (--confirm).");
    }
    if (files.isEmpty() && (dryRun || factory != null || maxRejects != null)) {
      throw new ParameterException(
          output.commandLine(), "--factory, --max-rejects and --dry-run go with lists.");
    }
    ManifestFiles.readable(files, output.commandLine());
    String whose =
        factory == null ? null : beans.get(ChosenFactory.class).id(factory, output.commandLine());
    if (dryRun) {
      return dryRun(whose, output);
    }
    int exitCode = ExitCodes.OK;
    try {
      if (approve != null) {
        exitCode = ended(beans.get(RevocationRuns.class).approve(approve), output);
      }
      if (undo != null) {
        exitCode = undo(undo, output);
      }
      if (confirm != null) {
        exitCode = confirmed(confirm, output);
      }
      for (Path file : files) {
        exitCode = ProvisionCommand.worse(exitCode, revoke(file, whose, output));
      }
    } finally { // what was applied before a list that fails, is
      beans.get(DenyList.class).publishPending().forEach(output::error);
      if (!applied.isEmpty() || broughtBack) {
        tellHubs(output);
      }
    }
    return exitCode;
  }

  private int revoke(Path file, @Nullable String whose, Output output) throws IOException {
    RunOutcome outcome;
    try (ProgressBars bars = beans.get(ProgressBars.class).start(output.progress())) {
      outcome =
          beans
              .get(RevocationRuns.class)
              .apply(file, whose, "operator " + System.getProperty("user.name"), maxRejects);
    } catch (OperationRefusedException e) {
      output.error(file + ": " + e.sentence());
      return ExitCodes.FAILED;
    }
    return ended(outcome, output);
  }

  private int confirmed(UUID chosen, Output output) throws IOException {
    RunOutcome outcome;
    try (ProgressBars bars = beans.get(ProgressBars.class).start(output.progress())) {
      outcome = beans.get(CheckedUploads.class).apply(chosen);
    }
    return ended(outcome, output);
  }

  private int ended(RunOutcome outcome, Output output) throws IOException {
    ListReport.print(outcome, beans, output).ifPresent(applied::add);
    return OutcomeReport.exitCode(outcome);
  }

  private int undo(int list, Output output) {
    Undone undone = beans.get(RevocationRuns.class).undo(list);
    if (output.json()) {
      output.json(undone);
    } else if (undone.held() != null) {
      output.error(undone.held());
    } else {
      output.line("List %d is undone".formatted(list));
      output.line("  back      %,11d".formatted(undone.back()));
      output.line("  left      %,11d".formatted(undone.left()));
      output.line("  forgotten %,11d".formatted(undone.waiting()));
    }
    broughtBack = undone.back() > 0;
    return undone.held() == null ? ExitCodes.OK : ExitCodes.FAILED;
  }

  private int dryRun(@Nullable String whose, Output output) throws IOException {
    int exitCode = ExitCodes.OK;
    for (Path file : files) {
      try {
        CheckedList list =
            beans.get(ListCheck.class).check(file, whose, maxRejects, rejected -> {});
        ListReport.print(file, list, output);
        if (list.effect().rejected() > 0) {
          exitCode = ProvisionCommand.worse(exitCode, ExitCodes.DONE_WITH_REJECTS);
        }
        if (list.effect().tooManyRejects()) {
          exitCode = ExitCodes.FAILED;
        }
      } catch (ManifestRefusedException e) {
        output.error(file + ": " + e.getMessage());
        exitCode = ExitCodes.FAILED;
      }
    }
    return exitCode;
  }

  /** What they say is for people only: the receipts are what {@code --json} prints. */
  private void tellHubs(Output output) throws InterruptedException {
    try (ProgressBars bars = beans.get(ProgressBars.class).start(output.progress())) {
      AtomicLong total = new AtomicLong(-1);
      AtomicLong last = new AtomicLong();
      List<HubResult> hubs =
          beans
              .get(Publishers.class)
              .tell(
                  wait,
                  applied,
                  left -> {
                    total.compareAndSet(-1, left);
                    if (total.get() > 0) {
                      long done = Math.max(total.get() - left, last.get());
                      bars.on(new StepProgressed(0, HUBS, done - last.get(), total.get()));
                      last.set(done);
                    }
                  });
      HubReport.print(hubs, output);
    }
  }
}
