package dev.muster.web;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.language.Words;
import dev.muster.outcome.NotificationChoices;
import dev.muster.signin.Sessions;
import java.util.Arrays;
import java.util.UUID;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.SessionAttribute;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/**
 * Who one is here, what one may do and is told by mail, and where one is signed in. Everybody may
 * see that of themselves, and end their sessions; the security officer those of all.
 */
@Page
class AccountPage {

  private final Sessions sessions;
  private final NotificationChoices choices;
  private final Words words;

  AccountPage(Sessions sessions, NotificationChoices choices, Words words) {
    this.sessions = sessions;
    this.choices = choices;
    this.words = words;
  }

  @GetMapping("/account")
  String account(@SessionAttribute(Sessions.ID) UUID current, Model model) {
    model.addAttribute(
        "permissions", Arrays.stream(Permission.values()).filter(Callers.current()::may).toList());
    model.addAttribute("mails", choices.own());
    model.addAttribute("sessions", sessions.own());
    model.addAttribute("here", current);
    return "account";
  }

  @PostMapping("/account/sessions/{id}/end")
  String endOwn(@PathVariable UUID id, RedirectAttributes redirect) {
    sessions.endOwn(id);
    redirect.addFlashAttribute("done", words.of("audit.done.session"));
    return "redirect:/account";
  }

  @PostMapping("/account/sessions/end-others")
  String endOwnOthers(@SessionAttribute(Sessions.ID) UUID current, RedirectAttributes redirect) {
    sessions.endOwnOthers(current);
    redirect.addFlashAttribute("done", words.of("audit.done.others"));
    return "redirect:/account";
  }

  @GetMapping("/sessions")
  String all(@SessionAttribute(Sessions.ID) UUID current, Model model) {
    model.addAttribute("sessions", sessions.all());
    model.addAttribute("here", current);
    return "sessions";
  }

  @PostMapping("/sessions/{id}/end")
  String end(@PathVariable UUID id, RedirectAttributes redirect) {
    sessions.end(id);
    redirect.addFlashAttribute("done", words.of("audit.done.session"));
    return "redirect:/sessions";
  }

  @PostMapping("/sessions/end-all")
  String endAll(@RequestParam String account, RedirectAttributes redirect) {
    sessions.endAll(account);
    redirect.addFlashAttribute("done", words.of("audit.done.account"));
    return "redirect:/sessions";
  }
}
