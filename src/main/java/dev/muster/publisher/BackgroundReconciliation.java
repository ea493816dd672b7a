package dev.muster.publisher;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.run.Background;
import dev.muster.run.OperationRefusedException;
import java.time.Duration;
import java.util.List;
import org.springframework.stereotype.Component;

/** Begins to compare hubs for those who can't wait; {@link Reconciliation} does it. */
@Guarded
@Component
public class BackgroundReconciliation {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Reconciliation reconciliation;
  private final Background background;

  BackgroundReconciliation(Reconciliation reconciliation, Background background) {
    this.reconciliation = reconciliation;
    this.background = background;
  }

  /**
   * Begins to compare a hub's own list of revoked publishers with the registry.
   *
   * @param repair otherwise it only reports
   * @return whether it is done; otherwise it goes on
   */
  @Requires(value = Permission.HUB_REPAIR, readOnly = true)
  public boolean reconcile(String hub, boolean repair) {
    return background
        .begin(
            PATIENCE,
            null,
            () ->
                reconciliation
                    .run(List.of(hub), repair)
                    .orElseThrow(
                        () ->
                            new OperationRefusedException(
                                "Another process compares the hubs at this moment.")))
        .isPresent();
  }
}
