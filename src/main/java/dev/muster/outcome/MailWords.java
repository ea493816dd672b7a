package dev.muster.outcome;

import dev.muster.language.Language;
import dev.muster.language.Words;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.util.Locale;

/** What mails say, in one language. */
final class MailWords {

  private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);

  private final Words words;

  MailWords(Words words, Language language) {
    this.words = words.in(language);
  }

  /** The text of a key; numbers in it are written as its readers do. */
  String of(String key, Object... parameters) {
    return words.of(key, parameters);
  }

  /** What pages call this state. */
  String state(String code) {
    return words.word("layout.state.", code);
  }

  /** What a setting of a factory's keys, or its value, is called. */
  String ofKeys(String word) {
    return words.word("mail.keys.", word.replaceAll("(\\p{Lu})", "-$1"), word);
  }

  String day(Instant time) {
    return date("mail.time.day", time.atZone(ZoneOffset.UTC));
  }

  /** To the minute. */
  String moment(Instant time) {
    return date("mail.time.moment", time.atZone(ZoneOffset.UTC));
  }

  private String date(String key, ZonedDateTime at) {
    return words.of(
        key,
        at.getDayOfMonth(),
        at.getMonth().getDisplayName(TextStyle.FULL, words.locale()),
        Integer.toString(at.getYear()),
        MINUTE.format(at));
  }
}
