package dev.muster.run;

import dev.muster.run.SharedParts.Claim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * This instance's hands for partitions of runs that other processes lead. There is nothing that
 * would wake them: they look twice a second, which is nothing beside a step of half a million rows,
 * and can't get lost.
 */
@Component
@ConditionalOnBooleanProperty("muster.instance")
class PartWorkers implements SmartLifecycle {

  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(25);

  private final SharedParts parts;
  private final PartWork work;
  private final RunLock runLock;
  private final RunProperties properties;
  private final ApplicationEventPublisher events;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean running;

  PartWorkers(
      SharedParts parts,
      PartWork work,
      RunLock runLock,
      RunProperties properties,
      ApplicationEventPublisher events) {
    this.parts = parts;
    this.work = work;
    this.runLock = runLock;
    this.properties = properties;
    this.events = events;
  }

  @Override
  public synchronized void start() {
    running = true;
    for (int hand = 1; hand <= properties.workers(); hand++) {
      Thread thread = new Thread(() -> new Hand().work(), "part-" + hand);
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

  /** Does one partition at a time, and says when an execution that it worked on has ended. */
  private final class Hand {

    private final Set<Long> workedOn = new HashSet<>();

    void work() {
      work.workUntil(() -> !running, this::next);
      leave(workedOn);
    }

    private Optional<Claim> next() {
      if (!workedOn.isEmpty()) {
        leave(parts.ended(workedOn));
      }
      Optional<Claim> claim = parts.take(null, runLock.led(), () -> !running);
      claim.map(Claim::run).ifPresent(workedOn::add);
      return claim;
    }

    private void leave(Collection<Long> executions) {
      for (long execution : List.copyOf(executions)) {
        workedOn.remove(execution);
        events.publishEvent(new ExecutionLeft(execution));
      }
    }
  }
}
