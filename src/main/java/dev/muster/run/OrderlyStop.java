package dev.muster.run;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.listener.JobExecutionListener;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * When the process is asked to end (Ctrl-C, SIGTERM), its runs stop behind their next chunk first,
 * so that they are STOPPED and not INTERRUPTED. If that takes too long they are cut off, which a
 * restart mends as well.
 */
@Component
class OrderlyStop implements JobExecutionListener, SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(OrderlyStop.class);

  private static final Duration PATIENCE = Duration.ofSeconds(25);

  private final StopRequest stopRequest;
  private final ApplicationEventPublisher events;
  private final Set<Long> running = new HashSet<>();
  private boolean started;
  private boolean stopping;

  OrderlyStop(StopRequest stopRequest, ApplicationEventPublisher events) {
    this.stopRequest = stopRequest;
    this.events = events;
  }

  @Override
  public void beforeJob(JobExecution execution) {
    begins(execution.getId());
    events.publishEvent(new RunBegan(execution.getId()));
  }

  private synchronized void begins(long execution) {
    running.add(execution);
    if (stopping) {
      askToStop(execution);
    }
  }

  @Override
  public void afterJob(JobExecution execution) {
    ended(execution.getId());
  }

  /** Said once more, since Spring Batch does not call listeners when it can't write the end. */
  synchronized void ended(long execution) {
    running.remove(execution);
    notifyAll();
  }

  @Override
  public synchronized void start() {
    started = true;
    stopping = false;
  }

  @Override
  public synchronized void stop() {
    started = false;
    stopping = true;
    running.forEach(this::askToStop);
    awaitTheirEnd();
  }

  private void askToStop(long execution) {
    LOG.info("run=stopping execution={}", execution);
    stopRequest.send(execution);
  }

  private void awaitTheirEnd() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (!running.isEmpty()) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          LOG.warn("run=cut-off executions={}", running);
          return;
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** After whoever starts runs by itself was told to begin none. */
  @Override
  public int getPhase() {
    return DEFAULT_PHASE - 1;
  }

  @Override
  public synchronized boolean isRunning() {
    return started;
  }
}
