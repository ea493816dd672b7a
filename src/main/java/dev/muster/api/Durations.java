package dev.muster.api;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** Durations in requests. */
final class Durations {

  /** What is said of a token lifetime that may be left out. */
  static final String TOKEN_LIFETIME =
      "How long the new tokens live, ISO 8601; absent: as their factory has it, or else as"
          + " configured.";

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
