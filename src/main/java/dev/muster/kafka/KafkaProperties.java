package dev.muster.kafka;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The broker. On when bootstrap servers are given.
 *
 * @param bootstrapServers {@code host:port}, several with commas
 * @param properties any further setting of Kafka's clients, such as {@code security.protocol}; may
 *     hold secrets
 * @param group the consumer group that all instances share
 * @param topic where manifests are sent to
 * @param revocationsTopic where revocation lists are sent to
 * @param seenTopic where it is said when devices were seen; null: nowhere
 * @param deadLetterTopic where messages go that can never work
 * @param listeners how many partitions one instance reads side by side
 */
@Validated
@ConfigurationProperties("muster.kafka")
public record KafkaProperties(
    @Nullable String bootstrapServers,
    @DefaultValue Map<String, String> properties,
    @DefaultValue("muster") String group,
    @DefaultValue("manifests") String topic,
    @DefaultValue("revocations") String revocationsTopic,
    @Nullable String seenTopic,
    @DefaultValue("manifests.DLT") String deadLetterTopic,
    @DefaultValue("1") @Min(1) @Max(64) int listeners) {

  /** What every client of the broker is configured with. */
  public Map<String, Object> client() {
    Map<String, Object> client = new HashMap<>(properties);
    client.put("bootstrap.servers", String.valueOf(bootstrapServers));
    return client;
  }

  /** Without the properties, among which may be a password. */
  @Override
  public String toString() {
    return "KafkaProperties[bootstrapServers=%s, topic=%s]".formatted(bootstrapServers, topic);
  }
}
