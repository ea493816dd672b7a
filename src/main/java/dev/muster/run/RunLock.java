package dev.muster.run;

import dev.muster.database.SessionLock;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.job.DefaultJobKeyGenerator;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.listener.JobExecutionListener;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.Assert;

/**
 * At most one process runs a job instance at a time. The lock is an advisory one of a database
 * session, so it ends when its process does, however that ends: no stale lock, and no guess whether
 * a run is alive.
 *
 * <p>The session can be cut under a run that goes on, and then another process gets the lock. So
 * whoever takes it also writes down that it is the holder now, as a number that only grows, and
 * every transaction of a run sees to it first that the number is still its own ({@link #hold}):
 * until it has committed nobody can become the holder, and once somebody did it can't commit.
 */
@Component
public class RunLock implements JobExecutionListener {

  /**
   * A job instance's key, in SQL over {@code batch_job_instance i}: of the job's name too, since a
   * manifest and a list of the same content have the same parameters.
   */
  static final String KEY = "hashtextextended(i.job_name || '/' || i.job_key, 0)";

  /** How often a run looks whether its session is there still; other chunks ask the row alone. */
  private static final long LOOK_NANOS = 1_000_000_000;

  private final SessionLock sessionLock;
  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;
  private final TransactionTemplate ownTransaction;

  /** Of the runs of this process, by their executions. */
  private final Map<Long, Held> running = new ConcurrentHashMap<>();

  /** What a thread took and does its work under; a run's steps may be done by others. */
  private static final ThreadLocal<@Nullable Held> OWN = new ThreadLocal<>();

  RunLock(SessionLock sessionLock, JdbcClient jdbc, PlatformTransactionManager transactions) {
    this.sessionLock = sessionLock;
    this.jdbc = jdbc;
    this.transaction = new TransactionTemplate(transactions);
    this.ownTransaction = new TransactionTemplate(transactions);
    this.ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
  }

  /** Takes the lock of an execution's job instance, unless another process has it. */
  Optional<Held> take(JobExecution execution) {
    return take(execution.getJobInstance().getJobName(), execution.getJobParameters());
  }

  /**
   * Takes the lock of the instance of a job with these identifying parameters, unless another
   * process has it, or is still in a transaction that it began when it had it.
   */
  Optional<Held> take(String job, JobParameters parameters) {
    String key = job + "/" + new DefaultJobKeyGenerator().generateKey(parameters);
    Optional<SessionLock.Held> session = sessionLock.take(key);
    if (session.isEmpty()) {
      return Optional.empty();
    }
    try {
      Held held = new Held(key, becomeHolder(key), session.get());
      OWN.set(held);
      return Optional.of(held);
    } catch (PessimisticLockingFailureException e) {
      session.get().close();
      return Optional.empty();
    } catch (RuntimeException e) {
      session.get().close();
      throw e;
    }
  }

  private long becomeHolder(String key) {
    Long number =
        transaction.execute(
            status -> {
              jdbc.sql("SET LOCAL lock_timeout = '3s'").update();
              return jdbc.sql(
                      """
                      INSERT INTO run_holder AS r (lock_key, holder) VALUES (hashtextextended(?, 0), 1)
                      ON CONFLICT (lock_key) DO UPDATE SET holder = r.holder + 1 RETURNING holder\
                      """)
                  .param(key)
                  .query(Long.class)
                  .single();
            });
    return number == null ? 0 : number;
  }

  /** A run is under the lock that its thread took to start it. */
  @Override
  public void beforeJob(JobExecution execution) {
    Held held = OWN.get();
    if (held != null) {
      held.execution = execution.getId();
      running.put(execution.getId(), held);
    }
  }

  /**
   * Sees to it that this process still holds a run, and that nobody else can before the transaction
   * that is under way has ended. To be called first in every transaction that writes for it.
   *
   * @throws RunTakenOverException when it does not
   */
  public void hold(JobExecution execution) {
    Assert.state(
        TransactionSynchronizationManager.isActualTransactionActive(),
        "No transaction to hold in.");
    Held held = OWN.get();
    if (held == null) {
      held = running.get(execution.getId());
    }
    if (held == null) {
      throw new IllegalStateException(
          "Execution %d is not run under its lock.".formatted(execution.getId()));
    }
    held.hold();
  }

  /**
   * Commits something in a transaction of its own, whatever becomes of the step's, and while this
   * process holds the run.
   *
   * @throws RunTakenOverException when it does not
   */
  public <T> T commit(JobExecution execution, Supplier<T> work) {
    return Objects.requireNonNull(
        ownTransaction.execute(
            status -> {
              hold(execution);
              return work.get();
            }));
  }

  /** As {@link #commit(JobExecution, Supplier)}, where nothing comes of it. */
  public void commit(JobExecution execution, Runnable work) {
    ownTransaction.executeWithoutResult(
        status -> {
          hold(execution);
          work.run();
        });
  }

  Set<Long> led() {
    return Set.copyOf(running.keySet());
  }

  Set<Long> held() {
    return new HashSet<>(jdbc.sql(SessionLock.KEYS_HELD).query(Long.class).list());
  }

  /** Holds the lock until closed. */
  final class Held implements AutoCloseable {

    private final String key;
    private final long number;
    private SessionLock.@Nullable Held session;
    private long lookedAt = System.nanoTime();
    private volatile boolean lost;
    private @Nullable Long execution;

    Held(String key, long number, SessionLock.Held session) {
      this.key = key;
      this.number = number;
      this.session = session;
    }

    /** Whether another process has become the holder since. */
    boolean isLost() {
      return lost;
    }

    /** The execution that began under it, if one did. */
    OptionalLong execution() {
      return execution == null ? OptionalLong.empty() : OptionalLong.of(execution);
    }

    /** As {@link RunLock#hold}, before there is an execution. */
    void hold() {
      look();
      boolean holder =
          jdbc.sql(
                  """
                  SELECT true FROM run_holder
                   WHERE lock_key = hashtextextended(?, 0) AND holder = ? FOR SHARE\
                  """)
              .params(key, number)
              .query(Boolean.class)
              .optional()
              .isPresent();
      if (!holder) {
        lost = true;
        throw new RunTakenOverException();
      }
    }

    /**
     * A session that was cut is replaced, unless another has the lock by now: so others see that
     * the run is alive. What keeps two from committing is the number, not this.
     */
    private synchronized void look() {
      SessionLock.Held current = session;
      if (current != null && System.nanoTime() - lookedAt < LOOK_NANOS) {
        return;
      }
      if (current == null || !current.isHeld()) {
        if (current != null) {
          session = null;
          current.close();
        }
        session = sessionLock.take(key).orElse(null);
      }
      lookedAt = System.nanoTime();
    }

    @Override
    public synchronized void close() {
      OWN.remove();
      if (execution != null) {
        running.remove(execution);
      }
      if (session != null) {
        session.close();
        session = null;
      }
    }
  }
}
