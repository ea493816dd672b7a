package dev.muster.eventhubs;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Where notices come from. On when a connection string or a namespace is given.
 *
 * @param connectionString of the hub, with its {@code EntityPath}; a secret
 * @param namespace signed in to with {@code DefaultAzureCredential} instead, such as {@code
 *     contoso.servicebus.windows.net}
 * @param eventHub its name; with a connection string only when that has no {@code EntityPath}
 * @param checkpoints where it is kept how far each partition was read
 * @param rebalance how often instances look who reads which partition
 */
@Validated
@ConfigurationProperties("muster.notices")
record EventHubsProperties(
    @Nullable String connectionString,
    @Nullable String namespace,
    @Nullable String eventHub,
    @DefaultValue("$Default") String consumerGroup,
    @DefaultValue Checkpoints checkpoints,
    @DefaultValue("10s") Duration rebalance) {

  EventHubsProperties {
    if (connectionString == null && namespace != null && eventHub == null) {
      throw new IllegalArgumentException(
          "muster.notices.namespace is set, but not muster.notices.event-hub.");
    }
  }

  /**
   * A container of its own in Blob Storage, which must exist.
   *
   * @param connectionString of the storage account; a secret
   * @param endpoint signed in to with {@code DefaultAzureCredential} instead, such as {@code
   *     https://contoso.blob.core.windows.net}
   */
  record Checkpoints(
      @Nullable String connectionString,
      @Nullable String endpoint,
      @DefaultValue("muster-checkpoints") String container) {}

  boolean on() {
    return connectionString != null || namespace != null;
  }

  /** Without the connection strings. */
  @Override
  public String toString() {
    return "EventHubsProperties[namespace=%s, eventHub=%s, consumerGroup=%s]"
        .formatted(namespace, eventHub, consumerGroup);
  }
}
