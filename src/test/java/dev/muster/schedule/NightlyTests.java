package dev.muster.schedule;

import static dev.muster.TestDatabase.count;
import static dev.muster.TestDatabase.jdbc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.PreparedHome;
import dev.muster.TestManifest;
import dev.muster.database.EmbeddedPostgres;
import dev.muster.outcome.WebhookReceiver;
import dev.muster.outcome.WebhookReceiver.Received;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/** Lists that are dropped wait for the night, and are applied in it once, whoever is up. */
@Tag("slow")
class NightlyTests {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private final TestManifest manifest = TestManifest.seeded(815).rows(50);

  @Test
  void listsWaitForTheNightAndAreAppliedByHandOrByTheClockOnce() throws Exception {
    Path home = folder.resolve("var");
    WebhookReceiver webhooks = WebhookReceiver.start();
    MusterProcess muster =
        new MusterProcess(
            home,
            "-Dserver.port=0",
            "-Dmuster.schedule.nightly=-",
            "-Dmuster.revocations.max-rejects=50%",
            "-Dmuster.revocations.ceiling=2",
            "-Dmuster.arrivals.poll=100ms");
    Path file = manifest.write(folder.resolve("devices.csv"));
    assertThat(muster.run("provision", file.toString()).exitCode()).isZero();
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);

      Running service = muster.start("serve");
      try {
        drop(home, "many.csv", "device_id\n%s\n%s\n" + manifest.deviceId(4) + "\n");
        Await.until(PATIENCE, () -> waiting(jdbc), count -> count == 1);
        Result held = muster.run("nightly");
        assertThat(held.exitCode()).as(held.out()).isEqualTo(1);
        assertThat(held.out())
            .contains("HELD")
            .contains("It takes 3 devices out of service, of 50 in all, and the ceiling of one");
        assertThat(count(jdbc, "SELECT count(*) FROM device_change")).isZero();
        Result dismissed = muster.run("arrivals", "dismiss", "1", "--reason", "a mistake");
        assertThat(dismissed.exitCode()).as(dismissed.err()).isZero();
        Files.writeString(home.resolve("revocations/fabrikam/lists.zip"), "PK");
        drop(home, "first.csv", "device_id,action,reason\n%s,revoke,stolen\n%s,disable,\nbad,,\n");
        Await.until(PATIENCE, () -> waiting(jdbc), count -> count == 1);
        assertThat(muster.run("arrivals").out())
            .contains("NIGHTLY")
            .contains("folder: revocations/fabrikam/lists.zip")
            .contains("Unpack it, and put each file there as .csv or .csv.gz.");
        arrivalsAreFoundAndTakenAwayByTheFiltersOfTheirPage(muster);
        assertThat(count(jdbc, "SELECT count(*) FROM device_change")).isZero();

        Result byHand = muster.run("nightly", "--json");

        assertThat(byHand.exitCode()).as(byHand.err()).isZero();
        assertThat(byHand.out()).contains("\"fileName\":\"first.csv\"");
        assertThat(states(jdbc)).containsExactly("DISABLED", "REVOKED");
        Await.until(
            PATIENCE,
            () -> Files.exists(home.resolve("archive/fabrikam/first.csv.receipt.json")),
            there -> there);
        assertThat(Files.readString(home.resolve("archive/fabrikam/first.csv.receipt.json")))
            .contains("\"MALFORMED_DEVICE_ID\" : 1");
        Result shown = muster.run("nightly", "--show");
        assertThat(shown.out())
            .as(shown.err())
            .startsWith("Under way: no. By the clock: never.\n")
            .containsSubsequence(
                "Nightly run 2  COMPLETE", "first.csv", "Nightly run 1  INCOMPLETE")
            .contains("HELD");
        drop(home, "second.csv", "device_id,action,reason\n%s,restore,found\n%s,enable,\n");
        Await.until(PATIENCE, () -> waiting(jdbc), count -> count == 1);
      } finally {
        service.process().destroyForcibly().waitFor();
      }

      // The file of its report can't be written, which is no reason to do it again.
      Path reports = home.resolve("outbox/nightly");
      Files.move(reports, folder.resolve("reports"));
      Files.writeString(reports, "");

      // Everything was down at two o'clock: the task stands in the database, and is due.
      jdbc.update(
          """
          INSERT INTO scheduled_tasks (task_name, task_instance, execution_time, picked, version)
          VALUES ('nightly', 'recurring', now() - interval '3 hours', false, 1)\
          """);
      MusterProcess byTheClock =
          new MusterProcess(
              home,
              "-Dserver.port=0",
              "-Dmuster.arrivals.heartbeat=1s",
              "-Dmuster.arrivals.silence=4s",
              "-Dmuster.notifications.poll=100ms",
              "-Dmuster.webhooks.hooks[0].name=office",
              "-Dmuster.webhooks.hooks[0].url=" + webhooks.address("/office"),
              "-Dmuster.webhooks.hooks[0].secrets=" + String.join(",", webhooks.secrets()),
              "-Dmuster.webhooks.hooks[0].types=dev.muster.nightly.ended");
      webhooks.answer("/office", "nightly/3", 410);
      List<Running> instances = new ArrayList<>();
      try {
        instances.add(byTheClock.start("serve"));
        instances.add(byTheClock.start("serve"));
        Await.until(PATIENCE, () -> ended(jdbc), count -> count == 3);
        assertThat(states(jdbc)).isEmpty();
        assertThat(count(jdbc, "SELECT count(*) FROM device_change")).isEqualTo(4);
        Await.until(
            PATIENCE,
            () ->
                count(
                    jdbc,
                    """
                    SELECT count(*) FROM scheduled_tasks
                     WHERE task_name = 'nightly' AND NOT picked AND execution_time > now()
                       AND coalesce(consecutive_failures, 0) = 0\
                    """),
            count -> count == 1);
        assertThat(ended(jdbc)).isEqualTo(3);
        List<Received> told =
            Await.until(
                PATIENCE,
                () -> webhooks.about("/office", "nightly/3"),
                received -> !received.isEmpty());
        assertThat(told).extracting(Received::problem).containsOnly("");
        assertThat(told.get(0).event().get("type").asString())
            .isEqualTo("dev.muster.nightly.ended");
        assertThat(told.get(0).event().at("/data/lists/0/fileName").asString())
            .isEqualTo("second.csv");
        assertThat(told.get(0).event().at("/data/complete").asBoolean()).isTrue();
        String shown =
            Await.until(
                PATIENCE,
                () -> byTheClock.run("notifications").out(),
                out -> out.contains("It answered 410."));
        assertThat(shown)
            .contains("office")
            .contains("given up")
            .contains("dev.muster.nightly.ended nightly/3");
        webhooks.answer("/office", "nightly/3", 204);
        assertThat(byTheClock.run("notifications", "retry", "1").exitCode()).isZero();
        Await.until(
            PATIENCE,
            () -> webhooks.about("/office", "nightly/3"),
            received -> received.size() == 2);
        assertThat(byTheClock.run("notifications", "retry", "7").err()).contains("There is no 7");
      } finally {
        for (Running instance : instances) {
          instance.process().destroyForcibly().waitFor();
        }
      }
    }
  }

  private void drop(Path home, String name, String content) throws Exception {
    Path inbox = Files.createDirectories(home.resolve("revocations/fabrikam"));
    Path aside =
        Files.writeString(
            inbox.resolve(name + ".part"),
            content.formatted(manifest.deviceId(2), manifest.deviceId(3)));
    Files.move(aside, inbox.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private static void arrivalsAreFoundAndTakenAwayByTheFiltersOfTheirPage(MusterProcess muster)
      throws Exception {
    Result found =
        muster.run(
            "arrivals",
            "--state=NIGHTLY",
            "--source=folder",
            "--factory=fabrikam",
            "--text=FIRST",
            "--export=jsonl");
    assertThat(found.exitCode()).as(found.err()).isZero();
    assertThat(found.out().lines())
        .singleElement()
        .asString()
        .contains("\"manifest\":\"first.csv\"");
    for (String other :
        List.of("--state=DONE", "--failed", "--source=kafka", "--factory=contoso", "--text=last")) {
      assertThat(muster.run("arrivals", "--from=2026-01-01", other).out())
          .as(other)
          .startsWith("No arrival is like that.\n");
    }
    Result both = muster.run("arrivals", "--failed", "--state=DONE");
    assertThat(both.exitCode()).isEqualTo(2);
    assertThat(both.err()).contains("--failed is --state FAILED: give one of them.");
  }

  private static long waiting(JdbcTemplate jdbc) {
    return count(jdbc, "SELECT count(*) FROM arrival WHERE state = 'WAITING'");
  }

  private static long ended(JdbcTemplate jdbc) {
    return count(jdbc, "SELECT count(*) FROM nightly_run WHERE ended_at IS NOT NULL");
  }

  private static List<String> states(JdbcTemplate jdbc) {
    return jdbc.queryForList(
        "SELECT state FROM device_status WHERE state IS NOT NULL ORDER BY 1", String.class);
  }
}
