package dev.muster.watching;

import dev.muster.publisher.HubTrouble;
import dev.muster.run.ExecutionSummary;
import java.util.List;

/**
 * How things stand.
 *
 * @param failed what waits for an operator, newest first
 * @param unfetchedBundles how many bundles nobody has fetched or confirmed for too long
 * @param heldLists how many revocation lists wait for a second person
 * @param hubsInTrouble those with which something is wrong, for who may see hubs
 * @param days the last days, oldest first
 */
public record OverviewNow(
    List<Overview.RunningNow> running,
    List<ExecutionSummary> failed,
    Overview.InboxNow inbox,
    long unfetchedBundles,
    long heldLists,
    List<HubTrouble> hubsInTrouble,
    List<Overview.Scheduled> scheduled,
    List<Overview.Day> days,
    Overview.TokensEnding tokensEnding) {

  public OverviewNow {
    running = List.copyOf(running);
    failed = List.copyOf(failed);
    hubsInTrouble = List.copyOf(hubsInTrouble);
    scheduled = List.copyOf(scheduled);
    days = List.copyOf(days);
  }

  /** How much needs somebody; lists wait for a second person, who is told elsewhere. */
  public long needing() {
    return failed.size() + inbox.failedAlone() + unfetchedBundles + hubsInTrouble.size();
  }
}
