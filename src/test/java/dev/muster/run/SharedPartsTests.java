package dev.muster.run;

import static dev.muster.TestDatabase.count;
import static dev.muster.TestDatabase.jdbc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.PreparedHome;
import dev.muster.TestManifest;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.BundleOpener;
import dev.muster.bundle.Receipt;
import dev.muster.database.EmbeddedPostgres;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
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

  private static final String WORKERS =
      "SELECT count(DISTINCT worker) FROM run_part JOIN batch_step_execution s USING"
          + " (step_execution_id) WHERE step_name LIKE '%s:%%'";

  @TempDir private Path folder;

  private final List<Running> instances = new ArrayList<>();

  /** What a run leaves behind, but for times and numbers. */
  private record Outcome(List<String> registry, List<String> rejects, List<String> bundle) {}

  @Test
  void whatManyInstancesMakeIsWhatOneMakesWhoeverDies() throws Exception {
    Path file = manifest();
    Path alone = folder.resolve("alone");
    MusterProcess one = new MusterProcess(alone, OPTIONS);
    Result result = one.run("provision", file.toString());
    assertThat(result.exitCode()).as(result.err()).isEqualTo(3);
    Outcome undisturbed;
    try (EmbeddedPostgres postgres = PreparedHome.database(alone)) {
      undisturbed = outcome(alone, jdbc(postgres));
      assertThat(count(jdbc(postgres), "SELECT count(*) FROM run_part")).isZero();
    }
    assertThat(undisturbed.registry()).hasSize(ROWS);

    Path home = folder.resolve("var");
    MusterProcess muster = new MusterProcess(home, OPTIONS);
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      Running worker = worker(muster);
      Running killed = worker(muster);
      Await.until(
          PATIENCE,
          () -> count(jdbc, "SELECT count(*) FROM instance WHERE buried_at IS NULL"),
          living -> living == 2);
      Running leader = muster.start("provision", file.toString());

      awaitPartOf(jdbc, killed);
      killed.process().destroyForcibly().waitFor();

      Await.until(PATIENCE, () -> leader.process().isAlive(), alive -> !alive);
      assertThat(leader.process().exitValue()).as(leader.err()).isEqualTo(3);
      assertThat(outcome(home, jdbc)).isEqualTo(undisturbed);
      assertThat(count(jdbc, WORKERS.formatted("load"))).isGreaterThanOrEqualTo(2);
      assertThat(count(jdbc, WORKERS.formatted("issue"))).isGreaterThanOrEqualTo(2);
      assertThat(count(jdbc, "SELECT count(*) FROM run_part WHERE open")).isZero();
      assertThat(count(jdbc, "SELECT max(job_execution_id) FROM batch_job_execution")).isEqualTo(1);
      assertThat(muster.run("status", "1").out()).contains("/" + worker.process().pid());
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + said(home), e);
    } finally {
      end();
    }
  }

  private Path manifest() throws IOException {
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
    String its = "SELECT count(*) FROM run_part WHERE worker LIKE '%/" + worker.process().pid() + "'";
    Await.until(PATIENCE, () -> count(jdbc, its), parts -> parts > 0);
  }

  private void end() throws InterruptedException {
    for (Running instance : instances) {
      instance.process().destroyForcibly().waitFor();
    }
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
    List<String> registry =
        jdbc.queryForList(
            """
            SELECT concat_ws('|', device_id, state, hub, serial_number, model, attributes, line)
              FROM registry ORDER BY device_id
            """,
            String.class);
    Path outbox;
    try (Stream<Path> bundles = Files.list(home.resolve("outbox/fabrikam"))) {
      outbox = bundles.toList().get(0);
    }
    Receipt receipt = Receipt.parse(Files.readString(outbox.resolve("receipt.json")));
    List<AgeIdentity> identity = AgeIdentity.read(home.resolve("keys/fabrikam.agekey"));
    List<String> devices = new ArrayList<>();
    for (Receipt.Part part : receipt.parts()) {
      ByteArrayOutputStream plain = new ByteArrayOutputStream();
      BundleOpener.open(outbox.resolve(part.name()), identity, plain);
      // The keys of the two homes differ, and so do the times: whose token it is stays the same.
      plain
          .toString(StandardCharsets.UTF_8)
          .lines()
          .map(line -> part.name() + " " + Objects.requireNonNull(line.split(",", 2)[0]))
          .forEach(devices::add);
    }
    return new Outcome(registry, Files.readAllLines(outbox.resolve("rejects.csv")), devices);
  }
}
