package dev.muster.provisioning;

import static dev.muster.TestDatabase.jdbc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.DeliveredManifest;
import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.PreparedHome;
import dev.muster.TestManifest;
import dev.muster.bundle.Receipt;
import dev.muster.database.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The real process is killed with SIGKILL somewhere in a step, and restarted; registry, rejects and
 * bundle must then be those of a run that nobody disturbed. Each step is killed in {@code
 * -Dmuster.crash.rounds} times (default 1) at random instants; the seed is printed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("slow")
class CrashTests {

  private static final int ROUNDS = Integer.getInteger("muster.crash.rounds", 1);
  private static final long SEED = Long.getLong("muster.crash.seed", System.nanoTime());
  private static final String[] SMALL_CHUNKS = {
    "-Dmuster.provisioning.chunk-rows=1000", "-Dmuster.provisioning.part-devices=4000"
  };

  private final Random random = new Random(SEED);

  @TempDir private static Path folder;

  private final TestManifest manifest = TestManifest.seeded(4711);
  private Path file = Path.of("");
  private Outcome undisturbed = new Outcome(List.of(), List.of(), List.of());

  /** All that a run leaves behind, but for times and numbers that differ from run to run. */
  private record Outcome(List<String> registry, List<String> rejects, List<String> bundle) {}

  static Stream<String> steps() {
    return Stream.generate(() -> Stream.of("receive", "load", "settle", "issue", "deliver"))
        .limit(ROUNDS)
        .flatMap(steps -> steps);
  }

  @BeforeAll
  void runUndisturbed() throws Exception {
    System.out.println("muster.crash.seed=" + SEED);
    manifest.rows(30_000);
    for (int line = 2; line < 40; line++) {
      manifest.repeat(line);
    }
    manifest.row("not-a-guid").row("");
    file = manifest.write(folder.resolve("crash.csv"));
    Path home = folder.resolve("undisturbed");
    Result result = new MusterProcess(home, SMALL_CHUNKS).run("provision", file.toString());
    assertThat(result.exitCode()).as(result.err()).isEqualTo(3);
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      undisturbed = outcome(home, jdbc(postgres));
    }
    assertThat(undisturbed.registry()).hasSize(30_000);
    assertThat(undisturbed.rejects()).hasSize(41); // with its header
    assertThat(undisturbed.bundle()).hasSize(30_000);
  }

  @AfterAll
  void sayWhatWasDone() {
    System.out.println("crash rounds a step: " + ROUNDS);
  }

  @ParameterizedTest
  @MethodSource("steps")
  void aRunThatIsKilledInAStepEndsLikeAnUndisturbedOne(String step) throws Exception {
    Path home = folder.resolve(step + "-" + UUID.randomUUID());
    MusterProcess muster = new MusterProcess(home, SMALL_CHUNKS);
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      Running run = muster.start("provision", file.toString());
      awaitStep(jdbc, step, run.process());
      Thread.sleep(random.nextInt(pause(step)));
      run.process().destroyForcibly().waitFor();

      Result restarted = muster.run("restart", "--all-failed");

      // It may have come to its end before the kill; then there is nothing to restart, and that is
      // well too.
      assertThat(restarted.exitCode()).as(restarted.err()).isIn(0, 3);
      assertThat(outcome(home, jdbc)).isEqualTo(undisturbed);
      Result again = muster.run("provision", file.toString(), "--json");
      assertThat(again.out()).contains("\"status\":\"ALREADY_PROVISIONED\"");
    }
  }

  @Test
  void aRunWhoseDatabaseIsKilledTooEndsLikeAnUndisturbedOne() throws Exception {
    Path home = folder.resolve("power-cut");
    MusterProcess muster = new MusterProcess(home, SMALL_CHUNKS);
    Running run;
    long postmaster;
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      run = muster.start("provision", file.toString());
      awaitStep(jdbc(postgres), "load", run.process());
      postmaster =
          Long.parseLong(
              Files.readAllLines(home.resolve("postgres/data/postmaster.pid")).get(0).strip());
      Thread.sleep(random.nextInt(pause("load")));
      ProcessHandle.of(postmaster).ifPresent(ProcessHandle::destroyForcibly);
      run.process().destroyForcibly().waitFor();
    }

    // Nobody knows whether the manifest was registered by then; sending it again does either way.
    Result result = muster.run("provision", file.toString());

    assertThat(result.exitCode()).as(result.err()).isEqualTo(3);
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      assertThat(outcome(home, jdbc(postgres))).isEqualTo(undisturbed);
    }
  }

  @Test
  void aRunThatChangesDevicesAndIsKilledChangesEachOfThemOnce() throws Exception {
    Path home = folder.resolve("updates");
    Path changed =
        Files.writeString(
            folder.resolve("changed.csv"), Files.readString(file).replace("TH-200", "TH-300"));
    MusterProcess muster = new MusterProcess(home, SMALL_CHUNKS);
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcTemplate jdbc = jdbc(postgres);
      assertThat(muster.run("provision", file.toString()).exitCode()).isEqualTo(3);
      String step = random.nextBoolean() ? "load" : "deliver";
      Running run = muster.start("provision", "--update", changed.toString());
      awaitStep(jdbc, step, run.process(), 1);
      Thread.sleep(random.nextInt(pause(step)));
      run.process().destroyForcibly().waitFor();

      Result restarted = muster.run("restart", "--all-failed");

      assertThat(restarted.exitCode()).as(restarted.err()).isIn(0, 3);
      assertThat(
              jdbc.queryForList(
                  """
                  SELECT concat_ws(' ', model, times, changed, count(*))
                    FROM device
                    LEFT JOIN (SELECT device_id, count(*) AS times, string_agg(changed::text, '') AS changed
                                 FROM device_change GROUP BY device_id) AS history USING (device_id)
                   GROUP BY model, times, changed\
                  """,
                  String.class))
          .containsExactly("TH-300 1 {\"model\": [\"TH-200\", \"TH-300\"]} 30000");
      assertThat(jdbc.queryForObject("SELECT count(*) FROM device_update", Long.class)).isZero();
      assertThat(
              jdbc.queryForObject(
                  "SELECT receipt ->> 'updated' FROM manifest WHERE updates = 'VALUES'",
                  String.class))
          .isEqualTo("30000");
    }
  }

  /** How long a step takes here, about, in milliseconds. */
  private static int pause(String step) {
    return switch (step) {
      case "load" -> 600;
      case "issue" -> 250;
      default -> 25;
    };
  }

  /** Waits until the step has begun, however it then goes on. */
  private static void awaitStep(JdbcTemplate jdbc, String step, Process process)
      throws InterruptedException {
    awaitStep(jdbc, step, process, 0);
  }

  /** As above, of a home where others have begun it before. */
  private static void awaitStep(JdbcTemplate jdbc, String step, Process process, long before)
      throws InterruptedException {
    while (process.isAlive()) {
      Boolean tables =
          jdbc.queryForObject(
              "SELECT to_regclass('batch_step_execution') IS NOT NULL", Boolean.class);
      if (Boolean.TRUE.equals(tables)) {
        Long begun =
            jdbc.queryForObject(
                "SELECT count(*) FROM batch_step_execution WHERE step_name = ?", Long.class, step);
        if (begun != null && begun > before) {
          return;
        }
      }
      Thread.sleep(1);
    }
    throw new IllegalStateException("The run ended before the step " + step + " began.");
  }

  private Outcome outcome(Path home, JdbcTemplate jdbc) throws IOException {
    DeliveredManifest delivered = DeliveredManifest.of(home, jdbc);
    List<String> devices =
        delivered.parts().values().stream()
            .flatMap(lines -> lines.stream().skip(1))
            .map(line -> checked(line, delivered.receipt()))
            .toList();
    return new Outcome(delivered.registry(), delivered.rejects(), devices);
  }

  /** The device of a bundle's line, whose token must be its own and end when the receipt says. */
  private static String checked(String line, Receipt receipt) {
    String[] cells = line.split(",", -1);
    assertThat(cells).hasSize(5);
    assertThat(cells[3])
        .contains("publishers%2F" + cells[0] + "&")
        .contains("&se=" + receipt.tokensExpireAt().getEpochSecond() + "&");
    assertThat(cells[4]).isEqualTo(receipt.tokensExpireAt().toString());
    return cells[0];
  }
}
