package dev.muster.web;

import dev.muster.renewal.RenewalOutcome;
import java.util.List;
import org.springframework.ui.Model;

/** What a page shows of moves and renewals before they begin. */
final class Foreseen {

  private Foreseen() {}

  static void show(List<RenewalOutcome> outcomes, Model model) {
    model.addAttribute("outcomes", outcomes);
    model.addAttribute(
        "brokenOff",
        outcomes.stream().anyMatch(one -> one.skipped().containsKey("IN_A_RENEWAL_UNDER_WAY")));
    model.addAttribute(
        "total",
        outcomes.stream()
            .filter(one -> one.status().equals(RenewalOutcome.DUE))
            .mapToLong(RenewalOutcome::devices)
            .sum());
  }
}
