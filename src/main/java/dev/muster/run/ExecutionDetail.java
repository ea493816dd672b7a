package dev.muster.run;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All there is to know about an execution.
 *
 * @param asked what it was asked to do: the job's parameters
 * @param manifest the number of the manifest that it loaded; null when there is none
 * @param list the number of the revocation list that it applied; null when there is none
 * @param arrival the arrival that it was begun for; null when it was begun otherwise
 * @param last whether it is the last one of its run: only that one can be continued
 * @param numbers what the run has come to, by what is counted; none before it has
 */
public record ExecutionDetail(
    ExecutionSummary summary,
    Map<String, String> asked,
    @Nullable Integer manifest,
    @Nullable Integer list,
    @Nullable Long arrival,
    boolean last,
    List<ExecutionSummary> executions,
    Map<String, Long> numbers,
    List<StepProgress> progress,
    List<Decision> decisions) {

  /** How far one of the job's steps is. */
  public StepProgress step(RunStep step) {
    return progress.stream()
        .filter(one -> one.step().equals(step.name()))
        .findFirst()
        .orElseThrow();
  }

  /**
   * How far a step is, all executions of the run together.
   *
   * @param title what it does, in words
   * @param status of its last execution; {@code WAITING} when its turn has not come
   * @param done of the total; as of the last chunk that was committed
   * @param total null when it can't be counted
   * @param unit what is counted
   * @param perSecond how fast it goes now; null when it is not running
   * @param secondsLeft how long it still takes at that speed; null when that can't be told
   */
  public record StepProgress(
      String step,
      @JsonIgnore String title,
      String status,
      long done,
      @Nullable Long total,
      String unit,
      @Nullable Double perSecond,
      @Nullable Long secondsLeft) {}

  /**
   * Somebody did something about a run, or tried to.
   *
   * @param what such as {@code execution.restart}
   * @param origin null when the caller may not see it
   */
  public record Decision(
      Instant at,
      String who,
      @Nullable String origin,
      String what,
      String with,
      String outcome,
      @Nullable String problem) {}
}
