package dev.muster.cli;

import dev.muster.publisher.HubResult;
import java.util.List;

/** What is said of hubs that were told something. */
final class HubReport {

  private HubReport() {}

  static void print(List<HubResult> hubs, Output output) {
    for (HubResult hub : hubs) {
      output.line(
          "  hub %-12s  %,d confirmed, %,d pending, %,d failed"
              .formatted(hub.hub(), hub.confirmed(), hub.pending(), hub.failed()));
      if (!hub.complete() && hub.problem() != null) {
        output.lines("    ", hub.problem());
      }
      printReasons(hub.reasons(), output);
    }
  }

  static void printReasons(List<HubResult.Reason> reasons, Output output) {
    for (HubResult.Reason reason : reasons) {
      output.line(
          "    %,d: %s For example %s."
              .formatted(reason.publishers(), reason.problem(), reason.example()));
    }
  }
}
