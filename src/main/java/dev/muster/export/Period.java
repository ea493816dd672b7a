package dev.muster.export;

import java.sql.Timestamp;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * When that happened of which a list holds what.
 *
 * @param from then or later; null: ever since
 * @param until before then; null: to this day
 */
public record Period(@Nullable Instant from, @Nullable Instant until) {

  /** Beyond these nobody means it, and the database has no such times. */
  private static final int FIRST_YEAR = 1;

  private static final int LAST_YEAR = 9999;

  public static final Period EVER = new Period(null, null);

  /**
   * As people write it: dates, or dates and times, in UTC where they do not say otherwise. A date
   * is meant with all of its day.
   *
   * @throws IllegalArgumentException when it is none; its message is for people
   */
  public static Period of(@Nullable String from, @Nullable String until) {
    Period period = new Period(instant(from, 0), instant(until, 1));
    if (period.from != null && period.until != null && !period.from.isBefore(period.until)) {
      throw new IllegalArgumentException("Until lies before from: nothing can be between them.");
    }
    return period;
  }

  /**
   * Adds this to the conditions of a query.
   *
   * @param time what is compared, in SQL
   * @param conditions all of which are to hold
   * @param parameters of the query; it is given {@code from} and {@code until}
   */
  public void limit(String time, List<String> conditions, Map<String, Object> parameters) {
    if (from != null) {
      conditions.add(time + " >= :from");
      parameters.put("from", Timestamp.from(from));
    }
    if (until != null) {
      conditions.add(time + " < :until");
      parameters.put("until", Timestamp.from(until));
    }
  }

  private static @Nullable Instant instant(@Nullable String text, int days) {
    if (text == null || text.isBlank()) {
      return null;
    }
    String given = text.strip();
    try {
      OffsetDateTime time =
          !given.contains("T")
              ? LocalDate.parse(given).plusDays(days).atStartOfDay().atOffset(ZoneOffset.UTC)
              : given.matches(".*(Z|[+-][0-9:]+)")
                  ? OffsetDateTime.parse(given)
                  : LocalDateTime.parse(given).atOffset(ZoneOffset.UTC);
      if (time.getYear() >= FIRST_YEAR && time.getYear() <= LAST_YEAR) {
        return time.toInstant();
      }
    } catch (DateTimeException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "'%s' is no time: give a date such as 2026-11-25, or 2026-11-25T16:00.".formatted(given));
  }
}
