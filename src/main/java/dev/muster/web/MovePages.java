package dev.muster.web;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.language.Words;
import dev.muster.publisher.Publishers;
import dev.muster.renewal.BackgroundRenewals;
import dev.muster.renewal.ReassignRuns;
import dev.muster.status.FormerHubs.Left;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Devices that go from hub to hub: what would move, and where those that did are not shut out. */
@Page
class MovePages {

  private final ReassignRuns runs;
  private final BackgroundRenewals background;
  private final Publishers publishers;
  private final Words words;

  MovePages(ReassignRuns runs, BackgroundRenewals background, Publishers publishers, Words words) {
    this.runs = runs;
    this.background = background;
    this.publishers = publishers;
    this.words = words;
  }

  @GetMapping("/moves")
  String left(Model model) {
    List<Left> left = runs.left();
    model.addAttribute("left", left);
    model.addAttribute("open", left.stream().anyMatch(one -> one.unconfirmed() > 0));
    return "moves";
  }

  @GetMapping("/hubs/{name}/drain")
  String askDrain(@PathVariable String name, @RequestParam @Nullable String factory, Model model) {
    Callers.mustMay(Permission.HUB_REPAIR);
    return ask(name, Typing.given(factory), model);
  }

  @PostMapping("/hubs/{name}/drain")
  String drain(
      @PathVariable String name,
      @RequestParam String factory,
      @RequestParam(required = false) @Nullable Integer days,
      RedirectAttributes redirect) {
    Callers.mustMay(Permission.HUB_REPAIR);
    String back = listed(name) ? "/hubs/" + name : "/moves";
    return begin(name, Typing.given(factory), days, back, redirect);
  }

  @GetMapping("/moves/rebalance")
  String askRebalance(@RequestParam @Nullable String factory, Model model) {
    return ask(null, Typing.given(factory), model);
  }

  @PostMapping("/moves/rebalance")
  String rebalance(
      @RequestParam String factory,
      @RequestParam(required = false) @Nullable Integer days,
      RedirectAttributes redirect) {
    return begin(null, Typing.given(factory), days, "/moves", redirect);
  }

  private String ask(@Nullable String drained, @Nullable String factory, Model model) {
    Foreseen.show(background.previewMove(drained, factory), model);
    model.addAttribute("drained", drained);
    model.addAttribute("listed", drained != null && listed(drained));
    model.addAttribute("factory", factory);
    return "moves-begin";
  }

  /**
   * Begins it, and shows its first run.
   *
   * @param back where there is none
   */
  private String begin(
      @Nullable String drained,
      @Nullable String factory,
      @Nullable Integer days,
      String back,
      RedirectAttributes redirect) {
    return Foreseen.begin(
        () -> background.move(drained, factory, Typing.days(days)),
        back,
        begun ->
            words.of(
                begun.execution() != null
                    ? "hubs.move.moving"
                    : begun.nothingToDo() ? "hubs.move.nothing" : "hubs.move.counting"),
        redirect);
  }

  @GetMapping("/moves/confirm")
  String askConfirm(@RequestParam @Nullable String factory, Model model) {
    Callers.mustMay(Permission.HUB_REPAIR);
    model.addAttribute("factory", Typing.given(factory));
    return "moves-confirm";
  }

  @PostMapping("/moves/confirm")
  String confirm(@RequestParam String factory, RedirectAttributes redirect) {
    redirect.addFlashAttribute(
        "done", words.of("hubs.moves.closed", runs.confirm(Typing.given(factory))));
    return "redirect:/moves";
  }

  /** One that is not configured any more has a page only while there is something to tell it. */
  private boolean listed(String hub) {
    return publishers.hubs().stream().anyMatch(one -> one.hub().equals(hub));
  }
}
