package dev.muster.run;

import dev.muster.home.DiskSpace;
import dev.muster.home.NotConfiguredException;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.RefusalCode;
import dev.muster.store.ContentGoneException;
import java.util.List;
import java.util.Optional;
import org.springframework.batch.core.ExitStatus;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.listener.JobExecutionListener;
import org.springframework.stereotype.Component;

/**
 * Says in a sentence why a run failed, as the description of the job's exit status, and in its code
 * when a restart can't help. The stack trace stays with the step.
 */
@Component
class CauseOfFailure implements JobExecutionListener {

  private final DiskSpace disks;

  CauseOfFailure(DiskSpace disks) {
    this.disks = disks;
  }

  @Override
  public void afterJob(JobExecution execution) {
    of(execution.getAllFailureExceptions(), execution.getExitStatus())
        .ifPresent(execution::setExitStatus);
  }

  /** The same of a partition. */
  Optional<ExitStatus> of(List<Throwable> failures, ExitStatus otherwise) {
    return failures.stream()
        .map(CauseOfFailure::root)
        // A partitioned step fails because one of its workers did; that one knows the cause.
        .filter(cause -> !cause.getClass().getName().startsWith("org.springframework.batch"))
        .findFirst()
        .map(
            cause ->
                new ExitStatus(
                    exitCode(cause, otherwise.getExitCode()),
                    // Where a partition failed its disks were named already, which may be others.
                    // What a sender is told quotes its file, where anything may stand.
                    cause instanceof RunEndsException || cause instanceof ManifestRefusedException
                        ? String.valueOf(cause.getMessage())
                        : disks.sentence(cause)));
  }

  private static String exitCode(Throwable cause, String otherwise) {
    if (cause instanceof ManifestRefusedException refused) {
      // The factory can be added, and this goes on; of all else the sender is told, and sends
      // again.
      return refused.code() == RefusalCode.UNKNOWN_FACTORY ? otherwise : RunOutcome.REFUSED;
    }
    if (cause instanceof NotConfiguredException) {
      return RunOutcome.NOT_CONFIGURED;
    }
    if (cause instanceof ContentGoneException) {
      return RunOutcome.CONTENT_GONE;
    }
    return cause instanceof RunEndsException ends ? ends.exitCode() : otherwise;
  }

  private static Throwable root(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
