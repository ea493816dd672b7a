package dev.muster.cli;

import dev.muster.renewal.RenewalOutcome;
import dev.muster.renewal.RenewalRuns;
import dev.muster.upload.CheckedUploads;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

@Command(
    name = "renew",
    description = {
      "Gives devices whose token ends soon a new one, in a new encrypted bundle for each factory."
          + " Disabled and revoked devices get none.",
      "",
      "A renewal that failed or was interrupted is continued first. jobs/serve does the same once a"
          + " day."
    },
    footer = {
      "",
      "Exit codes: 0 all is done; 1 something failed (restartable) or a factory is gone; 2 wrong"
          + " usage."
    })
final class RenewCommand extends ApplicationCommand {

  @Option(names = "--factory", paramLabel = "ID", description = "One factory's devices only.")
  private @Nullable String factory;

  @Option(
      names = "--within",
      paramLabel = "DAYS|ISO-8601",
      converter = WithinConverter.class,
      description = "Tokens that end within this time: days, or such as PT12H (default 30).")
  private @Nullable Duration within;

  @Mixin private TokenLifetimeOption tokenLifetime = new TokenLifetimeOption();

  @Option(names = "--dry-run", description = "Say what would be renewed. Changes nothing.")
  private boolean dryRun;

  @Option(
      names = "--confirm",
      paramLabel = "NUMBER",
      converter = DevicesCommand.ChoiceConverter.class,
      description =
          "Renews, or moves, just the devices that were chosen with jobs/devices --change, or"
              + " elsewhere.")
  private @Nullable UUID confirm;

  RenewCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    Output output = options.output();
    if (confirm != null
        && (dryRun || factory != null || within != null || tokenLifetime.given() != null)) {
      throw new ParameterException(
          output.commandLine(),
          "--factory, --within, --token-lifetime and --dry-run don't go with --confirm: which"
              + " devices those are was decided when they were chosen.");
    }
    String whose =
        factory == null ? null : beans.get(ChosenFactory.class).id(factory, output.commandLine());
    RenewalRuns runs = beans.get(RenewalRuns.class);
    List<RenewalOutcome> outcomes;
    if (confirm != null) {
      try (ProgressBars bars = beans.get(ProgressBars.class).start(output.progress())) {
        outcomes = beans.get(CheckedUploads.class).renew(confirm);
      }
    } else if (dryRun) {
      outcomes = runs.preview(whose, within, tokenLifetime.given());
    } else {
      try (ProgressBars bars = beans.get(ProgressBars.class).start(output.progress())) {
        outcomes = runs.renew(whose, within, tokenLifetime.given());
      }
    }
    return RenewalReport.print(outcomes, beans, output);
  }
}
