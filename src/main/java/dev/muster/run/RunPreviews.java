package dev.muster.run;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * What will happen to a run, before one asks for it: sentences with the numbers as they are now.
 */
@Guarded
@Component
public class RunPreviews {

  private final RunHistory history;
  private final RunKinds kinds;

  RunPreviews(RunHistory history, RunKinds kinds) {
    this.history = history;
    this.kinds = kinds;
  }

  /**
   * What will happen.
   *
   * @param possible whether it can be done as things stand; if not, the sentences say why
   * @param rejectLimit the limit of refused rows that holds so far; null when there is none
   */
  public record Preview(
      ExecutionSummary execution,
      boolean possible,
      List<String> sentences,
      @Nullable String rejectLimit) {}

  /** What a restart does. */
  @Requires(value = Permission.EXECUTION_CONTROL, readOnly = true)
  public Preview restart(long execution) {
    ExecutionDetail run = detail(execution);
    String problem = notRestartable(run);
    return new Preview(
        run.summary(),
        problem == null,
        problem == null ? kind(run).restarting(run) : List.of(problem),
        history.asked(last(run).execution()).get(RunKind.MAX_REJECTS));
  }

  private @Nullable String notRestartable(ExecutionDetail run) {
    ExecutionSummary summary = run.summary();
    long execution = summary.execution();
    if (!run.last()) {
      return continued(execution, last(run).execution());
    }
    if (summary.running()) {
      return "Execution %d is running.".formatted(execution);
    }
    if (!summary.restartable()) {
      return "Execution %d is %s; there is nothing to restart."
          .formatted(execution, summary.status().toLowerCase(Locale.ROOT));
    }
    return switch (summary.exitCode()) {
      case RunOutcome.REFUSED ->
          "It was refused as a whole, and its content was not kept: %s Send it again when that is put right."
              .formatted(cause(summary));
      case RunOutcome.WITHDRAWN -> "What it loaded was taken back. Send the manifest again.";
      default -> null;
    };
  }

  /** What a stop does. */
  @Requires(value = Permission.EXECUTION_CONTROL, readOnly = true)
  public Preview stop(long execution) {
    ExecutionDetail run = detail(execution);
    ExecutionSummary summary = run.summary();
    if (summary.status().equals(ExecutionSummary.INTERRUPTED)) {
      return preview(
          summary,
          true,
          "Its process is gone, so nothing runs that could be stopped. The execution is marked as"
              + " failed, and can be restarted.");
    }
    if (!summary.running()) {
      return preview(
          summary,
          false,
          "Execution %d is not running: it is %s."
              .formatted(execution, summary.status().toLowerCase(Locale.ROOT)));
    }
    return new Preview(summary, true, kind(run).stopping(run), null);
  }

  /** What abandoning does. */
  @Requires(value = Permission.EXECUTION_CONTROL, readOnly = true)
  public Preview abandon(long execution) {
    ExecutionDetail run = detail(execution);
    ExecutionSummary summary = run.summary();
    if (summary.running()) {
      return preview(
          summary, false, "Execution %d is running. Stop it first.".formatted(execution));
    }
    if (!run.last()) {
      long last = last(run).execution();
      return new Preview(summary, false, List.of(continued(execution, last), instead(last)), null);
    }
    if (!summary.restartable()) {
      return preview(
          summary,
          false,
          "Execution %d is %s; there is nothing to give up."
              .formatted(execution, summary.status().toLowerCase(Locale.ROOT)));
    }
    return new Preview(
        summary,
        true,
        List.of(
            "The run is given up for good: it can't be restarted any more.",
            kind(run).abandoned(run)),
        null);
  }

  /** What a withdrawal does. */
  @Requires(value = Permission.EXECUTION_CONTROL, readOnly = true)
  public Preview withdraw(long execution) {
    ExecutionDetail run = detail(execution);
    RunKind.Possible withdrawing = kind(run).withdrawing(run);
    if (withdrawing.possible() && last(run).running()) {
      return preview(
          run.summary(), false, "Execution %d is running. Stop it first.".formatted(execution));
    }
    return new Preview(run.summary(), withdrawing.possible(), withdrawing.sentences(), null);
  }

  static String continued(long execution, long last) {
    return "Execution %d was continued already: execution %d is the last one of this run."
        .formatted(execution, last);
  }

  static String instead(long last) {
    return "To give the run up, give up execution %d.".formatted(last);
  }

  private static ExecutionSummary last(ExecutionDetail run) {
    return run.executions().get(run.executions().size() - 1);
  }

  private RunKind kind(ExecutionDetail run) {
    return kinds.of(run.summary().job());
  }

  private ExecutionDetail detail(long execution) {
    return history
        .detail(execution)
        .orElseThrow(
            () -> new OperationRefusedException("There is no execution %d.".formatted(execution)));
  }

  private static Preview preview(ExecutionSummary summary, boolean possible, String sentence) {
    return new Preview(summary, possible, List.of(sentence), null);
  }

  private static String cause(ExecutionSummary summary) {
    return summary.cause() == null ? "" : summary.cause();
  }
}
