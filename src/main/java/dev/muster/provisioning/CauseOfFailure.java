package dev.muster.provisioning;

import org.springframework.batch.core.ExitStatus;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.listener.JobExecutionListener;
import org.springframework.stereotype.Component;

/**
 * Says in a sentence why a run failed, as the description of the job's exit status. The stack trace
 * stays with the step.
 */
@Component
class CauseOfFailure implements JobExecutionListener {

  @Override
  public void afterJob(JobExecution execution) {
    execution.getAllFailureExceptions().stream()
        .map(CauseOfFailure::root)
        // A partitioned step fails because one of its workers did; that one knows the cause.
        .filter(cause -> !cause.getClass().getName().startsWith("org.springframework.batch"))
        .findFirst()
        .ifPresent(
            cause ->
                execution.setExitStatus(
                    new ExitStatus(execution.getExitStatus().getExitCode(), sentence(cause))));
  }

  private static Throwable root(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static String sentence(Throwable cause) {
    String message = cause.getMessage();
    boolean forPeople =
        cause.getClass().getName().startsWith("dev.muster")
            && message != null
            && !message.isBlank();
    return forPeople || message == null
        ? String.valueOf(message == null ? cause : message)
        : cause.getClass().getSimpleName() + ": " + message;
  }
}
