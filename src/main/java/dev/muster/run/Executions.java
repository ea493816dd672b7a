package dev.muster.run;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.export.Export;
import dev.muster.export.Period;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The history of job executions, for those who may see it. */
@Guarded
@Component
public class Executions {

  private final RunHistory history;
  private final RunKinds kinds;

  Executions(RunHistory history, RunKinds kinds) {
    this.history = history;
    this.kinds = kinds;
  }

  /**
   * Which executions; null or empty: any.
   *
   * @param job such as {@code provision-manifest}
   * @param text part of the manifest's name, or the execution's number
   */
  public record Filter(
      @Nullable String job,
      @Nullable Status status,
      @Nullable String factory,
      @Nullable String text,
      Period started) {}

  /** How they stand, as in {@link ExecutionSummary}. */
  public enum Status {
    RUNNING,
    COMPLETED,
    FAILED,
    INTERRUPTED,
    STOPPED,
    ABANDONED
  }

  /** What each job does, in words, by the job's name. */
  @Requires(Permission.EXECUTION_READ)
  public Map<String, String> jobs() {
    Map<String, String> jobs = new LinkedHashMap<>();
    kinds.all().forEach(kind -> jobs.put(kind.job(), kind.title()));
    return jobs;
  }

  /** The latest executions, newest first. */
  @Requires(Permission.EXECUTION_READ)
  public List<ExecutionSummary> latest(int limit) {
    return history.latest(limit);
  }

  @Requires(Permission.EXECUTION_READ)
  public Optional<ExecutionSummary> find(long execution) {
    return history.find(execution);
  }

  /**
   * Executions, newest first; a factory's account sees its own.
   *
   * @param before only those with a smaller number; null: from the newest
   */
  @Requires(Permission.EXECUTION_READ)
  public List<ExecutionSummary> page(Filter filter, @Nullable Long before, int limit) {
    return history.page(filter, before, limit);
  }

  /** All executions that are meant, to take away. */
  @Requires(Permission.EXECUTION_READ)
  public Export<ExecutionSummary, Long> all(Filter filter) {
    return Export.of(
        ExecutionSummary.class,
        (before, limit) -> page(filter, before, limit),
        ExecutionSummary::execution);
  }

  /** The executions that can be continued, as {@link RunHistory#restartable}, oldest first. */
  @Requires(Permission.EXECUTION_READ)
  public List<ExecutionSummary> restartable() {
    return history.restartable(Integer.MAX_VALUE);
  }

  /** All there is to know about an execution. */
  @Requires(Permission.EXECUTION_READ)
  public Optional<ExecutionDetail> detail(long execution) {
    return history.detail(execution);
  }
}
