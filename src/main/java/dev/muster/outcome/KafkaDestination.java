package dev.muster.outcome;

import dev.muster.kafka.KafkaProperties;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Outcomes as messages in Kafka; the key is the factory, so that one factory's stay in order. */
final class KafkaDestination implements Destination {

  private static final byte[] CLOUD_EVENT =
      "application/cloudevents+json; charset=UTF-8".getBytes(StandardCharsets.US_ASCII);

  private final KafkaProducer<String, byte[]> producer;
  private final String topic;
  private final Duration timeout;

  KafkaDestination(KafkaProperties kafka, OutcomeProperties properties) {
    this.topic = properties.topic();
    this.timeout = properties.sendTimeout();
    Map<String, Object> configuration = new HashMap<>(kafka.client());
    int milliseconds = Math.toIntExact(timeout.toMillis());
    configuration.put(ProducerConfig.ACKS_CONFIG, "all");
    configuration.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    configuration.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, milliseconds);
    configuration.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, milliseconds / 2);
    configuration.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, milliseconds);
    this.producer =
        new KafkaProducer<>(configuration, new StringSerializer(), new ByteArraySerializer());
  }

  @Override
  public String name() {
    return "kafka";
  }

  @Override
  public List<Outcome> send(List<Outcome> outcomes) throws Exception {
    List<Future<RecordMetadata>> confirmations = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      ProducerRecord<String, byte[]> message =
          new ProducerRecord<>(
              topic, outcome.factory(), outcome.event().getBytes(StandardCharsets.UTF_8));
      message.headers().add("content-type", CLOUD_EVENT);
      confirmations.add(producer.send(message));
    }
    List<Outcome> tooLarge = new ArrayList<>();
    for (int i = 0; i < confirmations.size(); i++) {
      try {
        RecordMetadata unused =
            confirmations.get(i).get(timeout.toMillis() * 2, TimeUnit.MILLISECONDS);
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof RecordTooLargeException)) {
          throw e;
        }
        tooLarge.add(outcomes.get(i));
      }
    }
    return tooLarge;
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(1));
  }
}
