package dev.muster.publisher;

import dev.muster.status.RevokedAtHub;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the hubs' lists of revoked publishers differed from the registry.
 *
 * @param dryRun whether the differences were left as they were
 */
public record ReconciliationReport(
    Instant startedAt, Instant endedAt, boolean dryRun, List<HubReconciled> hubs) {

  public ReconciliationReport {
    hubs = List.copyOf(hubs);
  }

  /**
   * One hub.
   *
   * @param repaired how many it is told of again
   * @param problem why it could not be compared; null: it was
   */
  public record HubReconciled(
      String hub,
      long listed,
      List<RevokedAtHub.Difference> differences,
      long repaired,
      @Nullable String problem) {

    public HubReconciled {
      differences = List.copyOf(differences);
    }
  }

  /** Whether every hub could be compared. */
  public boolean complete() {
    return hubs.stream().allMatch(hub -> hub.problem() == null);
  }
}
