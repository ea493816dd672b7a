package dev.muster.operations;

import dev.muster.operations.SingleTokenProperties.Rate;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** How many tokens each account may still get. */
@Component
class TokenRate {

  private static final int ACCOUNTS = 10_000;

  private final Rate rate;
  private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

  TokenRate(Rate rate) {
    this.rate = rate;
  }

  /**
   * Takes one.
   *
   * @throws TooManyTokensException when there is none left
   */
  void take(String account) {
    if (buckets.size() > ACCOUNTS) {
      buckets.values().removeIf(bucket -> bucket.getAvailableTokens() >= rate.burst());
    }
    ConsumptionProbe probe =
        buckets.computeIfAbsent(account, unseen -> bucket()).tryConsumeAndReturnRemaining(1);
    if (!probe.isConsumed()) {
      throw new TooManyTokensException(
          Duration.ofSeconds(
              Duration.ofNanos(probe.getNanosToWaitForRefill()).plusMillis(999).toSeconds()));
    }
  }

  private Bucket bucket() {
    return Bucket.builder()
        .addLimit(
            limit ->
                limit.capacity(rate.burst()).refillGreedy(rate.perHour(), Duration.ofHours(1)))
        .build();
  }
}
