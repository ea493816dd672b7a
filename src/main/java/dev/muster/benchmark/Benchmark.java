package dev.muster.benchmark;

import dev.muster.benchmark.BenchmarkResult.Way;
import dev.muster.bundle.AgeIdentity;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.run.ExecutionSummary.StepSummary;
import dev.muster.run.Executions;
import dev.muster.run.RunOutcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;

/**
 * The comparison. After a warm-up, each round does the three, each on an empty table and right
 * after a checkpoint:
 *
 * <ul>
 *   <li>copy: plain {@code COPY … FROM STDIN (FORMAT csv)} of the file, nothing else;
 *   <li>muster: all of it, from the file to the encrypted bundle in the outbox;
 *   <li>stock: the recipe of the documentation, see {@link StockRecipe}.
 * </ul>
 *
 * <p>It takes the registry for itself, so it must have a home of its own.
 */
@Component
public class Benchmark {

  private static final long WARM_UP_ROWS = 500_000;
  private static final int WARM_UPS = 4;

  private static final int COPY_BUFFER_BYTES = 1 << 16;

  private static final String COPY_CSV =
      """
      COPY device (device_id, serial_number, model, hardware_revision, building, room)
      FROM STDIN (FORMAT csv, HEADER true)\
      """;

  /**
   * What the file does not say, but the table wants: given as defaults for the two that load the
   * bare file.
   */
  private static final String DEFAULTS =
      """
      ALTER TABLE device ALTER manifest_id SET DEFAULT 0, ALTER line SET DEFAULT 0, ALTER hub_id SET DEFAULT 0\
      """;

  private final JdbcTemplate jdbc;
  private final DataSource dataSource;
  private final StockRecipe stockRecipe;
  private final LargeRegistry largeRegistry;
  private final ManifestRuns runs;
  private final Executions executions;
  private final Factories factories;
  private final MusterHome home;

  Benchmark(
      JdbcTemplate jdbc,
      DataSource dataSource,
      StockRecipe stockRecipe,
      LargeRegistry largeRegistry,
      ManifestRuns runs,
      Executions executions,
      Factories factories,
      MusterHome home) {
    this.jdbc = jdbc;
    this.dataSource = dataSource;
    this.stockRecipe = stockRecipe;
    this.largeRegistry = largeRegistry;
    this.runs = runs;
    this.executions = executions;
    this.factories = factories;
    this.home = home;
  }

  /**
   * Runs the comparison.
   *
   * @param rows how many devices the manifest has
   * @param rounds how often; the result has the medians
   * @param withStock whether the stock recipe takes part, which takes as long as everything else
   *     together
   * @param progress told what is going on
   */
  public BenchmarkResult run(long rows, int rounds, boolean withStock, Consumer<String> progress)
      throws IOException, SQLException {
    Files.createDirectories(home.root());
    Path manifest = home.root().resolve("benchmark-" + rows + ".csv");
    progress.accept("Writing a manifest of %,d rows".formatted(rows));
    GeneratedManifest.write(manifest, rows, 0);
    jdbc.execute(DEFAULTS);
    List<Double> copy = new ArrayList<>();
    List<Double> muster = new ArrayList<>();
    List<Double> stock = new ArrayList<>();
    warmUp(Math.min(rows, WARM_UP_ROWS), withStock, progress);
    long peakRssMb = 0;
    for (int round = 1; round <= rounds; round++) {
      copy.add(copyOnce(manifest));
      progress.accept("Round %d: copy   %6.2f s".formatted(round, copy.get(round - 1)));
      Memory.forgetPeak();
      muster.add(musterOnce(manifest, rows));
      peakRssMb = Math.max(peakRssMb, Memory.peakRssMb());
      progress.accept(
          "Round %d: muster %6.2f s  (%s)".formatted(round, muster.get(round - 1), steps()));
      if (withStock) {
        stock.add(stockOnce(manifest));
        progress.accept("Round %d: stock  %6.2f s".formatted(round, stock.get(round - 1)));
      }
    }
    return BenchmarkResult.of(rows, rounds, copy, muster, stock, peakRssMb);
  }

  /**
   * What finding unchanged rows costs: medians over the rounds.
   *
   * @param first a manifest on an empty table, all of it
   * @param withoutTokens the same runs without their step {@code issue}
   * @param again the same rows as another file of the same factory
   */
  public record Again(long rows, int rounds, Way first, Way withoutTokens, Way again) {}

  /**
   * Sends a manifest, and then its rows again, all unchanged; each right after a checkpoint.
   *
   * @param rows how many devices the manifest has
   * @param rounds how often; the result has the medians
   * @param progress told what is going on
   */
  public Again again(long rows, int rounds, Consumer<String> progress)
      throws IOException, SQLException {
    Files.createDirectories(home.root());
    List<Double> first = new ArrayList<>();
    List<Double> withoutTokens = new ArrayList<>();
    List<Double> again = new ArrayList<>();
    long fewer = Math.min(rows, WARM_UP_ROWS);
    progress.accept("Warming up with %,d rows".formatted(fewer));
    for (int round = 1 - WARM_UPS; round <= rounds; round++) {
      long some = round > 0 ? rows : fewer;
      Path manifest = home.root().resolve("first-" + some + ".csv");
      Path same = home.root().resolve("again-" + some + ".csv");
      if (!Files.exists(same)) {
        GeneratedManifest.write(manifest, some, 0);
        Files.copy(manifest, same);
        Files.writeString(same, "\n", StandardOpenOption.APPEND); // or it is the same content
      }
      clear();
      String factory = newFactory();
      double all = seconds(() -> provision(manifest, factory, some));
      double tokens = took("issue");
      String steps = steps();
      jdbc.execute("CHECKPOINT");
      double unchanged = seconds(() -> provisionAgain(same, factory, some));
      FileSystemUtils.deleteRecursively(home.outbox().resolve(factory));
      if (round > 0) {
        first.add(all);
        withoutTokens.add(all - tokens);
        again.add(unchanged);
        progress.accept("Round %d: first %6.2f s  (%s)".formatted(round, all, steps));
        progress.accept("Round %d: again %6.2f s  (%s)".formatted(round, unchanged, steps()));
      }
    }
    return new Again(
        rows,
        rounds,
        Way.of(rows, first, null),
        Way.of(rows, withoutTokens, null),
        Way.of(rows, again, null));
  }

  private void provisionAgain(Path manifest, String factory, long rows) throws IOException {
    RunOutcome outcome = runs.provision(manifest, factory, null, null);
    if (!outcome.delivered() || outcome.unchanged() == null || outcome.unchanged() != rows) {
      throw new IllegalStateException("Not all rows were found unchanged: " + outcome.cause());
    }
  }

  /**
   * What loading takes: medians over the rounds.
   *
   * @param beside how many devices were there before the first round
   * @param load the seconds of the step {@code load} alone
   */
  public record Loading(long rows, long beside, int rounds, Way copy, Way muster, Way load) {}

  /**
   * Loads manifests into a registry that is empty before each, or that has many devices already:
   * then what each round brought stays.
   *
   * @param rows how many devices each has
   * @param beside how many devices are there already, about; 0: none
   * @param manifests how many manifests those came with
   * @param rounds how often; the result has the medians
   * @param progress told what is going on
   */
  public Loading loading(
      long rows, long beside, int manifests, int rounds, Consumer<String> progress)
      throws IOException, SQLException {
    Files.createDirectories(home.root());
    if (beside > 0) {
      largeRegistry.fill(beside, manifests, progress);
    }
    jdbc.execute(DEFAULTS);
    if (beside == 0) {
      warmUp(Math.min(rows, WARM_UP_ROWS), false, progress);
    }
    long there = beside == 0 ? 0 : count("SELECT coalesce(sum(devices), 0) FROM loaded_lines");
    List<Double> copy = new ArrayList<>();
    List<Double> muster = new ArrayList<>();
    List<Double> load = new ArrayList<>();
    for (int round = beside == 0 ? 1 : 0; round <= rounds; round++) {
      // Others than any before, whatever was kept.
      int number = 2 * Math.toIntExact(count("SELECT coalesce(max(manifest_id), 0) FROM manifest"));
      Path manifest = home.root().resolve("loading.csv");
      GeneratedManifest.write(manifest, rows, number + 1);
      if (beside == 0) {
        clear();
      } else {
        jdbc.execute("CHECKPOINT");
      }
      double copied = seconds(() -> copy(manifest));
      // Beside others its rows stay: in the room of removed ones each new row would be written to a
      // block range.
      if (beside == 0) {
        clear();
      } else {
        jdbc.execute("CHECKPOINT");
      }
      GeneratedManifest.write(manifest, rows, number + 2);
      String factory = newFactory();
      double all = seconds(() -> provision(manifest, factory, rows));
      FileSystemUtils.deleteRecursively(home.outbox().resolve(factory));
      if (round > 0) {
        copy.add(copied);
        muster.add(all);
        load.add(took("load"));
      }
      progress.accept(
          "Beside %,d, round %d: copy %6.2f s   muster %6.2f s  (%s)"
              .formatted(there, round, copied, all, steps()));
    }
    return new Loading(
        rows,
        there,
        rounds,
        Way.of(rows, copy, null),
        Way.of(rows, muster, null),
        Way.of(rows, load, null));
  }

  private long count(String sql) {
    return Objects.requireNonNull(jdbc.queryForObject(sql, Long.class));
  }

  /** As in a service that has been running for a while: the JVM has compiled what it needs. */
  private void warmUp(long rows, boolean withStock, Consumer<String> progress)
      throws IOException, SQLException {
    Path manifest = home.root().resolve("warm-up.csv");
    GeneratedManifest.write(manifest, rows, 0);
    progress.accept("Warming up with %,d rows".formatted(rows));
    copyOnce(manifest);
    for (int i = 0; i < WARM_UPS; i++) {
      musterOnce(manifest, rows);
    }
    if (withStock) {
      stockOnce(manifest);
    }
  }

  private double copyOnce(Path manifest) throws IOException, SQLException {
    clear();
    return seconds(() -> copy(manifest));
  }

  private double musterOnce(Path manifest, long rows) throws IOException, SQLException {
    clear();
    String factory = newFactory();
    double seconds = seconds(() -> provision(manifest, factory, rows));
    FileSystemUtils.deleteRecursively(home.outbox().resolve(factory));
    return seconds;
  }

  private String newFactory() {
    String factory = "benchmark-" + System.nanoTime();
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    return factory;
  }

  private double stockOnce(Path manifest) throws IOException, SQLException {
    clear();
    return seconds(() -> stockRecipe.run(manifest, home.root().resolve("stock-tokens.csv")));
  }

  private void clear() {
    jdbc.execute("TRUNCATE device, reject, loaded_lines, bundle, bundle_part, manifest");
    jdbc.execute("CHECKPOINT");
  }

  private void copy(Path manifest) throws IOException, SQLException {
    try (Connection connection = dataSource.getConnection();
        InputStream file = Files.newInputStream(manifest)) {
      connection.unwrap(PGConnection.class).getCopyAPI().copyIn(COPY_CSV, file, COPY_BUFFER_BYTES);
    }
  }

  private void provision(Path manifest, String factory, long rows) throws IOException {
    RunOutcome outcome = runs.provision(manifest, factory, null, null);
    if (!outcome.delivered() || outcome.accepted() == null || outcome.accepted() != rows) {
      throw new IllegalStateException("Muster did not provision all devices: " + outcome.cause());
    }
  }

  /** Where the time went. */
  private String steps() {
    return ended()
        .map(step -> "%s %.2f".formatted(step.name(), took(step)))
        .collect(Collectors.joining(", "));
  }

  /** How many seconds a step of the last run took. */
  private double took(String name) {
    return ended().filter(step -> step.name().equals(name)).mapToDouble(Benchmark::took).sum();
  }

  private static double took(StepSummary step) {
    return Duration.between(step.startedAt(), step.endedAt()).toMillis() / 1e3;
  }

  private Stream<StepSummary> ended() {
    return executions.latest(1).get(0).steps().stream()
        .filter(step -> step.startedAt() != null && step.endedAt() != null)
        .filter(step -> !step.name().contains(":"));
  }

  private static double seconds(Work work) throws IOException, SQLException {
    long began = System.nanoTime();
    work.run();
    return (System.nanoTime() - began) / 1e9;
  }

  private interface Work {
    void run() throws IOException, SQLException;
  }
}
