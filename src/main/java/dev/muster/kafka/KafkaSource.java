package dev.muster.kafka;

import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.Source;
import dev.muster.delivery.DeliveredBundles;
import dev.muster.factory.Factories;
import dev.muster.seen.SaidSigns;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.CommonErrorHandler;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ConsumerRecordRecoverer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DeadLetterPublishingRecoverer;
import org.springframework.kafka.listener.DeadLetterPublishingRecoverer.HeaderNames.HeadersToAdd;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.transaction.TransactionException;
import org.springframework.util.backoff.BackOff;
import org.springframework.util.backoff.ExponentialBackOff;
import org.springframework.util.backoff.FixedBackOff;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads manifests from Kafka. A message's offset is committed after its row is in the inbox, one by
 * one. A message that can never work is kept and goes to the dead letters; a database that is away
 * is waited for.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("muster.serve")
@ConditionalOnProperty("muster.kafka.bootstrap-servers")
@EnableConfigurationProperties(KafkaProperties.class)
class KafkaSource {

  static final String PROBLEM = "muster-problem";

  private static final Logger LOG = LoggerFactory.getLogger(KafkaSource.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);

  /** Well below the time after which a silent consumer loses its partitions (5 minutes). */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private static final int TRIES_OF_THE_UNEXPECTED = 5;

  /** A dead letter is its message and some headers more; the broker has the last word. */
  private static final int MAX_REQUEST_BYTES = 64 << 20;

  private static final int MESSAGES_AT_ONCE = 50;

  @Bean
  BundleConfirmation bundleConfirmation(DeliveredBundles bundles, Factories factories) {
    return new BundleConfirmation(bundles, factories);
  }

  @Bean
  SeenMessage seenMessage(SaidSigns signs, JsonMapper json) {
    return new SeenMessage(signs, json);
  }

  @Bean
  Source kafka() {
    return ManifestMessage.SOURCE;
  }

  @Bean
  ConcurrentMessageListenerContainer<String, byte[]> manifestMessages(
      KafkaProperties properties,
      Inbox inbox,
      BundleConfirmation confirmation,
      SeenMessage seen,
      JsonMapper json) {
    Map<String, Object> consumer = new HashMap<>(properties.client());
    consumer.putIfAbsent(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    consumer.putIfAbsent(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    consumer.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MESSAGES_AT_ONCE);
    consumer.putIfAbsent(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    consumer.put(ConsumerConfig.GROUP_ID_CONFIG, properties.group());
    ContainerProperties container =
        new ContainerProperties(
            Stream.of(properties.topic(), properties.revocationsTopic(), properties.seenTopic())
                .filter(Objects::nonNull)
                .toArray(String[]::new));
    container.setAckMode(ContainerProperties.AckMode.RECORD);
    container.setSyncCommits(true);
    container.setAuthExceptionRetryInterval(LONGEST_PAUSE); // or it would end for good
    container.setMissingTopicsFatal(false);
    container.setMessageListener(
        (MessageListener<String, byte[]>)
            message -> {
              if (message.topic().equals(properties.seenTopic())) {
                seen.take(ManifestMessage.sourceId(message), message.value());
              } else {
                receive(message, kind(message, properties), inbox, confirmation, json);
              }
            });
    ConcurrentMessageListenerContainer<String, byte[]> listening =
        new ConcurrentMessageListenerContainer<>(
            new DefaultKafkaConsumerFactory<>(
                consumer, new StringDeserializer(), new ByteArrayDeserializer()),
            container);
    listening.setBeanName("manifests");
    listening.setConcurrency(properties.listeners());
    listening.setCommonErrorHandler(errorHandler(properties, inbox));
    return listening;
  }

  private static ArrivalKind kind(
      ConsumerRecord<String, byte[]> message, KafkaProperties properties) {
    return message.topic().equals(properties.revocationsTopic())
        ? ArrivalKind.REVOCATIONS
        : ArrivalKind.MANIFEST;
  }

  private static void receive(
      ConsumerRecord<String, byte[]> message,
      ArrivalKind kind,
      Inbox inbox,
      BundleConfirmation confirmation,
      JsonMapper json) {
    List<CloudEvent> events = new ArrayList<>(CloudEvent.in(message, json));
    List<CloudEvent> confirmed =
        events.stream().filter(event -> event.type().equals(BundleConfirmation.TYPE)).toList();
    confirmed.forEach(event -> confirmation.confirm(ManifestMessage.factory(message), event));
    if (!confirmed.isEmpty() && confirmed.size() == events.size()) {
      return;
    }
    events.removeAll(confirmed);
    for (ManifestMessage manifest : ManifestMessage.of(message, events, kind)) {
      boolean added =
          manifest.whole()
              ? inbox.receive(manifest.arrival(), message.value())
              : inbox.receive(manifest.arrival());
      if (added) {
        LOG.info(
            "arrival=received source=kafka factory={} message={}",
            manifest.arrival().factory(),
            manifest.arrival().sourceId());
      }
    }
  }

  private static CommonErrorHandler errorHandler(KafkaProperties properties, Inbox inbox) {
    DefaultErrorHandler handler = new DefaultErrorHandler(deadLetters(properties, inbox));
    handler.addNotRetryableExceptions(UnusableMessageException.class);
    handler.setBackOffFunction((message, failure) -> pauses(failure));
    return handler;
  }

  /**
   * A database that is away, full or read-only comes back. Only when it refuses what is in the
   * message will it always do so; that, and what nobody thought of, is tried a few times.
   */
  private static BackOff pauses(Exception failure) {
    boolean database =
        causedBy(failure, DataAccessException.class)
            || causedBy(failure, TransactionException.class);
    if (database && !causedBy(failure, DataIntegrityViolationException.class)) {
      ExponentialBackOff growing = new ExponentialBackOff(FIRST_PAUSE.toMillis(), 2);
      growing.setMaxInterval(LONGEST_PAUSE.toMillis());
      return growing;
    }
    return new FixedBackOff(FIRST_PAUSE.toMillis(), TRIES_OF_THE_UNEXPECTED);
  }

  private static ConsumerRecordRecoverer deadLetters(KafkaProperties properties, Inbox inbox) {
    Map<String, Object> producer = new HashMap<>(properties.client());
    producer.put(ProducerConfig.ACKS_CONFIG, "all");
    producer.putIfAbsent(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
    KafkaTemplate<String, byte[]> template =
        new KafkaTemplate<>(
            new DefaultKafkaProducerFactory<>(
                producer, new StringSerializer(), new ByteArraySerializer()));
    DeadLetterPublishingRecoverer publish =
        new DeadLetterPublishingRecoverer(
            template, (message, failure) -> new TopicPartition(properties.deadLetterTopic(), -1));
    publish.excludeHeader(
        HeadersToAdd.EXCEPTION,
        HeadersToAdd.EX_CAUSE,
        HeadersToAdd.EX_MSG,
        HeadersToAdd.EX_STACKTRACE);
    publish.addHeadersFunction(
        (message, failure) ->
            new RecordHeaders().add(PROBLEM, problem(failure).getBytes(StandardCharsets.UTF_8)));
    return (message, failure) -> {
      String id = ManifestMessage.sourceId(message);
      LOG.warn("arrival=unusable source=kafka message={} {}", id, problem(failure));
      inbox.keepUnusable(
          ManifestMessage.SOURCE,
          id,
          problem(failure),
          message.value() instanceof byte[] value ? value : new byte[0]);
      try {
        publish.accept(message, failure);
      } catch (RuntimeException e) {
        if (!causedBy(e, RecordTooLargeException.class)) {
          throw e; // tried again, from the message on
        }
        LOG.warn("arrival=unusable source=kafka message={} is too large for the dead letters", id);
      }
    };
  }

  /** In plain language where we have it. */
  private static String problem(Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnusableMessageException unusable) {
        return unusable.sentence();
      }
    }
    return "It could not be written to the inbox, and not because the database was away; Muster's"
        + " log says why.";
  }

  private static boolean causedBy(Throwable failure, Class<? extends Throwable> type) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }
}
