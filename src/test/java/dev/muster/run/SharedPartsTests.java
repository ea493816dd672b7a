package dev.muster.run;

import static dev.muster.TestDatabase.atWork;
import static dev.muster.TestDatabase.count;
import static dev.muster.TestDatabase.jdbc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.DeliveredManifest;
import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.PreparedHome;
import dev.muster.RunProgram;
import dev.muster.TestManifest;
import dev.muster.database.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A manifest that is large for its {@code remote-from} is worked on by all instances, whatever
 * happens to them, and what comes of it is that of one alone.
 */
@Tag("slow")
class SharedPartsTests {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int ROWS = 60_000;

  private static final String[] OPTIONS = {
    "-Dmuster.provisioning.chunk-rows=1500",
    "-Dmuster.provisioning.part-devices=3000",
    "-Dmuster.partitions.remote-from=10000",
    "-Dmuster.arrivals.heartbeat=1s",
    "-Dmuster.arrivals.silence=4s",
    "-Dmuster.arrivals.first-delay=500ms"
  };

  private static final String LIVING = "SELECT count(*) FROM instance WHERE buried_at IS NULL";

  private static final String PARTS =
      """
      SELECT count(*) FROM run_part p JOIN batch_step_execution s USING (step_execution_id)
       WHERE p.job_execution_id = %d AND step_name LIKE '%s:%%' AND status = 'COMPLETED' AND worker IS NOT NULL\
      """;

  @TempDir private static Path folder;

  private static Path file = Path.of("");
  private static Outcome undisturbed = new Outcome(List.of(), List.of(), List.of());

  private final List<Running> instances = new ArrayList<>();

  /** What a run leaves behind, but for times and numbers. */
  private record Outcome(List<String> registry, List<String> rejects, List<String> bundle) {}

  @BeforeAll
  static void oneAlone() throws Exception {
    file = manifest();
    Path home = folder.resolve("alone");
    Result result = new MusterProcess(home, OPTIONS).run("provision", file.toString());
    assertThat(result.exitCode()).as(result.err()).isEqualTo(3);
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      undisturbed = outcome(home, jdbc(postgres));
      assertThat(count(jdbc(postgres), "SELECT count(*) FROM run_part")).isZero();
    }
    assertThat(undisturbed.registry()).hasSize(ROWS);
  }

  @AfterEach
  void end() throws InterruptedException {
    for (Running instance : instances) {
      instance.process().destroyForcibly().waitFor();
    }
  }

  @Test
  void partitionsWhoseWorkersDieOrHangAreTakenUpByOthers() throws Exception {
    Path home = folder.resolve("var");
    MusterProcess muster = new MusterProcess(home, OPTIONS);
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      Running worker = worker(muster);
      Running killed = worker(muster);
      Running paused = worker(muster);
      Await.until(PATIENCE, () -> count(jdbc, LIVING), living -> living == 3);
      Running leader = muster.start("provision", file.toString());

      awaitPartOf(jdbc, killed);
      killed.process().destroyForcibly().waitFor();
      awaitPartOf(jdbc, paused);
      RunProgram.signal("STOP", paused.process().toHandle());

      Await.until(PATIENCE, () -> leader.process().isAlive(), alive -> !alive);
      assertThat(leader.process().exitValue()).as(leader.err()).isEqualTo(3);
      RunProgram.signal("CONT", paused.process().toHandle());
      Await.until(PATIENCE, () -> count(jdbc, LIVING), living -> living == 2);
      assertThat(outcome(home, jdbc)).isEqualTo(undisturbed);
      assertThat(count(jdbc, PARTS.formatted(1, "load")))
          .isGreaterThan(20)
          .isEqualTo(
              count(
                  jdbc, "SELECT count(*) FROM batch_step_execution WHERE step_name LIKE 'load:%'"));
      assertThat(count(jdbc, PARTS.formatted(1, "issue"))).isGreaterThan(5);
      assertThat(count(jdbc, "SELECT count(*) FROM run_part WHERE open")).isZero();
      assertThat(count(jdbc, "SELECT max(job_execution_id) FROM batch_job_execution")).isEqualTo(1);
      assertThat(muster.run("status", "1").out()).contains("/" + worker.process().pid());

      Result renewed = muster.run("renew", "--within", "P3650D");
      assertThat(renewed.exitCode()).as(renewed.err()).isZero();
      assertThat(count(jdbc, PARTS.formatted(2, "issue"))).isPositive();
      assertThat(count(jdbc, "SELECT sum(devices) FROM bundle WHERE delivered_at IS NOT NULL"))
          .isEqualTo(2L * ROWS);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + said(home), e);
    }
  }

  @Test
  void whenTheLeaderDiesAnotherTakesTheRunAndAStopReachesEveryWorker() throws Exception {
    Path home = folder.resolve("led");
    MusterProcess muster = new MusterProcess(home, OPTIONS);
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      for (int i = 0; i < 2; i++) {
        instances.add(muster.start("serve"));
      }
      Running worker = worker(muster);
      Await.until(PATIENCE, () -> count(jdbc, LIVING), living -> living == 3);
      Path inbox = Files.createDirectories(home.resolve("inbox/fabrikam"));
      Files.copy(file, inbox.resolve("large.csv.part"));
      Files.move(inbox.resolve("large.csv.part"), inbox.resolve("large.csv"));

      awaitPartOf(jdbc, worker);
      Process leader =
          instances.stream()
              .map(Running::process)
              .filter(process -> atWork(jdbc, process) > 0)
              .findFirst()
              .orElseThrow();
      leader.destroyForcibly().waitFor();

      Await.until(
          Duration.ofMinutes(1),
          () -> jdbc.queryForList("SELECT state::text FROM arrival", String.class),
          List.of("DONE")::equals);
      assertThat(outcome(home, jdbc)).isEqualTo(undisturbed);
      long took = count(jdbc, "SELECT max(job_execution_id) FROM batch_job_execution");
      assertThat(took).isEqualTo(2);
      assertThat(count(jdbc, "SELECT count(*) FROM run_part WHERE open")).isZero();

      Path other = TestManifest.seeded(2020).rows(4 * ROWS).write(folder.resolve("other.csv"));
      Running stopped = muster.start("provision", other.toString());
      Await.until(
          PATIENCE,
          () ->
              count(
                  jdbc,
                  "SELECT count(*) FROM run_part WHERE worker IS NOT NULL AND job_execution_id ="
                      + " 3"),
          parts -> parts >= 4);
      assertThat(muster.run("stop", "3").exitCode()).isZero();
      Await.until(Duration.ofSeconds(20), () -> stopped.process().isAlive(), alive -> !alive);
      assertThat(muster.run("status", "3").out()).contains("STOPPED").doesNotContain("STARTED");
      assertThat(
              jdbc.queryForList(
                  "SELECT DISTINCT status FROM batch_step_execution WHERE job_execution_id = 3 AND"
                      + " status <> 'COMPLETED'",
                  String.class))
          .as("none when it came just behind the end of a step")
          .isSubsetOf("STOPPED");
      assertThat(muster.run("restart", "3").exitCode()).isZero();
      assertThat(count(jdbc, "SELECT count(*) FROM registry WHERE state = 'PROVISIONED'"))
          .isEqualTo(5L * ROWS);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + said(home), e);
    }
  }

  private static Path manifest() throws IOException {
    TestManifest manifest = TestManifest.seeded(1919).rows(ROWS);
    for (int line = 2; line < 40; line++) {
      manifest.repeat(line);
    }
    return manifest.row("not-a-guid").write(folder.resolve("large.csv"));
  }

  private Running worker(MusterProcess muster) throws Exception {
    Running worker = muster.start("serve", "--role", "worker");
    instances.add(worker);
    Await.until(PATIENCE, worker::out, out -> out.contains("working on partitions"));
    return worker;
  }

  private static void awaitPartOf(JdbcTemplate jdbc, Running worker) throws Exception {
    String its =
        "SELECT count(*) FROM run_part WHERE worker LIKE '%/" + worker.process().pid() + "'";
    Await.until(PATIENCE, () -> count(jdbc, its), parts -> parts > 0);
  }

  private String said(Path home) throws IOException {
    StringBuilder said = new StringBuilder();
    for (Running instance : instances) {
      said.append("\n--- ").append(instance.err());
    }
    if (!Files.isDirectory(home.resolve("log"))) {
      return said.toString();
    }
    try (Stream<Path> logs = Files.list(home.resolve("log"))) {
      for (Path log : logs.toList()) {
        said.append("\n--- ").append(log).append('\n').append(Files.readString(log));
      }
    }
    return said.toString();
  }

  private static Outcome outcome(Path home, JdbcTemplate jdbc) throws IOException {
    DeliveredManifest delivered = DeliveredManifest.of(home, jdbc);
    List<String> devices = new ArrayList<>();
    // The keys of the two homes differ, and so do the times: whose token it is stays the same.
    delivered
        .parts()
        .forEach(
            (part, lines) ->
                lines.forEach(
                    line ->
                        devices.add(part + " " + Objects.requireNonNull(line.split(",", 2)[0]))));
    return new Outcome(delivered.registry(), delivered.rejects(), devices);
  }
}
