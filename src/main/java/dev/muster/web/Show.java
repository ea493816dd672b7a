package dev.muster.web;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.stereotype.Component;

/** How pages write numbers and times. Times are UTC, as in logs and reports. */
@Component("show")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class Show {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final String NOTHING = "–";
  private static final long KILO = 1000;

  private final Clock clock;

  Show(Clock clock) {
    this.clock = clock;
  }

  /** 1,234,567. */
  public String number(@Nullable Number number) {
    return number == null ? NOTHING : String.format(Locale.ROOT, "%,d", number.longValue());
  }

  /** 2026-11-25 16:00:00 UTC. */
  public String time(@Nullable Instant time) {
    return time == null ? NOTHING : TIME.format(time);
  }

  /** "3 minutes ago", "in 2 days". */
  public String ago(@Nullable Instant time) {
    if (time == null) {
      return NOTHING;
    }
    Duration since = Duration.between(time, clock.instant());
    String words = rough(since.abs());
    return since.isNegative() ? "in " + words : words + " ago";
  }

  /** "1.5 s", "3 min 20 s". */
  public String duration(@Nullable Duration duration) {
    if (duration == null) {
      return NOTHING;
    }
    long seconds = duration.toSeconds();
    if (seconds < 60) {
      return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3);
    }
    if (seconds < 3600) {
      return "%d min %d s".formatted(seconds / 60, seconds % 60);
    }
    return "%d h %d min".formatted(seconds / 3600, seconds % 3600 / 60);
  }

  /** From one time to another; what has not ended goes on until now. */
  public String between(@Nullable Instant from, @Nullable Instant until) {
    return from == null
        ? NOTHING
        : duration(Duration.between(from, until == null ? clock.instant() : until));
  }

  /** "1.5 MB". */
  public String bytes(@Nullable Number bytes) {
    if (bytes == null) {
      return NOTHING;
    }
    double left = bytes.doubleValue();
    String[] units = {"bytes", "kB", "MB", "GB", "TB"};
    int unit = 0;
    while (left >= KILO && unit < units.length - 1) {
      left /= KILO;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", left, units[unit]);
  }

  /** Whole percent, rounded down, so that 100 means all. */
  public long percent(@Nullable Number part, @Nullable Number whole) {
    return part == null || whole == null || whole.longValue() == 0
        ? 0
        : Math.min(100, part.longValue() * 100 / whole.longValue());
  }

  /** {@code SECURITY_OFFICER} and {@code security-officer} as "security officer". */
  public String words(@Nullable Object constant) {
    return constant == null
        ? NOTHING
        : constant.toString().toLowerCase(Locale.ROOT).replace('_', ' ').replace('-', ' ');
  }

  /**
   * A device's state. What the registry knows is that its token was delivered; that it is in the
   * device, only the device can say.
   */
  public String state(@Nullable Object state) {
    return state != null && state.toString().equals("PROVISIONED")
        ? "token delivered"
        : words(state);
  }

  private static String rough(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds < 60) {
      return counted(seconds, "second");
    }
    if (duration.toMinutes() < 60) {
      return counted(duration.toMinutes(), "minute");
    }
    if (duration.toHours() < 48) {
      return counted(duration.toHours(), "hour");
    }
    return counted(duration.get(ChronoUnit.SECONDS) / 86_400, "day");
  }

  private static String counted(long number, String unit) {
    return number == 1 ? "1 " + unit : number + " " + unit + "s";
  }
}
