package dev.muster.publisher;

import static dev.muster.TestDatabase.jdbc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.PreparedHome;
import dev.muster.TestManifest;
import dev.muster.database.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands tell the hubs, and what was killed goes on where it was. */
@Tag("slow")
class PublisherCommandTests {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int DEVICES = 400;

  @TempDir private Path folder;

  private final TestManifest manifest = TestManifest.seeded(4711).rows(DEVICES);

  @Test
  void whatWasKilledGoesOnWithTheNightlyRunAndEveryCommandSaysHowTheHubsStand() throws Exception {
    try (HubHttpStandIn hubs = HubHttpStandIn.start("devices")) {
      MusterProcess muster = muster(hubs);
      Path file = manifest.write(folder.resolve("devices.csv"));
      assertThat(muster.run("provision", file.toString()).exitCode()).isZero();

      hubs.faults().delay(Duration.ofMillis(100));
      Running killed = muster.start("revoke", list("all.csv", 2, DEVICES + 1).toString());
      try {
        Await.until(PATIENCE, () -> hubs.calls().size(), calls -> calls >= 150);
      } finally {
        killed.process().destroyForcibly().waitFor();
      }
      int before = hubs.calls().size();
      assertThat(before).isLessThan(DEVICES);
      hubs.faults().heal();
      // What is told last, and has not been called yet
      String last =
          IntStream.rangeClosed(2, DEVICES + 1)
              .mapToObj(manifest::deviceId)
              .max(Comparator.naturalOrder())
              .orElseThrow();
      assertThat(hubs.calls()).noneMatch(call -> last.equals(call.publisher()));
      hubs.faults().failFor(last, 400);

      Result nightly = muster.run("nightly");

      assertThat(nightly.exitCode()).as(nightly.out()).isEqualTo(1);
      assertThat(nightly.out())
          .contains("hub west")
          .contains("0 pending, 1 failed")
          .contains("1: The hub calls the request wrong (400). For example " + last);
      assertThat(hubs.revoked("devices")).hasSize(DEVICES - 1);
      // What was under way, and what was answered and not written down yet
      assertThat(hubs.countByStatus().get(409)).isBetween(1L, 149L);
      assertThat(hubs.countByStatus().get(201)).isEqualTo(DEVICES - 1);
      Path report;
      try (var reports = Files.list(folder.resolve("var/outbox/nightly"))) {
        report = reports.findFirst().orElseThrow();
      }
      assertThat(Files.readString(report)).contains("\"failed\" : 1", "wrong (400)");

      hubs.faults().heal();
      Result revoke = muster.run("revoke", backInService(last).toString());
      assertThat(revoke.exitCode()).as(revoke.err()).isZero();
      assertThat(revoke.out()).contains("20 confirmed, 0 pending");
      assertThat(hubs.revoked("devices")).hasSize(DEVICES - 21);

      Result view = muster.run("hubs");
      assertThat(view.out()).contains("west", "manage", hubs.namespace(), "wrong (400)");
      assertThat(muster.run("hubs", "--json").out()).contains("\"failed\":1");
      Result reconcile = muster.run("reconcile");
      assertThat(reconcile.exitCode()).as(reconcile.out()).isZero();
      assertThat(reconcile.out()).contains("nothing differs");
      assertThat(muster.run("reconcile", "nowhere").exitCode()).isEqualTo(2);

      String key = hubs.primaryKey("devices", HubHttpStandIn.MANAGE);
      assertThat(Files.readString(folder.resolve("var/log/muster.log")))
          .contains("publishers=told hub=west")
          .doesNotContain(key)
          .doesNotContain("SharedAccessSignature");
      assertThat(nightly.out() + view.out() + revoke.out() + reconcile.out()).doesNotContain(key);
    }
  }

  @Test
  void severalInstancesTellEveryPublisherOnceAndCompareTheListsByTheClock() throws Exception {
    try (HubHttpStandIn hubs = HubHttpStandIn.start("devices")) {
      MusterProcess muster = muster(hubs);
      Path file = manifest.write(folder.resolve("devices.csv"));
      assertThat(muster.run("provision", file.toString()).exitCode()).isZero();
      List<Running> instances = new ArrayList<>();
      try (EmbeddedPostgres postgres = PreparedHome.database(folder.resolve("var"))) {
        jdbc(postgres)
            .update(
                """
                INSERT INTO scheduled_tasks (task_name, task_instance, execution_time, picked, version)
                VALUES ('reconcile', 'recurring', now() - interval '3 hours', false, 1)\
                """);
        instances.add(muster.start("serve"));
        instances.add(muster.start("serve"));

        Result revoke = muster.run("revoke", "--wait", "0", list("all.csv", 2, 301).toString());

        assertThat(revoke.exitCode()).as(revoke.err()).isZero();
        Await.until(PATIENCE, () -> hubs.revoked("devices").size(), size -> size == 300);
        Await.until(
            PATIENCE,
            () -> muster.run("hubs", "--json").out(),
            view -> view.contains("\"pending\":0") && view.contains("\"confirmed\":300"));
        assertThat(hubs.calls().stream().filter(call -> call.method().equals("PUT"))).hasSize(300);
        Path reports = folder.resolve("var/outbox/reconciliation");
        Await.until(PATIENCE, () -> Files.exists(reports), there -> there);
        assertThat(hubs.calls()).anyMatch(call -> call.method().equals("GET"));
      } finally {
        for (Running instance : instances) {
          instance.process().destroyForcibly().waitFor();
        }
      }
    }
  }

  @Test
  void theDevelopmentHubIsNotToldAndThatIsSaid() throws Exception {
    MusterProcess muster = new MusterProcess(folder.resolve("var"));
    Path file = manifest.write(folder.resolve("devices.csv"));
    assertThat(muster.run("provision", file.toString()).exitCode()).isZero();

    Result revoke = muster.run("revoke", list("all.csv", 2, 11).toString());

    assertThat(revoke.exitCode()).isZero();
    assertThat(revoke.out())
        .contains("0 confirmed, 10 pending")
        .contains("The development hub does not exist");
    assertThat(muster.run("hubs").out()).contains("nobody");
    assertThat(muster.run("reconcile").exitCode()).isEqualTo(1);

    // A file that can be opened and not be read
    Result broken = muster.run("revoke", list("more.csv", 12, 13).toString(), "/proc/self/mem");
    assertThat(broken.exitCode()).isEqualTo(1);
    assertThat(broken.out()).as("of the list before it").contains("0 confirmed, ");
  }

  /** Twenty devices, not this one. */
  private Path backInService(String not) throws Exception {
    return Files.writeString(
        folder.resolve("back.csv"),
        IntStream.rangeClosed(2, 22)
            .mapToObj(manifest::deviceId)
            .filter(device -> !device.equals(not))
            .limit(20)
            .map(device -> device + ",restore\n")
            .collect(Collectors.joining("", "device_id,action\n", "")));
  }

  private Path list(String name, int first, int last) throws Exception {
    return Files.writeString(
        folder.resolve(name),
        IntStream.rangeClosed(first, last)
            .mapToObj(line -> manifest.deviceId(line) + ",revoke\n")
            .collect(Collectors.joining("", "device_id,action\n", "")));
  }

  private MusterProcess muster(HubHttpStandIn hubs) {
    return new MusterProcess(
        folder.resolve("var"),
        "-Dspring.profiles.active=dev",
        "-Dmuster.hubs[0].name=west",
        "-Dmuster.hubs[0].namespace=" + hubs.namespace(),
        "-Dmuster.hubs[0].event-hub=devices",
        "-Dmuster.hubs[0].key-name=" + HubHttpStandIn.DEVICE_SEND,
        "-Dmuster.hubs[0].primary-key=" + hubs.primaryKey("devices", HubHttpStandIn.DEVICE_SEND),
        "-Dmuster.hubs[0].manage-key-name=" + HubHttpStandIn.MANAGE,
        "-Dmuster.hubs[0].manage-key=" + hubs.primaryKey("devices", HubHttpStandIn.MANAGE),
        "-Dspring.ssl.bundle.pem.hub.truststore.certificate=file:" + hubs.certificate(),
        "-Dmuster.publishers.ssl-bundle=hub",
        "-Dmuster.publishers.calls-per-second=200");
  }
}
