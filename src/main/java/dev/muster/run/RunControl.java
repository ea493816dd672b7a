package dev.muster.run;

import dev.muster.access.Audited;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.manifest.RejectLimit;
import java.io.IOException;
import java.time.LocalDateTime;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.ExitStatus;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobExecutionException;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.stereotype.Component;

/** What can be done with a run once it has begun, whatever its kind. */
@Guarded
@Component
public class RunControl {

  private final RunKinds kinds;
  private final RunHistory history;
  private final RunStart runStart;
  private final RunLock runLock;
  private final StopRequest stopRequest;
  private final JobOperator jobOperator;
  private final JobRepository jobRepository;

  RunControl(
      RunKinds kinds,
      RunHistory history,
      RunStart runStart,
      RunLock runLock,
      StopRequest stopRequest,
      JobOperator jobOperator,
      JobRepository jobRepository) {
    this.kinds = kinds;
    this.history = history;
    this.runStart = runStart;
    this.runLock = runLock;
    this.stopRequest = stopRequest;
    this.jobOperator = jobOperator;
    this.jobRepository = jobRepository;
  }

  /**
   * Continues a run where it stopped, also when its process was killed.
   *
   * @param maxRejects another limit of refused rows than before, or null for the same
   * @throws RunWithdrawnException when it was withdrawn; a withdrawal that was broken off is
   *     finished
   */
  @Requires(value = Permission.EXECUTION_CONTROL, audit = "execution.restart", slow = true)
  public RunOutcome restart(
      @Audited("execution") long executionId,
      @Audited("maxRejects") @Nullable RejectLimit maxRejects)
      throws IOException {
    JobExecution execution = get(executionId);
    if (execution.getStatus() == BatchStatus.COMPLETED) {
      throw new OperationRefusedException(
          "Execution %d is completed; there is nothing to restart.".formatted(executionId));
    }
    RunKind kind = kinds.of(execution);
    if (kind.withdrawn(execution)) {
      if (last(execution).getStatus() != BatchStatus.ABANDONED) {
        takeBack(execution, () -> {}); // killed while it was withdrawn
      }
      throw new RunWithdrawnException(executionId, kind.noun());
    }
    return kind.restart(last(execution), maxRejects);
  }

  /**
   * Asks a run to stop at its next chunk; it can be restarted.
   *
   * @return whether it was running; if not, it is now marked as failed and can be restarted
   */
  @Requires(value = Permission.EXECUTION_CONTROL, audit = "execution.stop")
  public boolean stop(@Audited("execution") long executionId) {
    JobExecution execution = get(executionId);
    if (!execution.isRunning()) {
      throw new OperationRefusedException(
          "Execution %d is not running: it is %s.".formatted(executionId, execution.getStatus()));
    }
    Optional<RunLock.Held> lock = runLock.take(execution);
    if (lock.isPresent()) {
      try (RunLock.Held held = lock.get()) {
        runStart.recover(execution);
      }
      return false;
    }
    if (!stopRequest.send(executionId) && execution.getStatus() != BatchStatus.STOPPING) {
      throw new OperationRefusedException(
          "Execution %d ended in this moment.".formatted(executionId));
    }
    return true;
  }

  /**
   * Gives a run up: it can't be restarted any more. Returns what holds now, as a sentence.
   *
   * @throws OperationRefusedException when it was continued, so that a later execution is its last
   *     one; or it runs, or is completed
   */
  @Requires(value = Permission.EXECUTION_CONTROL, audit = "execution.abandon")
  public String abandon(@Audited("execution") long executionId) throws IOException {
    JobExecution execution = get(executionId);
    RunKind kind = kinds.of(execution);
    whileNobodyRuns(
        execution,
        last -> {
          if (last.getId() != executionId) {
            throw new OperationRefusedException(
                RunPreviews.continued(executionId, last.getId())
                    + " "
                    + RunPreviews.instead(last.getId()));
          }
          if (last.getStatus() == BatchStatus.COMPLETED) {
            throw new OperationRefusedException(
                "Execution %d is completed.".formatted(executionId));
          }
          kind.abandon(execution);
          giveUp(execution, null);
        });
    return history.detail(executionId).map(kind::abandoned).orElse("");
  }

  /**
   * Takes back what a run brought to the registry, and gives the run up.
   *
   * @return how many devices left the registry
   * @throws OperationRefusedException when its tokens were delivered, or nothing was loaded
   */
  @Requires(value = Permission.EXECUTION_CONTROL, audit = "execution.withdraw")
  public long withdraw(@Audited("execution") long executionId) throws IOException {
    return takeBack(get(executionId), () -> {});
  }

  /**
   * As above.
   *
   * @param alongside is done in the transaction that takes it back
   */
  @Requires(value = Permission.EXECUTION_CONTROL, audit = "execution.withdraw")
  public long withdraw(@Audited("execution") long executionId, Runnable alongside)
      throws IOException {
    return takeBack(get(executionId), alongside);
  }

  private long takeBack(JobExecution execution, Runnable alongside) throws IOException {
    long[] devices = new long[1];
    whileNobodyRuns(
        execution,
        last -> {
          devices[0] = kinds.of(execution).withdraw(execution, alongside);
          giveUp(last, new ExitStatus(RunOutcome.WITHDRAWN, "Withdrawn by an operator."));
        });
    return devices[0];
  }

  private JobExecution get(long executionId) {
    try {
      JobExecution execution = jobRepository.getJobExecution(executionId);
      if (execution != null) {
        return execution;
      }
    } catch (EmptyResultDataAccessException e) {
      // as Spring Batch tells it
    }
    throw new OperationRefusedException("There is no execution %d.".formatted(executionId));
  }

  private JobExecution last(JobExecution execution) {
    return Objects.requireNonNull(jobRepository.getLastJobExecution(execution.getJobInstance()));
  }

  private void giveUp(JobExecution given, @Nullable ExitStatus exitStatus) {
    JobExecution execution = get(given.getId()); // as it was recovered
    if (exitStatus != null) {
      execution.setExitStatus(exitStatus);
    }
    LocalDateTime ended = execution.getEndTime();
    try {
      jobOperator.abandon(execution);
      if (ended != null) {
        execution.setEndTime(ended); // it has not run until now
        jobRepository.update(execution);
      }
    } catch (JobExecutionException e) {
      throw new OperationRefusedException(
          "Execution %d can't be given up as it stands: it is %s."
              .formatted(execution.getId(), execution.getStatus()));
    }
  }

  private void whileNobodyRuns(JobExecution execution, OnLastExecution action) throws IOException {
    try (RunLock.Held held =
        runLock
            .take(execution)
            .orElseThrow(
                () ->
                    new OperationRefusedException(
                        "Execution %1$d is running. Stop it first."
                            .formatted(last(execution).getId())))) {
      JobExecution last = last(execution); // none can begin from here on
      runStart.recover(last);
      action.on(last);
    }
  }

  private interface OnLastExecution {
    void on(JobExecution last) throws IOException;
  }
}
