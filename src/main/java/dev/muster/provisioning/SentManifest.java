package dev.muster.provisioning;

import dev.muster.bundle.BundleFile;
import dev.muster.bundle.Receipt;
import dev.muster.run.ExecutionDetail.Decision;
import dev.muster.run.ExecutionDetail.StepProgress;
import dev.muster.run.ExecutionSummary;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A manifest that was received, and what came of it.
 *
 * @param columns by their normalised names
 * @param receipt null until delivered
 * @param bundle the number of its bundle, by which all its files are fetched at once; null until it
 *     is begun
 * @param laterBundles how many bundles with newer tokens its factory has got since; some of its
 *     devices may have theirs from there
 */
public record SentManifest(
    Line line,
    List<String> columns,
    Instant tokensExpireAt,
    Map<String, Long> rejectedByCode,
    Map<String, Long> devicesByHub,
    @Nullable Receipt receipt,
    List<ExecutionSummary> executions,
    List<StepProgress> progress,
    Origin origin,
    List<Decision> decisions,
    List<BundleFile> files,
    @Nullable Integer bundle,
    long laterBundles) {

  public enum State {
    RUNNING,
    /** An operator stopped it. */
    STOPPED,
    /** Something was in the way, or its process ended. */
    FAILED,
    /** Given up; what it loaded is still there. */
    ABANDONED,
    DELIVERED,
    WITHDRAWN
  }

  /**
   * A manifest in a list.
   *
   * @param seen how many of the devices whose tokens were delivered gave a sign of life since; null
   *     until delivered
   * @param neverSeen how many did not
   * @param execution the last one of its run; null when its history is gone
   * @param cause why it failed, as a sentence; null when it did not
   */
  public record Line(
      int id,
      String name,
      String factory,
      String sha256,
      State state,
      long rows,
      long accepted,
      long rejected,
      Instant receivedAt,
      @Nullable Instant deliveredAt,
      @Nullable Instant withdrawnAt,
      @Nullable Long seen,
      @Nullable Long neverSeen,
      @Nullable Long execution,
      @Nullable String cause) {}

  /**
   * Where a manifest came from.
   *
   * @param source {@code folder}, {@code blob}, {@code kafka}, {@code eventhubs}, {@code upload};
   *     {@code command line} when it did not arrive by itself
   * @param arrival its number in the inbox; null from the command line
   * @param sender the account that sent it; null when its source knows none
   */
  public record Origin(
      String source,
      @Nullable Long arrival,
      @Nullable String fileName,
      @Nullable String sender,
      @Nullable Instant arrivedAt) {}
}
