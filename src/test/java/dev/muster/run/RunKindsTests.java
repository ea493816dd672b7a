package dev.muster.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.Await;
import dev.muster.MusterTest;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.bundle.AgeIdentity;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.renewal.RenewalRuns;
import dev.muster.revocation.RevocationRuns;
import dev.muster.run.ExecutionDetail.StepProgress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * What holds of every kind of run, whatever it does: that it fails with its reason and goes on,
 * stops behind a chunk and goes on, and is given up for good. That a killed one goes on, the crash
 * tests of each kind show.
 */
@MusterTest
class RunKindsTests {

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int DEVICES = 1000; // as many as one list may take out of service
  private static final int GATE = 4_711;

  @TempDir private Path folder;
  @Autowired private ManifestRuns manifests;
  @Autowired private RenewalRuns renewals;
  @Autowired private RevocationRuns revocations;
  @Autowired private RunControl control;
  @Autowired private RunPreviews previews;
  @Autowired private Executions executions;
  @Autowired private OrderlyStop orderlyStop;
  @Autowired private Factories factories;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private DataSource dataSource;

  private String factory = "";
  private Path manifest = Path.of("");
  private Path list = Path.of("");

  /** The kinds of runs, and a row that each writes in one of its later chunks. */
  enum Kind {
    PROVISION("device", "NEW.line = 700"),
    RENEW("bundle_part", "true"),
    REVOKE("device_status", "NEW.line = 700");

    private final String table;
    private final String row;

    Kind(String table, String row) {
      this.table = table;
      this.row = row;
    }
  }

  @BeforeEach
  void files() throws Exception {
    factory = "kinds-" + SEEDS.incrementAndGet();
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    TestManifest devices = TestManifest.seeded(SEEDS.incrementAndGet()).rows(DEVICES);
    manifest = devices.write(folder.resolve(factory + ".csv"));
    StringBuilder lines = new StringBuilder("device_id,reason\n");
    for (int line = 2; line <= DEVICES + 1; line++) {
      lines.append(devices.deviceId(line)).append(",stolen\n");
    }
    list = Files.writeString(folder.resolve(factory + "-stolen.csv"), lines);
  }

  @AfterEach
  void openTheWay() {
    for (Kind kind : Kind.values()) {
      jdbc.execute("DROP TRIGGER IF EXISTS stumble ON " + kind.table);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatFailsSaysWhyAndGoesOnWithARestart(Kind kind) throws Exception {
    before(kind);
    meet(kind, "RAISE EXCEPTION 'the disk is full'");
    begin(kind);
    long failed = last();
    assertThat(shown(failed).status()).isEqualTo("FAILED");
    assertThat(shown(failed).cause()).contains("the disk is full");
    assertThat(shown(failed).restartable()).isTrue();
    openTheWay();

    RunOutcome outcome = control.restart(failed, null);

    assertThat(outcome.status()).isEqualTo("COMPLETED");
    assertThat(last()).isGreaterThan(failed);
    assertThat(shown(last()).status()).isEqualTo("COMPLETED");
    assertThat(done(kind)).isEqualTo(DEVICES);
    assertThatThrownBy(() -> control.restart(last(), null))
        .isInstanceOf(OperationRefusedException.class)
        .hasMessageContaining("is completed; there is nothing to restart");
  }

  @ParameterizedTest
  @EnumSource
  void whatIsStoppedStopsBehindItsChunkAndGoesOn(Kind kind) throws Exception {
    before(kind);
    meet(kind, "PERFORM pg_advisory_xact_lock_shared(%d)".formatted(GATE));
    long earlier = last();
    CompletableFuture<Void> run;
    try (Connection gate = dataSource.getConnection()) {
      gate.createStatement().execute("SELECT pg_advisory_lock(%d)".formatted(GATE));
      run =
          CompletableFuture.runAsync(
              () -> Callers.run(Caller.muster("test"), () -> beginUnchecked(kind)));
      Await.until(PATIENCE, this::waiting, waiting -> waiting > 0);
      assertThat(last()).isGreaterThan(earlier);
      if (kind == Kind.PROVISION) { // the others have one chunk only
        Await.until(PATIENCE, this::foreseen, steps -> !steps.isEmpty());
      }
      assertThat(control.stop(last())).isTrue();
      assertThat(foreseen()).isEmpty();
      gate.createStatement().execute("SELECT pg_advisory_unlock(%d)".formatted(GATE));
    }
    run.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(shown(last()).status()).isEqualTo("STOPPED");
    openTheWay();

    assertThat(control.restart(last(), null).status()).isEqualTo("COMPLETED");

    assertThat(done(kind)).isEqualTo(DEVICES);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsGivenUpIsNotRestarted(Kind kind) throws Exception {
    before(kind);
    meet(kind, "RAISE EXCEPTION 'the disk is full'");
    begin(kind);
    long failed = last();
    openTheWay();

    assertThat(control.abandon(failed)).endsWith(".");

    assertThat(shown(failed).status()).isEqualTo("ABANDONED");
    assertThat(shown(failed).restartable()).isFalse();
    assertThatThrownBy(() -> control.restart(failed, null))
        .isInstanceOf(OperationRefusedException.class)
        .message()
        .doesNotContain("JobExecution", "Exception")
        .endsWith(".");
    assertThat(executions.restartable())
        .extracting(ExecutionSummary::execution)
        .doesNotContain(failed);
  }

  /** As that of the next factory does, when the process was asked to end. */
  @ParameterizedTest
  @EnumSource
  void whatBeginsWhileTheProcessEndsStopsToo(Kind kind) throws Exception {
    before(kind);
    orderlyStop.stop();
    try {
      begin(kind);
    } finally {
      orderlyStop.start();
    }
    assertThat(shown(last()).status()).isEqualTo("STOPPED");

    assertThat(control.restart(last(), null).status()).isEqualTo("COMPLETED");

    assertThat(done(kind)).isEqualTo(DEVICES);
  }

  /** Of a run that failed twice: only as a whole is it given up, by its last execution. */
  @ParameterizedTest
  @EnumSource
  void whatWasContinuedIsGivenUpByItsLastExecution(Kind kind) throws Exception {
    before(kind);
    meet(kind, "RAISE EXCEPTION 'the disk is full'");
    begin(kind);
    long first = last();
    assertThat(control.restart(first, null).status()).isEqualTo("FAILED");
    long second = last();
    assertThat(second).isGreaterThan(first);

    assertThat(previews.abandon(first).possible()).isFalse();
    assertThatThrownBy(() -> control.abandon(first))
        .isInstanceOf(OperationRefusedException.class)
        .hasMessage(String.join(" ", previews.abandon(first).sentences()))
        .hasMessage(
            "Execution %d was continued already: execution %d is the last one of this run. To give"
                + " the run up, give up execution %2$d.",
            first, second);

    assertThat(shown(first).status()).isEqualTo("FAILED");
    openTheWay();
    assertThat(control.restart(second, null).status()).isEqualTo("COMPLETED");
    assertThat(done(kind)).isEqualTo(DEVICES);
    assertThatThrownBy(() -> control.abandon(second))
        .isInstanceOf(OperationRefusedException.class)
        .hasMessageContaining("execution %d is the last one", last());
    assertThatThrownBy(() -> control.abandon(last()))
        .isInstanceOf(OperationRefusedException.class)
        .hasMessage("Execution %d is completed.", last());
  }

  private void before(Kind kind) throws Exception {
    if (kind != Kind.PROVISION) {
      begin(Kind.PROVISION);
    }
  }

  private void begin(Kind kind) throws Exception {
    switch (kind) {
      case PROVISION -> manifests.provision(manifest, factory, null, null);
      case RENEW -> renewals.renew(factory, Duration.ofDays(800), null);
      case REVOKE -> revocations.apply(list, factory, "factory " + factory, null);
    }
  }

  private void beginUnchecked(Kind kind) {
    try {
      begin(kind);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** From now on, whoever writes the row of this kind does that first. */
  private void meet(Kind kind, String what) {
    jdbc.execute(
        """
        CREATE OR REPLACE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN %s; RETURN NEW; END $$;
        CREATE TRIGGER stumble BEFORE INSERT ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION stumble()
        """
            .formatted(what, kind.table, kind.row));
  }

  private long done(Kind kind) {
    return count(
        switch (kind) {
          case PROVISION ->
              "SELECT count(*) FROM registry WHERE factory = ? AND state = 'PROVISIONED'";
          case RENEW ->
              "SELECT coalesce(sum(devices), 0) FROM renewal WHERE factory = ? AND delivered_at IS"
                  + " NOT NULL";
          case REVOKE -> "SELECT count(*) FROM registry WHERE factory = ? AND state = 'REVOKED'";
        },
        factory);
  }

  private long waiting() {
    return count(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = ? AND NOT granted",
        GATE);
  }

  /** The steps of which it is told how long they still take. */
  private List<StepProgress> foreseen() {
    return executions.detail(last()).orElseThrow().progress().stream()
        .filter(step -> step.secondsLeft() != null)
        .toList();
  }

  private ExecutionSummary shown(long execution) {
    return executions.find(execution).orElseThrow();
  }

  private long last() {
    return count("SELECT coalesce(max(job_execution_id), 0) FROM batch_job_execution");
  }

  private long count(String sql, Object... parameters) {
    return Objects.requireNonNull(jdbc.queryForObject(sql, Long.class, parameters));
  }
}
