package dev.muster.cli;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number of days, or an ISO-8601 duration. */
final class WithinConverter implements ITypeConverter<Duration> {

  private static final Duration LONGEST = Duration.ofDays(36_600);

  @Override
  public Duration convert(String value) {
    Duration within;
    try {
      within =
          value.matches("\\d{1,5}")
              ? Duration.ofDays(Long.parseLong(value))
              : Duration.parse(value);
    } catch (DateTimeParseException e) {
      throw new TypeConversionException(
          "'"
              + value
              + "' is no time; give days, such as 30, or an ISO-8601 duration such as PT12H.");
    }
    if (within.isNegative() || within.compareTo(LONGEST) > 0) {
      throw new TypeConversionException(
          "It is from nothing to a hundred years, not " + value + ".");
    }
    return within;
  }
}
