package dev.muster.run;

import static dev.muster.AllPermitted.inParallel;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.muster.MusterTest;
import dev.muster.TestDatabase;
import dev.muster.TestFiles;
import dev.muster.TestManifest;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.BundleOpener;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import dev.muster.manifest.RejectLimit;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.provisioning.ProvisionManifestJob;
import dev.muster.registry.Manifests;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobInstance;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.scope.context.ChunkContext;
import org.springframework.batch.core.step.StepContribution;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.core.step.tasklet.Tasklet;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.batch.infrastructure.item.ItemStream;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Two are at one manifest, because the session of a run's lock was cut: what the first one does
 * from then on must come to nothing. Threads stand for processes; what keeps them apart is in the
 * database.
 */
@MusterTest
class FencingTests {

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());

  /** Three here; 200 outside, by {@code -Dmuster.fencing.rounds=200}. */
  private static final int ROUNDS = Integer.getInteger("muster.fencing.rounds", 3);

  private static final String LOCKS =
      "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1)";

  @Autowired private ManifestRuns runs;
  @Autowired private RunControl control;
  @Autowired private RunHistory history;
  @Autowired private LeftContent leftContent;
  @Autowired private RunStart runStart;
  @Autowired private RunLock runLock;
  @Autowired private HeldHistory heldHistory;
  @Autowired private RunSteps.Sharing sharing;
  @Autowired private OrderlyStop orderlyStop;
  @Autowired private RunLog runLog;
  @Autowired private CauseOfFailure causeOfFailure;
  @Autowired private RunProperties properties;
  @Autowired private JobRepository jobRepository;
  @Autowired private AsyncTaskExecutor partitionExecutor;
  @Autowired private Manifests manifests;
  @Autowired private Factories factories;
  @Autowired private MusterHome home;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private DataSource dataSource;
  @Autowired private ApplicationEventMulticaster events;

  @TempDir private Path folder;

  private final AgeIdentity identity = AgeIdentity.generate();
  private String factory = "";

  @BeforeEach
  void newFactory() {
    factory = "fenced-" + SEEDS.incrementAndGet();
    factories.add(new Factory(factory, List.of(identity.recipient()), null));
  }

  @AfterEach
  void leaveNoSessionBehindThatWasCut() throws Exception {
    pool().getHikariPoolMXBean().softEvictConnections();
  }

  @Test
  void whoLostItsLockCommitsNothingAnyMore() throws Exception {
    Path file = TestManifest.seeded(SEEDS.get()).rows(3000).write(folder.resolve("m.csv"));
    RunOutcome other;
    FutureTask<RunOutcome> first;
    try (Paused paused = new Paused(RunBegan.class::isInstance)) {
      first = inParallel(() -> runs.provision(file, factory, null, null));
      paused.await();
      cut(LOCKS);
      other = runs.provision(file, factory, null, null);
      // Paused before it had moved the content to its place, it does so now.
      Path spooled = Files.createDirectories(home.spool().resolve(factory));
      Files.copy(file, spooled.resolve(other.sha256() + "-0.csv"));
      Files.writeString(spooled.resolve(other.sha256() + "-0.csv.found"), "{}");
    }

    assertThatThrownBy(first::get)
        .cause()
        .isInstanceOf(RunUnderWayException.class)
        .hasMessageContaining("was cut, and another process has taken the run over");
    assertThat(other.status()).isEqualTo("COMPLETED");
    assertThat(history.sameRun(other.execution()))
        .extracting(ExecutionSummary::status)
        .containsExactly("FAILED", "COMPLETED");
    assertEachDeviceHasOneToken(3000);
    assertThat(TestFiles.files(home.spool().resolve(factory))).isEmpty();
  }

  @Test
  void whatAKillLeftOfRunsThatAreOverIsSweptOnceItIsOld() throws Exception {
    Path good = TestManifest.seeded(SEEDS.get()).rows(3).write(folder.resolve("good.csv"));
    Path bad =
        TestManifest.seeded(SEEDS.incrementAndGet())
            .rows(1500)
            .row("no-guid")
            .write(folder.resolve("bad.csv"));
    RunOutcome over = runs.provision(good, factory, null, null);
    RunOutcome waits = runs.provision(bad, factory, RejectLimit.valueOf("0.01%"), null);
    assertThat(waits.ending()).isEqualTo(RunOutcome.Ending.UNDECIDED);
    Path spooled = home.spool().resolve(factory);
    List<Path> needed = TestFiles.files(spooled);
    assertThat(needed).as("content, and what was found of it").hasSize(2);
    String left = over.sha256() + "-0.csv";
    for (String file : List.of(left, left + ".found", left + ".found.partial")) {
      Files.copy(good, spooled.resolve(file));
    }

    leftContent.sweep();
    assertThat(TestFiles.files(spooled)).as("a day is given").hasSize(5);
    for (Path file : TestFiles.files(spooled)) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    }
    leftContent.sweep();

    assertThat(TestFiles.files(spooled)).containsExactlyInAnyOrderElementsOf(needed);
    assertThat(control.restart(waits.execution(), RejectLimit.valueOf("1")).status())
        .isEqualTo("COMPLETED");
  }

  @Test
  void whoLostItsLockClearsAwayNothingOfItsSuccessor() throws Exception {
    RunSteps steps = steps(new JdbcTransactionManager(dataSource));
    Job job =
        steps.job("clear", steps.step(ProvisionManifestJob.SETTLE, new Counting(number -> {})));
    JobParameters parameters = parameters();
    try (RunLock.Held lost = runLock.take("clear", parameters).orElseThrow()) {
      cut(LOCKS);
      try (RunLock.Held successor =
          inParallel(() -> runLock.take("clear", parameters).orElseThrow()).get()) {
        JobInstance instance = jobRepository.createJobInstance("clear", parameters);
        JobExecution begun = jobRepository.createJobExecution(instance, parameters, none());

        assertThatThrownBy(() -> runStart.clear(job, parameters, null, lost))
            .isInstanceOf(RunTakenOverException.class);

        assertThat(jobRepository.getLastJobExecution("clear", parameters))
            .extracting(JobExecution::getId)
            .isEqualTo(begun.getId());
        assertThat(successor.isLost()).isFalse();
        jobRepository.deleteJobInstance(instance);
      }
    }
  }

  /** It would be the last one, with the position that the successor had come to by then. */
  @Test
  void whoLostItsLockBeginsNoStepThatOthersWouldContinue() throws Exception {
    jdbc.execute("CREATE TABLE counted (n bigint PRIMARY KEY)");
    try (Paused paused = new Paused(RunBegan.class::isInstance)) {
      FutureTask<BatchStatus> first = inParallel(() -> count(number -> {}));
      paused.await();
      cut(LOCKS);

      BatchStatus successor =
          count(
              number -> {
                if (number == 2) {
                  paused.close();
                  assertThatThrownBy(first::get).cause().isInstanceOf(RunUnderWayException.class);
                } else if (number == 3) {
                  throw new IllegalStateException("as far as it comes");
                }
              });

      assertThat(successor).isEqualTo(BatchStatus.FAILED);
      assertThat(jdbc.queryForList("SELECT n FROM counted ORDER BY n", Long.class))
          .containsExactly(0L, 1L, 2L);
      assertThat(count(number -> {}))
          .as("it goes on where the successor was")
          .isEqualTo(BatchStatus.COMPLETED);
    } finally {
      jdbc.execute("DROP TABLE counted");
    }
  }

  private BatchStatus count(LongConsumer before) {
    RunSteps steps = steps(new JdbcTransactionManager(dataSource));
    Job job = steps.job("count", steps.step(ProvisionManifestJob.SETTLE, new Counting(before)));
    return runStart.start(job, parameters(), "number", "%d was abandoned.").getStatus();
  }

  /** And whoever withdrew it was cut before the run was given up. */
  @Test
  void whatWasWithdrawnAfterSomebodyAskedForItIsNotGoneOnWith() throws Exception {
    TestManifest manifest = TestManifest.seeded(SEEDS.get()).rows(1500);
    Path file = manifest.row("no-guid").write(folder.resolve("m.csv"));
    RunOutcome refused = runs.provision(file, factory, RejectLimit.valueOf("0.01%"), null);
    RejectLimit one = RejectLimit.valueOf("1");
    FutureTask<RunOutcome> late =
        new TransactionTemplate(new JdbcTransactionManager(dataSource))
            .execute(
                status -> {
                  jdbc.execute("LOCK TABLE batch_job_execution IN ACCESS EXCLUSIVE MODE");
                  FutureTask<RunOutcome> asked =
                      inParallel(() -> runs.provision(file, factory, one, null));
                  awaitBlocked();
                  manifests.withdraw(manifest(), Instant.now());
                  return asked;
                });

    assertThatThrownBy(Objects.requireNonNull(late)::get)
        .cause()
        .isInstanceOf(RunUnderWayException.class)
        .hasMessageContaining("was withdrawn in this moment (execution " + refused.execution());

    assertThat(runs.provision(file, factory, one, null).status()).isEqualTo("COMPLETED");
    assertEachDeviceHasOneToken(1500);
    assertNoDeadEnd(0, 0);
  }

  private void awaitBlocked() {
    TestDatabase.await(
        jdbc,
        Duration.ofMinutes(1),
        "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation ="
            + " 'batch_job_execution'::regclass)");
  }

  @Test
  void whatWasWithdrawnMeanwhileIsNotDelivered() throws Exception {
    TestManifest manifest = TestManifest.seeded(SEEDS.get()).rows(1500);
    Path file = manifest.row("no-guid").write(folder.resolve("m.csv"));
    RunOutcome refused = runs.provision(file, factory, RejectLimit.valueOf("0.01%"), null);
    FutureTask<RunOutcome> first;
    try (Paused paused = new Paused(RunBegan.class::isInstance)) {
      first = inParallel(() -> control.restart(refused.execution(), RejectLimit.valueOf("1")));
      paused.await();
      cut(LOCKS);
      assertThat(control.withdraw(refused.execution())).isEqualTo(1500);
    }

    assertThatThrownBy(first::get).cause().isInstanceOf(RunUnderWayException.class);
    assertThat(registered()).isEmpty();
    assertThat(bundles()).isEmpty();
  }

  @Test
  void nobodyTakesARunOverBeforeTheTransactionThatIsUnderWayHasCommitted() throws Exception {
    Path file = TestManifest.seeded(SEEDS.get()).rows(2000).write(folder.resolve("m.csv"));
    FutureTask<RunOutcome> first;
    try (Paused paused = new Paused(FencingTests::loads)) {
      first = inParallel(() -> runs.provision(file, factory, null, null));
      paused.await();
      cut(LOCKS);

      assertThatThrownBy(() -> runs.provision(file, factory, null, null))
          .isInstanceOf(RunUnderWayException.class)
          .hasMessageContaining("worked on by another process");
    }

    assertThat(first.get().status()).as("nobody else has become the holder").isEqualTo("COMPLETED");
    assertEachDeviceHasOneToken(2000);
  }

  @Test
  void whatItsChunkLeftInTheSpoolGoesWithTheTransaction() throws Exception {
    Path file = TestManifest.seeded(SEEDS.get()).rows(20).write(folder.resolve("m.csv"));
    FutureTask<RunOutcome> first;
    try (Paused paused = new Paused(FencingTests::loads)) {
      first = inParallel(() -> runs.provision(file, factory, null, null));
      paused.await();
      cut(LOCKS);
      cut("state = 'idle in transaction'");
      assertThat(runs.provision(file, factory, null, null).status()).isEqualTo("COMPLETED");
      // As one does that was paused between its last statement and this file
      Path left = home.spool().resolve("devices-" + manifest());
      SecretFile.createDirectories(left);
      SecretFile.createNew(left.resolve("2"), "");
    }

    assertThatThrownBy(first::get).hasCauseInstanceOf(RunUnderWayException.class);
    assertThat(home.spool().resolve("devices-" + manifest())).doesNotExist();
    assertEachDeviceHasOneToken(20);
  }

  /** The connection ends while the database commits: it did, and nobody was told. */
  @Test
  void aChunkThatWasCommittedUnheardIsNotDoneTwice() {
    jdbc.execute("CREATE TABLE counted (n bigint PRIMARY KEY)");
    try {
      RunSteps steps = steps(new Deaf(dataSource));
      Job job =
          steps.job("count", steps.step(ProvisionManifestJob.SETTLE, new Counting(number -> {})));
      JobParameters parameters = parameters();

      runStart.start(job, parameters, "number", "%d was abandoned.");
      JobExecution second = runStart.start(job, parameters, "number", "%d was abandoned.");

      assertThat(second.getStatus()).isEqualTo(BatchStatus.COMPLETED);
      assertThat(jdbc.queryForList("SELECT n FROM counted ORDER BY n", Long.class))
          .containsExactly(0L, 1L, 2L, 3L);
    } finally {
      jdbc.execute("DROP TABLE counted");
    }
  }

  /** Spring Batch writes a step's end, its context, and both once more. */
  @Test
  void aRunThatIsCutOffBehindTheEndOfAStepGoesOn() {
    AtomicInteger cuts = new AtomicInteger();
    ProxyFactory cut = new ProxyFactory(jobRepository);
    cut.addAdvice(
        (MethodInterceptor)
            call -> {
              if (call.getMethod().getName().equals("updateExecutionContext")
                  && call.getArguments()[0] instanceof StepExecution step
                  && step.getStatus() == BatchStatus.COMPLETED
                  && cuts.incrementAndGet() == 1) {
                throw new CannotCreateTransactionException("The connection ended.");
              }
              return call.proceed();
            });
    RunSteps steps = steps((JobRepository) cut.getProxy(), new JdbcTransactionManager(dataSource));
    Job job = steps.job("end", steps.step(ProvisionManifestJob.SETTLE, contribution -> {}));

    JobExecution run = runStart.start(job, parameters(), "number", "%d was abandoned.");

    assertThat(cuts).hasPositiveValue();
    assertThat(run.getStatus()).isEqualTo(BatchStatus.COMPLETED);
    assertThat(
            jdbc.queryForList(
                "SELECT status || ' ' || exit_code FROM batch_step_execution WHERE job_execution_id"
                    + " = ?",
                String.class,
                run.getId()))
        .containsExactly("COMPLETED COMPLETED");
  }

  /** PostgreSQL's text can't hold U+0000. */
  @Test
  void aRunThatFailsOverANulHasFailedAndCanBeStartedAgain() {
    RunSteps steps = steps(new JdbcTransactionManager(dataSource));
    Tasklet fails =
        (contribution, context) -> {
          throw new IllegalArgumentException("no serial number: 7\0A");
        };
    Job job = steps.job("quote", steps.step(ProvisionManifestJob.SETTLE, fails));
    JobParameters parameters = parameters();

    for (int i = 0; i < 2; i++) {
      JobExecution run = runStart.start(job, parameters, "number", "%d was abandoned.");
      assertThat(jobRepository.getJobExecution(run.getId()))
          .extracting(JobExecution::getStatus)
          .isEqualTo(BatchStatus.FAILED);
      assertThat(run.getExitStatus().getExitDescription()).contains("no serial number: 7\u2400A");
    }
  }

  /** Of this test's own run. */
  private JobParameters parameters() {
    return new JobParametersBuilder().addString(RunKind.NAME, factory).toJobParameters();
  }

  private RunSteps steps(JdbcTransactionManager transactions) {
    return steps(jobRepository, transactions);
  }

  private RunSteps steps(JobRepository history, JdbcTransactionManager transactions) {
    return new RunSteps(
        history,
        transactions,
        partitionExecutor,
        properties,
        orderlyStop,
        runLog,
        causeOfFailure,
        runLock,
        heldHistory,
        sharing);
  }

  /** Cut off in the moment between: the position must not be lost with it. */
  @Test
  void aStepExecutionThatWasOnlyJustCreatedHasThePositionOfTheOneBefore() {
    JobInstance instance = jobRepository.createJobInstance(factory, new JobParameters());
    JobExecution first = jobRepository.createJobExecution(instance, new JobParameters(), none());
    StepExecution loaded = jobRepository.createStepExecution("load:1", first);
    loaded.getExecutionContext().putLong("offset", 4711);
    jobRepository.updateExecutionContext(loaded);
    jobRepository.createStepExecution("load:2", first);
    first.setStatus(BatchStatus.FAILED);
    first.setEndTime(LocalDateTime.now(ZoneOffset.UTC));
    jobRepository.update(first);
    JobExecution second = jobRepository.createJobExecution(instance, new JobParameters(), none());

    jobRepository.createStepExecution("load:1", second);

    assertThat(position(instance, "load:1")).isEqualTo(4711);
    assertThat(position(instance, "load:2")).isZero();
  }

  private static ExecutionContext none() {
    return new ExecutionContext();
  }

  private long position(JobInstance instance, String step) {
    StepExecution last = Objects.requireNonNull(jobRepository.getLastStepExecution(instance, step));
    return last.getExecutionContext().getLong("offset", 0);
  }

  /** One number a chunk. */
  private final class Counting implements Tasklet, ItemStream {

    private final LongConsumer before;
    private long next;

    /**
     * @param before what is done first, in the chunk of this number
     */
    Counting(LongConsumer before) {
      this.before = before;
    }

    @Override
    public void open(ExecutionContext context) {
      next = context.getLong("next", 0);
    }

    @Override
    public RepeatStatus execute(StepContribution contribution, ChunkContext context) {
      before.accept(next);
      jdbc.update("INSERT INTO counted VALUES (?)", next);
      return RepeatStatus.continueIf(++next < 4);
    }

    @Override
    public void update(ExecutionContext context) {
      context.putLong("next", next);
    }
  }

  /** Does not hear of its second commit. */
  private static final class Deaf extends JdbcTransactionManager {

    private static final long serialVersionUID = 1;

    private int commits;

    Deaf(DataSource dataSource) {
      super(dataSource);
    }

    @Override
    protected void doCommit(DefaultTransactionStatus status) {
      super.doCommit(status);
      if (++commits == 2) {
        throw new TransactionSystemException("The connection ended.");
      }
    }
  }

  private static boolean loads(Object event) {
    return event instanceof StepProgressed progressed
        && progressed.step().equals(ProvisionManifestJob.LOAD);
  }

  /** Whatever is cut, and whoever comes between: in the end each device was delivered once. */
  @Test
  void twoAreNeverAtOneManifest() throws Exception {
    long seed = Long.getLong("muster.fencing.seed", SEEDS.get());
    for (int round = 0; round < ROUNDS; round++) {
      if (round > 0) {
        newFactory();
      }
      Random random = new Random(seed + round);
      int rows = 1500 + random.nextInt(3000);
      Path file = TestManifest.seeded(SEEDS.get()).rows(rows).write(folder.resolve(round + ".csv"));
      AtomicBoolean over = new AtomicBoolean();
      List<FutureTask<Integer>> processes = new ArrayList<>();
      for (int process = 0; process < 2; process++) {
        Random own = new Random(random.nextLong());
        processes.add(inParallel(() -> work(file, own, over)));
      }
      for (int cuts = 0; cuts < 12; cuts++) {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(80));
        cutSome(random);
      }
      over.set(true);
      for (FutureTask<Integer> process : processes) {
        assertThat(process.get()).as("seed %d, round %d", seed, round).isPositive();
      }
      pool().getHikariPoolMXBean().softEvictConnections();

      RunOutcome outcome = runs.provision(file, factory, null, null);

      assertThat(outcome.done())
          .as("seed %d, round %d: %s%n%s", seed, round, outcome, steps(outcome.execution()))
          .isTrue();
      assertEachDeviceHasOneToken(rows);
      assertNoDeadEnd(seed, round);
    }
  }

  /** What a failure is understood by. */
  private String steps(long execution) {
    return String.join(
        "\n",
        jdbc.queryForList(
            """
            SELECT concat_ws(' ', e.job_execution_id, e.status, s.step_execution_id, s.step_name, s.status, s.create_time::time,
                             s.start_time::time, s.end_time::time, left(c.short_context, 60), left(s.exit_message, 90))
              FROM batch_job_execution e LEFT JOIN batch_step_execution s USING (job_execution_id)
              LEFT JOIN batch_step_execution_context c USING (step_execution_id)
             WHERE e.job_instance_id = (SELECT job_instance_id FROM batch_job_execution WHERE job_execution_id = ?)
             ORDER BY s.create_time\
            """,
            String.class,
            execution));
  }

  /** What a restart of all that failed would still find comes to its end by it. */
  private void assertNoDeadEnd(long seed, int round) throws IOException {
    for (ExecutionSummary run : failed()) {
      try {
        assertThat(control.restart(run.execution(), null).done()).isTrue();
      } catch (RunWithdrawnException e) {
        assertThat(e.sentence()).contains("Nothing is left of it");
      }
    }
    assertThat(failed()).as("seed %d, round %d", seed, round).isEmpty();
  }

  private List<ExecutionSummary> failed() {
    return history.restartable(1000).stream().filter(run -> factory.equals(run.factory())).toList();
  }

  /** Sends, restarts and withdraws, in no order; what is refused or cut is tried again. */
  private int work(Path file, Random random, AtomicBoolean over) throws IOException {
    int tried = 0;
    while (!over.get()) {
      tried++;
      try {
        List<ExecutionSummary> known =
            history.latest(20).stream().filter(run -> factory.equals(run.factory())).toList();
        switch (known.isEmpty() ? 0 : random.nextInt(4)) {
          case 1 -> control.restart(known.get(0).execution(), null);
          case 2 -> control.withdraw(known.get(0).execution());
          default -> runs.provision(file, factory, null, null);
        }
      } catch (OperationRefusedException | DataAccessException | TransactionException e) {
        assertThat(e.getMessage()).doesNotContain("JobExecution:");
      }
    }
    return tried;
  }

  private void cutSome(Random random) throws Exception {
    cut(
        switch (random.nextInt(5)) {
          case 0 -> "state <> 'idle' AND query LIKE 'COPY%'";
          case 1 -> "state = 'idle in transaction'";
          case 2 -> "query ILIKE '%batch_%'";
          case 3 -> "true";
          default -> LOCKS;
        });
  }

  private void cut(String which) throws Exception {
    try (Connection session =
        DriverManager.getConnection(
            pool().getJdbcUrl(), pool().getUsername(), pool().getPassword())) {
      session
          .createStatement()
          .execute(
              """
              SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
               WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()
                 AND %s\
              """
                  .formatted(which));
    }
  }

  private HikariDataSource pool() throws Exception {
    return dataSource.unwrap(HikariDataSource.class);
  }

  private int manifest() {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            "SELECT manifest_id FROM manifest WHERE factory = ?", Integer.class, factory));
  }

  private List<String> registered() {
    return jdbc.queryForList(
        "SELECT device_id::text FROM registry WHERE factory = ? AND state = 'PROVISIONED'",
        String.class,
        factory);
  }

  private List<Path> bundles() throws IOException {
    Path outbox = home.outbox().resolve(factory);
    if (!Files.isDirectory(outbox)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(outbox)) {
      return folders.toList();
    }
  }

  private void assertEachDeviceHasOneToken(int devices) throws IOException {
    assertThat(registered()).hasSize(devices);
    assertThat(bundles()).hasSize(1);
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    try (Stream<Path> parts = Files.list(bundles().get(0))) {
      for (Path part : parts.filter(file -> file.toString().endsWith(".age")).toList()) {
        BundleOpener.open(part, List.of(identity), plain);
      }
    }
    assertThat(
            plain
                .toString(StandardCharsets.US_ASCII)
                .lines()
                .filter(line -> !line.startsWith("device_id"))
                .map(line -> line.substring(0, line.indexOf(',')))
                .toList())
        .containsExactlyInAnyOrderElementsOf(registered());
  }

  /** The first thread that publishes such an event waits there, until this is closed. */
  private final class Paused implements AutoCloseable {

    private final CountDownLatch there = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final AtomicBoolean one = new AtomicBoolean();
    private final ApplicationListener<PayloadApplicationEvent<?>> listener;

    Paused(Predicate<Object> event) {
      listener =
          published -> {
            if (event.test(published.getPayload()) && one.compareAndSet(false, true)) {
              there.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            }
          };
      events.addApplicationListener(listener);
    }

    void await() throws InterruptedException {
      assertThat(there.await(1, TimeUnit.MINUTES)).isTrue();
    }

    @Override
    public void close() {
      goOn.countDown();
      events.removeApplicationListener(listener);
    }
  }
}
