package dev.muster.web;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.watching.OverviewNow;
import dev.muster.watching.WholeOverview;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;

/** The start: what is running, what needs somebody, what comes next. */
@Page
class OverviewPages {

  private final WholeOverview overview;

  OverviewPages(WholeOverview overview) {
    this.overview = overview;
  }

  @GetMapping("/")
  String overview(Model model) {
    Caller caller = Callers.current();
    if (!caller.may(Permission.EXECUTION_READ)) {
      return caller.may(Permission.DEVICE_INSTALL) ? "redirect:/technician" : "redirect:/account";
    }
    OverviewNow now = overview.now();
    model.addAttribute("running", now.running());
    model.addAttribute("failed", now.failed());
    model.addAttribute("inbox", now.inbox());
    model.addAttribute("unfetched", now.unfetchedBundles());
    model.addAttribute("held", now.heldLists());
    model.addAttribute("troubled", now.hubsInTrouble());
    model.addAttribute("needing", now.needing());
    model.addAttribute("scheduled", now.scheduled());
    model.addAttribute("chart", DayChart.of(now.days()));
    model.addAttribute("tokens", now.tokensEnding());
    return "overview";
  }
}
