package dev.muster.operations;

import dev.muster.access.Guarded;
import dev.muster.access.NotPermittedException;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.publisher.Reconciliation;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.stereotype.Component;

/**
 * Begins what takes long with hubs, as {@link BackgroundRuns} does with runs. The work is that of
 * {@link KeyRotationRuns} and {@link Reconciliation}, with their entries in the audit.
 */
@Guarded
@Component
public class BackgroundHubs {

  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final KeyRotationRuns rotations;
  private final Reconciliation reconciliation;
  private final BackgroundRuns.Threads threads;

  BackgroundHubs(
      KeyRotationRuns rotations, Reconciliation reconciliation, BackgroundRuns.Threads threads) {
    this.rotations = rotations;
    this.reconciliation = reconciliation;
    this.threads = threads;
  }

  /** How far what was begun came while the caller waited. */
  public enum Far {
    ENDED,
    GOES_ON
  }

  /**
   * Begins a hub's rotation, or goes on with it. Its new key signs as soon as this returns {@link
   * Far#ENDED}, or a moment later.
   *
   * @throws RefusedException when it can't be begun; says why
   */
  @Requires(value = Permission.KEY_ROTATE, readOnly = true)
  public Far rotate(String hub, boolean compromised) {
    CompletableFuture<Far> ended = new CompletableFuture<>();
    threads.begin(
        new CompletableFuture<>(),
        () -> {
          try {
            var unused = rotations.rotate(hub, null, compromised);
            ended.complete(Far.ENDED);
          } catch (RuntimeException e) {
            throw failed(ended, e);
          }
        });
    return far(ended);
  }

  /**
   * Begins to compare a hub's own list of revoked publishers with the registry.
   *
   * @param repair otherwise it only reports
   * @throws RefusedException when it can't be begun; says why
   */
  @Requires(value = Permission.HUB_REPAIR, readOnly = true)
  public Far reconcile(String hub, boolean repair) {
    CompletableFuture<Far> ended = new CompletableFuture<>();
    threads.begin(
        new CompletableFuture<>(),
        () -> {
          try {
            if (reconciliation.run(List.of(hub), repair).isEmpty()) {
              throw new OperationRefusedException(
                  "Another process compares the hubs at this moment.");
            }
            ended.complete(Far.ENDED);
          } catch (RuntimeException e) {
            throw failed(ended, e);
          }
        });
    return far(ended);
  }

  private static RuntimeException failed(CompletableFuture<Far> ended, RuntimeException e) {
    ended.completeExceptionally(e);
    return e;
  }

  private static Far far(CompletableFuture<Far> ended) {
    try {
      return ended.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return Far.GOES_ON;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Far.GOES_ON;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RefusedException refused) {
        throw refused;
      }
      if (e.getCause() instanceof NotPermittedException denied) {
        throw denied;
      }
      throw new IllegalStateException("It did not go well.", e.getCause());
    }
  }
}
