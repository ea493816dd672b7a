package dev.muster.denylist;

import static dev.muster.TestDatabase.jdbc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.PreparedHome;
import dev.muster.bundle.AgeIdentity;
import dev.muster.database.EmbeddedPostgres;
import dev.muster.kafka.KafkaBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/** The list on its way out of real processes, to files and to a real broker. */
@Tag("slow")
class DenyListKafkaTests {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final String TOPIC = "device-status";

  @TempDir private Path folder;

  @Test
  void aServiceTellsFilesAndTheTopicWhatAnotherProcessRevoked() throws Exception {
    Path home = folder.resolve("var");
    List<UUID> early = ids(12);
    List<UUID> late = ids(5);
    try (KafkaBroker broker = KafkaBroker.start(folder.resolve("kafka"));
        EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      MusterProcess withoutBroker = new MusterProcess(home);
      assertThat(withoutBroker.run("revoke", list(early, "revoke")).exitCode()).isZero();
      MusterProcess muster = new MusterProcess(home, options(broker, 5));

      List<Running> services = new ArrayList<>();
      try {
        services.add(muster.start("serve"));
        services.add(muster.start("serve"));
        // The first start tells all that were out of service before.
        Await.until(PATIENCE, () -> cursor(jdbc), cursor -> cursor == 12);
        assertThat(policy(broker)).isEqualTo("compact");
        assertThat(latest(broker)).isEqualTo(all(early, "REVOKED"));

        // Changes by one without the broker: only the services can tell them.
        assertThat(
                new MusterProcess(home, "-Dmuster.deny-list.enabled=false")
                    .run("revoke", list(late, "disable"))
                    .exitCode())
            .isZero();
        Await.until(PATIENCE, () -> cursor(jdbc), cursor -> cursor == 17);
        Await.until(
            PATIENCE,
            () -> withoutBroker.run("deny-list", "--json").out(),
            DenyListKafkaTests::at17);

        assertThat(muster.run("revoke", list(late.subList(0, 1), "enable")).exitCode()).isZero();
        Map<String, String> expected = all(early, "REVOKED");
        expected.putAll(all(late, "DISABLED"));
        expected.put(late.get(0).toString(), "ACTIVE");
        assertThat(latest(broker)).isEqualTo(expected);
        assertThat(broker.messages(TOPIC))
            .as("two services, each version once")
            .extracting(DenyListKafkaTests::version)
            .doesNotHaveDuplicates()
            .hasSize(18);
        assertThat(broker.messages(TOPIC))
            .allMatch(message -> text(message).contains("\"" + message.key() + "\""))
            .noneMatch(message -> text(message).contains("Bob"));

        Result verified = muster.run("deny-list", "verify", outbox(home).toString());
        assertThat(verified.exitCode()).as(verified.err()).isZero();
        assertThat(verified.out()).contains("Version 18, ").contains("All holds.");
        assertThat(muster.run("deny-list", "verify", "--json", folder.toString()).exitCode())
            .isEqualTo(1);
      } finally {
        end(services);
      }
    }
  }

  @Test
  void aBrokerThatIsAwayDoesNotHoldUpTheFilesAndIsToldWhenItIsBack() throws Exception {
    Path home = folder.resolve("var");
    List<UUID> devices = ids(3);
    try (KafkaBroker broker = KafkaBroker.start(folder.resolve("kafka"));
        EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      MusterProcess muster = new MusterProcess(home, options(broker, 5));
      broker.stop();

      Result revoked = muster.run("revoke", list(devices, "revoke"));

      assertThat(revoked.exitCode()).isZero();
      assertThat(revoked.err())
          .contains("The deny list is not published (kafka/device-status) yet");
      assertThat(muster.run("deny-list", "verify", outbox(home).toString()).out())
          .contains("Version 3, ");
      assertThat(cursor(jdbc)).isLessThanOrEqualTo(0);

      List<Running> services = new ArrayList<>();
      try {
        services.add(muster.start("serve"));
        Await.until(
            PATIENCE,
            () -> services.get(0).out() + services.get(0).err() + logs(home),
            log -> log.contains("deny-list=not-published destination=kafka/device-status"));
        broker.startAgain();
        Await.until(PATIENCE, () -> cursor(jdbc), cursor -> cursor == 3);
        assertThat(latest(broker)).isEqualTo(all(devices, "REVOKED"));
      } finally {
        end(services);
      }
    }
  }

  @Test
  void whatWasSentBeforeAKillAndNotNotedIsSentAgainInItsOrder() throws Exception {
    Path home = folder.resolve("var");
    List<UUID> first = ids(1);
    List<UUID> devices = ids(23);
    try (KafkaBroker broker = KafkaBroker.start(folder.resolve("kafka"));
        EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      MusterProcess muster = new MusterProcess(home, options(broker, 10));
      assertThat(muster.run("revoke", list(first, "revoke")).exitCode()).isZero();
      assertThat(cursor(jdbc)).isEqualTo(1);

      try (Connection holding =
          DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password())) {
        holding.setAutoCommit(false);
        // The place can be read and locked, and not moved: it stops between sending and noting.
        try (var statement = holding.createStatement()) {
          statement.execute("LOCK TABLE deny_list_publication IN SHARE MODE");
        }
        Running killed = muster.start("revoke", list(devices, "revoke"));
        try {
          Await.until(PATIENCE, () -> broker.messages(TOPIC).size(), size -> size == 11);
        } finally {
          killed.process().destroyForcibly().waitFor();
        }
        holding.rollback();
      }
      assertThat(cursor(jdbc)).isEqualTo(1);

      List<Running> services = new ArrayList<>();
      try {
        services.add(muster.start("serve"));
        Await.until(PATIENCE, () -> cursor(jdbc), cursor -> cursor == 24);
      } finally {
        end(services);
      }
      List<Long> versions = broker.messages(TOPIC).stream().map(m -> version(m)).toList();
      assertThat(versions).hasSize(1 + 10 + 23);
      assertThat(new HashSet<>(versions)).hasSize(24);
      assertThat(versions.subList(11, versions.size())).isSorted();
      Map<String, String> expected = all(first, "REVOKED");
      expected.putAll(all(devices, "REVOKED"));
      assertThat(latest(broker)).isEqualTo(expected);
    }
  }

  @Test
  void aServiceThatIsKilledWhileItWritesLeavesAListThatHolds() throws Exception {
    Path home = folder.resolve("var");
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      MusterProcess muster = new MusterProcess(home);
      assertThat(muster.run("revoke", list(ids(5), "revoke")).exitCode()).isZero();
      JdbcTemplate jdbc = jdbc(postgres);
      assertThat(
              new MusterProcess(
                      home,
                      "-Dmuster.deny-list.enabled=false",
                      "-Dmuster.revocations.ceiling=50000")
                  .run("revoke", list(ids(40_000), "revoke"))
                  .exitCode())
          .isZero();
      Running killed = muster.start("serve");
      try {
        Await.until(PATIENCE, () -> files(outbox(home)), names -> names.contains(".writing-"));
      } finally {
        killed.process().destroyForcibly().waitFor();
      }
      Result verified = muster.run("deny-list", "verify", outbox(home).toString());
      assertThat(verified.exitCode()).as(verified.err()).isZero();

      assertThat(muster.run("deny-list", "--snapshot").exitCode()).isZero();

      assertThat(muster.run("deny-list", "verify", outbox(home).toString()).out())
          .contains("Version 40005, ")
          .contains("All holds.");
      assertThat(files(outbox(home))).doesNotContain(".writing-");
      assertThat(jdbc.queryForObject("SELECT count(*) FROM device_status", Long.class))
          .isEqualTo(40_005);
    }
  }

  @Test
  void inProductionTheServiceDoesNotStartWithoutAKey() throws Exception {
    MusterProcess muster =
        new MusterProcess(
            folder.resolve("var"),
            "-Dspring.profiles.active=production",
            "-Dmuster.hubs[0].name=h",
            "-Dmuster.hubs[0].namespace=n.servicebus.windows.net",
            "-Dmuster.hubs[0].event-hub=e",
            "-Dmuster.hubs[0].key-name=k",
            "-Dmuster.hubs[0].primary-key=" + "A".repeat(43) + "=");

    String recipient = AgeIdentity.generate().recipient().publicKey();
    assertThat(muster.run("factory", "add", "contoso", "--recipient", recipient).exitCode())
        .isZero();

    Result result = muster.run("serve");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("openssl genpkey -algorithm ed25519")
        .contains("muster.deny-list.signing-key");
  }

  private static String[] options(KafkaBroker broker, int batch) {
    return new String[] {
      "-Dmuster.kafka.bootstrap-servers=" + broker.bootstrapServers(),
      "-Dmuster.deny-list.batch=" + batch,
      "-Dmuster.deny-list.send-timeout=3s"
    };
  }

  private static boolean at17(String state) {
    return state.contains("\"destinations\":[{\"destination\":\"files\",\"version\":17,");
  }

  private String list(List<UUID> devices, String action) throws Exception {
    String rows =
        devices.stream()
            .map(device -> device + "," + action + ",Bob lost it\n")
            .collect(Collectors.joining());
    Path file = folder.resolve("list-" + UUID.randomUUID() + ".csv");
    return Files.writeString(file, "device_id,action,reason\n" + rows).toString();
  }

  private static List<UUID> ids(int count) {
    return Stream.generate(UUID::randomUUID).limit(count).toList();
  }

  private static Map<String, String> all(List<UUID> devices, String status) {
    Map<String, String> all = new HashMap<>();
    devices.forEach(device -> all.put(device.toString(), status));
    return all;
  }

  /** What a reader of the topic has in the end. */
  private static Map<String, String> latest(KafkaBroker broker) {
    Map<String, String> latest = new HashMap<>();
    for (ConsumerRecord<String, byte[]> message : broker.messages(TOPIC)) {
      latest.put(message.key(), text(message).replaceFirst(".*\"status\":\"([A-Z]+)\".*", "$1"));
    }
    return latest;
  }

  private static String text(ConsumerRecord<String, byte[]> message) {
    return new String(message.value(), StandardCharsets.UTF_8);
  }

  private static long version(ConsumerRecord<String, byte[]> message) {
    return Long.parseLong(text(message).replaceFirst(".*\"version\":([0-9]+).*", "$1"));
  }

  private static String policy(KafkaBroker broker) throws Exception {
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
    try (Admin admin =
        Admin.create(Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers()))) {
      return Objects.requireNonNull(
              admin.describeConfigs(List.of(topic)).all().get().get(topic), "configuration")
          .get("cleanup.policy")
          .value();
    }
  }

  private static long cursor(JdbcTemplate jdbc) {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            "SELECT coalesce(max(version), -1) FROM deny_list_publication", Long.class));
  }

  private static Path outbox(Path home) {
    return home.resolve("outbox/deny-list");
  }

  private static String files(Path folder) throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList().toString();
    }
  }

  private static String logs(Path home) throws Exception {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.list(home.resolve("log"))) {
      for (Path file : files.filter(one -> one.toString().endsWith(".log")).toList()) {
        all.append(Files.readString(file));
      }
    }
    return all.toString();
  }

  private static void end(List<Running> services) throws InterruptedException {
    for (Running service : services) {
      service.process().destroyForcibly().waitFor();
    }
  }
}
