package dev.muster.operations;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.NotPermittedException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.provisioning.OrderlyStop;
import dev.muster.provisioning.RejectLimit;
import dev.muster.provisioning.RunBegan;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Begins what takes long, for those who can't wait for its end: whoever asks hears at once which
 * execution has begun, or why none did. The work itself is that of {@link ManifestRuns}, with its
 * permissions and its entries in the audit, on a thread of its own.
 */
@Guarded
@Component
public class BackgroundRuns {

  /**
   * How many runs one instance does this way side by side. Each takes as many connections to the
   * database as an arrival's, so they are few; operators restart by hand.
   */
  public static final int MOST = 2;

  private static final Duration UNTIL_BEGUN = Duration.ofSeconds(10);

  private final ManifestRuns manifestRuns;
  private final Threads threads;

  BackgroundRuns(ManifestRuns manifestRuns, Threads threads) {
    this.manifestRuns = manifestRuns;
    this.threads = threads;
  }

  /**
   * What was begun.
   *
   * @param execution that now runs, or the one it was asked for when nothing more is known yet
   * @param devices how many devices left the registry; null when the run is no withdrawal, or not
   *     done yet
   */
  public record Begun(long execution, @Nullable Long devices) {}

  /**
   * Begins to continue a run where it stopped.
   *
   * @param maxRejects another limit than before, or null for the same
   * @throws OperationRefusedException when it can't be continued, or this instance is busy
   */
  @Requires(value = Permission.EXECUTION_CONTROL, readOnly = true)
  public Begun restart(long execution, @Nullable RejectLimit maxRejects) {
    CompletableFuture<Begun> begun = new CompletableFuture<>();
    threads.begin(
        begun,
        () -> {
          RunOutcome outcome = manifestRuns.restart(execution, maxRejects);
          begun.complete(new Begun(outcome.execution(), null));
        });
    return answer(begun, execution);
  }

  /**
   * Takes back what a run loaded. Small ones are done when this returns.
   *
   * @throws OperationRefusedException when it can't be withdrawn, or this instance is busy
   */
  @Requires(value = Permission.EXECUTION_CONTROL, readOnly = true)
  public Begun withdraw(long execution) {
    CompletableFuture<Begun> begun = new CompletableFuture<>();
    threads.begin(
        begun, () -> begun.complete(new Begun(execution, manifestRuns.withdraw(execution))));
    return answer(begun, execution);
  }

  private static Begun answer(CompletableFuture<Begun> begun, long execution) {
    try {
      return begun.get(UNTIL_BEGUN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return new Begun(execution, null); // it goes on
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Begun(execution, null);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RefusedException refused) {
        throw refused;
      }
      if (e.getCause() instanceof NotPermittedException denied) {
        throw denied;
      }
      throw new IllegalStateException("It could not be begun.", e.getCause());
    }
  }

  /** The threads; they end with the application, after their runs were asked to stop. */
  @Component
  static class Threads implements SmartLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(BackgroundRuns.class);

    private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(30);

    private static final ThreadLocal<@Nullable CompletableFuture<Begun>> ASKED =
        new ThreadLocal<>();
    private final AtomicInteger number = new AtomicInteger();
    private final ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            0,
            MOST,
            1,
            TimeUnit.MINUTES,
            new SynchronousQueue<>(),
            task -> new Thread(task, "background-run-" + number.incrementAndGet()));
    private volatile boolean running;
    private volatile boolean ending;

    void begin(CompletableFuture<Begun> begun, Work work) {
      Caller caller = Callers.current();
      if (ending) {
        throw new OperationRefusedException(
            "This instance is about to end. Ask again in a moment.");
      }
      try {
        executor.execute(() -> Callers.run(caller, () -> work(begun, work)));
      } catch (RejectedExecutionException e) {
        throw new OperationRefusedException(
            "This instance does %d runs by hand already. Ask again when one of them has ended."
                .formatted(MOST));
      }
    }

    private void work(CompletableFuture<Begun> begun, Work work) {
      ASKED.set(begun);
      try {
        work.run();
      } catch (Exception e) {
        if (!begun.completeExceptionally(e)) {
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

    @EventListener
    void began(RunBegan event) {
      CompletableFuture<Begun> begun = ASKED.get();
      if (begun != null) {
        begun.complete(new Begun(event.execution(), null));
      }
    }

    @Override
    public void start() {
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

    interface Work {
      void run() throws Exception;
    }
  }
}
