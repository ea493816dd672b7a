package dev.muster.schedule;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.muster.arrival.WaitingLists;
import dev.muster.publisher.HubResult;
import java.time.Instant;
import java.util.List;

/**
 * What a nightly run came to.
 *
 * @param lists the lists that had waited, and how each ended
 * @param listsPending lists that could not be applied now; they are tried again by themselves
 * @param entriesApplied entries of earlier lists whose time had come
 * @param retiredRemoved devices that were retired long enough ago, and whose data was removed
 * @param hubs what the hubs confirmed meanwhile, and what not
 * @param development whether the hubs do not exist
 */
public record NightlyReport(
    int run,
    Instant startedAt,
    Instant endedAt,
    List<WaitingLists.Ended> lists,
    long listsPending,
    long entriesApplied,
    long retiredRemoved,
    List<HubResult> hubs,
    boolean development) {

  public NightlyReport {
    lists = List.copyOf(lists);
    hubs = List.copyOf(hubs);
  }

  /** Whether nothing failed, is held or is pending; at hubs that do not exist, something may. */
  @JsonProperty
  public boolean complete() {
    return listsPending == 0
        && lists.stream()
            .noneMatch(list -> list.state().equals("FAILED") || list.state().equals("HELD"))
        && (development || hubs.stream().allMatch(HubResult::complete));
  }
}
