package dev.muster.publisher;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What telling a hub came to.
 *
 * @param confirmed how many publishers it confirmed meanwhile, whoever told it
 * @param failed how many failed, and are tried again
 * @param reasons why they failed, most first
 * @param problem what keeps the hub as a whole from being told, and what to do; null: nothing does
 */
public record HubResult(
    String hub,
    long confirmed,
    long pending,
    long failed,
    List<Reason> reasons,
    @Nullable String problem) {

  public HubResult {
    reasons = List.copyOf(reasons);
  }

  /** Publishers that failed for the same reason. */
  public record Reason(String problem, long publishers, UUID example) {}

  /** Whether it has confirmed all there was. */
  public boolean complete() {
    return pending == 0 && failed == 0;
  }
}
