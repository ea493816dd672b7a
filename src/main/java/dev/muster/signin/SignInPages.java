package dev.muster.signin;

import dev.muster.access.Callers;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;
import org.springframework.web.servlet.view.RedirectView;

/** What people see who are not signed in. */
@Controller
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class SignInPages {

  static final String SIGNED_OUT = "/signed-out";
  static final String FAILED = "/sign-in-failed";
  static final String TOO_OFTEN = "/sign-in-too-often";
  static final String UNAVAILABLE = "/sign-in-unavailable";

  /** Where one comes back to from the provider, when one had to sign in again. */
  static final String SIGNED_IN_AGAIN = "/signed-in-again";

  /** Of a session: the path of the page where one had to. */
  static final String PAGE = "muster.again";

  static final String TOO_WEAK = "/sign-in-too-weak";

  private final Provider provider;

  SignInPages(Provider provider) {
    this.provider = provider;
  }

  @GetMapping(SIGNED_OUT)
  String signedOut(Model model) {
    return page(
        model,
        "You are signed out",
        "Your session at Muster has ended. Your organisation's own session may go on; sign out"
            + " there too when others use this device.",
        true);
  }

  @GetMapping(FAILED)
  @ResponseStatus(HttpStatus.UNAUTHORIZED)
  String failed(Model model) {
    return page(
        model,
        "You could not be signed in",
        "The identity provider did not vouch for you, or the attempt took too long. Try again; if"
            + " that does not help, tell your administrator the time of the attempt.",
        true);
  }

  @GetMapping(TOO_WEAK)
  @ResponseStatus(HttpStatus.FORBIDDEN)
  String tooWeak(Model model) {
    return page(
        model,
        "You must sign in with another factor",
        "Your roles want a stronger sign-in than yours was, such as one with a second factor. Set"
            + " it up at your identity provider, or ask your administrator, and sign in with it.",
        true);
  }

  @GetMapping(SIGNED_IN_AGAIN)
  Object signedInAgain(
      HttpSession session, RedirectAttributes redirect, HttpServletResponse response, Model model) {
    String page = session.getAttribute(PAGE) instanceof String path ? path : "/";
    session.removeAttribute(PAGE);
    if (Callers.current().fresh()) {
      redirect.addFlashAttribute("done", "You have signed in again. Now do it once more.");
      return new RedirectView(page);
    }
    response.setStatus(HttpStatus.FORBIDDEN.value());
    return page(
        model,
        "Nobody knows when you signed in",
        "For what you want to do you must have signed in a short while ago, and the identity"
            + " provider does not say that you did (auth_time). Tell your administrator.",
        false);
  }

  @RequestMapping(TOO_OFTEN)
  @ResponseStatus(HttpStatus.TOO_MANY_REQUESTS)
  String tooOften(Model model) {
    return page(
        model,
        "Too many attempts",
        "Somebody at your address has tried to sign in very often. Wait a few minutes, then try"
            + " again.",
        false);
  }

  @RequestMapping(UNAVAILABLE)
  @ResponseStatus(HttpStatus.SERVICE_UNAVAILABLE)
  String unavailable(Model model) {
    return provider.configured()
        ? page(
            model,
            "Nobody can sign in now",
            "The identity provider can't be reached. Manifests and devices are served all the same."
                + " Try again in a minute.",
            true)
        : page(
            model,
            "The console has no sign-in yet",
            "An administrator must set muster.sign-in.issuer and muster.sign-in.client-id. On a"
                + " laptop, start the service with the profile dev: it brings accounts of its own.",
            false);
  }

  private static String page(Model model, String title, String sentence, boolean again) {
    model.addAttribute("title", title);
    model.addAttribute("sentence", sentence);
    model.addAttribute("again", again);
    return "sign-in-message";
  }
}
