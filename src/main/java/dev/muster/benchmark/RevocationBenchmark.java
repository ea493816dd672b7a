package dev.muster.benchmark;

import dev.muster.benchmark.BenchmarkResult.Way;
import dev.muster.bundle.AgeIdentity;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.revocation.ApplyRevocationsJob;
import dev.muster.revocation.RevocationRuns;
import dev.muster.run.Executions;
import dev.muster.run.RunOutcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Every device of the registry is revoked by one list. Each round does it two ways, each right
 * after a checkpoint:
 *
 * <ul>
 *   <li>plain: the bare file is copied to a temporary table, and one {@code UPDATE … FROM} sets a
 *       column of a copy of {@code device}. No verdict on any row, no history, no work for hubs;
 *   <li>muster: the job {@code apply-revocations}, of which the step {@code apply} is the
 *       registry's part.
 * </ul>
 */
@Component
public class RevocationBenchmark {

  private static final int COPY_BUFFER_BYTES = 1 << 16;
  private static final int WARM_UPS = 2;

  private static final String PLAIN_TABLE =
      """
      DROP TABLE IF EXISTS plain_device;
      CREATE TABLE plain_device (LIKE device INCLUDING ALL);
      ALTER TABLE plain_device ADD COLUMN state device_state;
      INSERT INTO plain_device SELECT * FROM device\
      """;

  private static final String PLAIN_STAGING =
      "CREATE TEMPORARY TABLE listed (device_id uuid, action text, reason text) ON COMMIT DROP";

  private static final String PLAIN_UPDATE =
      "UPDATE plain_device d SET state = 'REVOKED' FROM listed l WHERE d.device_id = l.device_id";

  private final JdbcTemplate jdbc;
  private final DataSource dataSource;
  private final ManifestRuns manifests;
  private final RevocationRuns revocations;
  private final Executions executions;
  private final Factories factories;
  private final MusterHome home;

  RevocationBenchmark(
      JdbcTemplate jdbc,
      DataSource dataSource,
      ManifestRuns manifests,
      RevocationRuns revocations,
      Executions executions,
      Factories factories,
      MusterHome home) {
    this.jdbc = jdbc;
    this.dataSource = dataSource;
    this.manifests = manifests;
    this.revocations = revocations;
    this.executions = executions;
    this.factories = factories;
    this.home = home;
  }

  /**
   * What was found: medians over the rounds.
   *
   * @param plain the bare {@code UPDATE … FROM}
   * @param registryPart the step that applies the entries
   * @param muster the whole job, from the file to the report in the outbox
   */
  public record Result(long entries, int rounds, Way plain, Way registryPart, Way muster) {}

  /**
   * Runs the comparison.
   *
   * @param rows how many devices, and entries
   * @param progress told what is going on
   */
  public Result run(int rows, int rounds, Consumer<String> progress)
      throws IOException, SQLException {
    Files.createDirectories(home.root());
    Path manifest = home.root().resolve("benchmark-" + rows + ".csv");
    Path list = home.root().resolve("benchmark-list-" + rows + ".csv");
    progress.accept("Writing a manifest and a list of %,d rows".formatted(rows));
    GeneratedManifest.write(manifest, rows, 0);
    GeneratedManifest.writeRevocations(list, rows, 0);
    List<Double> plain = new ArrayList<>();
    List<Double> registryPart = new ArrayList<>();
    List<Double> muster = new ArrayList<>();
    for (int round = 1 - WARM_UPS; round <= rounds; round++) {
      prepare(manifest);
      double plainSeconds = plainOnce(list);
      jdbc.execute("CHECKPOINT");
      long began = System.nanoTime();
      RunOutcome outcome = revocations.apply(list, null, "benchmark", null);
      double seconds = (System.nanoTime() - began) / 1e9;
      if (outcome.accepted() == null || outcome.accepted() != rows) {
        throw new IllegalStateException("Not all entries were applied: " + outcome.cause());
      }
      double apply = applySeconds();
      progress.accept(
          "%s: plain %6.2f s   muster %6.2f s, of which the registry's part %6.2f s"
              .formatted(
                  round < 1 ? "Warming up" : "Round " + round, plainSeconds, seconds, apply));
      if (round >= 1) {
        plain.add(plainSeconds);
        muster.add(seconds);
        registryPart.add(apply);
      }
    }
    return new Result(
        rows,
        rounds,
        Way.of(rows, plain, null),
        Way.of(rows, registryPart, null),
        Way.of(rows, muster, null));
  }

  private void prepare(Path manifest) throws IOException {
    jdbc.execute("DROP TABLE IF EXISTS plain_device");
    jdbc.execute("ALTER TABLE device_change DISABLE TRIGGER USER");
    jdbc.execute(
        "TRUNCATE device, reject, loaded_lines, bundle, bundle_part, manifest, device_status,"
            + " device_change");
    jdbc.execute("ALTER TABLE device_change ENABLE TRIGGER USER");
    String factory = "benchmark-" + System.nanoTime();
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    if (!manifests.provision(manifest, factory, null, null).delivered()) {
      throw new IllegalStateException("The devices could not be provisioned.");
    }
    jdbc.execute(PLAIN_TABLE);
    jdbc.execute("CHECKPOINT");
  }

  private double plainOnce(Path list) throws IOException, SQLException {
    long began = System.nanoTime();
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        InputStream file = Files.newInputStream(list)) {
      connection.setAutoCommit(false);
      statement.execute(PLAIN_STAGING);
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("COPY listed FROM STDIN (FORMAT csv, HEADER true)", file, COPY_BUFFER_BYTES);
      statement.execute(PLAIN_UPDATE);
      connection.commit();
      connection.setAutoCommit(true);
    }
    return (System.nanoTime() - began) / 1e9;
  }

  private double applySeconds() {
    return executions.latest(1).get(0).steps().stream()
        .filter(step -> step.name().equals(ApplyRevocationsJob.APPLY.name()))
        .mapToDouble(
            step ->
                Duration.between(
                            Objects.requireNonNull(step.startedAt()),
                            Objects.requireNonNull(step.endedAt()))
                        .toMillis()
                    / 1e3)
        .sum();
  }
}
