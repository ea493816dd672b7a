package dev.muster.api;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** Durations in requests. */
final class Durations {

  private Durations() {}

  /** As ISO 8601 writes it; null when nothing is said. */
  static @Nullable Duration of(@Nullable String text) {
    try {
      return text == null ? null : Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw ProblemException.invalid(
          "'%s' is no duration. Write it as ISO 8601 does, such as P365D or PT12H."
              .formatted(text));
    }
  }
}
