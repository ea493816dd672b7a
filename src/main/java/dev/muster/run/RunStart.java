package dev.muster.run;

import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.ExitStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobExecutionException;
import org.springframework.batch.core.job.JobInstance;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.stereotype.Component;

/** Starts a job instance, or continues it, while nobody else is at it. */
@Component
public class RunStart {

  static final String INTERRUPTED_CAUSE =
      "The process that ran it ended before it was done. Nothing is lost: a restart continues"
          + " behind the last chunk that was committed.";

  private final JobOperator jobOperator;
  private final JobRepository jobRepository;
  private final RunLock runLock;

  RunStart(JobOperator jobOperator, JobRepository jobRepository, RunLock runLock) {
    this.jobOperator = jobOperator;
    this.jobRepository = jobRepository;
    this.runLock = runLock;
  }

  /**
   * Runs it to its end.
   *
   * @param whatIsSent for sentences: {@code manifest}
   * @param afterAbandon what to do when its last run was abandoned, with its number as {@code %1$d}
   * @throws RunUnderWayException when another process is at it
   * @throws OperationRefusedException when its last run was abandoned
   */
  public JobExecution start(
      Job job, JobParameters parameters, String whatIsSent, String afterAbandon) {
    JobExecution last = jobRepository.getLastJobExecution(job.getName(), parameters);
    try (RunLock.Held held =
        runLock
            .take(parameters)
            .orElseThrow(
                () ->
                    new RunUnderWayException(
                        "This %s is being worked on by another process at this moment%s."
                            .formatted(
                                whatIsSent,
                                last == null ? "" : " (execution " + last.getId() + ")")))) {
      clear(job, parameters);
      if (last != null && last.getStatus() == BatchStatus.ABANDONED) {
        throw new OperationRefusedException(afterAbandon.formatted(last.getId()));
      }
      return jobOperator.start(job, parameters);
    } catch (JobExecutionException e) {
      throw new OperationRefusedException("The run can't be started: " + e.getMessage());
    }
  }

  /** Marks what a dead process left as running: as failed, so that it can be restarted. */
  void recover(JobExecution execution) {
    execution.setExitStatus(new ExitStatus(ExitStatus.FAILED.getExitCode(), INTERRUPTED_CAUSE));
    jobOperator.recover(execution);
  }

  /**
   * Clears away what a dead process left. Spring Batch writes an instance and its first execution
   * in two transactions, and refuses to start an instance that a kill in between has left without
   * any.
   */
  private void clear(Job job, JobParameters parameters) {
    JobExecution last = jobRepository.getLastJobExecution(job.getName(), parameters);
    if (last != null && last.isRunning()) {
      recover(last);
    }
    @Nullable JobInstance instance = jobRepository.getJobInstance(job.getName(), parameters);
    if (last == null && instance != null) {
      jobRepository.deleteJobInstance(instance);
    }
  }
}
