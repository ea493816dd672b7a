package dev.muster.seen;

import dev.muster.manifest.Guid;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Reads when devices were seen, as whoever has their messages says it. Said again it is the same;
 * rows in which something is wrong are refused one by one.
 */
@Component
public class SaidSigns {

  private static final int AT_ONCE = 1000;

  /** So many refused rows are named; all are counted. */
  private static final int MOST_NAMED = 100;

  /** How far ahead another machine's clock may be. */
  private static final Duration AHEAD = Duration.ofMinutes(1);

  private static final int FIRST_YEAR = 1970;
  private static final int LONGEST_SHOWN = 80;

  /**
   * A device was seen, as somebody says it.
   *
   * @param id a GUID
   * @param seenAt a time with its zone: 2026-11-25T16:00:00Z
   */
  public record Said(@Nullable String id, @Nullable String seenAt) {}

  /**
   * Nothing was taken of it.
   *
   * @param row from 1
   * @param problem a sentence
   */
  public record RefusedRow(long row, @Nullable String id, String problem) {}

  /**
   * What came of it.
   *
   * @param taken rows of devices that are known
   * @param unknown rows of devices that are not in the registry, or that nobody has a token of, or
   *     whose id another device had at that time
   * @param refused rows in which something is wrong
   * @param problems the first of these
   */
  public record Taken(
      long rows, long taken, long unknown, long refused, List<RefusedRow> problems) {
    public Taken {
      problems = List.copyOf(problems);
    }
  }

  private final SignsOfLife signs;
  private final Clock clock;

  SaidSigns(SignsOfLife signs, Clock clock) {
    this.signs = signs;
    this.clock = clock;
  }

  /** Takes all, some at a time: what was taken stays when it breaks off. */
  public Taken take(Iterator<Said> rows, SeenBy by) {
    Instant latest = clock.instant().plus(AHEAD);
    long row = 0;
    long taken = 0;
    long refused = 0;
    List<RefusedRow> problems = new ArrayList<>();
    List<Sighting> some = new ArrayList<>();
    while (rows.hasNext()) {
      Said said = rows.next();
      row++;
      try {
        some.add(sighting(said, latest));
      } catch (IllegalArgumentException e) {
        refused++;
        if (problems.size() < MOST_NAMED) {
          problems.add(new RefusedRow(row, shown(said.id()), String.valueOf(e.getMessage())));
        }
      }
      if (some.size() == AT_ONCE || !rows.hasNext()) {
        Set<UUID> known = signs.saw(some, by);
        taken += some.stream().filter(one -> known.contains(one.device())).count();
        some.clear();
      }
    }
    return new Taken(row, taken, row - taken - refused, refused, problems);
  }

  private static Sighting sighting(Said said, Instant latest) {
    UUID device = said.id() == null ? null : Guid.of(said.id());
    if (device == null) {
      throw new IllegalArgumentException(
          said.id() == null
              ? "There is no device id."
              : "'%s' is no device id: that has 32 hexadecimal digits, as 8-4-4-4-12."
                  .formatted(shown(said.id())));
    }
    Instant at = instant(said.seenAt());
    if (at.isAfter(latest)) {
      throw new IllegalArgumentException(
          "%s is in the future. Is the clock right of the machine that says so?".formatted(at));
    }
    return new Sighting(device, at);
  }

  private static Instant instant(@Nullable String text) {
    try {
      OffsetDateTime time = OffsetDateTime.parse(text == null ? "" : text.strip());
      if (time.getYear() >= FIRST_YEAR) {
        return time.toInstant();
      }
    } catch (DateTimeException e) {
      // said below
    }
    throw new IllegalArgumentException(
        text == null
            ? "There is no time at which it was seen."
            : "'%s' is no time: write it with its zone, as 2026-11-25T16:00:00Z."
                .formatted(shown(text)));
  }

  private static @Nullable String shown(@Nullable String text) {
    return text == null || text.length() <= LONGEST_SHOWN
        ? text
        : text.substring(0, LONGEST_SHOWN) + "…";
  }
}
