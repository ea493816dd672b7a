package dev.muster.cli;

import dev.muster.renewal.RenewalProperties;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number of days, or an ISO-8601 duration. */
final class WithinConverter implements ITypeConverter<Duration> {

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
    if (!RenewalProperties.isWithin(within)) {
      throw new TypeConversionException(
          "It is from nothing to a hundred years, not " + value + ".");
    }
    return within;
  }
}
