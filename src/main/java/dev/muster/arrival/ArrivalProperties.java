package dev.muster.arrival;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * How the service works through its inbox.
 *
 * @param concurrentRuns how many manifests one instance runs side by side; the others wait in the
 *     inbox. Lists have one place more
 * @param large from how many bytes on, as they are sent, a manifest counts as large; where there
 *     are several places, one is for smaller ones
 * @param poll how often the inbox is looked at when nothing tells that something came
 * @param heartbeat how often an instance says that it lives
 * @param silence after how long without a heartbeat an instance is taken for dead
 * @param maxAttempts how often an arrival is tried that fails for passing reasons
 * @param firstDelay how long to wait before the second attempt; doubled with every further one
 * @param longestDelay how long to wait at most
 * @param revocations when revocation lists are applied that arrive by themselves
 * @param signaturePatience how long a manifest whose factory signs waits for its signature
 * @param keepUnusable how long messages are kept that can never become an arrival
 */
@Validated
@ConfigurationProperties("muster.arrivals")
record ArrivalProperties(
    @DefaultValue("2") @Min(1) @Max(64) int concurrentRuns,
    @DefaultValue("32MB") DataSize large,
    @DefaultValue("500ms") Duration poll,
    @DefaultValue("5s") Duration heartbeat,
    @DefaultValue("20s") Duration silence,
    @DefaultValue("12") @Min(1) int maxAttempts,
    @DefaultValue("5s") Duration firstDelay,
    @DefaultValue("15m") Duration longestDelay,
    @DefaultValue("NIGHTLY") RevocationTiming revocations,
    @DefaultValue("1m") Duration signaturePatience,
    @DefaultValue("90d") @DurationMin Duration keepUnusable) {

  enum RevocationTiming {
    NIGHTLY,
    AT_ONCE
  }

  ArrivalProperties {
    if (silence.compareTo(heartbeat.multipliedBy(2)) < 0) {
      throw new IllegalArgumentException(
          "muster.arrivals.silence must be at least twice muster.arrivals.heartbeat, or living"
              + " instances are taken for dead.");
    }
  }

  Duration delayAfter(int attempts) {
    int doublings = Math.min(attempts - 1, 20);
    Duration delay = firstDelay.multipliedBy(1L << Math.max(doublings, 0));
    return delay.compareTo(longestDelay) > 0 ? longestDelay : delay;
  }
}
