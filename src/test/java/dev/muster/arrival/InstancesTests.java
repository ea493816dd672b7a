package dev.muster.arrival;

import static dev.muster.TestDatabase.atWork;
import static dev.muster.TestDatabase.count;
import static dev.muster.TestDatabase.jdbc;
import static dev.muster.TestFiles.files;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Running;
import dev.muster.PreparedHome;
import dev.muster.RunProgram;
import dev.muster.TestManifest;
import dev.muster.database.EmbeddedPostgres;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Three instances share one inbox; one is killed, and one is paused for longer than its heartbeat
 * may stay away and then goes on.
 */
@Tag("slow")
class InstancesTests {

  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int SMALL = 30;
  private static final int LARGE = 6;
  private static final int LARGE_ROWS = 20_000;
  private static final int WIDE_ROWS = 3000;
  private static final int WIDE_COLUMNS = 60;

  /** As if it had been killed; not 3, which says that rows were rejected. */
  private static final int OUT_OF_MEMORY = 137;

  @TempDir private Path folder;

  @Test
  void everyManifestIsProvisionedOnceWhateverHappensToInstances() throws Exception {
    Path home = folder.resolve("var");
    MusterProcess muster =
        new MusterProcess(
            home,
            "-Dmuster.provisioning.chunk-rows=1000",
            "-Dmuster.provisioning.part-devices=4000",
            "-Dmuster.arrivals.heartbeat=1s",
            "-Dmuster.arrivals.silence=4s",
            "-Dmuster.arrivals.first-delay=500ms");
    List<Running> instances = new ArrayList<>();
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      for (int i = 0; i < 3; i++) {
        instances.add(muster.start("serve"));
      }
      for (Running instance : instances) {
        Await.until(PATIENCE, instance::out, out -> out.contains("serving"));
      }
      Await.until(PATIENCE, () -> living(jdbc), count -> count == 3);
      drop(home, "before", 1);
      Process killed = instances.get(0).process();
      Process paused = instances.get(1).process();
      Await.until(PATIENCE, () -> atWork(jdbc, killed), atWork -> atWork > 0);
      killed.destroyForcibly().waitFor();
      Await.until(PATIENCE, () -> atWork(jdbc, paused), atWork -> atWork > 0);
      RunProgram.signal("STOP", paused.toHandle());

      Await.until(PATIENCE, () -> ended(jdbc), count -> count == SMALL + LARGE);
      assertThat(living(jdbc)).isEqualTo(1);

      RunProgram.signal("CONT", paused.toHandle());
      Await.until(PATIENCE, () -> living(jdbc), count -> count == 2);
      drop(home, "after", 1000);
      Await.until(PATIENCE, () -> ended(jdbc), count -> count == 2 * (SMALL + LARGE));

      assertThat(
              jdbc.queryForList(
                  "SELECT state || ' ' || coalesce(problem, '') FROM arrival WHERE state <> 'DONE'",
                  String.class))
          .isEmpty();
      assertThat(jdbc.queryForObject("SELECT count(*) FROM registry", Long.class))
          .isEqualTo(2L * (SMALL * 20 + LARGE * LARGE_ROWS));
      assertThat(jdbc.queryForList("SELECT DISTINCT state FROM registry", String.class))
          .containsExactly("PROVISIONED");
      assertThat(
              jdbc.queryForObject(
                  "SELECT count(*) FROM manifest WHERE delivered_at IS NOT NULL", Long.class))
          .isEqualTo(2L * (SMALL + LARGE));
      assertThat(files(home.resolve("inbox"))).isEmpty();
      assertThat(files(home.resolve("spool"))).isEmpty();
      assertThat(files(home.resolve("outbox/.staging"))).isEmpty();
      assertThat(files(home.resolve("outbox")))
          .filteredOn(file -> file.endsWith("receipt.json"))
          .hasSize(2 * (SMALL + LARGE));
      for (Running instance : instances.subList(1, 3)) {
        instance.process().destroy();
        assertThat(instance.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(living(jdbc)).isZero();
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + state(home, instances), e);
    } finally {
      for (Running instance : instances) {
        instance.process().destroyForcibly().waitFor();
      }
    }
  }

  /** The rows of one chunk are more than its memory holds. */
  @Test
  void anInstanceThatRunsOutOfMemoryEndsAndAnotherGoesOn() throws Exception {
    Path home = folder.resolve("var");
    MusterProcess muster =
        new MusterProcess(
            home,
            "-Dmuster.provisioning.chunk-rows=4000",
            "-Dmuster.arrivals.heartbeat=1s",
            "-Dmuster.arrivals.silence=4s",
            "-Dmuster.arrivals.first-delay=500ms");
    List<Running> instances = new ArrayList<>();
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      instances.add(muster.start(Map.of(), List.of("-Xmx96m"), "serve"));
      Running small = instances.get(0);
      Await.until(PATIENCE, small::out, out -> out.contains("serving"));
      dropWide(home);

      assertThat(small.process().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(small.out()).contains("java.lang.OutOfMemoryError");
      assertThat(small.process().exitValue()).isEqualTo(OUT_OF_MEMORY);
      assertThat(ended(jdbc)).isZero();

      instances.add(muster.start(Map.of(), List.of("-Xmx2g"), "serve"));
      Await.until(PATIENCE, () -> ended(jdbc), count -> count == 1);
      assertThat(jdbc.queryForList("SELECT state::text FROM arrival", String.class))
          .containsExactly("DONE");
      assertThat(count(jdbc, "SELECT count(*) FROM registry")).isEqualTo(WIDE_ROWS);
    } finally {
      for (Running instance : instances) {
        instance.process().destroyForcibly().waitFor();
      }
    }
  }

  /** Each row has as many columns as it may, as long as they may be. */
  private static void dropWide(Path home) throws IOException {
    Path inbox = Files.createDirectories(home.resolve("inbox/fabrikam"));
    Path aside = inbox.resolve("wide.csv.part");
    String value = "x".repeat(1024);
    try (BufferedWriter file = Files.newBufferedWriter(aside)) {
      file.write("device_id");
      for (int column = 0; column < WIDE_COLUMNS; column++) {
        file.write(",note_" + column);
      }
      for (int row = 0; row < WIDE_ROWS; row++) {
        file.write("\n" + UUID.randomUUID());
        for (int column = 0; column < WIDE_COLUMNS; column++) {
          file.write("," + value);
        }
      }
    }
    Files.move(aside, inbox.resolve("wide.csv"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** What a failure is understood by. */
  private static String state(Path home, List<Running> instances) throws IOException {
    StringBuilder state = new StringBuilder();
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      state.append("\nNot ended: ");
      state.append(
          jdbc.queryForList(
              "SELECT a.* FROM arrival a WHERE state NOT IN ('DONE', 'REFUSED', 'FAILED')"));
      state.append("\nInstances: ").append(jdbc.queryForList("SELECT * FROM instance"));
      state.append("\nSessions: ");
      state.append(
          jdbc.queryForList(
              "SELECT application_name, state, wait_event, left(query, 80) AS query FROM"
                  + " pg_stat_activity"));
      state.append("\nIn the inbox: ").append(files(home.resolve("inbox")));
    }
    for (Running instance : instances) {
      state.append("\n--- ").append(instance.process()).append('\n').append(instance.err());
    }
    try (Stream<Path> logs = Files.list(home.resolve("log"))) {
      for (Path log : logs.toList()) {
        state.append("\n--- ").append(log).append('\n').append(Files.readString(log));
      }
    }
    return state.toString();
  }

  private static void drop(Path home, String name, long seed) throws IOException {
    Path inbox = Files.createDirectories(home.resolve("inbox/fabrikam"));
    for (int i = 0; i < SMALL + LARGE; i++) {
      int rows = i % 6 == 0 ? LARGE_ROWS : 20;
      Path aside =
          TestManifest.seeded(seed + i)
              .rows(rows)
              .write(inbox.resolve(name + "-" + i + ".csv.part"));
      Files.move(aside, inbox.resolve(name + "-" + i + ".csv"), StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static long living(JdbcTemplate jdbc) {
    return count(jdbc, "SELECT count(*) FROM instance WHERE buried_at IS NULL");
  }

  private static long ended(JdbcTemplate jdbc) {
    return count(jdbc, "SELECT count(*) FROM arrival WHERE state IN ('DONE', 'REFUSED', 'FAILED')");
  }
}
