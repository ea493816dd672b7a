package dev.muster.web;

import dev.muster.outcome.ToldNotifications;
import dev.muster.outcome.ToldNotifications.Told;
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

  NotificationPages(ToldNotifications notifications) {
    this.notifications = notifications;
  }

  @GetMapping("/notifications")
  String all(
      @RequestParam @Nullable String channel,
      @RequestParam(defaultValue = "false") boolean open,
      @RequestParam @Nullable Long before,
      Model model) {
    model.addAttribute("channels", notifications.all());
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
      redirect.addFlashAttribute("done", "It is told again in a moment.");
    } else {
      redirect.addFlashAttribute("problem", "It can't be told again: its channel is configured no more.");
    }
    return "redirect:/notifications";
  }
}
