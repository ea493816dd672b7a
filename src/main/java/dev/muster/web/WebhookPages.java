package dev.muster.web;

import dev.muster.outcome.ToldWebhooks;
import dev.muster.outcome.ToldWebhooks.Told;
import org.jspecify.annotations.Nullable;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Webhooks: how they stand, and what they were told. */
@Page
class WebhookPages {

  private final ToldWebhooks webhooks;

  WebhookPages(ToldWebhooks webhooks) {
    this.webhooks = webhooks;
  }

  @GetMapping("/webhooks")
  String all(
      @RequestParam @Nullable String webhook,
      @RequestParam(defaultValue = "false") boolean open,
      @RequestParam @Nullable Long before,
      Model model) {
    model.addAttribute("webhooks", webhooks.all());
    model.addAttribute(
        "told", Paging.of(webhooks.page(webhook, open, before, Paging.ROWS + 1), Told::id));
    model.addAttribute("webhook", webhook);
    model.addAttribute("open", open);
    model.addAttribute("first", before == null);
    return "webhooks";
  }

  @PostMapping("/webhooks/{delivery:\\d+}/retry")
  String retry(@PathVariable long delivery, RedirectAttributes redirect) {
    if (webhooks.again(delivery)) {
      redirect.addFlashAttribute("done", "It is told again in a moment.");
    } else {
      redirect.addFlashAttribute("problem", "It can't be told again: its webhook is gone.");
    }
    return "redirect:/webhooks";
  }
}
