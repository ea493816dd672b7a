package dev.muster.cli;

import dev.muster.run.RunKind;
import dev.muster.run.RunKinds;
import dev.muster.run.RunOutcome;
import dev.muster.store.Outbox;
import org.jspecify.annotations.Nullable;

/** What is said at the end of a run. */
final class OutcomeReport {

  private OutcomeReport() {}

  static int exitCode(RunOutcome outcome) {
    if (!outcome.done()) {
      return ExitCodes.FAILED;
    }
    return outcome.rejected() != null && outcome.rejected() > 0
        ? ExitCodes.DONE_WITH_REJECTS
        : ExitCodes.OK;
  }

  /**
   * Prints the outcome; {@code development} says so when keys of the development set-up are in use.
   */
  static void print(
      RunOutcome outcome, Beans beans, @Nullable DevelopmentSetup development, Output output) {
    String outbox = address(outcome, beans);
    if (output.json()) {
      output.json(outcome.toldAt(outbox));
      return;
    }
    RunKind kind = beans.get(RunKinds.class).of(outcome.job());
    output.line(
        "%s: %s (%sexecution %d)"
            .formatted(
                outcome.manifest(),
                kind.words(outcome),
                outcome.factory().isEmpty() ? "" : "factory " + outcome.factory() + ", ",
                outcome.execution()));
    if (outcome.cause() != null) {
      output.lines("  ", outcome.cause());
    }
    kind.decisions(outcome).forEach(sentence -> output.line("  " + sentence));
    kind.numbers(outcome)
        .forEach((what, count) -> output.line("  %-9s %,11d".formatted(what, count)));
    outcome
        .rejectedByCode()
        .forEach((code, count) -> output.line("    %-23s %,8d".formatted(code, count)));
    outcome.remarks().forEach(remark -> output.line("  " + remark));
    if (outcome.status().equals("COMPLETED") && outcome.rows() != null) {
      output.line(
          "  took      %,11.1f s   %,.0f %s a second"
              .formatted(
                  outcome.seconds(),
                  outcome.rows() / Math.max(outcome.seconds(), 1e-3),
                  kind.delivers().equals(RunKind.BUNDLE) ? "devices" : "entries"));
    }
    if (outbox == null) {
      return;
    }
    output.line("  %-9s %s".formatted(kind.delivers(), outbox));
    if (!kind.delivers().equals(RunKind.BUNDLE)) {
      return;
    }
    String here = outbox + "/";
    if (here.contains("://")) {
      output.line("  fetch it  in the console (Bundles), or by API: GET /api/bundles");
      here = "";
    }
    if (development == null) {
      output.line("  open it   age -d -i KEYFILE %stokens*.csv.age".formatted(here));
    } else {
      output.line(
          "  open it   jobs/open-bundle %stokens*.csv.age --identity %s"
              .formatted(here, development.identityFile()));
      development.sentences().forEach(sentence -> output.line("  " + sentence));
    }
  }

  /** Where its bundle or report is found; null when nothing was delivered. */
  private static @Nullable String address(RunOutcome outcome, Beans beans) {
    String key = outcome.outbox();
    return key == null ? null : beans.get(Outbox.class).at(key).address();
  }
}
