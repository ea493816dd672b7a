package dev.muster.delivery;

import dev.muster.arrival.Sweep;
import java.time.Clock;
import java.time.ZoneOffset;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Bundles are written down by whoever makes them, and delivered by the service. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({DeliveryProperties.class, BundleProperties.class})
class DeliveryConfiguration {

  @Bean
  @ConditionalOnBooleanProperty("muster.serve")
  Sweep deliverySweep(Deliveries deliveries, DeliveryProperties properties) {
    return new Sweep(
        "deliveries",
        properties.poll(),
        sweep -> {
          int unused = deliveries.deliverDue() + deliveries.remind();
        });
  }

  /**
   * Degraded when a bundle could not be brought to its factory, or was not fetched, for too long.
   */
  @Bean
  @ConditionalOnBooleanProperty("muster.serve")
  AbstractHealthIndicator deliveriesHealthIndicator(
      JdbcClient jdbc, DeliveryProperties properties, BundleProperties bundles, Clock clock) {
    return new AbstractHealthIndicator("What is to be delivered can't be read.") {
      @Override
      protected void doHealthCheck(Health.Builder health) {
        long late =
            jdbc.sql("SELECT count(*) FROM delivery WHERE delivered_at IS NULL AND created_at < ?")
                .param(clock.instant().minus(properties.patience()).atOffset(ZoneOffset.UTC))
                .query(Long.class)
                .single();
        long unfetched = jdbc.sql(DeliveredBundles.OVERDUE).query(Long.class).single();
        health.up().withDetail("late", late).withDetail("unfetched", unfetched);
        if (late > 0) {
          health.status("DEGRADED").withDetail("limit", properties.patience().toString());
        }
        if (unfetched > 0) {
          health.status("DEGRADED").withDetail("patience", bundles.patience().toString());
        }
      }
    };
  }
}
