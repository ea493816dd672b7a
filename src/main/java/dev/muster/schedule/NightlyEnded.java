package dev.muster.schedule;

import dev.muster.arrival.WaitingLists;
import dev.muster.publisher.HubResult;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/** A nightly run has ended; told in the transaction that records it. */
public record NightlyEnded(NightlyReport report) {

  /** With more, it is too large for the messages of many brokers. */
  private static final int MOST_LISTS = 1_000;

  /**
   * The report, as an event tells it.
   *
   * @param lists so many at most, those first that were not applied
   * @param complete of all lists, also those that are not named
   */
  public record Told(
      int run,
      Instant startedAt,
      Instant endedAt,
      List<WaitingLists.Ended> lists,
      int listsInAll,
      long listsPending,
      long entriesApplied,
      long retiredRemoved,
      List<HubResult> hubs,
      boolean development,
      boolean complete) {

    public Told {
      lists = List.copyOf(lists);
      hubs = List.copyOf(hubs);
    }

    /** The same where senders may read it: of each list what its sender is told. */
    public Told asToSenders() {
      return new Told(
          run,
          startedAt,
          endedAt,
          lists.stream().map(WaitingLists.Ended::asToSender).toList(),
          listsInAll,
          listsPending,
          entriesApplied,
          retiredRemoved,
          hubs,
          development,
          complete);
    }
  }

  /** What is told of it. */
  public Told told() {
    return new Told(
        report.run(),
        report.startedAt(),
        report.endedAt(),
        report.lists().stream()
            .sorted(Comparator.comparing((WaitingLists.Ended list) -> list.state().equals("DONE")))
            .limit(MOST_LISTS)
            .toList(),
        report.lists().size(),
        report.listsPending(),
        report.entriesApplied(),
        report.retiredRemoved(),
        report.hubs(),
        report.development(),
        report.complete());
  }
}
