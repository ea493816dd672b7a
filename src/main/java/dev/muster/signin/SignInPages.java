package dev.muster.signin;

import dev.muster.access.Callers;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.MessageSource;
import org.springframework.context.i18n.LocaleContextHolder;
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
  private final MessageSource messages;

  SignInPages(Provider provider, MessageSource messages) {
    this.provider = provider;
    this.messages = messages;
  }

  @GetMapping(SIGNED_OUT)
  String signedOut(Model model) {
    return page(model, "sign-in.signed-out.title", "sign-in.signed-out.sentence", true);
  }

  @GetMapping(FAILED)
  @ResponseStatus(HttpStatus.UNAUTHORIZED)
  String failed(Model model) {
    return page(model, "sign-in.failed.title", "sign-in.failed.sentence", true);
  }

  @GetMapping(TOO_WEAK)
  @ResponseStatus(HttpStatus.FORBIDDEN)
  String tooWeak(Model model) {
    return page(model, "sign-in.too-weak.title", "sign-in.too-weak.sentence", true);
  }

  @GetMapping(SIGNED_IN_AGAIN)
  Object signedInAgain(
      HttpSession session, RedirectAttributes redirect, HttpServletResponse response, Model model) {
    String page = session.getAttribute(PAGE) instanceof String path ? path : "/";
    session.removeAttribute(PAGE);
    if (Callers.current().fresh()) {
      redirect.addFlashAttribute(
          "done", messages.getMessage("sign-in.again.done", null, LocaleContextHolder.getLocale()));
      return new RedirectView(page);
    }
    response.setStatus(HttpStatus.FORBIDDEN.value());
    return page(model, "sign-in.again.title", "sign-in.again.sentence", false);
  }

  @RequestMapping(TOO_OFTEN)
  @ResponseStatus(HttpStatus.TOO_MANY_REQUESTS)
  String tooOften(Model model) {
    return page(model, "sign-in.too-often.title", "sign-in.too-often.sentence", false);
  }

  @RequestMapping(UNAVAILABLE)
  @ResponseStatus(HttpStatus.SERVICE_UNAVAILABLE)
  String unavailable(Model model) {
    return provider.configured()
        ? page(model, "sign-in.unavailable.title", "sign-in.unavailable.sentence", true)
        : page(model, "sign-in.unconfigured.title", "sign-in.unconfigured.sentence", false);
  }

  /**
   * @param title the key of its words, as {@code sentence}
   */
  private static String page(Model model, String title, String sentence, boolean again) {
    model.addAttribute("heading", title); // the layout's own title would hide one of that name
    model.addAttribute("sentence", sentence);
    model.addAttribute("again", again);
    return "sign-in-message";
  }
}
