package dev.muster.cli;

import dev.muster.renewal.ReassignRuns;
import dev.muster.renewal.RenewalOutcome;
import dev.muster.status.FormerHubs.Left;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

@Command(
    name = "reassign",
    description = {
      "Moves devices between hubs: gives them tokens for their new hub first, in a bundle for each"
          + " factory, and assigns them there when it is delivered. When a factory has confirmed"
          + " that its devices have them, they are shut out at the hub that they have left.",
      "",
      "Without --drain, --rebalance or --confirm: which factories have not confirmed yet."
    },
    footer = {
      "",
      "Exit codes: 0 as asked; 1 something failed (restartable) or can't be done; 2 wrong usage."
    })
final class ReassignCommand extends ApplicationCommand {

  @ArgGroup private What what = new What();

  static final class What {
    @Option(
        names = "--drain",
        paramLabel = "HUB",
        description = "Devices leave this hub, which takes no new ones (draining: true).")
    private @Nullable String drain;

    @Option(
        names = "--rebalance",
        description =
            "Devices go where the weights want them, as when a hub was added. A factory that is"
                + " bound to a hub keeps it: first say jobs/factory change ID --hub NAME, or"
                + " --unset HUB.")
    private boolean rebalance;

    @Option(
        names = "--confirm",
        arity = "0..1",
        fallbackValue = "",
        paramLabel = "FACTORY",
        description = "This factory's devices (or all) have their tokens for their new hubs.")
    private @Nullable String confirm;
  }

  @Option(names = "--factory", paramLabel = "ID", description = "One factory's devices only.")
  private @Nullable String factory;

  @Mixin private TokenLifetimeOption tokenLifetime = new TokenLifetimeOption();

  @Option(names = "--dry-run", description = "Say what would be moved. Changes nothing.")
  private boolean dryRun;

  ReassignCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    Output output = options.output();
    String confirm = what.confirm;
    boolean move = what.rebalance || what.drain != null;
    if (!move && (dryRun || factory != null || tokenLifetime.given() != null)) {
      throw new ParameterException(
          output.commandLine(),
          "--factory, --token-lifetime and --dry-run go with --drain or --rebalance.");
    }
    ReassignRuns runs = beans.get(ReassignRuns.class);
    if (confirm != null) {
      int closed = runs.confirm(confirm.isEmpty() ? null : confirm);
      output.line("%,d devices are shut out at the hub that they have left.".formatted(closed));
      return left(runs.left(), output);
    }
    if (!move) {
      return left(runs.left(), output);
    }
    String whose =
        factory == null ? null : beans.get(ChosenFactory.class).id(factory, output.commandLine());
    List<RenewalOutcome> outcomes;
    if (dryRun) {
      outcomes = runs.preview(what.drain, whose);
    } else {
      try (ProgressBars bars = beans.get(ProgressBars.class).start(output.progress())) {
        outcomes = runs.reassign(what.drain, whose, tokenLifetime.given());
      }
    }
    int exitCode = RenewalReport.print(outcomes, beans, output);
    if (!output.json()) {
      left(runs.left(), output);
    }
    return exitCode;
  }

  private static int left(List<Left> all, Output output) {
    if (output.json()) {
      output.json(all);
      return ExitCodes.OK;
    }
    if (all.isEmpty()) {
      output.line("No device that has moved is left open at its former hub.");
    }
    for (Left left : all) {
      if (left.unconfirmed() > 0) {
        output.line(
            "%,d devices of factory %s have left hub %s. It stays open for them until the factory confirms the bundle, or you say jobs/reassign --confirm %2$s."
                .formatted(left.unconfirmed(), left.factory(), left.hub()));
      }
      if (left.closing() > 0) {
        output.line(
            "%,d devices of factory %s are being shut out at hub %s."
                .formatted(left.closing(), left.factory(), left.hub()));
      }
    }
    return ExitCodes.OK;
  }
}
