package dev.muster.api;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.delivery.DeliveredBundles;
import dev.muster.publisher.HubTrouble;
import dev.muster.publisher.Publishers;
import dev.muster.revocation.AppliedLists;
import dev.muster.run.ExecutionSummary;
import dev.muster.watching.Overview;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;

@Api
@Tag(name = "Overview", description = "How things stand.")
class OverviewApi {

  private final Overview overview;
  private final DeliveredBundles bundles;
  private final AppliedLists lists;
  private final Publishers publishers;

  OverviewApi(
      Overview overview, DeliveredBundles bundles, AppliedLists lists, Publishers publishers) {
    this.overview = overview;
    this.bundles = bundles;
    this.lists = lists;
    this.publishers = publishers;
  }

  /**
   * How things stand.
   *
   * @param failed what waits for an operator, newest first
   * @param unfetchedBundles how many bundles nobody has fetched or confirmed for too long
   * @param heldLists how many revocation lists wait for a second person
   * @param hubsInTrouble those with which something is wrong, for who may see hubs
   * @param days the last days, oldest first
   */
  record Now(
      List<Overview.RunningNow> running,
      List<ExecutionSummary> failed,
      Overview.InboxNow inbox,
      long unfetchedBundles,
      long heldLists,
      List<HubTrouble> hubsInTrouble,
      List<Overview.Scheduled> scheduled,
      List<Overview.Day> days,
      Overview.TokensEnding tokensEnding) {}

  @GetMapping("/api/overview")
  @Operation(summary = "What is running, what failed, what waits, and what comes next")
  Now now() {
    return new Now(
        overview.running(),
        overview.failed(),
        overview.inbox(),
        Callers.current().may(Permission.MANIFEST_READ) ? bundles.overdue() : 0,
        Callers.current().may(Permission.LIST_READ) ? lists.held() : 0,
        Callers.current().may(Permission.HUB_READ) ? publishers.inTrouble() : List.of(),
        overview.scheduled(),
        overview.days(),
        overview.tokensEnding());
  }
}
