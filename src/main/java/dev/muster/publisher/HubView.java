package dev.muster.publisher;

import dev.muster.status.HubWork.Trouble;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A hub, and how telling it about publishers stands.
 *
 * @param namespace null: it is not configured any more
 * @param keyName the policy that devices' tokens are signed with
 * @param secondaryKey whether its second key is configured, so that its keys can be rotated
 * @param devices how many came with manifests
 * @param keyInUse which of its two keys tokens are signed with
 * @param toldBy the policy that Muster tells it by, or {@code identity}; null: it can't be told
 * @param cannot why it can't be told, and what to do; null: it can
 * @param confirmed how often it has confirmed something, ever
 * @param pending how many publishers wait for their turn
 * @param failed how many failed, and are tried again
 * @param reasons why they failed, most first
 * @param trouble what is wrong with the hub as a whole; null: nothing
 * @param pausedUntil until when nobody calls it
 */
public record HubView(
    String hub,
    @Nullable String namespace,
    @Nullable String eventHub,
    @Nullable String keyName,
    boolean secondaryKey,
    int weight,
    boolean draining,
    long devices,
    String keyInUse,
    @Nullable String toldBy,
    @Nullable String cannot,
    long confirmed,
    long pending,
    long failed,
    List<HubResult.Reason> reasons,
    @Nullable Trouble trouble,
    @Nullable String problem,
    @Nullable Instant problemAt,
    @Nullable Instant pausedUntil) {

  public HubView {
    reasons = List.copyOf(reasons);
  }
}
