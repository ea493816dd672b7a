package dev.muster.run;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.NotPermittedException;
import dev.muster.access.RefusedException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Does what takes long on threads of its own, for those who can't wait for its end. They end with
 * the application, after their runs were asked to stop.
 */
@Component
public class Background implements SmartLifecycle {

  /**
   * How much one instance does this way side by side. A run takes as many connections to the
   * database as an arrival's, so they are few; operators restart by hand.
   */
  public static final int MOST = 2;

  private static final Logger LOG = LoggerFactory.getLogger(Background.class);

  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(30);

  private static final ThreadLocal<@Nullable LongConsumer> ASKED = new ThreadLocal<>();

  private final AtomicInteger number = new AtomicInteger();
  private volatile ThreadPoolExecutor executor = threads();
  private volatile boolean running;
  private volatile boolean ending;

  private ThreadPoolExecutor threads() {
    return new ThreadPoolExecutor(
        0,
        MOST,
        1,
        TimeUnit.MINUTES,
        new SynchronousQueue<>(),
        task -> new Thread(task, "background-" + number.incrementAndGet()));
  }

  /**
   * Begins it, as the caller of this.
   *
   * @param patience how long the caller waits
   * @param begun what to answer as soon as a run has begun, given its execution; null: only the end
   *     is answered
   * @return the answer; empty when it goes on
   */
  public <T> Optional<T> begin(
      Duration patience, @Nullable LongFunction<T> begun, Callable<T> work) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    Caller caller = Callers.current();
    if (ending) {
      throw new OperationRefusedException("This instance is about to end. Ask again in a moment.");
    }
    try {
      executor.execute(() -> Callers.run(caller, () -> work(answer, begun, work)));
    } catch (RejectedExecutionException e) {
      throw new OperationRefusedException(
          "This instance does %d runs by hand already. Ask again when one of them has ended."
              .formatted(MOST));
    }
    try {
      return Optional.of(answer.get(patience.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RefusedException refused) {
        throw refused;
      }
      if (e.getCause() instanceof NotPermittedException denied) {
        throw denied;
      }
      throw new IllegalStateException("It could not be done.", e.getCause());
    }
  }

  private static <T> void work(
      CompletableFuture<T> answer, @Nullable LongFunction<T> begun, Callable<T> work) {
    if (begun != null) {
      ASKED.set(execution -> answer.complete(begun.apply(execution)));
    }
    try {
      answer.complete(work.call());
    } catch (Exception e) {
      if (!answer.completeExceptionally(e)) {
        LOG.warn("background-run=failed", e);
      }
    } finally {
      ASKED.remove();
    }
  }

  /** What began from now on would not be asked to stop. */
  @EventListener(ContextClosedEvent.class)
  void ends() {
    ending = true;
  }

  /** Whether what does one thing after the other here should begin no other. */
  boolean ending() {
    return ending;
  }

  @EventListener
  void began(RunBegan event) {
    LongConsumer asked = ASKED.get();
    if (asked != null) {
      asked.accept(event.execution());
    }
  }

  @Override
  public void start() {
    if (executor.isShutdown()) {
      executor = threads();
    }
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    executor.shutdown();
    try {
      if (!executor.awaitTermination(PATIENCE_AT_THE_END.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("background-run=cut-off");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** After {@link OrderlyStop} has asked the runs to stop, and before what they use ends. */
  @Override
  public int getPhase() {
    return DEFAULT_PHASE - 2;
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
