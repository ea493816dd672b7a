package dev.muster.provisioning;

import static dev.muster.TestDatabase.jdbc;
import static dev.muster.TestFiles.files;
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
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The real process is killed at the instants around the appearance of a bundle. A session of the
 * test holds a lock, so that it waits there.
 */
@Tag("slow")
class PublicationCrashTests {

  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int DEVICES = 6000;

  @TempDir private Path home;

  private final TestManifest manifest = TestManifest.seeded(14);

  /** Killed behind the appearance of its bundle: its tokens may be in somebody's hands. */
  @Test
  void whatHasAppearedCannotBeWithdrawnAndIsDeliveredThoughTheFactoryTookItAway() throws Exception {
    MusterProcess muster = muster();
    try (EmbeddedPostgres postgres = postgres();
        Connection session = session(postgres);
        Statement statement = session.createStatement()) {
      killBehindTheAppearance(muster, jdbc(postgres), session, statement);
      Path taken = home.resolve("taken");
      Files.move(bundle(), taken);

      Result withdrawn = muster.run("withdraw", "1");

      assertThat(withdrawn.exitCode()).isEqualTo(1);
      assertThat(withdrawn.err()).contains("can't be withdrawn: its tokens were delivered");
      assertDelivered(muster, jdbc(postgres));
    }
  }

  @Test
  void aRestartDeliversWhatTheFactoryTookAway() throws Exception {
    MusterProcess muster = muster();
    try (EmbeddedPostgres postgres = postgres();
        Connection session = session(postgres);
        Statement statement = session.createStatement()) {
      killBehindTheAppearance(muster, jdbc(postgres), session, statement);
      Files.move(bundle(), home.resolve("taken"));

      assertDelivered(muster, jdbc(postgres));
    }
  }

  /** Its intent is committed, and something was in its way: then it certainly never appeared. */
  @Test
  void whatWasAboutToAppearAndDidNotCanBeWithdrawn() throws Exception {
    MusterProcess muster = muster();
    try (EmbeddedPostgres postgres = postgres()) {
      stopBeforeTheAppearance(muster, postgres);

      Result withdrawn = muster.run("withdraw", "1");

      assertThat(withdrawn.exitCode()).as(withdrawn.err()).isZero();
      assertThat(withdrawn.out()).contains("6,000 devices");
      assertThat(files(home.resolve("outbox/.staging"))).isEmpty();
      assertThat(files(home.resolve("spool"))).isEmpty();
    }
  }

  @Test
  void whatWasAboutToAppearAppearsAtARestart() throws Exception {
    MusterProcess muster = muster();
    try (EmbeddedPostgres postgres = postgres()) {
      Path inTheWay = stopBeforeTheAppearance(muster, postgres);
      Files.delete(inTheWay.resolve("foreign"));
      Files.delete(inTheWay);

      Result restarted = muster.run("restart", "1");

      assertThat(restarted.exitCode()).as(restarted.out() + restarted.err()).isZero();
      assertThat(open(home.resolve("keys/fabrikam.agekey"))).hasSize(DEVICES);
    }
  }

  @Test
  void aWithdrawalThatWasKilledIsFinishedBySayingItAgain() throws Exception {
    MusterProcess muster = muster();
    try (EmbeddedPostgres postgres = postgres();
        Connection session = session(postgres);
        Statement statement = session.createStatement()) {
      killInIssue(muster, jdbc(postgres), session, statement);
      assertThat(muster.run("stop", "1").exitCode()).isZero();
      // The withdrawal has committed what it does to the registry, and can't write that it did.
      statement.execute("SELECT * FROM batch_job_execution WHERE job_execution_id = 1 FOR UPDATE");
      Running running = muster.start("withdraw", "1");
      Await.until(
          PATIENCE,
          () ->
              count(jdbc(postgres), "SELECT count(*) FROM manifest WHERE withdrawn_at IS NOT NULL"),
          count -> count == 1);
      running.process().destroyForcibly().waitFor();
      session.rollback();

      Result again = muster.run("withdraw", "1");

      assertThat(again.exitCode()).as(again.err()).isZero();
      assertThat(files(home.resolve("outbox/.staging"))).isEmpty();
      assertThat(files(home.resolve("spool"))).isEmpty();
      Result restart = muster.run("restart", "--all-failed");
      assertThat(restart.exitCode()).as(restart.err()).isZero();
      assertThat(restart.out()).contains("There is nothing to restart.");
    }
  }

  @Test
  void aBundleIsForOneSetOfKeysThoughTheyWereChangedWhileItsRunWasInterrupted() throws Exception {
    MusterProcess muster = muster();
    Path keys = home.resolve("new.agekey");
    AgeIdentity.generate().writeNew(keys);
    try (EmbeddedPostgres postgres = postgres();
        Connection session = session(postgres);
        Statement statement = session.createStatement()) {
      killInIssue(muster, jdbc(postgres), session, statement);
      session.rollback();
      assertThat(muster.run("factory", "remove", "fabrikam").exitCode()).isZero();
      Result without = muster.run("restart", "1");
      assertThat(without.out()).contains("Factory 'fabrikam' was removed. Add it again");
      muster.run(
          "factory",
          "add",
          "fabrikam",
          "--recipient",
          AgeIdentity.read(keys).get(0).recipient().publicKey());

      Result restarted = muster.run("restart", "--all-failed");

      assertThat(restarted.exitCode()).as(restarted.out() + restarted.err()).isZero();
      assertThat(restarted.out()).contains("The keys of factory 'fabrikam' were changed");
      assertThat(open(keys)).hasSize(DEVICES);
    }
  }

  @Test
  void tokensThatHaveEndedByTheTimeOfARestartEndLaterAndThatIsSaid() throws Exception {
    MusterProcess muster = muster();
    try (EmbeddedPostgres postgres = postgres();
        Connection session = session(postgres);
        Statement statement = session.createStatement()) {
      killInIssue(muster, jdbc(postgres), session, statement);
      session.rollback();
      jdbc(postgres).update("UPDATE bundle SET tokens_expire_at = now() - interval '1 second'");

      Result restarted = muster.run("restart", "1");

      assertThat(restarted.exitCode()).as(restarted.out() + restarted.err()).isZero();
      assertThat(restarted.out()).contains("too soon after they were made");
      Receipt receipt = Receipt.parse(Files.readString(bundle().resolve("receipt.json")));
      assertThat(receipt.tokensExpireAt()).isAfter(Instant.now().plus(Duration.ofDays(300)));
      assertThat(receipt.warnings()).anyMatch(warning -> warning.contains("too soon"));
      assertThat(open(home.resolve("keys/fabrikam.agekey")))
          .hasSize(DEVICES)
          .allMatch(line -> line.endsWith(receipt.tokensExpireAt().toString()));
    }
  }

  private void assertDelivered(MusterProcess muster, JdbcTemplate jdbc) throws Exception {
    Result restarted = muster.run("restart", "1");
    assertThat(restarted.exitCode()).as(restarted.out() + restarted.err()).isZero();
    assertThat(count(jdbc, "SELECT count(*) FROM registry WHERE state = 'PROVISIONED'"))
        .isEqualTo(DEVICES);
    assertThat(files(home.resolve("outbox/.staging"))).isEmpty();
  }

  private void killBehindTheAppearance(
      MusterProcess muster, JdbcTemplate jdbc, Connection session, Statement statement)
      throws Exception {
    Running running = muster.start("provision", file().toString());
    Await.until(PATIENCE, () -> count(jdbc, "SELECT count(*) FROM bundle"), count -> count == 1);
    statement.execute("SELECT * FROM manifest FOR UPDATE");
    Await.until(PATIENCE, () -> Files.isDirectory(bundle()), there -> there);
    running.process().destroyForcibly().waitFor();
    session.rollback();
    assertThat(count(jdbc, "SELECT count(*) FROM manifest WHERE delivered_at IS NULL"))
        .isEqualTo(1);
  }

  private Path stopBeforeTheAppearance(MusterProcess muster, EmbeddedPostgres postgres)
      throws Exception {
    JdbcTemplate jdbc = jdbc(postgres);
    try (Connection session = session(postgres);
        Statement statement = session.createStatement()) {
      Running running = muster.start("provision", file().toString());
      Await.until(PATIENCE, () -> count(jdbc, "SELECT count(*) FROM bundle"), count -> count == 1);
      statement.execute("SELECT * FROM bundle FOR UPDATE");
      Await.until(
          PATIENCE,
          () ->
              count(
                  jdbc,
                  "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query"
                      + " LIKE '%publishing_at%'"),
          count -> count == 1);
      Path bundle = bundle();
      Files.createDirectories(bundle);
      Files.createFile(bundle.resolve("foreign"));
      session.rollback();
      assertThat(running.process().waitFor()).isEqualTo(1);
      assertThat(running.out()).contains("is in the way");
      return bundle;
    }
  }

  private void killInIssue(
      MusterProcess muster, JdbcTemplate jdbc, Connection session, Statement statement)
      throws Exception {
    Running running = muster.start("provision", file().toString());
    Await.until(
        PATIENCE, () -> count(jdbc, "SELECT count(*) FROM bundle_part"), count -> count >= 1);
    statement.execute("LOCK TABLE bundle_part IN EXCLUSIVE MODE");
    running.process().destroyForcibly().waitFor();
    assertThat(count(jdbc, "SELECT count(*) FROM bundle WHERE publishing_at IS NULL"))
        .as("it was killed before its bundle was published")
        .isEqualTo(1);
    session.rollback();
  }

  private MusterProcess muster() {
    return new MusterProcess(
        home, "-Dmuster.provisioning.part-devices=500", "-Dmuster.provisioning.chunk-rows=500");
  }

  private Path file() throws IOException {
    Path file = home.resolve("m.csv");
    return Files.exists(file) ? file : manifest.rows(DEVICES).write(file);
  }

  private Path bundle() throws IOException {
    try (Stream<Path> staged = Files.list(home.resolve("spool/fabrikam"))) {
      String sha256 = staged.findFirst().orElseThrow().getFileName().toString();
      return home.resolve("outbox/fabrikam/m-" + sha256.substring(0, 12));
    } catch (NoSuchFileException | NoSuchElementException e) {
      try (Stream<Path> bundles = Files.list(home.resolve("outbox/fabrikam"))) {
        return bundles.findFirst().orElseThrow();
      }
    }
  }

  private List<String> open(Path keys) throws IOException {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    try (Stream<Path> parts = Files.list(bundle())) {
      for (Path part : parts.filter(part -> part.toString().endsWith(".age")).toList()) {
        BundleOpener.open(part, AgeIdentity.read(keys), plain);
      }
    }
    return plain
        .toString(StandardCharsets.US_ASCII)
        .lines()
        .filter(line -> !line.startsWith("device_id"))
        .toList();
  }

  private EmbeddedPostgres postgres() throws IOException {
    return PreparedHome.database(home);
  }

  private static Connection session(EmbeddedPostgres postgres) throws Exception {
    Connection session =
        DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
    session.setAutoCommit(false);
    return session;
  }

  private static long count(JdbcTemplate jdbc, String sql) {
    try {
      Long count = jdbc.queryForObject(sql, Long.class);
      return count == null ? 0 : count;
    } catch (DataAccessException e) {
      return 0; // its tables are not there yet
    }
  }
}
