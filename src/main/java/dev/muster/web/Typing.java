package dev.muster.web;

import dev.muster.access.RefusedException;
import dev.muster.export.Period;
import dev.muster.manifest.Guid;
import dev.muster.registry.DeviceIds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What was typed into forms. */
final class Typing {

  private Typing() {}

  /** A text without the blanks around it; null when nothing was typed. */
  static @Nullable String given(@Nullable String text) {
    return text == null || text.isBlank() ? null : text.strip();
  }

  /** So many days; null when nothing was typed. */
  static @Nullable Duration days(@Nullable Integer days) {
    return days == null ? null : Duration.ofDays(days);
  }

  /** A device's id; what is none is said and left out. */
  static @Nullable UUID device(@Nullable String text, List<String> problems) {
    if (text == null || text.isBlank()) {
      return null;
    }
    UUID id = Guid.of(text);
    if (id == null) {
      problems.add(DeviceIds.wrong(text));
    }
    return id;
  }

  /**
   * A time, in UTC where it does not say otherwise; null when nothing was typed.
   *
   * @throws RefusedException when it is none
   */
  static @Nullable Instant time(@Nullable String text) {
    return understood(problems -> period(text, null, problems)).from();
  }

  /** From when until when; what can't be understood is said and left out. */
  static Period period(@Nullable String from, @Nullable String until, List<String> problems) {
    try {
      return Period.of(from, until);
    } catch (IllegalArgumentException e) {
      problems.add(String.valueOf(e.getMessage()));
      return Period.EVER;
    }
  }

  /** What is asked for; a file can't say what was not understood. */
  static <T> T understood(Function<List<String>, T> asked) {
    List<String> problems = new ArrayList<>();
    T understood = asked.apply(problems);
    if (!problems.isEmpty()) {
      throw new RefusedException(problems.get(0));
    }
    return understood;
  }
}
