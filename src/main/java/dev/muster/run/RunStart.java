package dev.muster.run;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobExecutionException;
import org.springframework.batch.core.job.JobInstance;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.launch.JobExecutionAlreadyRunningException;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Starts a job instance, or continues it, while nobody else is at it. */
@Component
public class RunStart {

  static final String INTERRUPTED_CAUSE =
      "The process that ran it ended before it was done. Nothing is lost: a restart continues"
          + " behind the last chunk that was committed.";

  private final JobOperator jobOperator;
  private final JobRepository jobRepository;
  private final RunLock runLock;
  private final OrderlyStop orderlyStop;
  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;
  private final ApplicationEventPublisher events;

  RunStart(
      JobOperator jobOperator,
      JobRepository jobRepository,
      RunLock runLock,
      OrderlyStop orderlyStop,
      JdbcClient jdbc,
      PlatformTransactionManager transactions,
      ApplicationEventPublisher events) {
    this.jobOperator = jobOperator;
    this.jobRepository = jobRepository;
    this.runLock = runLock;
    this.orderlyStop = orderlyStop;
    this.jdbc = jdbc;
    this.transaction = new TransactionTemplate(transactions);
    this.events = events;
  }

  /** The last execution of the run that an arrival began; empty when it began none. */
  public Optional<JobExecution> lastOf(long arrival) {
    return jdbc.sql(
            """
            SELECT max(job_execution_id) FROM batch_job_execution_params
             WHERE parameter_name = 'arrival' AND parameter_value = ?\
            """)
        .param(String.valueOf(arrival))
        .query(Long.class)
        .optional()
        .map(jobRepository::getJobExecution);
  }

  /** As below, of what can't be withdrawn. */
  public JobExecution start(
      Job job, JobParameters parameters, String whatIsSent, String afterAbandon) {
    return start(job, parameters, whatIsSent, afterAbandon, () -> false);
  }

  /**
   * Runs it to its end.
   *
   * @param whatIsSent for sentences: {@code manifest}
   * @param afterAbandon what to do when its last run was abandoned, with its number as {@code %1$d}
   * @param withdrawn whether it is by now, and the same content is another run from then on; asked
   *     while nobody else can withdraw it
   * @throws OperationRefusedException when its last run was abandoned
   */
  public JobExecution start(
      Job job,
      JobParameters parameters,
      String whatIsSent,
      String afterAbandon,
      BooleanSupplier withdrawn) {
    JobExecution before = jobRepository.getLastJobExecution(job.getName(), parameters);
    try (RunLock.Held held =
        runLock
            .take(job.getName(), parameters)
            .orElseThrow(
                () ->
                    new RunUnderWayException(
                        "This %s is being worked on by another process at this moment%s."
                            .formatted(
                                whatIsSent,
                                before == null ? "" : " (execution " + before.getId() + ")")))) {
      JobExecution last = jobRepository.getLastJobExecution(job.getName(), parameters);
      clear(job, parameters, last, held);
      if (last != null && last.getStatus() == BatchStatus.ABANDONED) {
        throw new OperationRefusedException(afterAbandon.formatted(last.getId()));
      }
      if (last != null && withdrawn.getAsBoolean()) {
        throw new RunUnderWayException(
            "This %s was withdrawn in this moment (execution %d). Ask again, and it is a run of its own."
                .formatted(whatIsSent, last.getId()));
      }
      if (last != null && last.getStatus() == BatchStatus.COMPLETED) {
        throw new RunUnderWayException(
            "Another process came to the end of this %s at this moment (execution %d). Ask again, and you get what it came to."
                .formatted(whatIsSent, last.getId()));
      }
      return start(job, parameters, whatIsSent, held);
    }
  }

  private JobExecution start(
      Job job, JobParameters parameters, String whatIsSent, RunLock.Held held) {
    try {
      JobExecution execution = jobOperator.start(job, parameters);
      if (!held.isLost()) {
        return execution;
      }
    } catch (JobExecutionAlreadyRunningException e) {
      // Another has taken it over before it began here.
    } catch (JobExecutionException e) {
      throw new NotRunnableException(
          "This %s can't be run (%s). Look at its executions: if the last one can't be restarted, withdraw it, and send this again."
              .formatted(whatIsSent, e.getMessage()));
    } catch (RuntimeException e) {
      // Its history is the other's, too, and what was to be written there of this one was refused.
      if (!held.isLost()) {
        throw e;
      }
    } finally {
      held.execution().ifPresent(this::ended);
      RunLog.endOfRun();
    }
    throw new RunTakenOverException();
  }

  private void ended(long execution) {
    orderlyStop.ended(execution);
    events.publishEvent(new ExecutionLeft(execution));
  }

  /**
   * Marks what a dead process left as running, and what lost its connection in the middle of a
   * chunk, as failed, so that it can be restarted. Only for who holds the run's lock: so nobody is
   * at any step of any of its executions, whatever their status says.
   *
   * <p>Spring Batch calls it UNKNOWN when a chunk could neither be committed nor rolled back for
   * all it knows, and then refuses to go on, as it does when a step of a run that has ended is
   * STARTED still: a cut session keeps it from writing either. Here the position stands in the
   * chunk's own transaction, so the database knows, whatever became of the connection.
   */
  void recover(JobExecution execution) {
    transaction.executeWithoutResult(
        status -> {
          runLock.hold(execution);
          markFailed(execution.getJobInstanceId());
        });
  }

  /** Partitions first, as whoever takes one does. */
  private void markFailed(long instance) {
    jdbc.sql(
            """
            UPDATE run_part p SET open = false FROM batch_job_execution e
             WHERE p.open AND e.job_execution_id = p.job_execution_id AND e.job_instance_id = ?\
            """)
        .param(instance)
        .update();
    jdbc.sql(
            """
            UPDATE batch_step_execution s
               SET status = 'FAILED', exit_code = 'FAILED', version = s.version + 1,
                   end_time = coalesce(s.end_time, s.last_updated)
              FROM batch_job_execution e
             WHERE e.job_execution_id = s.job_execution_id AND e.job_instance_id = ?
               AND s.status IN ('STARTING', 'STARTED', 'STOPPING', 'UNKNOWN')\
            """)
        .param(instance)
        .update();
    jdbc.sql(
            """
            UPDATE batch_job_execution
               SET status = 'FAILED', exit_code = 'FAILED', exit_message = ?, version = version + 1,
                   end_time = coalesce(end_time, last_updated)
             WHERE job_instance_id = ? AND status IN ('STARTING', 'STARTED', 'STOPPING', 'UNKNOWN')\
            """)
        .params(INTERRUPTED_CAUSE, instance)
        .update();
  }

  /**
   * Clears away what a dead process left. Spring Batch writes an instance and its first execution
   * in two transactions, and refuses to start an instance that a kill in between has left without
   * any.
   */
  void clear(Job job, JobParameters parameters, @Nullable JobExecution last, RunLock.Held held) {
    if (last != null) {
      recover(last);
      return;
    }
    transaction.executeWithoutResult(
        status -> {
          held.hold(); // else it would be the instance of whoever holds the run by now
          @Nullable JobInstance instance = jobRepository.getJobInstance(job.getName(), parameters);
          if (instance != null) {
            jobRepository.deleteJobInstance(instance);
          }
        });
  }
}
