package dev.muster.web;

import dev.muster.language.Words;
import dev.muster.renewal.BackgroundRenewals;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Devices whose tokens end soon: how many would get new ones, and that they do. */
@Page
class RenewalPages {

  private final BackgroundRenewals background;
  private final Words words;

  RenewalPages(BackgroundRenewals background, Words words) {
    this.background = background;
    this.words = words;
  }

  /**
   * What would be renewed.
   *
   * @param within in so many days their tokens end
   * @param days how many the new ones live
   */
  @GetMapping("/renewals/due")
  String ask(
      @RequestParam(required = false) @Nullable String factory,
      @RequestParam(required = false) @Nullable Integer within,
      @RequestParam(required = false) @Nullable Integer days,
      Model model) {
    String whose = Typing.given(factory);
    Foreseen.show(background.previewDue(whose, Typing.days(within), Typing.days(days)), model);
    model.addAttribute("factory", whose);
    model.addAttribute("within", within);
    model.addAttribute("days", days);
    return "renewals-due";
  }

  /** Begins what was shown, and shows its first run. */
  @PostMapping("/renewals/due")
  String renew(
      @RequestParam String factory,
      @RequestParam(required = false) @Nullable Integer within,
      @RequestParam(required = false) @Nullable Integer days,
      RedirectAttributes redirect) {
    return Foreseen.begin(
        () -> background.renewDue(Typing.given(factory), Typing.days(within), Typing.days(days)),
        "/devices",
        begun ->
            words.of(
                begun.execution() != null
                    ? "devices.due.renewing"
                    : begun.nothingToDo() ? "devices.due.nothing" : "devices.due.counting"),
        redirect);
  }
}
