package dev.muster.blob;

import dev.muster.arrival.Sweep;
import dev.muster.store.Leftovers;
import java.time.Duration;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/** Here only when a container is configured as the store. */
@Configuration(proxyBeanMethods = false)
@Conditional(BlobStoreConfiguration.StoreIsConfigured.class)
@EnableConfigurationProperties(BlobStoreProperties.class)
class BlobStoreConfiguration {

  private static final Duration EVERY_HOUR = Duration.ofHours(1);

  /** Most commands never need it; the service says at its start when it can't be reached. */
  @Bean
  BlobStore blobStore(
      BlobStoreProperties properties,
      @Value("${muster.serve:false}") boolean service,
      @Value("${spring.datasource.url:}") String database)
      throws StorageException {
    if (database.isBlank()) {
      throw new IllegalStateException(
          "muster.store.blob is what instances have in common, and so must their database be: set"
              + " spring.datasource.url to a PostgreSQL 18.");
    }
    BlobStore store = new BlobStore(account(properties), properties.container());
    if (service) {
      store.check();
    }
    return store;
  }

  @Bean
  @ConditionalOnBooleanProperty("muster.serve")
  StorageHealth storeHealthIndicator(
      BlobStoreProperties properties, @Value("${muster.health.timeout:3s}") Duration timeout) {
    return new StorageHealth(account(properties), List.of(properties.container()), timeout);
  }

  /** Of this instance's home, whatever it does; the store itself is swept by the clock. */
  @Bean
  @ConditionalOnBooleanProperty("muster.instance")
  Sweep homeSweep(Leftovers leftovers) {
    return new Sweep("home", EVERY_HOUR, sweep -> leftovers.sweepHome());
  }

  private static BlobAccount account(BlobStoreProperties properties) {
    return new BlobAccount(
        BlobStoreProperties.SETTINGS, properties.connectionString(), properties.endpoint());
  }

  static final class StoreIsConfigured extends AccountIsConfigured {
    StoreIsConfigured() {
      super(BlobStoreProperties.SETTINGS);
    }
  }
}
