package dev.muster.run;

import dev.muster.database.Outage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/** Works on a partition that was taken, to its end. */
@Component
class PartWork {

  private static final Logger LOG = LoggerFactory.getLogger(PartWork.class);

  private final SharedParts parts;
  private final JobRepository jobRepository;
  private final CauseOfFailure causeOfFailure;

  PartWork(SharedParts parts, JobRepository jobRepository, CauseOfFailure causeOfFailure) {
    this.parts = parts;
    this.jobRepository = jobRepository;
    this.causeOfFailure = causeOfFailure;
  }

  /**
   * What comes of it stands in the database. A worker that lost its connection or was overtaken
   * says nothing, and then others go on.
   */
  void run(SharedParts.Claim claim) {
    try (claim;
        RunLog.Part said = RunLog.part(claim.run())) {
      StepExecution step = jobRepository.getStepExecution(claim.id());
      if (step == null) {
        return;
      }
      LOG.info("part=taken part={} worker={}", step.getStepName(), claim.number());
      parts.worker(claim).execute(step);
      LOG.info("part=left part={} status={}", step.getStepName(), step.getStatus());
      if (step.getStatus() == BatchStatus.FAILED
          && step.getFailureExceptions().stream().noneMatch(PartWork::lost)) {
        causeOfFailure
            .of(step.getFailureExceptions(), step.getExitStatus())
            .ifPresent(why -> parts.failed(claim, why));
      }
    } catch (Exception e) {
      LOG.warn("part=lost part={} cause={}", claim.id(), e.toString());
    }
  }

  /** Whether the fault is this worker's, or the way's to the database; others may do better. */
  private static boolean lost(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RunTakenOverException
          || cause instanceof TransactionException
          || cause instanceof DataAccessResourceFailureException
          || cause instanceof OptimisticLockingFailureException) {
        return true;
      }
    }
    return Outage.caused(failure);
  }
}
