package dev.muster.run;

import static dev.muster.TestDatabase.count;
import static dev.muster.TestDatabase.jdbc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.PreparedHome;
import dev.muster.TestManifest;
import dev.muster.database.EmbeddedPostgres;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/** Runs that are broken off in the middle of their load, in ways that once were dead ends. */
@Tag("slow")
class RestartTests {

  private static final int ROWS = 30_000;

  @TempDir private Path folder;

  @Test
  void processesNeedNotAgreeOnTheTime() throws Exception {
    Path file = TestManifest.seeded(815).rows(ROWS).write(folder.resolve("zones.csv"));
    try (EmbeddedPostgres postgres = PreparedHome.database(home())) {
      JdbcTemplate jdbc = jdbc(postgres);
      kill(muster("Asia/Tokyo").start("provision", file.toString()), jdbc, 1);
      kill(muster("America/New_York").start("restart", "--all-failed"), jdbc, devices(jdbc) + 1);

      Result restarted = muster("UTC").run("restart", "--all-failed");

      assertThat(restarted.exitCode()).as(restarted.err() + restarted.out()).isZero();
      assertThat(devices(jdbc)).isEqualTo(ROWS);
      assertThat(provisioned(jdbc)).isEqualTo(ROWS);
      assertThat(
              count(
                  jdbc,
                  """
                  SELECT count(*) FROM (SELECT start_time, last_updated FROM batch_job_execution
                                        UNION ALL SELECT start_time, last_updated FROM batch_step_execution)
                   WHERE greatest(now() AT TIME ZONE 'UTC' - start_time, start_time - now() AT TIME ZONE 'UTC',
                                  now() AT TIME ZONE 'UTC' - last_updated, last_updated - now() AT TIME ZONE 'UTC')
                         > interval '50 minutes'\
                  """))
          .as("times that are hours away")
          .isZero();
    }
  }

  @Test
  void aRunWhoseSessionsWereCutGoesOn() throws Exception {
    Path file = TestManifest.seeded(816).rows(ROWS).write(folder.resolve("cut.csv"));
    try (EmbeddedPostgres postgres = PreparedHome.database(home())) {
      JdbcTemplate jdbc = jdbc(postgres);
      Running run = muster("UTC").start("provision", file.toString());
      awaitDevices(jdbc, 1, run.process());
      cut(jdbc, "true");
      run.process().waitFor();
      assertThat(devices(jdbc)).isLessThan(ROWS);

      Result restarted = muster("UTC").run("restart", "--all-failed");

      assertThat(restarted.exitCode()).as(restarted.err() + restarted.out()).isZero();
      assertThat(provisioned(jdbc)).isEqualTo(ROWS);
    }
  }

  @Test
  void whatSpringBatchCallsUnknownIsShownAsInterruptedAndGoesOnOrIsTakenBack() throws Exception {
    Path file = TestManifest.seeded(817).rows(ROWS).write(folder.resolve("unknown.csv"));
    try (EmbeddedPostgres postgres = PreparedHome.database(home())) {
      JdbcTemplate jdbc = jdbc(postgres);
      MusterProcess muster = muster("UTC");
      kill(muster.start("provision", file.toString()), jdbc, 1);
      // As a cut session leaves it
      jdbc.update("UPDATE batch_step_execution SET status = 'UNKNOWN' WHERE status = 'STARTED'");
      jdbc.update(
          "UPDATE batch_job_execution SET status = 'UNKNOWN', end_time = last_updated, exit_code ="
              + " 'UNKNOWN'");

      assertThat(muster.run("status").out()).contains("INTERRUPTED").doesNotContain("UNKNOWN");
      kill(muster.start("restart", "--all-failed"), jdbc, devices(jdbc) + 1);
      jdbc.update("UPDATE batch_job_execution SET status = 'UNKNOWN' WHERE status = 'STARTED'");
      long last =
          jdbc.queryForList("SELECT max(job_execution_id) FROM batch_job_execution", Long.class)
              .get(0);
      Result withdrawn = muster.run("withdraw", Long.toString(last));

      assertThat(withdrawn.exitCode()).as(withdrawn.err()).isZero();
      assertThat(devices(jdbc)).isZero();
      assertThat(muster.run("restart", "--all-failed").out()).contains("nothing to restart");
      assertThat(muster.run("provision", file.toString()).exitCode()).isZero();
    }
  }

  @Test
  void aRunIsDeliveredThoughTheSessionOfItsLockWasCut() throws Exception {
    Path file = TestManifest.seeded(818).rows(ROWS).write(folder.resolve("lock.csv"));
    try (EmbeddedPostgres postgres = PreparedHome.database(home())) {
      JdbcTemplate jdbc = jdbc(postgres);
      Running run = muster("UTC").start("provision", file.toString());
      awaitDevices(jdbc, 1, run.process());
      cut(jdbc, "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1)");

      assertThat(run.process().waitFor()).as(run.err()).isZero();
      assertThat(run.out()).contains("provisioned");
    }
  }

  private static void kill(Running run, JdbcTemplate jdbc, long devices) throws Exception {
    awaitDevices(jdbc, devices, run.process());
    run.process().destroyForcibly().waitFor();
    assertThat(devices(jdbc)).isLessThan(ROWS);
  }

  private static void cut(JdbcTemplate jdbc, String which) {
    List<Boolean> cut =
        jdbc.queryForList(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND "
                + which,
            Boolean.class);
    assertThat(cut).isNotEmpty();
  }

  private static void awaitDevices(JdbcTemplate jdbc, long devices, Process process)
      throws InterruptedException {
    while (process.isAlive()) {
      if (devices(jdbc) >= devices) {
        return;
      }
      Thread.sleep(1);
    }
    throw new IllegalStateException("The run ended before it had loaded that much.");
  }

  private static long devices(JdbcTemplate jdbc) {
    Boolean there = jdbc.queryForObject("SELECT to_regclass('device') IS NOT NULL", Boolean.class);
    return Boolean.TRUE.equals(there) ? count(jdbc, "SELECT count(*) FROM device") : 0;
  }

  private static long provisioned(JdbcTemplate jdbc) {
    return count(jdbc, "SELECT count(*) FROM registry WHERE state = 'PROVISIONED'");
  }

  private Path home() {
    return folder.resolve("home");
  }

  private MusterProcess muster(String zone) {
    return new MusterProcess(
        home(), "-Dmuster.provisioning.chunk-rows=250", "-Duser.timezone=" + zone);
  }
}
