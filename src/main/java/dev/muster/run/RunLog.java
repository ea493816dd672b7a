package dev.muster.run;

import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.listener.JobExecutionListener;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** Two lines a run in the log, and its number and what is run on every line in between. */
@Component
class RunLog implements JobExecutionListener {

  private static final Logger LOG = LoggerFactory.getLogger(RunLog.class);

  private static final String EXECUTION = "execution";
  private static final String MANIFEST = "manifest";

  private final ApplicationEventPublisher events;

  RunLog(ApplicationEventPublisher events) {
    this.events = events;
  }

  @Override
  public void beforeJob(JobExecution execution) {
    JobParameters parameters = execution.getJobParameters();
    MDC.put(EXECUTION, Long.toString(execution.getId()));
    MDC.put(
        MANIFEST, parameters.getString(RunKind.FACTORY) + "/" + parameters.getString(RunKind.NAME));
    LOG.info(
        "run=started job={} sha256={} maxRejects={}",
        execution.getJobInstance().getJobName(),
        parameters.getString(RunKind.SHA256),
        parameters.getString(RunKind.MAX_REJECTS));
  }

  /** Listeners are told in reverse order at the end, so by now the cause of a failure is known. */
  @Override
  public void afterJob(JobExecution execution) {
    LOG.info(
        "run=ended status={} exit={} cause={}",
        execution.getStatus(),
        execution.getExitStatus().getExitCode(),
        execution.getExitStatus().getExitDescription());
    endOfRun();
    JobParameters parameters = execution.getJobParameters();
    events.publishEvent(
        new RunEnded(
            execution.getJobInstance().getJobName(),
            execution.getStatus(),
            parameters.getString(RunKind.FACTORY),
            parameters.getString(RunKind.SHA256),
            duration(execution)));
  }

  /** What this thread logs until that is closed is of a run that may be led elsewhere. */
  static Part part(long execution) {
    MDC.put(EXECUTION, Long.toString(execution));
    return RunLog::endOfRun;
  }

  /** See {@link #part}. */
  interface Part extends AutoCloseable {
    @Override
    void close();
  }

  /** What this thread logs from now on is of no run. */
  static void endOfRun() {
    MDC.remove(EXECUTION);
    MDC.remove(MANIFEST);
  }

  private static Duration duration(JobExecution execution) {
    LocalDateTime began = execution.getStartTime();
    LocalDateTime ended = execution.getEndTime();
    return began == null
        ? Duration.ZERO
        : Duration.between(
            began, ended == null ? LocalDateTime.now(ZoneId.systemDefault()) : ended);
  }
}
