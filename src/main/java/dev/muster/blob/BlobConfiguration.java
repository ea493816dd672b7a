package dev.muster.blob;

import dev.muster.arrival.Inbox;
import dev.muster.arrival.Source;
import dev.muster.arrival.Sweep;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/** Here only when an account is configured. */
@Configuration(proxyBeanMethods = false)
@Conditional(BlobConfiguration.SourceIsConfigured.class)
@EnableConfigurationProperties(BlobProperties.class)
class BlobConfiguration {

  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);

  @Bean
  BlobAccount blobAccount(BlobProperties properties) {
    return new BlobAccount(
        BlobProperties.SETTINGS, properties.connectionString(), properties.endpoint());
  }

  @Bean
  Source blob() {
    return BlobSource.BLOB;
  }

  @Bean
  BlobSource blobSource(BlobAccount account, BlobProperties properties, Inbox inbox, Clock clock) {
    return new BlobSource(account, properties, inbox, clock);
  }

  @Bean
  BlobPlace blobPlace(BlobAccount account, BlobProperties properties, BlobSource source) {
    return new BlobPlace(account, properties, source, new BlobOutbox(account, properties));
  }

  @Bean
  @ConditionalOnBooleanProperty("muster.serve")
  Sweep blobSweep(BlobProperties properties, BlobSource source) {
    return new Sweep(
        BlobSource.BLOB.name(),
        properties.sweep(),
        sweep -> {
          int unused = source.sweep(() -> !sweep.isRunning());
        });
  }

  @Bean
  @ConditionalOnBooleanProperty("muster.serve")
  Sweep growingBlobSweep(BlobProperties properties, BlobSource source) {
    Duration thrice = properties.quiet().dividedBy(3);
    return new Sweep(
        "growing-blobs",
        thrice.compareTo(SHORTEST_PAUSE) < 0 ? SHORTEST_PAUSE : thrice,
        sweep -> source.lookAgain(() -> !sweep.isRunning()));
  }

  @Bean
  @ConditionalOnBooleanProperty("muster.serve")
  StorageHealth blobHealthIndicator(
      BlobAccount account,
      BlobProperties properties,
      @Value("${muster.health.timeout:3s}") Duration timeout) {
    return new StorageHealth(
        account, List.of(properties.container(), properties.outboxContainer()), timeout);
  }

  static final class SourceIsConfigured extends AccountIsConfigured {
    SourceIsConfigured() {
      super(BlobProperties.SETTINGS);
    }
  }
}
