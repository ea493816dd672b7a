package dev.muster;

import static dev.muster.TestDatabase.count;
import static dev.muster.TestDatabase.jdbc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterProcess.Running;
import dev.muster.database.EmbeddedPostgres;
import dev.muster.publisher.HubHttpStandIn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/** Thousands of devices go out of service while their hub throttles and Muster is killed. */
@Timeout(400)
@Tag("slow")
class ManyRevocationsTests {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** By hand 100,000: {@code -Dmuster.many=100000}. */
  private static final int DEVICES = Integer.getInteger("muster.many", 15_000);

  private static final int CONCURRENCY = 32;

  /** The hub makes everybody wait each time after so many calls. */
  private static final int CALLS_BETWEEN_PAUSES = DEVICES / 5;

  /** What one kill may repeat: calls under way, and answers that were not written down yet. */
  private static final int REPEATED_AT_MOST = 200 + 3 * CONCURRENCY;

  private static final String HUB = "line";
  private static final String FACTORY = "fabrikam";

  @TempDir private Path folder;

  private final List<Running> services = new ArrayList<>();

  @Test
  void eachIsToldToTheHubAndNoneIsLostHoweverOftenMusterIsKilled() throws Exception {
    Path home = folder.resolve("var");
    TestManifest manifest = TestManifest.seeded(815).rows(DEVICES);
    try (HubHttpStandIn hub = HubHttpStandIn.start(HUB)) {
      MusterProcess muster = new MusterProcess(home, options(hub));
      hub.faults().throttleAfterEach(CALLS_BETWEEN_PAUSES, 429, Duration.ofSeconds(1));
      try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
        JdbcTemplate jdbc = jdbc(postgres);
        try {
          Running first = start(muster);
          drop(home, "inbox", "devices.csv", manifest.content());
          awaitAnswer(home, "devices.csv");
          drop(home, "revocations", "list.csv", list(manifest));
          killAfter(first, jdbc, DEVICES * 3 / 10);
          killAfter(start(muster), jdbc, DEVICES * 6 / 10);
          start(muster);
          Await.until(PATIENCE, () -> confirmed(jdbc), count -> count == DEVICES);
          awaitAnswer(home, "list.csv");
        } finally {
          stop();
        }

        assertThat(
                jdbc.queryForList(
                    "SELECT state || ' ' || revoking || ' ' || count(*) FROM registry GROUP BY"
                        + " state, revoking",
                    String.class))
            .containsExactly("REVOKED false " + DEVICES);
        assertThat(count(jdbc, "SELECT count(*) FROM device_change")).isEqualTo(DEVICES);
        assertThat(count(jdbc, "SELECT count(DISTINCT device_id) FROM device_change"))
            .isEqualTo(DEVICES);
        assertThat(count(jdbc, "SELECT count(*) FROM hub_work")).isZero();
      }
      TreeSet<String> all = new TreeSet<>();
      for (int line = 2; line <= manifest.lastLine(); line++) {
        all.add(manifest.deviceId(line));
      }
      assertThat(hub.revoked(HUB).equals(all)).as("the hub's list is the registry's").isTrue();
      Map<Integer, Long> statuses = hub.countByStatus();
      assertThat(statuses).containsEntry(201, (long) DEVICES).containsKey(429);
      assertThat(statuses.getOrDefault(409, 0L))
          .as("calls that were repeated: %s", statuses)
          .isLessThanOrEqualTo(2 * REPEATED_AT_MOST);
    }
  }

  private Running start(MusterProcess muster) throws Exception {
    Running service = muster.start("serve");
    services.add(service);
    return service;
  }

  /** Before the database, which stays as long as anybody uses it. */
  private void stop() throws Exception {
    for (Running service : services) {
      service.process().destroyForcibly().waitFor();
    }
  }

  private static String[] options(HubHttpStandIn hub) {
    return new String[] {
      "-Dspring.profiles.active=dev",
      "-Dmuster.hubs[0].name=" + HUB,
      "-Dmuster.hubs[0].namespace=" + hub.namespace(),
      "-Dmuster.hubs[0].event-hub=" + HUB,
      "-Dmuster.hubs[0].key-name=" + HubHttpStandIn.DEVICE_SEND,
      "-Dmuster.hubs[0].primary-key=" + hub.primaryKey(HUB, HubHttpStandIn.DEVICE_SEND),
      "-Dmuster.hubs[0].manage-key-name=" + HubHttpStandIn.MANAGE,
      "-Dmuster.hubs[0].manage-key=" + hub.primaryKey(HUB, HubHttpStandIn.MANAGE),
      "-Dspring.ssl.bundle.pem.hubs.truststore.certificate=file:" + hub.certificate(),
      "-Dmuster.publishers.ssl-bundle=hubs",
      "-Dmuster.publishers.poll=100ms",
      "-Dmuster.publishers.concurrency=" + CONCURRENCY,
      "-Dmuster.publishers.calls-per-second=20000",
      "-Dmuster.arrivals.revocations=AT_ONCE",
      "-Dmuster.revocations.ceiling=100%",
      "-Dmuster.arrivals.poll=100ms",
      "-Dmuster.arrivals.heartbeat=1s",
      "-Dmuster.arrivals.silence=4s",
      "-Dmuster.folder.sweep=100ms",
      "-Dmuster.folder.quiet=1ms"
    };
  }

  private static void killAfter(Running service, JdbcTemplate jdbc, int confirmed)
      throws Exception {
    Await.until(PATIENCE, () -> confirmed(jdbc), count -> count >= confirmed);
    service.process().destroyForcibly().waitFor();
    assertThat(confirmed(jdbc)).as("it was killed before its end").isLessThan(DEVICES);
  }

  private static String list(TestManifest manifest) {
    StringBuilder list = new StringBuilder("device_id,action,reason\n");
    for (int line = 2; line <= manifest.lastLine(); line++) {
      list.append(manifest.deviceId(line)).append(",revoke,recalled\n");
    }
    return list.toString();
  }

  private static void drop(Path home, String kind, String name, String content) throws Exception {
    Path inbox = Files.createDirectories(home.resolve(kind).resolve(FACTORY));
    Path aside = Files.writeString(inbox.resolve(name + ".part"), content);
    Files.move(aside, inbox.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private static void awaitAnswer(Path home, String name) throws Exception {
    Path receipt = home.resolve("archive/%s/%s.receipt.json".formatted(FACTORY, name));
    Await.until(PATIENCE, () -> Files.exists(receipt), there -> there);
  }

  private static long confirmed(JdbcTemplate jdbc) {
    return count(
        jdbc, "SELECT count(*) FROM device_status WHERE state = 'REVOKED' AND hub_due_at IS NULL");
  }
}
