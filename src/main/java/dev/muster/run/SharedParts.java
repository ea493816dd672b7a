package dev.muster.run;

import dev.muster.database.SessionLock;
import dev.muster.home.HostName;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.ExitStatus;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The partitions that a run offers to all instances, and who works on which. As with a run, that is
 * decided by the advisory lock of a database session, and by a number that grows with each worker:
 * every chunk sees to it first that the number is still its own, and that the run is still led by
 * who offered the partition. So whoever was overtaken commits nothing, and a request that is lost,
 * late or doubled is nothing to be afraid of: there is none, whoever is free looks here.
 */
@Component
class SharedParts {

  /** A partition that so many did not come to the end of is given up: it may be what kills them. */
  static final int MOST_WORKERS = 10;

  /** No worker's number. */
  private static final int NOBODY = 0;

  /** How often a worker looks whether its session is there, and the run's leader. */
  private static final long LOOK_NANOS = 1_000_000_000;

  private static final String HELD =
      "WITH held AS MATERIALIZED (SELECT key FROM (%s) AS locks (key))%n"
          .formatted(SessionLock.KEYS_HELD);

  /** The key of a partition's session lock, over {@code run_part p}. */
  private static final String KEY = "hashtextextended('part/' || p.step_execution_id, 0)";

  /** How many partitions of a run are being worked on. */
  private static final String AT_WORK =
      """
      , at_work AS MATERIALIZED (
          SELECT p.job_execution_id AS run, count(*) AS parts
            FROM run_part p JOIN held ON held.key = %s WHERE p.open GROUP BY 1)
      """
          .formatted(KEY);

  /** Its run is under way, and led by who offered it. */
  private static final String TO_BE_DONE =
      """
      p.open AND p.problem IS NULL AND p.worker_number < :most
             AND s.step_execution_id = p.step_execution_id AND s.status <> 'COMPLETED'
             AND e.job_execution_id = p.job_execution_id AND e.status = 'STARTED'
             AND h.lock_key = p.lock_key AND h.holder = p.leader_number\
      """;

  /**
   * First what somebody began and did not end, then what nobody began. What was begun several times
   * may be what ends its workers: it comes last, until a time has passed that grows each time.
   */
  private static final String TURN =
      """
      CASE WHEN p.worker_number = 0 THEN 1
           WHEN p.taken_at <= now() - (p.worker_number - 1) * interval '30 seconds' THEN 0
           ELSE 2 END\
      """;

  private final SessionLock sessionLock;
  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;
  private final String me = HostName.orElse("localhost") + "/" + ProcessHandle.current().pid();

  /** What does a partition, by the name of its step. */
  private final Map<String, Step> workers = new ConcurrentHashMap<>();

  /** What a thread works on. */
  private static final ThreadLocal<@Nullable Claim> CURRENT = new ThreadLocal<>();

  SharedParts(SessionLock sessionLock, JdbcClient jdbc, PlatformTransactionManager transactions) {
    this.sessionLock = sessionLock;
    this.jdbc = jdbc;
    this.transaction = new TransactionTemplate(transactions);
  }

  /** Says what does the partitions of a step. */
  void doneBy(RunStep step, Step worker) {
    workers.put(step.name(), worker);
  }

  Step worker(Claim claim) {
    return Objects.requireNonNull(workers.get(claim.step()), claim.step());
  }

  /** Offers partitions; in the transaction that is under way, in which the run is held. */
  void offer(JobExecution run, Collection<StepExecution> parts) {
    jdbc.sql(
            """
            INSERT INTO run_part (step_execution_id, job_execution_id, lock_key, leader_number)
            SELECT s.step_execution_id, e.job_execution_id, h.lock_key, h.holder
              FROM batch_job_execution e
              JOIN batch_job_instance i USING (job_instance_id)
              JOIN batch_step_execution s USING (job_execution_id)
              JOIN run_holder h ON h.lock_key = %s
             WHERE e.job_execution_id = :run AND s.step_execution_id = ANY (:parts)\
            """
                .formatted(RunLock.KEY))
        .param("run", run.getId())
        .param("parts", ids(parts))
        .update();
  }

  /** Takes them back: nobody begins to work on them any more. */
  void close(Collection<StepExecution> parts) {
    jdbc.sql("UPDATE run_part SET open = false WHERE step_execution_id = ANY (?)")
        .param(ids(parts))
        .update();
  }

  /**
   * Takes a partition that nobody works on, see {@link #TURN}; last what this process began itself:
   * what was in its way may be there still, and not in others'. Of several runs, one of that on
   * which the fewest work.
   *
   * @param run of this execution only; null: of any but these
   * @param ending asked behind each chunk: whether to give it back
   */
  Optional<Claim> take(@Nullable Long run, Set<Long> but, BooleanSupplier ending) {
    List<Offered> offered =
        jdbc.sql(
                HELD
                    + AT_WORK
                    + """
                    SELECT p.step_execution_id, p.job_execution_id, split_part(s.step_name, ':', 1) AS step
                      FROM run_part p, batch_step_execution s, batch_job_execution e, run_holder h
                     WHERE %s
                       AND (:run::bigint IS NULL OR p.job_execution_id = :run::bigint)
                       AND p.job_execution_id <> ALL (:but)
                       AND split_part(s.step_name, ':', 1) = ANY (:steps)
                       AND NOT EXISTS (SELECT FROM held WHERE key = %s)
                       AND EXISTS (SELECT FROM held WHERE key = p.lock_key)
                     ORDER BY p.worker IS NOT DISTINCT FROM :me, %s,
                              coalesce((SELECT parts FROM at_work WHERE run = p.job_execution_id), 0),
                              p.worker_number, p.step_execution_id LIMIT 16\
                    """
                        .formatted(TO_BE_DONE, KEY, TURN))
            .param("most", MOST_WORKERS)
            .param("me", me)
            .param("run", run)
            .param("but", but.toArray(Long[]::new))
            .param("steps", workers.keySet().toArray(String[]::new))
            .query(Offered.class)
            .list();
    for (Offered one : offered) {
      Optional<Claim> claim = take(one, ending);
      if (claim.isPresent()) {
        return claim;
      }
    }
    return Optional.empty();
  }

  private record Offered(long stepExecutionId, long jobExecutionId, String step) {}

  private Optional<Claim> take(Offered offered, BooleanSupplier ending) {
    Optional<SessionLock.Held> session = sessionLock.take(lock(offered.stepExecutionId()));
    if (session.isEmpty()) {
      return Optional.empty();
    }
    Claim claim = null;
    try {
      Integer number =
          transaction.execute(
              status -> {
                int mine = becomeWorker(offered.stepExecutionId());
                if (mine == NOBODY) {
                  status.setRollbackOnly();
                }
                return mine;
              });
      if (number != null && number != NOBODY) {
        claim = new Claim(offered, number, session.get(), ending);
        CURRENT.set(claim);
      }
      return Optional.ofNullable(claim);
    } catch (PessimisticLockingFailureException e) {
      return Optional.empty(); // one that lost its session is still in a transaction
    } finally {
      if (claim == null) {
        session.get().close();
      }
    }
  }

  /** Its number; {@link #NOBODY} when there is nothing to be done any more. */
  private int becomeWorker(long part) {
    jdbc.sql("SET LOCAL lock_timeout = '3s'").update();
    Optional<Integer> number =
        jdbc.sql(
                """
                UPDATE run_part p SET worker_number = p.worker_number + 1, worker = :me, taken_at = now()
                  FROM batch_step_execution s, batch_job_execution e, run_holder h
                 WHERE p.step_execution_id = :part AND %s RETURNING p.worker_number\
                """
                    .formatted(TO_BE_DONE))
            .param("me", me)
            .param("part", part)
            .param("most", MOST_WORKERS)
            .query(Integer.class)
            .optional();
    // It goes on where the last chunk was committed; whoever had it before can't write there now.
    return number.isPresent()
            && jdbc.sql(
                        """
                        UPDATE batch_step_execution
                           SET status = 'STARTING', exit_code = 'EXECUTING', exit_message = '', end_time = NULL,
                               version = version + 1
                         WHERE step_execution_id = ? AND status <> 'COMPLETED'\
                        """)
                    .param(part)
                    .update()
                == 1
        ? number.get()
        : NOBODY;
  }

  /**
   * Sees to it that this thread is still the one that works on a partition, until the transaction
   * that is under way has ended.
   *
   * @return false when it is no partition that was offered
   * @throws RunTakenOverException when another works on it, or leads its run
   */
  boolean hold(StepExecution step) {
    Claim claim = CURRENT.get();
    if (claim == null || claim.id() != step.getId()) {
      return false;
    }
    if (claim.toBeGivenBack()) {
      step.setTerminateOnly(); // behind this chunk
    }
    if (!holds(claim)) {
      throw new RunTakenOverException();
    }
    return true;
  }

  /**
   * Whether this thread worked on a partition that another has by now, or that its leader took
   * back, or whose run another leads; if not, that stays so until the transaction that is under way
   * has ended.
   */
  boolean isLost(StepExecution step) {
    Claim claim = CURRENT.get();
    return claim != null && claim.id() == step.getId() && !holds(claim);
  }

  private boolean holds(Claim claim) {
    return jdbc.sql(
            """
            SELECT true FROM run_part p
              JOIN run_holder h ON h.lock_key = p.lock_key AND h.holder = p.leader_number
             WHERE p.step_execution_id = ? AND p.worker_number = ? AND p.open FOR SHARE\
            """)
        .params(claim.id(), claim.number())
        .query(Boolean.class)
        .optional()
        .isPresent();
  }

  /** Writes down why a partition failed, which ends it; unless another works on it by now. */
  void failed(Claim claim, ExitStatus why) {
    jdbc.sql(
            """
            UPDATE run_part SET problem = ?, exit_code = ?
             WHERE step_execution_id = ? AND worker_number = ? AND open\
            """)
        .params(why.getExitDescription().replace('\0', '\u2400'), why.getExitCode())
        .params(claim.id(), claim.number())
        .update();
  }

  /** How a partition stands. */
  record Standing(
      long stepExecutionId,
      String status,
      int workerNumber,
      @Nullable String problem,
      @Nullable String exitCode,
      boolean held,
      boolean stopping) {

    /** Nobody works on it any more, or will. */
    boolean over() {
      return status.equals("COMPLETED")
          || problem != null
          || (!held && (stopping || workerNumber >= MOST_WORKERS));
    }

    /** Why it failed, if it did. */
    Optional<PartFailedException> failure() {
      if (problem != null) {
        return Optional.of(
            new PartFailedException(
                exitCode == null ? ExitStatus.FAILED.getExitCode() : exitCode, problem));
      }
      return status.equals("COMPLETED") || stopping
          ? Optional.empty()
          : Optional.of(
              new PartFailedException(
                  ExitStatus.FAILED.getExitCode(),
                  "One partition was begun %d times, and each time its process ended or lost the database. The logs of these processes say more; a restart goes on with it."
                      .formatted(workerNumber)));
    }
  }

  List<Standing> standing(Collection<StepExecution> parts) {
    return jdbc.sql(
            HELD
                + """
                SELECT p.step_execution_id, s.status, p.worker_number, p.problem, p.exit_code,
                       EXISTS (SELECT FROM held WHERE key = %s) AS held,
                       e.status <> 'STARTED' AS stopping
                  FROM run_part p
                  JOIN batch_step_execution s USING (step_execution_id)
                  JOIN batch_job_execution e ON e.job_execution_id = p.job_execution_id
                 WHERE p.step_execution_id = ANY (:parts)\
                """
                    .formatted(KEY))
        .param("parts", ids(parts))
        .query(Standing.class)
        .list();
  }

  /** Those of these executions that have ended, however. */
  List<Long> ended(Collection<Long> executions) {
    return jdbc.sql(
            """
            SELECT job_execution_id FROM batch_job_execution
             WHERE job_execution_id = ANY (?) AND status NOT IN ('STARTING', 'STARTED', 'STOPPING')\
            """)
        .param(executions.toArray(Long[]::new))
        .query(Long.class)
        .list();
  }

  /** Writes down what did not come to its end: nobody is at it. */
  void end(List<Standing> parts) {
    for (Standing one : parts) {
      if (!one.status().equals("COMPLETED")) {
        String status = one.failure().isPresent() ? "FAILED" : "STOPPED";
        jdbc.sql(
                """
                UPDATE batch_step_execution
                   SET status = :status, exit_code = :status, version = version + 1,
                       end_time = coalesce(end_time, now() AT TIME ZONE 'UTC')
                 WHERE step_execution_id = :part AND status NOT IN ('COMPLETED', :status)\
                """)
            .param("status", status)
            .param("part", one.stepExecutionId())
            .update();
      }
    }
  }

  private static String lock(long part) {
    return "part/" + part;
  }

  private static Long[] ids(Collection<StepExecution> parts) {
    return parts.stream().map(StepExecution::getId).toArray(Long[]::new);
  }

  /** A partition that this thread works on, until closed. */
  final class Claim implements AutoCloseable {

    private final Offered offered;
    private final int number;
    private final BooleanSupplier ending;
    private SessionLock.@Nullable Held session;
    private long lookedAt = System.nanoTime();

    private Claim(Offered offered, int number, SessionLock.Held session, BooleanSupplier ending) {
      this.offered = offered;
      this.number = number;
      this.session = session;
      this.ending = ending;
    }

    long id() {
      return offered.stepExecutionId();
    }

    long run() {
      return offered.jobExecutionId();
    }

    String step() {
      return offered.step();
    }

    int number() {
      return number;
    }

    boolean mayBeTakenByOthers() {
      return number < MOST_WORKERS;
    }

    /**
     * Whether this process ends, or nobody leads the run: its next leader must not have to wait.
     */
    private boolean toBeGivenBack() {
      if (System.nanoTime() - lookedAt >= LOOK_NANOS) {
        lookedAt = System.nanoTime();
        lookAfterSession();
        return ending.getAsBoolean() || !led();
      }
      return ending.getAsBoolean();
    }

    /** One that was cut is replaced, unless another has the lock; the number decides, not this. */
    private void lookAfterSession() {
      SessionLock.Held current = session;
      if (current == null || !current.isHeld()) {
        session = null;
        if (current != null) {
          current.close();
        }
        session = sessionLock.take(lock(id())).orElse(null);
      }
    }

    private boolean led() {
      return jdbc.sql(
              HELD
                  + """
                  SELECT EXISTS (SELECT FROM run_part p JOIN held ON key = p.lock_key WHERE p.step_execution_id = ?)\
                  """)
          .param(id())
          .query(Boolean.class)
          .single();
    }

    @Override
    public void close() {
      CURRENT.remove();
      if (session != null) {
        session.close();
        session = null;
      }
    }
  }
}
