package dev.muster.run;

import dev.muster.run.SharedParts.Claim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * This instance's hands for partitions of runs that other processes lead. There is nothing that
 * would wake them: they look twice a second, which is nothing beside a step of half a million rows,
 * and can't get lost.
 */
@Component
@ConditionalOnBooleanProperty("muster.instance")
class PartWorkers implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(PartWorkers.class);

  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(25);

  private final SharedParts parts;
  private final PartWork work;
  private final RunLock runLock;
  private final RunProperties properties;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean running;

  PartWorkers(SharedParts parts, PartWork work, RunLock runLock, RunProperties properties) {
    this.parts = parts;
    this.work = work;
    this.runLock = runLock;
    this.properties = properties;
  }

  @Override
  public synchronized void start() {
    running = true;
    for (int hand = 1; hand <= properties.workers(); hand++) {
      Thread thread = new Thread(this::loop, "part-" + hand);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
  }

  /** What is under way is given back behind its next chunk. */
  @Override
  public synchronized void stop() {
    running = false;
    long deadline = System.nanoTime() + PATIENCE_AT_THE_END.toNanos();
    try {
      for (Thread thread : threads) {
        thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    threads.clear();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** With the runs, see {@link OrderlyStop}. */
  @Override
  public int getPhase() {
    return DEFAULT_PHASE - 1;
  }

  private void loop() {
    while (running) {
      try {
        Optional<Claim> claim = parts.take(null, runLock.led(), () -> !running);
        if (claim.isPresent()) {
          work.run(claim.get());
          continue;
        }
      } catch (DataAccessException | TransactionException e) {
        LOG.warn("parts=database-away {}", e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("parts=trouble", e);
      }
      try {
        Thread.sleep(SharedPartitionHandler.POLL.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
