package dev.muster.run;

import dev.muster.run.ExecutionDetail.StepProgress;
import dev.muster.run.ExecutionSummary.StepSummary;
import dev.muster.run.RunStep.Counts;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * How far runs are, from what their chunks committed: so it is the same whichever process asks, and
 * true after a crash.
 */
@Component
public class RunProgress {

  private final RunKinds kinds;
  private final Clock clock;

  RunProgress(RunKinds kinds, Clock clock) {
    this.kinds = kinds;
    this.clock = clock;
  }

  /** What the run with these parameters is about. */
  public RunSubject subject(String job, Map<String, String> asked) {
    return kinds.find(job).map(kind -> kind.subject(asked)).orElse(RunSubject.UNKNOWN);
  }

  /** What the run has come to in numbers, each with what is counted, in their order. */
  Map<String, Long> numbers(String job, RunSubject subject) {
    return kinds.find(job).map(kind -> kind.numbers(subject)).orElse(Map.of());
  }

  /** The job's steps in their order. */
  public List<StepProgress> steps(
      String job, RunSubject subject, List<ExecutionSummary> executions) {
    ExecutionSummary last = executions.get(executions.size() - 1);
    return kinds.find(job).map(RunKind::steps).orElse(List.of()).stream()
        .map(step -> progress(step, subject, executions, last))
        .toList();
  }

  private StepProgress progress(
      RunStep step, RunSubject subject, List<ExecutionSummary> executions, ExecutionSummary last) {
    StepSummary own = null;
    long done = 0;
    long doneNow = 0;
    for (ExecutionSummary execution : executions) {
      for (StepSummary one : execution.steps()) {
        if (one.name().equals(step.name())) {
          own = one;
        }
        // A partitioned step's own execution adds its workers' up when it ends; only theirs count.
        if (one.name().equals(step.name()) ? !step.partitioned() : stem(one).equals(step.name())) {
          long more = counted(step, one);
          done += more;
          doneNow += execution.execution() == last.execution() ? more : 0;
        }
      }
    }
    boolean tokens = step.counts() == Counts.TOKENS;
    Long total = !step.counted() ? null : tokens ? subject.devices() : subject.rows();
    String status = own == null ? "WAITING" : status(own, last);
    Double perSecond = speed(status, own, doneNow);
    // A run that was asked to stop does not come to its end.
    Long secondsLeft = last.status().equals("STARTED") ? secondsLeft(done, total, perSecond) : null;
    return new StepProgress(
        step.name(),
        step.title(),
        status,
        total == null ? done : Math.min(done, total),
        total,
        tokens ? "tokens" : "rows",
        perSecond,
        secondsLeft);
  }

  /** A step that a dead process left as running is not. */
  private static String status(StepSummary step, ExecutionSummary last) {
    boolean unfinished = step.status().equals("STARTED") || step.status().equals("STARTING");
    return unfinished && !last.running() ? last.status() : step.status();
  }

  private @Nullable Double speed(String status, @Nullable StepSummary step, long doneNow) {
    Instant since = step == null ? null : step.startedAt();
    if (!status.equals("STARTED") || since == null || doneNow == 0) {
      return null;
    }
    Duration passed = Duration.between(since, clock.instant());
    return passed.toMillis() <= 0 ? null : doneNow * 1e3 / passed.toMillis();
  }

  /** How long the rest takes at this speed; more may be done than was to be. */
  static @Nullable Long secondsLeft(long done, @Nullable Long total, @Nullable Double perSecond) {
    return total == null || perSecond == null || perSecond <= 0
        ? null
        : Long.valueOf((long) Math.ceil(Math.max(0, total - done) / perSecond));
  }

  private static long counted(RunStep step, StepSummary one) {
    return switch (step.counts()) {
      case NOTHING, BYTES -> 0;
      case ROWS -> one.read();
      case TOKENS -> one.written() + one.refused();
    };
  }

  private static String stem(StepSummary step) {
    int colon = step.name().indexOf(':');
    return Objects.requireNonNull(colon < 0 ? step.name() : step.name().substring(0, colon));
  }
}
