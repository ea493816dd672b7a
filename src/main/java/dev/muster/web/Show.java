package dev.muster.web;

import dev.muster.access.Caller;
import dev.muster.language.Language;
import dev.muster.language.RelativeTime;
import dev.muster.language.Sentences;
import dev.muster.language.Words;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.stereotype.Component;

/**
 * How pages write numbers and times, in the reader's language. Times are UTC, as in logs and
 * reports, and written as there; a script on the page turns them into the reader's.
 */
@Component("show")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class Show {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final long KILO = 1000;

  private static final List<String> SIZES =
      List.of(
          "layout.size.bytes",
          "layout.size.kilo",
          "layout.size.mega",
          "layout.size.giga",
          "layout.size.tera");

  private final Clock clock;
  private final Words words;
  private final Sentences sentences;
  private final RelativeTime relativeTime;

  Show(Clock clock, Words words, Sentences sentences, RelativeTime relativeTime) {
    this.clock = clock;
    this.words = words;
    this.sentences = sentences;
    this.relativeTime = relativeTime;
  }

  /** The name of somebody, or what is said where names are not told. */
  public String who(@Nullable String name) {
    return name != null && name.equals(Caller.OPERATOR)
        ? Language.of(words.locale().getLanguage())
            .map(language -> sentences.said(language, name))
            .orElse(name)
        : String.valueOf(name);
  }

  /** 1,234,567. */
  public String number(@Nullable Number number) {
    return number == null
        ? Words.NOTHING
        : String.format(words.locale(), "%,d", number.longValue());
  }

  /** 2026-11-25 16:00:00 UTC. */
  public String time(@Nullable Instant time) {
    return time == null ? Words.NOTHING : TIME.format(time);
  }

  /** "3 minutes ago", "in 2 days". */
  public String ago(@Nullable Instant time) {
    return time == null ? Words.NOTHING : relativeTime.ago(time);
  }

  /** "about 3 minutes left". */
  public String left(long seconds) {
    return relativeTime.left(seconds);
  }

  /** "1.5 s", "3 min 20 s". */
  public String duration(@Nullable Duration duration) {
    if (duration == null) {
      return Words.NOTHING;
    }
    long seconds = duration.toSeconds();
    if (seconds < 60) {
      return words.of("layout.duration.seconds", tenths(duration.toMillis() / 1e3));
    }
    if (seconds < 3600) {
      return words.of("layout.duration.minutes", digits(seconds / 60), digits(seconds % 60));
    }
    return words.of("layout.duration.hours", digits(seconds / 3600), digits(seconds % 3600 / 60));
  }

  /** From one time to another; what has not ended goes on until now. */
  public String between(@Nullable Instant from, @Nullable Instant until) {
    return from == null
        ? Words.NOTHING
        : duration(Duration.between(from, until == null ? clock.instant() : until));
  }

  /** "1.5 MB". */
  public String bytes(@Nullable Number bytes) {
    if (bytes == null) {
      return Words.NOTHING;
    }
    double left = bytes.doubleValue();
    int unit = 0;
    while (left >= KILO && unit < SIZES.size() - 1) {
      left /= KILO;
      unit++;
    }
    return words.of(SIZES.get(unit), unit == 0 ? digits((long) left) : tenths(left));
  }

  /** Whole percent, rounded down, so that 100 means all. */
  public long percent(@Nullable Number part, @Nullable Number whole) {
    return part == null || whole == null || whole.longValue() == 0
        ? 0
        : Math.min(100, part.longValue() * 100 / whole.longValue());
  }

  /** A word of a program's, in the reader's language. */
  public String words(@Nullable Object constant) {
    return words.constant(constant);
  }

  /** What an account is, in words, in the same order always. */
  public String roles(Collection<String> roles) {
    return roles.stream()
        .sorted()
        .map(role -> words.word("audit.role.", role))
        .collect(Collectors.joining(", "));
  }

  /** A device's state. */
  public String state(@Nullable Object state) {
    return words.deviceState(state);
  }

  private String tenths(double number) {
    return String.format(words.locale(), "%.1f", number);
  }

  /** Without what readers put between thousands. */
  private static String digits(long number) {
    return Long.toString(number);
  }
}
