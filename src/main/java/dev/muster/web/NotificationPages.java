package dev.muster.web;

import dev.muster.access.RefusedException;
import dev.muster.language.Language;
import dev.muster.language.Words;
import dev.muster.outcome.Kind;
import dev.muster.outcome.NotificationChoices;
import dev.muster.outcome.ToldNotifications;
import dev.muster.outcome.ToldNotifications.Told;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Webhooks and mail: how they stand, and what was told. */
@Page
class NotificationPages {

  private final ToldNotifications notifications;
  private final NotificationChoices choices;
  private final Words words;

  NotificationPages(ToldNotifications notifications, NotificationChoices choices, Words words) {
    this.notifications = notifications;
    this.choices = choices;
    this.words = words;
  }

  @GetMapping("/notifications")
  String all(
      @RequestParam @Nullable String channel,
      @RequestParam(defaultValue = "false") boolean open,
      @RequestParam @Nullable Long before,
      Model model) {
    model.addAttribute("channels", notifications.all());
    model.addAttribute("readers", choices.all());
    model.addAttribute(
        "told", Paging.of(notifications.page(channel, open, before, Paging.ROWS + 1), Told::id));
    model.addAttribute("channel", channel);
    model.addAttribute("open", open);
    model.addAttribute("first", before == null);
    return "notifications";
  }

  @PostMapping("/notifications/{notification:\\d+}/retry")
  String retry(@PathVariable long notification, RedirectAttributes redirect) {
    if (notifications.again(notification)) {
      redirect.addFlashAttribute("done", words.of("audit.done.again"));
    } else {
      redirect.addFlashAttribute("problem", words.of("audit.done.not-again"));
    }
    return "redirect:/notifications";
  }

  @PostMapping("/notifications/readers/end")
  String end(@RequestParam String account, RedirectAttributes redirect) {
    choices.end(account);
    redirect.addFlashAttribute("done", words.of("audit.done.no-more-mail"));
    return "redirect:/notifications";
  }

  @PostMapping("/account/notifications")
  String choose(
      @RequestParam(required = false) @Nullable List<Kind> kinds,
      @RequestParam(required = false) @Nullable String address,
      @RequestParam(required = false) @Nullable Language language,
      RedirectAttributes redirect) {
    try {
      choices.choose(kinds == null ? List.of() : kinds, address, language);
      redirect.addFlashAttribute(
          "done", kinds == null ? words.of("audit.done.no-mail") : words.of("audit.done.mail"));
    } catch (RefusedException e) {
      Flash.refused(redirect, e.sentence());
      redirect.addFlashAttribute("typedAddress", address);
      redirect.addFlashAttribute("typedLanguage", language);
      redirect.addFlashAttribute("typedKinds", kinds == null ? List.of() : kinds);
    }
    return "redirect:/account";
  }
}
