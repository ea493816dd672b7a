package dev.muster.denylist;

import dev.muster.home.FailureSentence;
import dev.muster.kafka.KafkaProperties;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/**
 * The list as a compacted topic: the key is the device, the value its line. Back in service is said
 * as {@code ACTIVE}, not by removing the key: a tombstone has no version by which a late message
 * can be told from a new one, and the broker drops it after a day, whoever has not read it.
 *
 * <p>How far it is stands in the database and moves on after the broker has confirmed, in the
 * transaction that holds the row; so one process at a time sends, and everything is sent at least
 * once.
 */
@Component
@ConditionalOnProperty("muster.kafka.bootstrap-servers")
@EnableConfigurationProperties(KafkaProperties.class)
class DeviceStatusTopic implements Destination {

  private static final Logger LOG = LoggerFactory.getLogger(DeviceStatusTopic.class);

  private final KafkaProperties kafka;
  private final DenyListProperties properties;
  private final StatusHistory history;
  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final Clock clock;
  private boolean topicSeen;
  private @Nullable KafkaProducer<String, byte[]> producer;

  DeviceStatusTopic(
      KafkaProperties kafka,
      DenyListProperties properties,
      StatusHistory history,
      JdbcClient jdbc,
      TransactionOperations transaction,
      Clock clock) {
    this.kafka = kafka;
    this.properties = properties;
    this.history = history;
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "kafka/" + properties.topic();
  }

  @Override
  public long version() {
    return jdbc.sql("SELECT version FROM deny_list_publication WHERE destination = ?")
        .param(name())
        .query(Long.class)
        .optional()
        .orElse(-1L);
  }

  @Override
  public @Nullable Instant publishedAt() {
    return jdbc.sql("SELECT published_at FROM deny_list_publication WHERE destination = ?")
        .param(name())
        .query((row, number) -> row.getTimestamp(1).toInstant())
        .optional()
        .orElse(null);
  }

  @Override
  public synchronized Outcome publish() {
    long reached = version();
    if (reached == history.version()) {
      return Outcome.CURRENT;
    }
    if (reached < 0) {
      jdbc.sql("INSERT INTO deny_list_publication VALUES (?, 0, ?) ON CONFLICT DO NOTHING")
          .params(name(), clock.instant().atOffset(ZoneOffset.UTC))
          .update();
    }
    return Objects.requireNonNull(transaction.execute(status -> publishSome()));
  }

  private Outcome publishSome() {
    Optional<Long> locked =
        jdbc.sql(
                """
                SELECT version FROM deny_list_publication WHERE destination = ?
                   FOR UPDATE SKIP LOCKED\
                """)
            .param(name())
            .query(Long.class)
            .optional();
    if (locked.isEmpty()) {
      return Outcome.ELSEWHERE;
    }
    long from = locked.get();
    long to = history.version();
    if (to < from) {
      throw new IllegalStateException(
          "The topic %1$s was told up to version %2$d, and the registry's last change is %3$d: let the numbers go on with SELECT setval('device_change_change_id_seq', %2$d)."
              .formatted(properties.topic(), from, to));
    }
    List<ListedDevice> devices = history.changes(from, to, properties.batch());
    boolean more = devices.size() == properties.batch();
    try {
      send(devices);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NotToldException(e);
    } catch (Exception e) {
      throw new NotToldException(e);
    }
    long reached = more ? devices.get(devices.size() - 1).version() : to;
    jdbc.sql("UPDATE deny_list_publication SET version = ?, published_at = ? WHERE destination = ?")
        .params(reached, clock.instant().atOffset(ZoneOffset.UTC), name())
        .update();
    LOG.info(
        "deny-list=published destination={} version={} lines={}", name(), reached, devices.size());
    return more ? Outcome.MORE : Outcome.CURRENT;
  }

  private void send(List<ListedDevice> devices) throws Exception {
    seeToTopic();
    if (producer == null) {
      producer = new KafkaProducer<>(settings(), new StringSerializer(), new ByteArraySerializer());
    }
    List<Future<RecordMetadata>> confirmations = new ArrayList<>();
    for (ListedDevice device : devices) {
      confirmations.add(
          producer.send(
              new ProducerRecord<>(
                  properties.topic(),
                  device.deviceId().toString(),
                  device.json().getBytes(StandardCharsets.US_ASCII))));
    }
    producer.flush();
    for (Future<RecordMetadata> confirmation : confirmations) {
      RecordMetadata unused =
          confirmation.get(properties.sendTimeout().toMillis() * 2, TimeUnit.MILLISECONDS);
    }
  }

  private Map<String, Object> settings() {
    int milliseconds = Math.toIntExact(properties.sendTimeout().toMillis());
    Map<String, Object> settings = new HashMap<>(kafka.client());
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, milliseconds);
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, milliseconds / 2);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, milliseconds);
    return settings;
  }

  /** Makes the topic when it is missing; says what is wrong with one that is there. */
  private void seeToTopic() throws Exception {
    if (topicSeen) {
      return;
    }
    Map<String, Object> settings = new HashMap<>(kafka.client());
    int milliseconds = Math.toIntExact(properties.sendTimeout().toMillis());
    settings.put("request.timeout.ms", milliseconds / 2);
    settings.put("default.api.timeout.ms", milliseconds);
    try (Admin admin = Admin.create(settings)) {
      if (!exists(admin)) {
        create(admin);
      } else if (!policy(admin).contains(TopicConfig.CLEANUP_POLICY_COMPACT)) {
        LOG.warn(
            "deny-list=forgetful topic={} Its cleanup.policy is not compact: it forgets devices"
                + " that are out of service. Set cleanup.policy=compact.",
            properties.topic());
      }
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof AuthorizationException)) {
        throw e;
      }
      LOG.warn(
          "deny-list=topic-not-seen topic={} Muster has no right to look at it or to make it. See"
              + " to it that it exists, with cleanup.policy=compact. ({})",
          properties.topic(),
          e.getCause().getMessage());
    }
    topicSeen = true;
  }

  private boolean exists(Admin admin) throws Exception {
    try {
      admin.describeTopics(List.of(properties.topic())).allTopicNames().get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw e;
    }
  }

  private void create(Admin admin) throws Exception {
    try {
      admin
          .createTopics(
              List.of(
                  new NewTopic(properties.topic(), Optional.empty(), Optional.empty())
                      .configs(
                          Map.of(
                              TopicConfig.CLEANUP_POLICY_CONFIG,
                              TopicConfig.CLEANUP_POLICY_COMPACT))))
          .all()
          .get();
      LOG.info("deny-list=topic-made topic={}", properties.topic());
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
    }
  }

  private String policy(Admin admin) throws Exception {
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, properties.topic());
    Config config =
        Objects.requireNonNull(
            admin.describeConfigs(List.of(topic)).all().get().get(topic), "configuration");
    ConfigEntry policy = config.get(TopicConfig.CLEANUP_POLICY_CONFIG);
    return policy == null ? "" : String.valueOf(policy.value());
  }

  @Override
  public synchronized void close() {
    if (producer != null) {
      producer.close(Duration.ofSeconds(1));
      producer = null;
    }
  }

  /** Rolls back: the place stays where it was. */
  private static final class NotToldException extends RuntimeException {
    NotToldException(Exception cause) {
      super(FailureSentence.of(cause), cause);
    }
  }
}
