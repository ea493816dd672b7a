package dev.muster.language;

import org.springframework.context.support.ResourceBundleMessageSource;

/** What is said in all languages, without an application. */
public final class Spoken {

  private Spoken() {}

  /** Those of some groups of {@code messages/}. */
  public static Words words(String... groups) {
    ResourceBundleMessageSource messages = new ResourceBundleMessageSource();
    for (String group : groups) {
      messages.addBasenames("messages/" + group);
    }
    messages.setDefaultEncoding("UTF-8");
    messages.setFallbackToSystemLocale(false);
    return new Words(messages);
  }

  /** Those of {@code said/}. */
  public static Sentences sentences() {
    return new Sentences();
  }
}
