package dev.muster.web;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A language that the pages are in. */
enum Language {
  EN(Locale.ENGLISH, "English"),
  DE(Locale.GERMAN, "Deutsch"),
  FR(Locale.FRENCH, "Français");

  private final Locale locale;
  private final String title;

  Language(Locale locale, String title) {
    this.locale = locale;
    this.title = title;
  }

  Locale locale() {
    return locale;
  }

  /** As {@code lang} and cookies have it. */
  public String tag() {
    return locale.getLanguage();
  }

  /** What those call it who read it. */
  public String title() {
    return title;
  }

  static Optional<Language> of(String tag) {
    return Arrays.stream(values()).filter(one -> one.tag().equals(tag)).findFirst();
  }
}
