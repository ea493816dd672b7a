package dev.muster.access;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.EstimationProbe;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * So many times within so long, for each of those who ask; in this process. Of those who ask, the
 * latest ten thousand are remembered.
 */
public final class RateLimit {

  private static final int REMEMBERED = 10_000;

  private final Bandwidth limit;

  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > REMEMBERED;
        }
      };

  public RateLimit(int times, Duration within) {
    limit = Bandwidth.builder().capacity(times).refillGreedy(times, within).build();
  }

  /**
   * Whether it may take one, without taking it.
   *
   * @return empty when it may; otherwise how long to wait
   */
  public Optional<Duration> look(String who) {
    EstimationProbe probe = bucket(who).estimateAbilityToConsume(1);
    return probe.canBeConsumed()
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(probe.getNanosToWaitForRefill()));
  }

  /**
   * Takes one.
   *
   * @return empty when it may; otherwise how long to wait
   */
  public Optional<Duration> take(String who) {
    ConsumptionProbe probe = bucket(who).tryConsumeAndReturnRemaining(1);
    return probe.isConsumed()
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(probe.getNanosToWaitForRefill()));
  }

  private Bucket bucket(String who) {
    synchronized (buckets) {
      return buckets.computeIfAbsent(who, any -> Bucket.builder().addLimit(limit).build());
    }
  }
}
