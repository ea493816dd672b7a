package dev.muster.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.Await;
import dev.muster.FreePort;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A real broker, in a process of its own on a free port of loopback, that can be stopped and
 * started again.
 */
public final class KafkaBroker implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Path folder;
  private final int port;
  private final Path configuration;
  private @Nullable Process process;
  private @Nullable KafkaConsumer<String, byte[]> reader;

  private KafkaBroker(Path folder, int port, Path configuration) {
    this.folder = folder;
    this.port = port;
    this.configuration = configuration;
  }

  /**
   * Makes a broker with these topics, of one partition each unless a number follows a colon, and
   * starts it.
   */
  public static KafkaBroker start(Path folder, String... topics) throws Exception {
    Files.createDirectories(folder);
    int port = FreePort.any();
    int controllerPort = FreePort.any();
    Path configuration =
        Files.writeString(
            folder.resolve("broker.properties"),
            """
            process.roles=broker,controller
            node.id=1
            controller.quorum.voters=1@127.0.0.1:%2$d
            listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
            advertised.listeners=PLAINTEXT://localhost:%1$d
            controller.listener.names=CONTROLLER
            listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
            log.dirs=%3$s
            offsets.topic.replication.factor=1
            offsets.topic.num.partitions=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            group.initial.rebalance.delay.ms=0
            authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
            allow.everyone.if.no.acl.found=true
            """
                .formatted(port, controllerPort, folder.resolve("data")));
    KafkaBroker broker = new KafkaBroker(folder, port, configuration);
    // In this process: it takes less than the start of another one.
    String[] format = {
      "format", "--cluster-id", Uuid.randomUuid().toString(), "--config", configuration.toString()
    };
    try (PrintStream said = new PrintStream(folder.resolve("format.log").toString(), UTF_8)) {
      if (StorageTool.execute(format, said) != 0) {
        throw new IllegalStateException("No broker can be made; see " + folder);
      }
    }
    try {
      broker.startAgain();
      broker.create(topics);
    } catch (Exception | AssertionError e) {
      broker.close();
      throw e;
    }
    return broker;
  }

  public String bootstrapServers() {
    return "127.0.0.1:" + port;
  }

  /** Starts it after {@link #stop()}; what it had is still there. */
  public void startAgain() throws Exception {
    process = java("kafka.Kafka", configuration.toString());
    // What a client asks before anybody listens piles up, and all of it is logged at each try.
    Await.until(PATIENCE, this::listens, listens -> listens);
    try (Admin admin = Admin.create(client())) {
      Await.until(PATIENCE, () -> answers(admin), answers -> answers);
    }
  }

  /** Stops it, as a power cut would. */
  public void stop() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
      process = null;
    }
  }

  @Override
  public synchronized void close() throws InterruptedException {
    if (reader != null) {
      reader.close(CloseOptions.timeout(Duration.ZERO));
      reader = null;
    }
    stop();
  }

  /** Sends a message and waits until the broker has it. */
  public void send(
      String topic, @Nullable String key, byte @Nullable [] value, Map<String, String> headers)
      throws Exception {
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(client(), new StringSerializer(), new ByteArraySerializer())) {
      ProducerRecord<String, byte[]> message = new ProducerRecord<>(topic, key, value);
      headers.forEach(
          (name, text) ->
              message.headers().add(name, text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
      producer.send(message).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** All that lies in a topic; by a reader that is kept, for tests look again and again. */
  public synchronized List<ConsumerRecord<String, byte[]>> messages(String topic) {
    if (reader == null) {
      reader = new KafkaConsumer<>(client(), new StringDeserializer(), new ByteArrayDeserializer());
    }
    KafkaConsumer<String, byte[]> consumer = reader;
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(partition -> new TopicPartition(topic, partition.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    List<ConsumerRecord<String, byte[]>> messages = new ArrayList<>();
    while (partitions.stream()
        .anyMatch(one -> consumer.position(one) < Objects.requireNonNull(ends.get(one)))) {
      consumer.poll(Duration.ofMillis(200)).forEach(messages::add);
    }
    return messages;
  }

  /** Lets nobody read a topic, until {@link #allowAll}. */
  public void refuseReading(String topic) throws Exception {
    try (Admin admin = Admin.create(client())) {
      admin
          .createAcls(
              List.of(
                  rule(topic, AclOperation.ALL, AclPermissionType.ALLOW),
                  rule(topic, AclOperation.READ, AclPermissionType.DENY)))
          .all()
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** Forgets what was said of who may do what. */
  public void allowAll() throws Exception {
    try (Admin admin = Admin.create(client())) {
      var unused =
          admin
              .deleteAcls(List.of(AclBindingFilter.ANY))
              .all()
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static AclBinding rule(String topic, AclOperation what, AclPermissionType may) {
    return new AclBinding(
        new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
        new AccessControlEntry("User:ANONYMOUS", "*", what, may));
  }

  /** How far a group has committed, over all partitions. */
  public long committed(String group) throws Exception {
    try (Admin admin = Admin.create(client())) {
      return admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
          .values()
          .stream()
          .mapToLong(offset -> offset == null ? 0 : offset.offset())
          .sum();
    }
  }

  /** The last header of this name. */
  public static @Nullable String header(ConsumerRecord<?, ?> message, String name) {
    Header header = message.headers().lastHeader(name);
    return header == null
        ? null
        : new String(header.value(), java.nio.charset.StandardCharsets.UTF_8);
  }

  private Map<String, Object> client() {
    return Map.of("bootstrap.servers", bootstrapServers());
  }

  private void create(String... topics) throws Exception {
    try (Admin admin = Admin.create(client())) {
      admin
          .createTopics(
              Arrays.stream(topics)
                  .map(topic -> topic.split(":", 2))
                  .map(
                      topic ->
                          new NewTopic(
                              topic[0],
                              topic.length == 1 ? 1 : Integer.parseInt(topic[1]),
                              (short) 1))
                  .toList())
          .all()
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private boolean listens() throws IOException {
    if (process == null || !process.isAlive()) {
      throw new IllegalStateException(
          "The broker ended: " + Files.readString(folder.resolve("broker.log")));
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (ConnectException e) {
      return false;
    }
  }

  private static boolean answers(Admin admin) {
    try {
      return !admin.describeCluster().nodes().get(2, TimeUnit.SECONDS).isEmpty();
    } catch (Exception e) {
      return false;
    }
  }

  private Process java(String main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("broker.log").toFile()))
        .start();
  }
}
