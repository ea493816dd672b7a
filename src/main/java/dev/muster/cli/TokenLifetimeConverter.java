package dev.muster.cli;

import dev.muster.factory.Factory;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads ISO-8601 durations, and periods such as P1Y as so many days from now. */
final class TokenLifetimeConverter implements ITypeConverter<Duration> {

  @Override
  public Duration convert(String value) {
    Duration lifetime = parse(value);
    if (!Factory.isTokenLifetime(lifetime)) {
      throw new TypeConversionException(Factory.tokenLifetimeSentence(value));
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
