package dev.muster.renewal;

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
import dev.muster.renewal.OpenedBundle.Line;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/** Renewals and rotations in real processes that are killed, and by several at once. */
@Tag("slow")
class RenewalCrashTests {

  private static final String OF_RENEWALS =
      " FROM bundle_part p JOIN bundle b USING (bundle_id) WHERE b.purpose <> 'PROVISION'";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int DEVICES = 12_000;
  private static final int PART = 200;
  private static final String PRIMARY = "cHJpbWFyeS1rZXktZm9yLXRlc3RzLW9ubHktYW5kLW5v";
  private static final String SECONDARY = "c2Vjb25kLWtleS1mb3ItdGVzdHMtYW5kLW5vdGhpbmct";
  private static final String[] OPTIONS = {
    "-Dmuster.provisioning.part-devices=" + PART,
    "-Dmuster.schedule.nightly=-",
    "-Dspring.profiles.active=dev",
    "-Dmuster.hubs[0].name=west",
    "-Dmuster.hubs[0].namespace=west.servicebus.windows.net",
    "-Dmuster.hubs[0].event-hub=telemetry",
    "-Dmuster.hubs[0].key-name=device-send",
    "-Dmuster.hubs[0].primary-key=" + PRIMARY,
    "-Dmuster.hubs[0].secondary-key=" + SECONDARY,
    "-Dlogging.level.dev.muster=DEBUG"
  };

  @TempDir private Path folder;

  @Test
  void aRenewalThatIsKilledTwiceIsWhatItWouldHaveBeen() throws Exception {
    Path home = folder.resolve("var");
    MusterProcess muster = new MusterProcess(home, OPTIONS);
    provision(muster, "PT240H");
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      killAfter(muster.start("renew", "--token-lifetime", "P300D"), jdbc, 5);
      Instant expiresAt = expiry(jdbc, "SELECT tokens_expire_at FROM renewal");
      killAfter(muster.start("restart", "--all-failed"), jdbc, 20);
      assertThat(muster.run("status").out()).contains("INTERRUPTED").contains("renewal-1");

      Result result = muster.run("renew", "--token-lifetime", "P10D");

      assertThat(result.exitCode()).as(result.err()).isZero();
      assertThat(count(jdbc, "SELECT count(*) FROM renewal")).as("made once").isEqualTo(1);
      Map<String, Line> bundle = open(home, 1);
      assertThat(bundle).hasSize(DEVICES);
      assertThat(bundle.values())
          .allSatisfy(
              line -> {
                assertThat(line.expiresAt()).isEqualTo(expiresAt);
                assertThat(line.token()).isEqualTo(line.expected(PRIMARY));
              });
      assertThat(expiry(jdbc, "SELECT min(token_expires_at) FROM registry")).isEqualTo(expiresAt);
      assertThat(expiry(jdbc, "SELECT max(token_expires_at) FROM registry")).isEqualTo(expiresAt);
      assertThat(count(jdbc, "SELECT count(*) FROM renewal_device")).isZero();
      assertThat(files(home.resolve("outbox/.staging"))).isEmpty();
      assertThat(muster.run("restart", "--all-failed").exitCode()).isZero();
      assertThat(count(jdbc, "SELECT count(*) FROM renewal")).isEqualTo(1);
    }
  }

  @Test
  void aRenewalOfChosenDevicesThatIsKilledGoesOnAndIsMadeOnce() throws Exception {
    Path home = folder.resolve("var");
    List<String> options = new ArrayList<>(List.of(OPTIONS));
    options.add("-Dmuster.revocations.ceiling=100%");
    MusterProcess muster = new MusterProcess(home, options.toArray(String[]::new));
    provision(muster, "P365D");
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      Result looked =
          muster.run("devices", "--factory", "fabrikam", "--change", "renew", "--reason", "why");
      String number = looked.out().replaceFirst("(?s).*jobs/renew --confirm (\\S+).*", "$1");
      killAfter(muster.start("renew", "--confirm", number), jdbc, 5);
      assertThat(count(jdbc, "SELECT count(*) FROM renewal_choice")).isEqualTo(DEVICES);
      assertThat(muster.run("renew", "--confirm", number).err())
          .as(looked.err())
          .contains("requested already");

      Result result = muster.run("renew");

      assertThat(result.exitCode()).as(result.err()).isZero();
      assertThat(count(jdbc, "SELECT count(*) FROM renewal")).isEqualTo(1);
      assertThat(open(home, 1)).hasSize(DEVICES);
      assertThat(count(jdbc, "SELECT count(*) FROM renewal_choice")).isZero();
      assertThat(count(jdbc, "SELECT count(*) FROM renewal_device")).isZero();
      assertThat(count(jdbc, "SELECT count(*) FROM checked_upload")).isZero();
      assertThat(
              count(
                  jdbc,
                  "SELECT count(*) FROM device_status WHERE token_bundle = (SELECT max(bundle_id)"
                      + " FROM bundle)"))
          .isEqualTo(DEVICES);
    }
  }

  @Test
  void aRenewalIsStoppedAndRestarted() throws Exception {
    Path home = folder.resolve("var");
    MusterProcess muster = new MusterProcess(home, OPTIONS);
    provision(muster, "PT240H");
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      Running running = muster.start("renew");
      Await.until(PATIENCE, () -> parts(jdbc), parts -> parts >= 3);
      try (Connection connection = connection(postgres);
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        // No further part is saved meanwhile, or it might be done before the command has started
        statement.execute("LOCK TABLE bundle_part IN EXCLUSIVE MODE");
        Result stop = muster.run("stop", "2");
        assertThat(stop.exitCode()).as(stop.err()).isZero();
        connection.rollback();
      }
      assertThat(running.process().waitFor()).isEqualTo(1);
      assertThat(running.out()).contains("stopped; it can be restarted");

      Result restarted = muster.run("restart", "2", "--json");

      assertThat(restarted.exitCode()).as(restarted.err()).isZero();
      assertThat(restarted.out()).contains("\"accepted\":" + DEVICES);
      assertThat(open(home, 1)).hasSize(DEVICES);
    }
  }

  @Test
  void twoInstancesRenewByTheClockOnceAndByHandOnce() throws Exception {
    Path home = folder.resolve("var");
    MusterProcess muster = new MusterProcess(home, OPTIONS);
    provision(muster, "PT240H");
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      // Everything was down at three o'clock: the task stands in the database, and is due.
      jdbc.update(
          """
          INSERT INTO scheduled_tasks (task_name, task_instance, execution_time, picked, version)
          VALUES ('renewal', 'recurring', now() - interval '3 hours', false, 1)\
          """);
      List<Running> instances = new ArrayList<>();
      try {
        instances.add(muster.start("serve"));
        instances.add(muster.start("serve"));
        Await.until(PATIENCE, () -> delivered(jdbc), delivered -> delivered == 1);
        Await.until(
            PATIENCE,
            () ->
                count(
                    jdbc,
                    """
                    SELECT count(*) FROM scheduled_tasks
                     WHERE task_name = 'renewal' AND NOT picked AND execution_time > now()\
                    """),
            count -> count == 1);
        assertThat(count(jdbc, "SELECT count(*) FROM renewal")).isEqualTo(1);
        assertThat(open(home, 1)).hasSize(DEVICES);
      } finally {
        for (Running instance : instances) {
          instance.process().destroyForcibly().waitFor();
        }
      }
      String within = "400";
      Running one = muster.start("renew", "--within", within, "--token-lifetime", "P500D");
      Running two = muster.start("renew", "--within", within, "--token-lifetime", "P500D");
      assertThat(one.process().waitFor() + two.process().waitFor()).isLessThanOrEqualTo(1);
      assertThat(count(jdbc, "SELECT sum(p.devices)" + OF_RENEWALS)).isEqualTo(2L * DEVICES);
      assertThat(delivered(jdbc)).isEqualTo(2);
    }
  }

  @Test
  void aRotationThatIsKilledGoesOnToItsEnd() throws Exception {
    Path home = folder.resolve("var");
    MusterProcess muster = new MusterProcess(home, OPTIONS);
    provision(muster, "P365D");
    StringBuilder said = new StringBuilder();
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      killAfter(muster.start("rotate-key", "west"), jdbc, 5);
      Result underWay = say(said, muster.run("rotate-key"));
      assertThat(underWay.out())
          .contains("Hub west: from its primary key to its secondary key")
          .contains("bundles under way: 1")
          .contains("Devices wait for tokens of the new key. Go on with the rotation to make them.")
          .containsPattern("go on +jobs/rotate-key west\n");
      killAfter(muster.start("rotate-key", "west"), jdbc, 20);
      killAmongDevices(muster.start("rotate-key", "west"), postgres);
      Result handedOverInPart = say(said, muster.run("rotate-key"));
      assertThat(handedOverInPart.out())
          .contains("bundles under way: 1")
          .contains("under new key         10,000")
          .doesNotContain("renewal-1", "--confirm");

      Result result = say(said, muster.run("rotate-key", "west"));

      assertThat(result.exitCode()).as(result.err()).isZero();
      assertThat(result.out())
          .contains("under new key         12,000")
          .containsPattern("confirm +jobs/rotate-key west --confirm fabrikam\n")
          .doesNotContain("may be regenerated");
      assertThat(count(jdbc, "SELECT count(*) FROM renewal")).isEqualTo(1);
      assertThat(count(jdbc, "SELECT devices FROM rotation_bundle")).isEqualTo(DEVICES);
      assertThat(expiry(jdbc, "SELECT old_tokens_end FROM delivery WHERE purpose = 'ROTATE'"))
          .isEqualTo(expiry(jdbc, "SELECT tokens_expire_at FROM manifest"));
      assertThat(open(home, 1).values())
          .hasSize(DEVICES)
          .allSatisfy(line -> assertThat(line.token()).isEqualTo(line.expected(SECONDARY)));
      assertThat(say(said, muster.run("rotate-key", "west", "--done")).exitCode()).isEqualTo(1);
      Result confirmed = say(said, muster.run("rotate-key", "west", "--confirm-all"));
      assertThat(confirmed.out())
          .contains("The old (primary) key of hub west may be regenerated now;")
          .containsPattern("end +jobs/rotate-key west --done\n");
      assertThat(say(said, muster.run("rotate-key", "west", "--done", "--json")).out())
          .contains("\"doneAt\":\"");
      assertThat(say(said, muster.run("rotate-key")).out()).contains("No key is being rotated.");
      say(said, muster.run("status", "2"));

      String everything = said + dump(jdbc) + Files.readString(home.resolve("log/muster.log"));
      assertThat(everything).contains("rotation_id").contains("run=started job=renew-tokens");
      assertThat(everything).doesNotContain(PRIMARY, SECONDARY, "SharedAccessSignature", "sig=");
    }
  }

  private void provision(MusterProcess muster, String lifetime) throws Exception {
    Path file = TestManifest.seeded(4713).rows(DEVICES).write(folder.resolve("devices.csv"));
    Result result = muster.run("provision", file.toString(), "--token-lifetime", lifetime);
    assertThat(result.exitCode()).as(result.err()).isZero();
  }

  private static Result say(StringBuilder said, Result result) {
    said.append(result.out()).append(result.err());
    return result;
  }

  private static void killAfter(Running run, JdbcTemplate jdbc, int parts) throws Exception {
    Await.until(PATIENCE, () -> parts(jdbc), count -> count >= parts);
    run.process().destroyForcibly().waitFor();
    assertThat(delivered(jdbc)).as("it was killed before its end").isZero();
  }

  /** While some of its devices have got what its published bundle brings, and the last has not. */
  private static void killAmongDevices(Running run, EmbeddedPostgres postgres) throws Exception {
    JdbcTemplate jdbc = jdbc(postgres);
    try (Connection connection = connection(postgres);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "SELECT FROM renewal_device WHERE device_id IN (SELECT device_id FROM renewal_device"
              + " ORDER BY device_id DESC LIMIT 1) FOR UPDATE");
      Await.until(
          PATIENCE,
          () -> count(jdbc, "SELECT count(*) FROM device_status WHERE token_bundle IS NOT NULL"),
          some -> some > 0);
      run.process().destroyForcibly().waitFor();
      connection.rollback();
    }
    assertThat(delivered(jdbc)).as("it was killed before its end").isZero();
  }

  private static Connection connection(EmbeddedPostgres postgres) throws SQLException {
    return DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
  }

  private static long parts(JdbcTemplate jdbc) {
    return count(jdbc, "SELECT count(*)" + OF_RENEWALS);
  }

  private static long delivered(JdbcTemplate jdbc) {
    return count(jdbc, "SELECT count(*) FROM renewal WHERE delivered_at IS NOT NULL");
  }

  private static Map<String, Line> open(Path home, int renewal) throws IOException {
    return OpenedBundle.open(
        home.resolve("outbox/fabrikam/renewal-" + renewal), home.resolve("keys/fabrikam.agekey"));
  }

  private static Instant expiry(JdbcTemplate jdbc, String sql) {
    return Objects.requireNonNull(jdbc.queryForObject(sql, Timestamp.class)).toInstant();
  }

  private static String dump(JdbcTemplate jdbc) {
    StringBuilder dump = new StringBuilder();
    for (String table :
        jdbc.queryForList(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'device'",
            String.class)) {
      jdbc.queryForList(
              "SELECT row_to_json(t)::text FROM \"" + table + "\" t LIMIT 5000", String.class)
          .forEach(row -> dump.append(row).append('\n'));
    }
    return dump.toString();
  }
}
