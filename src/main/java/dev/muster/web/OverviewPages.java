package dev.muster.web;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.delivery.DeliveredBundles;
import dev.muster.publisher.Publishers;
import dev.muster.revocation.AppliedLists;
import dev.muster.watching.Overview;
import java.util.List;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;

/** The start: what is running, what needs somebody, what comes next. */
@Page
class OverviewPages {

  private final Overview overview;
  private final DeliveredBundles bundles;
  private final AppliedLists lists;
  private final Publishers publishers;

  OverviewPages(
      Overview overview, DeliveredBundles bundles, AppliedLists lists, Publishers publishers) {
    this.overview = overview;
    this.bundles = bundles;
    this.lists = lists;
    this.publishers = publishers;
  }

  @GetMapping("/")
  String overview(Model model) {
    Caller caller = Callers.current();
    if (!caller.may(Permission.EXECUTION_READ)) {
      return caller.may(Permission.DEVICE_INSTALL) ? "redirect:/technician" : "redirect:/account";
    }
    model.addAttribute("running", overview.running());
    model.addAttribute("failed", overview.failed());
    model.addAttribute("inbox", overview.inbox());
    model.addAttribute("unfetched", bundles.overdue());
    model.addAttribute("held", caller.may(Permission.LIST_READ) ? lists.held() : 0L);
    model.addAttribute(
        "troubled", caller.may(Permission.HUB_READ) ? publishers.inTrouble() : List.of());
    model.addAttribute("scheduled", overview.scheduled());
    model.addAttribute("chart", DayChart.of(overview.days()));
    model.addAttribute("tokens", overview.tokensEnding());
    return "overview";
  }
}
