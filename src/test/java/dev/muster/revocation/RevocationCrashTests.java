package dev.muster.revocation;

import static dev.muster.TestDatabase.count;
import static dev.muster.TestDatabase.jdbc;
import static dev.muster.TestFiles.files;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.PreparedHome;
import dev.muster.TestManifest;
import dev.muster.database.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/** A list whose run is killed again and again is applied as if nobody had. */
@Tag("slow")
class RevocationCrashTests {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int DEVICES = 20_000;

  @TempDir private Path folder;

  @Test
  void everyEntryIsAppliedOnceHoweverOftenTheRunIsKilled() throws Exception {
    Path home = folder.resolve("var");
    MusterProcess muster =
        new MusterProcess(
            home, "-Dmuster.revocations.chunk-rows=500", "-Dmuster.revocations.ceiling=100%");
    TestManifest manifest = TestManifest.seeded(4712).rows(DEVICES);
    Path file = manifest.write(folder.resolve("devices.csv"));
    assertThat(muster.run("provision", file.toString()).exitCode()).isZero();
    Path list = Files.writeString(folder.resolve("list.csv"), list(manifest));
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      killAfter(muster.start("revoke", list.toString()), jdbc, 3_000);
      killAfter(muster.start("restart", "--all-failed"), jdbc, 9_000);

      Result result = muster.run("revoke", list.toString());

      assertThat(result.exitCode()).as(result.err()).isEqualTo(3);
      assertThat(result.out()).contains("MALFORMED_DEVICE_ID");
      assertThat(
              jdbc.queryForList(
                  "SELECT state || ' ' || count(*) FROM registry GROUP BY state ORDER BY 1",
                  String.class))
          .containsExactly("DISABLED " + DEVICES / 2, "REVOKED " + DEVICES / 2);
      assertThat(count(jdbc, "SELECT count(*) FROM device_change")).isEqualTo(DEVICES);
      assertThat(count(jdbc, "SELECT count(DISTINCT device_id) FROM device_change"))
          .isEqualTo(DEVICES);
      assertThat(count(jdbc, "SELECT sum(entries) FROM revocation_count")).isEqualTo(DEVICES);
      assertThat(count(jdbc, "SELECT count(*) FROM revocation_reject")).isEqualTo(1);
      assertThat(files(home.resolve("spool"))).isEmpty();
      assertThat(files(home.resolve("outbox/.staging"))).isEmpty();
      assertThat(files(home.resolve("outbox/revocations")))
          .extracting(path -> String.valueOf(path.getFileName()))
          .containsExactlyInAnyOrder("receipt.json", "rejects.csv", "rejected-rows.csv");
    }
  }

  @Test
  void chosenDevicesAreEachChangedOnceHoweverOftenThatIsKilledAndConfirmed() throws Exception {
    Path home = folder.resolve("var");
    MusterProcess muster =
        new MusterProcess(
            home, "-Dmuster.revocations.chunk-rows=500", "-Dmuster.revocations.ceiling=100%");
    Path file = TestManifest.seeded(4713).rows(DEVICES).write(folder.resolve("devices.csv"));
    assertThat(muster.run("provision", file.toString()).exitCode()).isZero();
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      Result looked =
          muster.run("devices", "--factory", "fabrikam", "--change", "revoke", "--reason", "why");
      String number = looked.out().replaceFirst("(?s).*jobs/revoke --confirm (\\S+).*", "$1");
      killAfter(muster.start("revoke", "--confirm", number, "--wait", "0"), jdbc, 3_000);
      killAfter(muster.start("revoke", "--confirm", number, "--wait", "0"), jdbc, 9_000);

      Result result = muster.run("revoke", "--confirm", number, "--wait", "0");

      assertThat(result.exitCode()).as(looked.err() + result.err()).isZero();
      assertThat(count(jdbc, "SELECT count(*) FROM registry WHERE state = 'REVOKED'"))
          .isEqualTo(DEVICES);
      assertThat(count(jdbc, "SELECT count(*) FROM device_change")).isEqualTo(DEVICES);
      assertThat(count(jdbc, "SELECT count(*) FROM revocation_list")).isEqualTo(1);
      assertThat(count(jdbc, "SELECT count(*) FROM checked_upload")).isZero();
      assertThat(files(home.resolve("uploads"))).isEmpty();
      assertThat(files(home.resolve("spool"))).isEmpty();
    }
  }

  private static void killAfter(Running run, JdbcTemplate jdbc, int changes) throws Exception {
    Await.until(
        PATIENCE,
        () -> {
          long count = count(jdbc, "SELECT count(*) FROM device_change");
          assertThat(run.process().isAlive() || count >= changes).as(() -> said(run)).isTrue();
          return count;
        },
        count -> count >= changes);
    run.process().destroyForcibly().waitFor();
    assertThat(count(jdbc, "SELECT count(*) FROM device_change"))
        .as("it was killed before its end")
        .isLessThan(DEVICES);
  }

  private static String said(Running run) {
    try {
      return run.out() + run.err();
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String list(TestManifest manifest) {
    StringBuilder list = new StringBuilder("device_id,action\nnot-a-guid,revoke\n");
    for (int line = 2; line < DEVICES + 2; line++) {
      list.append(manifest.deviceId(line)).append(line % 2 == 0 ? ",revoke\n" : ",disable\n");
    }
    return list.toString();
  }
}
