package dev.muster.arrival;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Looks at a drop, or a table, again and again. A look costs a listing; unlike notices it misses
 * nothing, also on a network drive and after a start.
 */
public final class Sweep implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

  private final String name;
  private final Duration every;
  private final Look look;
  private volatile @Nullable ScheduledExecutorService sweeping;

  @FunctionalInterface
  public interface Look {

    /**
     * Looks once, and ends soon when {@link Sweep#isRunning} is no longer so.
     *
     * @throws IOException when it can't now; that is logged, and the next look comes as planned
     */
    void at(Sweep sweep) throws IOException;
  }

  /**
   * @param every how long to wait between two looks
   */
  public Sweep(String name, Duration every, Look look) {
    this.name = name;
    this.every = every;
    this.look = look;
  }

  @Override
  public void start() {
    ScheduledExecutorService executor =
        Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, name + "-sweep"));
    sweeping = executor;
    ScheduledFuture<?> unused =
        executor.scheduleWithFixedDelay(this::look, 0, every.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void stop() {
    ScheduledExecutorService executor = sweeping;
    if (executor != null) {
      sweeping = null;
      executor.shutdown();
    }
  }

  @Override
  public boolean isRunning() {
    return sweeping != null;
  }

  private void look() {
    try {
      look.at(this);
    } catch (IOException | RuntimeException e) {
      LOG.warn("{}=not-swept {}", name, e.toString());
    }
  }
}
