package dev.muster.watching;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.delivery.DeliveredBundles;
import dev.muster.publisher.Publishers;
import dev.muster.revocation.AppliedLists;
import java.util.List;
import org.springframework.stereotype.Component;

/** The {@link Overview}, with what waits elsewhere for somebody. */
@Guarded
@Component
public class WholeOverview {

  private final Overview overview;
  private final DeliveredBundles bundles;
  private final AppliedLists lists;
  private final Publishers publishers;

  WholeOverview(
      Overview overview, DeliveredBundles bundles, AppliedLists lists, Publishers publishers) {
    this.overview = overview;
    this.bundles = bundles;
    this.lists = lists;
    this.publishers = publishers;
  }

  /** All of it, as far as the caller may see it. */
  @Requires(Permission.EXECUTION_READ)
  public OverviewNow now() {
    Caller caller = Callers.current();
    return new OverviewNow(
        overview.running(),
        overview.failed(),
        overview.inbox(),
        caller.may(Permission.MANIFEST_READ) ? bundles.overdue() : 0,
        caller.may(Permission.LIST_READ) ? lists.held() : 0,
        caller.may(Permission.HUB_READ) ? publishers.inTrouble() : List.of(),
        overview.scheduled(),
        overview.days(),
        overview.tokensEnding());
  }
}
