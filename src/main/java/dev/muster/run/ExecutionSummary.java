package dev.muster.run;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job execution as an operator sees it.
 *
 * @param manifest the name of the manifest, list or bundle that it is about
 * @param status Spring Batch's, or {@code INTERRUPTED}: its process ended without finishing it
 * @param exitCode what can come of it: {@code REFUSED}, {@code WITHDRAWN}, {@code TOO_MANY_REJECTS}
 *     …
 */
public record ExecutionSummary(
    long execution,
    String job,
    @Nullable String manifest,
    @Nullable String factory,
    @Nullable String sha256,
    String status,
    @Nullable Instant startedAt,
    @Nullable Instant endedAt,
    @Nullable String cause,
    List<StepSummary> steps,
    @JsonIgnore String exitCode,
    @JsonIgnore String title) {

  public static final String INTERRUPTED = "INTERRUPTED";

  /** Whether it ended before it was done, and can be continued. */
  @JsonIgnore
  public boolean restartable() {
    return status.equals("FAILED") || status.equals("STOPPED") || status.equals(INTERRUPTED);
  }

  /** Whether it is being worked on. */
  @JsonIgnore
  public boolean running() {
    return status.equals("STARTING") || status.equals("STARTED") || status.equals("STOPPING");
  }

  /**
   * A step of an execution; those of partitioned steps' workers are called {@code load:1} and so
   * on.
   *
   * @param worker which process does it, or did, as {@code host/process}; null when it is the run's
   *     own, or the caller may not see it
   */
  public record StepSummary(
      String name,
      String status,
      long read,
      long written,
      long refused,
      long commits,
      @Nullable Instant startedAt,
      @Nullable Instant endedAt,
      @Nullable String worker,
      @JsonIgnore String stackTrace) {}
}
