package dev.muster.cli;

import dev.muster.operations.RunOutcome;
import org.jspecify.annotations.Nullable;

/** What is said at the end of a run. */
final class OutcomeReport {

  private OutcomeReport() {}

  static int exitCode(RunOutcome outcome) {
    if (!outcome.delivered()) {
      return ExitCodes.FAILED;
    }
    return outcome.rejected() != null && outcome.rejected() > 0
        ? ExitCodes.DONE_WITH_REJECTS
        : ExitCodes.OK;
  }

  /**
   * Prints the outcome; {@code development} says so when keys of the development set-up are in use.
   */
  static void print(RunOutcome outcome, @Nullable DevelopmentSetup development, Output output) {
    if (output.json()) {
      output.json(outcome);
      return;
    }
    output.line(
        "%s: %s (factory %s, execution %d)"
            .formatted(
                outcome.manifest(), sentence(outcome), outcome.factory(), outcome.execution()));
    if (outcome.cause() != null) {
      output.line("  " + outcome.cause());
    }
    if (outcome.rows() != null && outcome.accepted() != null && outcome.rejected() != null) {
      output.line("  rows      %,11d".formatted(outcome.rows()));
      output.line("  accepted  %,11d".formatted(outcome.accepted()));
      if (outcome.unchanged() != null && outcome.unchanged() > 0) {
        output.line("  unchanged %,11d".formatted(outcome.unchanged()));
      }
      output.line("  rejected  %,11d".formatted(outcome.rejected()));
      outcome
          .rejectedByCode()
          .forEach((code, count) -> output.line("    %-23s %,8d".formatted(code, count)));
      outcome.remarks().forEach(remark -> output.line("  " + Output.visible(remark)));
      if (outcome.status().equals("COMPLETED")) {
        output.line(
            "  took      %,11.1f s   %,.0f devices a second"
                .formatted(outcome.seconds(), outcome.rows() / outcome.seconds()));
      }
    }
    if (outcome.outbox() == null) {
      return;
    }
    output.line("  bundle    " + outcome.outbox());
    if (development == null) {
      output.line("  open it   age -d -i KEYFILE " + outcome.outbox() + "/tokens*.csv.age");
    } else {
      output.line(
          "  open it   jobs/open-bundle %s/tokens*.csv.age --identity %s"
              .formatted(outcome.outbox(), development.identityFile()));
      development.sentences().forEach(sentence -> output.line("  " + sentence));
    }
  }

  private static String sentence(RunOutcome outcome) {
    return switch (outcome.status()) {
      case "COMPLETED" ->
          exitCode(outcome) == ExitCodes.OK ? "provisioned" : "provisioned, with rejected rows";
      case RunOutcome.ALREADY_PROVISIONED -> "provisioned before; this is the first receipt";
      case "STOPPED" -> "stopped; it can be restarted";
      default -> outcome.rows() == null ? "refused" : "failed";
    };
  }
}
