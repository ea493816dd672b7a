package dev.muster.web;

import dev.muster.language.Language;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Objects;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.view.RedirectView;

/** Where one says in which language one reads the pages; it brings back to the page one was at. */
@Page
class LanguagePage {

  private final ReadersLanguage languages;

  LanguagePage(ReadersLanguage languages) {
    this.languages = languages;
  }

  @PostMapping("/language")
  RedirectView choose(
      @RequestParam Language language, HttpServletRequest request, HttpServletResponse response) {
    languages.setLocale(request, response, language.locale());
    // The address as the browser has it, with the context's path
    return new RedirectView(
        Objects.requireNonNullElse(EveryPage.referer(request), request.getContextPath() + "/"));
  }
}
