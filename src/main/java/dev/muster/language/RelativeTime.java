package dev.muster.language;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.springframework.stereotype.Component;

/** How far off a time is, in the reader's words. */
@Component
public class RelativeTime {

  private static final long SECONDS_A_DAY = Duration.ofDays(1).toSeconds();

  private final Clock clock;
  private final Words words;

  RelativeTime(Clock clock, Words words) {
    this.clock = clock;
    this.words = words;
  }

  /** "3 minutes ago", "in 2 days". */
  public String ago(Instant time) {
    Duration since = Duration.between(time, clock.instant());
    String rough = rough(since.abs());
    return since.isNegative()
        ? words.of("layout.ago.future", rough)
        : words.of("layout.ago.past", rough);
  }

  /** "about 3 minutes left". */
  public String left(long seconds) {
    long minutes = rounded(seconds);
    String rough =
        seconds < 60
            ? counted("layout.ago.seconds", seconds)
            : minutes < 60
                ? counted("layout.ago.minutes", minutes)
                : counted("layout.ago.hours", rounded(minutes));
    return words.of("layout.progress.left", rough);
  }

  /** Minutes of seconds, or hours of minutes. */
  private static long rounded(long sixtieths) {
    return Math.round(sixtieths / 60.0);
  }

  private String rough(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds < 60) {
      return counted("layout.ago.seconds", seconds);
    }
    if (duration.toMinutes() < 60) {
      return counted("layout.ago.minutes", duration.toMinutes());
    }
    if (duration.toHours() < 48) {
      return counted("layout.ago.hours", duration.toHours());
    }
    return counted("layout.ago.days", seconds / SECONDS_A_DAY);
  }

  private String counted(String key, long number) {
    return words.of(key, number, Long.toString(number));
  }
}
