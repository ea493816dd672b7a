package dev.muster.cli;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.springframework.boot.convert.DurationStyle;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code 90s}, {@code 10m}, {@code 2h}, or as ISO 8601 has it; seconds without a unit. */
final class WaitConverter implements ITypeConverter<Duration> {

  @Override
  public Duration convert(String value) {
    try {
      Duration duration = DurationStyle.detectAndParse(value.strip(), ChronoUnit.SECONDS);
      if (!duration.isNegative()) {
        return duration;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new TypeConversionException(
        "'%s' is no length of time. Say 90s, 10m or 2h.".formatted(value));
  }
}
