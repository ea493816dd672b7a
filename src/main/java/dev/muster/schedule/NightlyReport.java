package dev.muster.schedule;

import dev.muster.arrival.WaitingLists;
import java.time.Instant;
import java.util.List;

/**
 * What a nightly run came to.
 *
 * @param lists the lists that had waited, and how each ended
 * @param listsPending lists that could not be applied now; they are tried again by themselves
 * @param entriesApplied entries of earlier lists whose time had come
 */
public record NightlyReport(
    int run,
    Instant startedAt,
    Instant endedAt,
    List<WaitingLists.Ended> lists,
    long listsPending,
    long entriesApplied) {

  public NightlyReport {
    lists = List.copyOf(lists);
  }

  /** Whether nothing failed and nothing is pending. */
  public boolean complete() {
    return listsPending == 0 && lists.stream().noneMatch(list -> list.state().equals("FAILED"));
  }
}
