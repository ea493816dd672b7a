package dev.muster.web;

import jakarta.servlet.http.HttpSession;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;

/**
 * Forms that can be sent once: whoever loads the answer again, or goes back and presses the button
 * once more, does nothing. They live in the session, the last few of each.
 */
final class OneTimeForms {

  private static final String ATTRIBUTE = OneTimeForms.class.getName();
  private static final int KEPT = 20;

  private OneTimeForms() {}

  static String begin(HttpSession session) {
    String form = UUID.randomUUID().toString();
    synchronized (OneTimeForms.class) {
      Set<String> forms = forms(session);
      forms.add(form);
      for (Iterator<String> oldest = forms.iterator(); forms.size() > KEPT; ) {
        oldest.next();
        oldest.remove();
      }
      session.setAttribute(ATTRIBUTE, forms);
    }
    return form;
  }

  /** Whether this form has not been sent yet; from now on it has. */
  static boolean take(HttpSession session, String form) {
    synchronized (OneTimeForms.class) {
      Set<String> forms = forms(session);
      boolean there = forms.remove(form);
      session.setAttribute(ATTRIBUTE, forms);
      return there;
    }
  }

  @SuppressWarnings("NonApiType") // the oldest is first
  private static LinkedHashSet<String> forms(HttpSession session) {
    LinkedHashSet<String> forms = new LinkedHashSet<>();
    if (session.getAttribute(ATTRIBUTE) instanceof Set<?> there) {
      there.forEach(form -> forms.add(String.valueOf(form)));
    }
    return forms;
  }
}
