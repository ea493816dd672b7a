package dev.muster.language;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A language that pages and mails are in. */
public enum Language {
  EN(Locale.ENGLISH, "English"),
  DE(Locale.GERMAN, "Deutsch"),
  FR(Locale.FRENCH, "Français");

  private final Locale locale;
  private final String title;

  Language(Locale locale, String title) {
    this.locale = locale;
    this.title = title;
  }

  public Locale locale() {
    return locale;
  }

  /** As {@code lang}, cookies and settings have it: {@code de}. */
  @JsonValue
  public String tag() {
    return locale.getLanguage();
  }

  /** What those call it who read it. */
  public String title() {
    return title;
  }

  /** The one of this tag; empty when it is none of them. */
  public static Optional<Language> of(String tag) {
    return Arrays.stream(values()).filter(one -> one.tag().equals(tag)).findFirst();
  }

  /** As people name it to a program: {@code de}. */
  @Override
  public String toString() {
    return tag();
  }
}
