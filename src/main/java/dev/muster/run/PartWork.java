package dev.muster.run;

import dev.muster.database.Outage;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.ExitStatus;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/** Works on partitions, each to its end, as long as there are any. */
@Component
class PartWork {

  private static final Logger LOG = LoggerFactory.getLogger(PartWork.class);

  /** How long whoever is free waits before it looks again. */
  static final Duration POLL = Duration.ofMillis(500);

  /** After trouble of its own, so that whoever has none takes what this one gave back. */
  private static final Duration PAUSE_AFTER_TROUBLE = Duration.ofSeconds(5);

  private final SharedParts parts;
  private final JobRepository jobRepository;
  private final CauseOfFailure causeOfFailure;

  PartWork(SharedParts parts, JobRepository jobRepository, CauseOfFailure causeOfFailure) {
    this.parts = parts;
    this.jobRepository = jobRepository;
    this.causeOfFailure = causeOfFailure;
  }

  /**
   * Takes one after the other. Trouble of this hand's does not end it: whether the database is away
   * for good, whoever leads the run sees.
   *
   * @param over asked before each; true also ends the waiting for one
   * @param next takes one
   */
  void workUntil(BooleanSupplier over, Supplier<Optional<SharedParts.Claim>> next) {
    while (!over.getAsBoolean() && !Thread.currentThread().isInterrupted()) {
      try {
        Optional<SharedParts.Claim> claim = next.get();
        if (claim.isPresent()) {
          run(claim.get());
          continue;
        }
      } catch (DataAccessException | TransactionException e) {
        LOG.warn("parts=database-away {}", e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("parts=trouble", e);
      }
      pause(POLL);
    }
  }

  /**
   * What comes of it stands in the database. A worker that lost its connection or was overtaken
   * says nothing, and then others go on; so does one that can't read or write, which may be its own
   * disk or its own way to the store. The last that may try says why.
   */
  private void run(SharedParts.Claim claim) {
    if (!worked(claim)) {
      pause(PAUSE_AFTER_TROUBLE);
    }
  }

  private static void pause(Duration pause) {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** False when it was given back, and others may do better. */
  private boolean worked(SharedParts.Claim claim) {
    try (claim;
        RunLog.Part said = RunLog.part(claim.run())) {
      StepExecution step = jobRepository.getStepExecution(claim.id());
      if (step == null) {
        return true;
      }
      LOG.info("part=taken part={} worker={}", step.getStepName(), claim.number());
      parts.worker(claim).execute(step);
      LOG.info("part=left part={} status={}", step.getStepName(), step.getStatus());
      if (step.getStatus() != BatchStatus.FAILED
          || step.getFailureExceptions().stream().anyMatch(PartWork::lost)) {
        return true;
      }
      Optional<ExitStatus> why =
          causeOfFailure.of(step.getFailureExceptions(), step.getExitStatus());
      if (claim.mayBeTakenByOthers()
          && step.getFailureExceptions().stream().anyMatch(PartWork::perhapsHereAlone)) {
        LOG.warn(
            "part=given-back part={} worker={} cause={}",
            step.getStepName(),
            claim.number(),
            why.map(ExitStatus::getExitDescription).orElse(""));
        return false;
      }
      why.ifPresent(one -> parts.failed(claim, one));
    } catch (Exception e) {
      LOG.warn("part=lost part={} cause={}", claim.id(), e.toString());
    }
    return true;
  }

  /** Also what stands beside a sentence of ours, see {@code PublicationException}. */
  private static boolean perhapsHereAlone(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException
          || Arrays.stream(cause.getSuppressed()).anyMatch(PartWork::perhapsHereAlone)) {
        return true;
      }
    }
    return false;
  }

  /** Whether another has it by now, or the way to the database is cut; nothing is to be said. */
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
