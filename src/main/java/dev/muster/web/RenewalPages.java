package dev.muster.web;

import dev.muster.access.RefusedException;
import dev.muster.language.Words;
import dev.muster.renewal.BackgroundRenewals;
import dev.muster.renewal.BackgroundRenewals.Begun;
import java.time.Duration;
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
    String whose = given(factory);
    Foreseen.show(background.previewDue(whose, time(within), time(days)), model);
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
    Begun begun;
    try {
      begun = background.renewDue(given(factory), time(within), time(days));
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
      return "redirect:/devices";
    }
    if (begun.execution() != null) {
      redirect.addFlashAttribute("done", words.of("devices.due.renewing"));
      return "redirect:/executions/" + begun.execution();
    }
    redirect.addFlashAttribute(
        "done", words.of(begun.nothingToDo() ? "devices.due.nothing" : "devices.due.counting"));
    return "redirect:" + (begun.nothingToDo() ? "/devices" : "/executions");
  }

  private static @Nullable Duration time(@Nullable Integer days) {
    return days == null ? null : Duration.ofDays(days);
  }

  private static @Nullable String given(@Nullable String text) {
    return text == null || text.isBlank() ? null : text.strip();
  }
}
