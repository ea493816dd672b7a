package dev.muster.web;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.arrival.WaitingLists;
import dev.muster.language.Words;
import dev.muster.schedule.NightlyRuns;
import dev.muster.schedule.NightlyRuns.Run;
import dev.muster.schedule.NightlyRuns.Standing;
import dev.muster.watching.Overview;
import java.util.Comparator;
import java.util.List;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** The nightly run: what the last ones came to, when the next is due, and doing it now. */
@Page
class NightlyPages {

  private static final int RUNS = 10;

  /** A night may apply thousands; those that need somebody come first. */
  private static final int MOST_LISTS = 100;

  private final NightlyRuns runs;
  private final Overview overview;
  private final Words words;

  NightlyPages(NightlyRuns runs, Overview overview, Words words) {
    this.runs = runs;
    this.overview = overview;
    this.words = words;
  }

  @GetMapping("/nightly")
  String standing(Model model) {
    Standing standing = runs.standing(RUNS);
    Run last =
        standing.runs().stream().filter(run -> run.report() != null).findFirst().orElse(null);
    List<WaitingLists.Ended> lists =
        last == null || last.report() == null ? List.of() : last.report().lists();
    model.addAttribute("standing", standing);
    model.addAttribute("waiting", overview.inbox().nightly());
    model.addAttribute("last", last);
    model.addAttribute(
        "lists",
        lists.stream()
            .sorted(Comparator.comparing((WaitingLists.Ended list) -> list.state().equals("DONE")))
            .limit(MOST_LISTS)
            .toList());
    model.addAttribute("more", Math.max(0, lists.size() - MOST_LISTS));
    return "nightly";
  }

  @GetMapping("/nightly/run")
  String ask(Model model) {
    Callers.mustMay(Permission.SCHEDULE_RUN);
    model.addAttribute("standing", runs.standing(1));
    model.addAttribute("waiting", overview.inbox().nightly());
    return "nightly-run";
  }

  @PostMapping("/nightly/run")
  String run(RedirectAttributes redirect) {
    Callers.mustMay(Permission.SCHEDULE_RUN);
    try {
      redirect.addFlashAttribute(
          "done", words.of(runs.begin() ? "runs.nightly.done" : "runs.nightly.begun"));
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
    }
    return "redirect:/nightly";
  }
}
