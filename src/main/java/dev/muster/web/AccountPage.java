package dev.muster.web;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import java.util.Arrays;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;

/** Who one is here, and what one may do. Everybody may see that of themselves. */
@Page
class AccountPage {

  @GetMapping("/account")
  String account(Model model) {
    model.addAttribute(
        "permissions", Arrays.stream(Permission.values()).filter(Callers.current()::may).toList());
    return "account";
  }
}
