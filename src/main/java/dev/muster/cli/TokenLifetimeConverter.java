package dev.muster.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads ISO-8601 durations, and periods such as P1Y as so many days from now. */
final class TokenLifetimeConverter implements ITypeConverter<Duration> {

  private static final Duration SHORTEST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofDays(3660);

  @Override
  public Duration convert(String value) {
    Duration lifetime = parse(value);
    if (lifetime.compareTo(SHORTEST) < 0 || lifetime.compareTo(LONGEST) > 0) {
      throw new TypeConversionException(
          "A token lives at least a minute and at most ten years, not " + value + ".");
    }
    return lifetime;
  }

  private static Duration parse(String value) {
    try {
      return Duration.parse(value);
    } catch (DateTimeParseException notADuration) {
      try {
        Instant now = Instant.now();
        return Duration.between(
            now, now.atOffset(ZoneOffset.UTC).plus(Period.parse(value)).toInstant());
      } catch (DateTimeParseException notAPeriod) {
        throw new TypeConversionException(
            "'" + value + "' is no ISO-8601 duration; give one such as P365D or PT12H.");
      }
    }
  }
}
