package dev.muster.cli;

import dev.muster.renewal.KeyRotationRuns;
import dev.muster.renewal.RenewalOutcome;
import dev.muster.renewal.RotationStatus;
import dev.muster.renewal.RotationStatus.Bundle;
import dev.muster.renewal.RotationStatus.FactoryShare;
import dev.muster.renewal.RotationStatus.ManifestUnderWay;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "rotate-key",
    description = {
      "Moves a hub from its key in use to its other one: from now on everything is signed with that"
          + " one; all devices of the hub get new tokens, in a bundle for each factory; and when"
          + " all factories have confirmed, it says that the old key may be regenerated. Say it"
          + " again at any time: it goes on where it is.",
      "",
      "Without HUB: the status of all rotations that are under way."
    },
    footer = {
      "",
      "Exit codes: 0 as asked; 1 something failed (say it again) or can't be done yet; 2 wrong"
          + " usage."
    })
final class RotateKeyCommand extends ApplicationCommand {

  @Parameters(arity = "0..1", paramLabel = "HUB", description = "Its name in muster.hubs.")
  private @Nullable String hub;

  @ArgGroup private Step step = new Step();

  static final class Step {
    @Option(names = "--status", description = "Only say how far it is.")
    private boolean status;

    @Option(
        names = "--confirm",
        paramLabel = "FACTORY",
        description = "This factory's devices have the tokens of all bundles delivered so far.")
    private @Nullable String confirm;

    @Option(names = "--confirm-all", description = "All factories' devices have.")
    private boolean confirmAll;

    @Option(
        names = "--done",
        description =
            "The old key was regenerated and the new one is configured. From now on, tokens of the"
                + " old one count as none; jobs/renew gives their devices new ones.")
    private boolean done;

    boolean isGiven() {
      return status || confirm != null || confirmAll || done;
    }
  }

  @Option(
      names = "--force",
      description = "With --done: also when devices may still need the old key.")
  private boolean force;

  @Option(
      names = "--compromised",
      description =
          "Somebody else may have the old key: from now on no token of it is exchanged, not even"
              + " before its device has a new one.")
  private boolean compromised;

  @Mixin private TokenLifetimeOption tokenLifetime = new TokenLifetimeOption();

  RotateKeyCommand(Beans beans) {
    super(beans);
  }

  @Override
  public Integer call() {
    Output output = options.output();
    if (force && !step.done) {
      throw new ParameterException(output.commandLine(), "--force goes with --done.");
    }
    if ((compromised || tokenLifetime.given() != null) && (hub == null || step.isGiven())) {
      throw new ParameterException(
          output.commandLine(),
          "--compromised and --token-lifetime go with HUB, when a rotation starts or goes on.");
    }
    if (hub == null && (step.done || step.confirmAll || step.confirm != null)) {
      throw new ParameterException(output.commandLine(), "Say of which hub.");
    }
    KeyRotationRuns runs = beans.get(KeyRotationRuns.class);
    if (hub == null) {
      return report(runs.all(), output);
    }
    if (step.status) {
      return report(List.of(runs.status(hub)), output);
    }
    if (step.confirm != null || step.confirmAll) {
      return report(List.of(runs.confirm(hub, step.confirm)), output);
    }
    if (step.done) {
      return report(List.of(runs.done(hub, force)), output);
    }
    return rotate(runs, hub, output);
  }

  private int rotate(KeyRotationRuns runs, String name, Output output) {
    KeyRotationRuns.Rotated rotated;
    try (ProgressBars bars = beans.get(ProgressBars.class).start(output.progress())) {
      rotated = runs.rotate(name, tokenLifetime.given(), compromised);
    }
    List<RenewalOutcome> told = RenewalReport.told(rotated.renewals(), beans);
    if (output.json()) {
      output.json(new KeyRotationRuns.Rotated(told, rotated.status()));
    } else {
      told.forEach(outcome -> RenewalReport.print(outcome, output));
      print(rotated.status(), output);
    }
    return rotated.renewals().stream().allMatch(RenewalOutcome::well)
        ? ExitCodes.OK
        : ExitCodes.FAILED;
  }

  private static int report(List<RotationStatus> all, Output output) {
    if (output.json()) {
      output.json(all);
    } else if (all.isEmpty()) {
      output.line("No key is being rotated.");
    } else {
      all.forEach(status -> print(status, output));
    }
    return ExitCodes.OK;
  }

  private static void print(RotationStatus status, Output output) {
    output.line(
        "Hub %s: from its %s key to its %s key, since %s%s"
            .formatted(
                status.hub(),
                status.from().word(),
                status.to().word(),
                status.startedAt(),
                status.doneAt() == null ? "" : "; done " + status.doneAt()));
    output.line("  devices          %,11d".formatted(status.devices()));
    output.line("  under new key    %,11d".formatted(status.underNewKey()));
    output.line("  under old key    %,11d".formatted(status.underOldKey()));
    if (status.disabledUnderOldKey() > 0) {
      output.line("  disabled, old key%,11d".formatted(status.disabledUnderOldKey()));
    }
    for (ManifestUnderWay manifest : status.manifestsUnderWay()) {
      output.line(
          "  under way        %,11d   manifest %s of factory %s signs with the old key"
              .formatted(manifest.devices(), manifest.manifest(), manifest.factory()));
    }
    for (FactoryShare factory : status.factories()) {
      output.line(
          "  factory %s: %,d devices, %,d under the new key"
              .formatted(factory.factory(), factory.devices(), factory.underNewKey()));
      if (factory.bundlesUnderWay() > 0) {
        output.line("    bundles under way: %d".formatted(factory.bundlesUnderWay()));
      }
      for (Bundle bundle : factory.bundles()) {
        output.line(
            "    %-9s  %,9d devices   %s"
                .formatted(
                    bundle.confirmedAt() == null ? "delivered" : "confirmed",
                    bundle.devices(),
                    bundle.outbox()));
      }
    }
    status.next().forEach(output::line);
    if (status.doneAt() == null) {
      commands(status).forEach(output::line);
    }
  }

  /** By which commands that is done. */
  private static List<String> commands(RotationStatus status) {
    List<String> commands = new ArrayList<>();
    if (!status.manifestsUnderWay().isEmpty()
        || status.underOldKey() > status.withoutBundle()
        || status.factories().stream().anyMatch(factory -> factory.bundlesUnderWay() > 0)) {
      commands.add("  go on            jobs/rotate-key %s".formatted(status.hub()));
    }
    for (FactoryShare factory : status.factories()) {
      if (factory.toConfirm()) {
        commands.add(
            "  confirm          jobs/rotate-key %s --confirm %s"
                .formatted(status.hub(), factory.factory()));
      }
    }
    if (status.readyToRegenerate()) {
      commands.add("  end              jobs/rotate-key %s --done".formatted(status.hub()));
    }
    return commands;
  }
}
