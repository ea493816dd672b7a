package dev.muster.delivery;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How bundles are brought to their factories.
 *
 * @param poll how often is looked for what is to be delivered
 * @param firstDelay how long to wait before the second attempt; doubled with every further one
 * @param longestDelay how long to wait at most
 * @param patience how long a bundle may wait to be delivered before health is degraded
 */
@ConfigurationProperties("muster.deliveries")
record DeliveryProperties(
    @DefaultValue("1s") Duration poll,
    @DefaultValue("5s") Duration firstDelay,
    @DefaultValue("15m") Duration longestDelay,
    @DefaultValue("1h") Duration patience) {

  Duration delayAfter(int attempts) {
    Duration delay = firstDelay.multipliedBy(1L << Math.min(attempts - 1, 20));
    return delay.compareTo(longestDelay) > 0 ? longestDelay : delay;
  }
}
