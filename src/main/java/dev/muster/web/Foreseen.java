package dev.muster.web;

import dev.muster.access.RefusedException;
import dev.muster.renewal.BackgroundRenewals.Begun;
import dev.muster.renewal.RenewalOutcome;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.ui.Model;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Moves and renewals as pages show them before they begin, and begin them. */
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

  /**
   * Begins what was shown, and leads to its first run.
   *
   * @param back where there is none
   * @param said what is said of it there
   */
  static String begin(
      Supplier<Begun> work,
      String back,
      Function<Begun, String> said,
      RedirectAttributes redirect) {
    Begun begun;
    try {
      begun = work.get();
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
      return "redirect:" + back;
    }
    redirect.addFlashAttribute("done", said.apply(begun));
    if (begun.execution() != null) {
      return "redirect:/executions/" + begun.execution();
    }
    return "redirect:" + (begun.nothingToDo() ? back : "/executions");
  }
}
