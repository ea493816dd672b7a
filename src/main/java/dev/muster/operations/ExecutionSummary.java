package dev.muster.operations;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job execution as an operator sees it.
 *
 * @param status Spring Batch's, or {@code INTERRUPTED}: its process ended without finishing it
 * @param cause why it failed, as a sentence
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
    List<StepSummary> steps) {

  public static final String INTERRUPTED = "INTERRUPTED";

  /** Whether it ended before it was done, and can be continued. */
  @JsonIgnore
  public boolean restartable() {
    return status.equals("FAILED") || status.equals("STOPPED") || status.equals(INTERRUPTED);
  }

  /**
   * A step of an execution; those of partitioned steps' workers are called {@code load:1} and so
   * on.
   *
   * @param read rows read
   * @param written devices written
   * @param refused rows refused
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
      @JsonIgnore String stackTrace) {}
}
