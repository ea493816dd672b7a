package dev.muster.cli;

import dev.muster.renewal.RenewalOutcome;
import dev.muster.store.Outbox;
import java.util.List;
import java.util.Locale;

/** What is said of renewals. */
final class RenewalReport {

  private RenewalReport() {}

  /** Prints them, each factory's own, and returns the exit code. */
  static int print(List<RenewalOutcome> outcomes, Beans beans, Output output) {
    List<RenewalOutcome> told = told(outcomes, beans);
    if (output.json()) {
      output.json(told);
    } else {
      if (told.isEmpty()) {
        output.line("No device's token is due.");
      }
      told.forEach(outcome -> print(outcome, output));
    }
    return outcomes.stream().allMatch(RenewalOutcome::well) ? ExitCodes.OK : ExitCodes.FAILED;
  }

  /** As people are told: with where their bundles are found. */
  static List<RenewalOutcome> told(List<RenewalOutcome> outcomes, Beans beans) {
    Outbox outbox = beans.get(Outbox.class);
    return outcomes.stream()
        .map(
            outcome ->
                outcome.outbox() == null
                    ? outcome
                    : outcome.toldAt(outbox.at(outcome.outbox()).address()))
        .toList();
  }

  /** Prints one that is {@link #told}. */
  static void print(RenewalOutcome outcome, Output output) {
    output.line("%s: %s".formatted(outcome.factory(), sentence(outcome)));
    if (outcome.cause() != null) {
      output.lines("  ", outcome.cause());
    }
    output.line("  devices   %,11d".formatted(outcome.devices()));
    if (outcome.renewal() != null) {
      output.line("  tokens    %,11d".formatted(outcome.tokens()));
    }
    outcome
        .to()
        .forEach((hub, count) -> output.line("  to        %,11d   %s".formatted(count, hub)));
    outcome
        .skipped()
        .forEach(
            (why, count) ->
                output.line(
                    "  skipped   %,11d   %s"
                        .formatted(count, why.toLowerCase(Locale.ROOT).replace('_', ' '))));
    if (outcome.outbox() != null) {
      output.line("  bundle    " + outcome.outbox());
    }
  }

  private static String sentence(RenewalOutcome outcome) {
    String run =
        outcome.renewal() == null
            ? ""
            : " (renewal %d, execution %s)".formatted(outcome.renewal(), outcome.execution());
    return switch (outcome.status()) {
      case RenewalOutcome.COMPLETED ->
          (outcome.outbox() == null ? "no device was left to renew" : "renewed") + run;
      case RenewalOutcome.NOTHING_DUE -> "nothing to renew";
      case RenewalOutcome.DUE -> "would be renewed";
      case RenewalOutcome.FACTORY_REMOVED -> "not renewed";
      case RenewalOutcome.UNDER_WAY -> "not renewed now (renewal %d)".formatted(outcome.renewal());
      case "STOPPED" -> "stopped; it can be restarted" + run;
      default -> "failed; it can be restarted" + run;
    };
  }
}
