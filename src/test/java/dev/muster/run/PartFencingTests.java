package dev.muster.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.muster.Await;
import dev.muster.MusterTest;
import dev.muster.database.SessionLock;
import dev.muster.run.RunStep.Counts;
import dev.muster.run.SharedParts.Claim;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobInstance;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.batch.infrastructure.item.ExecutionContext;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionDefinition;

/**
 * Who works on a partition is decided in the database, whoever looks, however often and late; who
 * was overtaken changes nothing. Threads stand for processes.
 */
@MusterTest
class PartFencingTests {

  private static final AtomicLong NUMBER = new AtomicLong(System.nanoTime());
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Autowired private SharedParts parts;
  @Autowired private PartWork work;
  @Autowired private RunLock runLock;
  @Autowired private RunStart runStart;
  @Autowired private HeldHistory heldHistory;
  @Autowired private JobRepository jobRepository;
  @Autowired private OrderlyStop orderlyStop;
  @Autowired private RunLog runLog;
  @Autowired private CauseOfFailure causeOfFailure;
  @Autowired private RunProperties properties;
  @Autowired private SessionLock sessionLock;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private DataSource dataSource;

  private final List<RunLock.Held> led = new ArrayList<>();
  private final ExecutorService processes = Executors.newCachedThreadPool();

  @AfterEach
  void end() throws Exception {
    led.forEach(RunLock.Held::close);
    processes.shutdownNow();
    pool().getHikariPoolMXBean().softEvictConnections();
  }

  @Test
  void howeverManyLookAtOnceAndHoweverLateEachPartitionIsTakenOnce() throws Exception {
    Offered run = offered(3);
    CyclicBarrier together = new CyclicBarrier(8);
    List<Future<Optional<Claim>>> looks = new ArrayList<>();
    for (int process = 0; process < 8; process++) {
      looks.add(
          processes.submit(
              () -> {
                together.await();
                return take(run);
              }));
    }
    List<Claim> claims = new ArrayList<>();
    for (Future<Optional<Claim>> look : looks) {
      look.get().ifPresent(claims::add);
    }
    assertThat(claims).extracting(Claim::id).doesNotHaveDuplicates().isSubsetOf(run.ids());
    for (Optional<Claim> one = take(run); one.isPresent(); one = take(run)) {
      claims.add(one.get()); // those who were second at one may have found no other
    }
    assertThat(claims).extracting(Claim::id).containsExactlyInAnyOrderElementsOf(run.ids());
    assertThat(claims).extracting(Claim::number).containsOnly(1);

    complete(claims.get(0));
    claims.forEach(Claim::close);

    assertThat(take(run).map(Claim::number)).as("was not done").contains(2);
    parts.close(run.steps());
    assertThat(take(run)).as("taken back").isEmpty();
  }

  /** Its session was cut; what Spring Batch writes behind a step comes when another is at it. */
  @Test
  void whoWasOvertakenDoesNotWriteHowFarItHadCome() throws Exception {
    Offered run = offered(1);
    StepExecution step = run.steps().get(0);
    Claim lost = take(run).orElseThrow();
    cut("part/" + step.getId());
    write(step, 10);

    Claim other =
        processes
            .submit(
                () -> {
                  Claim claim = take(run).orElseThrow();
                  write(step.getId(), 20);
                  return claim;
                })
            .get();

    assertThat(other.number()).isEqualTo(2);
    write(step, 10);
    assertThat(offset(step.getId())).isEqualTo(20);
    lost.close();
    other.close();
  }

  /** It can't reach the store, say, and is free again before anybody else. */
  @Test
  void whatAProcessGaveBackOthersTakeFirstAndItselfLast() {
    Offered run = offered(3);
    Claim given = take(run).orElseThrow();
    given.close();

    Claim next = take(run).orElseThrow();
    assertThat(next.id()).isNotEqualTo(given.id());
    next.close();
    jdbc.update(
        "UPDATE run_part SET worker = 'elsewhere/1' WHERE step_execution_id = ?", given.id());
    assertThat(take(run)).get().satisfies(Claim::close).extracting(Claim::id).isEqualTo(given.id());
    parts.close(run.steps());
  }

  @Test
  void whatSeveralDidNotEndComesLastForAWhileAndThenFirst() {
    Offered run = offered(3);
    Claim lost = take(run).orElseThrow();
    lost.close();
    jdbc.update(
        "UPDATE run_part SET worker = 'elsewhere/1', worker_number = 2 WHERE step_execution_id = ?",
        lost.id());

    Claim next = take(run).orElseThrow();
    assertThat(next.id()).isNotEqualTo(lost.id());
    next.close();
    jdbc.update(
        "UPDATE run_part SET taken_at = now() - interval '30 seconds' WHERE step_execution_id = ?",
        lost.id());
    assertThat(take(run)).get().satisfies(Claim::close).extracting(Claim::id).isEqualTo(lost.id());
    parts.close(run.steps());
  }

  /** A connection ends, or its process stands still, between the two writes of a step's end. */
  @Test
  void theEndOfAPartitionIsNotTakenBack() {
    Offered run = offered(2);
    Claim seen = take(run).orElseThrow();
    StepExecution first = Objects.requireNonNull(jobRepository.getStepExecution(seen.id()));
    end(first, BatchStatus.COMPLETED);
    end(first, BatchStatus.UNKNOWN);
    assertThat(status(seen.id())).as("its leader may not have looked yet").isEqualTo("COMPLETED");
    seen.close();

    Claim left = take(run).orElseThrow();
    StepExecution second = Objects.requireNonNull(jobRepository.getStepExecution(left.id()));
    parts.close(run.steps());
    parts.end(parts.standing(run.steps()));
    second.incrementVersion(); // as if it had seen that
    end(second, BatchStatus.COMPLETED);
    assertThat(status(left.id())).as("its leader went on without it").isEqualTo("FAILED");
    left.close();
  }

  private void end(StepExecution step, BatchStatus status) {
    step.setStatus(status);
    heldHistory.of(jobRepository).update(step);
  }

  private String status(long part) {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            "SELECT status FROM batch_step_execution WHERE step_execution_id = ?",
            String.class,
            part));
  }

  /** Numbers of partitions and keys of runs are the same in every database of a server. */
  @Test
  void whatAnotherDatabaseOfTheServerLocksIsNotOurs() throws Exception {
    Offered run = offered(1);
    long part = run.ids().get(0);
    String other = "other_" + NUMBER.incrementAndGet();
    jdbc.execute("CREATE DATABASE " + other);
    try {
      String url = pool().getJdbcUrl().replaceFirst("/[^/?]+(\\?|$)", "/" + other + "$1");
      try (Connection there =
          DriverManager.getConnection(url, pool().getUsername(), pool().getPassword())) {
        there
            .createStatement()
            .execute("SELECT pg_advisory_lock(hashtextextended('part/%d', 0))".formatted(part));

        assertThat(parts.standing(run.steps())).noneMatch(SharedParts.Standing::held);
        assertThat(take(run)).isPresent().get().satisfies(Claim::close);

        led.remove(0).close();
        there
            .createStatement()
            .execute("SELECT pg_advisory_lock(%d)".formatted(key(run.execution())));
        assertThat(runLock.held()).doesNotContain(key(run.execution()));
        assertThat(take(run)).as("nobody leads it").isEmpty();
      }
    } finally {
      jdbc.execute("DROP DATABASE " + other);
    }
  }

  /** The run's next leader closes partitions while somebody is about to take one. */
  @Test
  void whoTakesAPartitionAndWhoTakesTheRunDoNotWaitForEachOther() throws Exception {
    Offered run = offered(1);
    long part = run.ids().get(0);
    try (Connection taker = session()) {
      taker.setAutoCommit(false);
      taker
          .createStatement()
          .execute("UPDATE run_part SET worker_number = 1 WHERE step_execution_id = " + part);
      led.remove(0).close();
      Future<Boolean> leader =
          processes.submit(
              () -> {
                try (RunLock.Held held = runLock.take(run.execution()).orElseThrow()) {
                  runStart.recover(run.execution());
                }
                return true;
              });
      Await.until(
          PATIENCE,
          () ->
              jdbc.queryForObject(
                  """
                  SELECT count(*) FROM pg_stat_activity
                   WHERE wait_event_type = 'Lock' AND query LIKE '%run_part%' AND datname = current_database()\
                  """,
                  Long.class),
          waiting -> waiting > 0);
      taker
          .createStatement()
          .execute(
              "UPDATE batch_step_execution SET version = version + 1 WHERE step_execution_id = "
                  + part);
      taker.commit();

      assertThat(leader.get()).isTrue();
    }
    assertThat(status(part)).isEqualTo("FAILED");
  }

  @Test
  void twoRunsShareWhoIsFree() {
    Offered first = offered(4);
    Offered second = offered(4);
    List<Claim> claims = new ArrayList<>();
    for (int hand = 0; hand < 6; hand++) {
      claims.add(parts.take(null, Set.of(), () -> false).orElseThrow());
    }

    assertThat(claims)
        .extracting(Claim::run)
        .filteredOn(run -> run == first.execution().getId())
        .hasSize(3);
    assertThat(claims)
        .extracting(Claim::run)
        .filteredOn(run -> run == second.execution().getId())
        .hasSize(3);
    claims.forEach(Claim::close);
    parts.close(first.steps());
    parts.close(second.steps());
  }

  /** Those who work on partitions don't need the connection with which their leader looks. */
  @Test
  void aLookThatTheDatabaseDidNotAnswerDoesNotEndTheRun() {
    RunStep tally = RunStep.partitioned("tally-" + NUMBER.incrementAndGet(), "Tally", Counts.ROWS);
    AtomicInteger done = new AtomicInteger();
    AtomicInteger unanswered = new AtomicInteger();
    SharedPartitionHandler handler =
        new SharedPartitionHandler(
            parts,
            work,
            new RunLock(sessionLock, JdbcClient.create(jdbc), new Cut(unanswered, done)),
            jobRepository,
            new SimpleAsyncTaskExecutor("hand-"),
            properties);
    RunSteps steps =
        new RunSteps(
            jobRepository,
            new JdbcTransactionManager(dataSource),
            new SimpleAsyncTaskExecutor("partition-"),
            properties,
            orderlyStop,
            runLog,
            causeOfFailure,
            runLock,
            heldHistory,
            new RunSteps.Sharing(new PartitionProperties(0), () -> true, parts, handler));
    Job job =
        steps.job(
            tally.name(),
            steps.partitioned(
                tally,
                gridSize -> PartitionNumber.upTo(6),
                steps.step(tally, contribution -> done.incrementAndGet()),
                step -> 6));

    JobExecution run =
        runStart.start(
            job,
            new JobParametersBuilder().addString(RunKind.NAME, tally.name()).toJobParameters(),
            "number",
            "%d was abandoned.");

    assertThat(run.getStatus()).isEqualTo(BatchStatus.COMPLETED);
    assertThat(done).hasValue(6);
    assertThat(unanswered).hasPositiveValue();
  }

  /** The session is cut whenever nothing was done yet, but for the first time. */
  private final class Cut extends JdbcTransactionManager {

    private static final long serialVersionUID = 1;

    private final AtomicInteger unanswered;
    private final AtomicInteger done;
    private int begun;

    Cut(AtomicInteger unanswered, AtomicInteger done) {
      super(PartFencingTests.this.dataSource);
      this.unanswered = unanswered;
      this.done = done;
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {
      if (++begun == 2 || (begun > 2 && done.get() == 0)) {
        unanswered.incrementAndGet();
        throw new CannotCreateTransactionException("The connection ended.");
      }
      super.doBegin(transaction, definition);
    }
  }

  /** Partitions of a run that this test leads. */
  private record Offered(JobExecution execution, List<StepExecution> steps) {

    List<Long> ids() {
      return steps.stream().map(StepExecution::getId).toList();
    }
  }

  private Offered offered(int partitions) {
    JobInstance instance =
        jobRepository.createJobInstance("parts-" + NUMBER.incrementAndGet(), new JobParameters());
    JobExecution execution =
        jobRepository.createJobExecution(instance, new JobParameters(), new ExecutionContext());
    execution.setStatus(BatchStatus.STARTED);
    jobRepository.update(execution);
    // Not by a lambda: @SpringBatchTest calls whatever here returns a step execution
    List<StepExecution> steps = new ArrayList<>();
    for (int number = 1; number <= partitions; number++) {
      steps.add(jobRepository.createStepExecution("load:" + number, execution));
    }
    led.add(runLock.take(execution).orElseThrow());
    runLock.commit(execution, () -> parts.offer(execution, steps));
    return new Offered(execution, steps);
  }

  private Optional<Claim> take(Offered run) {
    return parts.take(run.execution().getId(), Set.of(), () -> false);
  }

  private void complete(Claim claim) {
    jdbc.update(
        "UPDATE batch_step_execution SET status = 'COMPLETED' WHERE step_execution_id = ?",
        claim.id());
  }

  private void write(StepExecution step, long offset) {
    step.getExecutionContext().putLong("offset", offset);
    heldHistory.of(jobRepository).updateExecutionContext(step);
  }

  private void write(long part, long offset) {
    write(Objects.requireNonNull(jobRepository.getStepExecution(part)), offset);
  }

  private long offset(long part) {
    return Objects.requireNonNull(jobRepository.getStepExecution(part))
        .getExecutionContext()
        .getLong("offset");
  }

  private long key(JobExecution execution) {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            "SELECT %s FROM batch_job_instance i WHERE job_instance_id = ?".formatted(RunLock.KEY),
            Long.class,
            execution.getJobInstanceId()));
  }

  private void cut(String lock) throws SQLException {
    try (Connection session = session()) {
      session
          .createStatement()
          .execute(
              """
              SELECT pg_terminate_backend(pid, 1000) FROM pg_locks
               WHERE locktype = 'advisory' AND (classid::bigint << 32) | objid::bigint = hashtextextended('%s', 0)\
              """
                  .formatted(lock));
    }
  }

  private Connection session() throws SQLException {
    return DriverManager.getConnection(
        pool().getJdbcUrl(), pool().getUsername(), pool().getPassword());
  }

  private HikariDataSource pool() throws SQLException {
    return dataSource.unwrap(HikariDataSource.class);
  }
}
