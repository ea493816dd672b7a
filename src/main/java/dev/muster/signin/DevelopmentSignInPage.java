package dev.muster.signin;

import dev.muster.home.MusterHome;
import dev.muster.signin.DevelopmentAccounts.Account;
import java.io.IOException;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Profile;
import org.springframework.core.Ordered;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** Where one signs in with an account for development. */
@Controller
@Profile("dev")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class DevelopmentSignInPage {

  private final MusterHome home;
  private final DevelopmentAccounts accounts;

  DevelopmentSignInPage(MusterHome home) throws IOException {
    this.home = home;
    this.accounts = DevelopmentAccounts.of(home);
  }

  @GetMapping(DevelopmentProvider.SIGN_IN)
  String signIn(@RequestParam(required = false) String error, Model model) {
    model.addAttribute("accounts", accounts.all().stream().map(Account::name).toList());
    model.addAttribute("file", DevelopmentAccounts.file(home));
    model.addAttribute("wrong", error != null);
    return "dev-sign-in";
  }

  @Bean
  static FilterRegistrationBean<LoopbackAddress> loopbackAddress() {
    FilterRegistrationBean<LoopbackAddress> registration =
        new FilterRegistrationBean<>(new LoopbackAddress());
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return registration;
  }
}
