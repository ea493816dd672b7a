package dev.muster.web;

import dev.muster.language.Language;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** What the page says that somebody is led to after a form. */
final class Flash {

  private Flash() {}

  /**
   * It was refused.
   *
   * @param sentence a service's, which is English
   */
  static void refused(RedirectAttributes redirect, String sentence) {
    redirect
        .addFlashAttribute("problem", sentence)
        .addFlashAttribute("problemIn", Language.EN.tag());
  }
}
