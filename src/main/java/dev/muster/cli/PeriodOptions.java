package dev.muster.cli;

import dev.muster.export.Period;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Of which time a list is printed. */
final class PeriodOptions {

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "From then on: 2026-11-25, or 2026-11-25T16:00 (UTC).")
  private @Nullable String from;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "Before then; a date is meant with all of its day.")
  private @Nullable String until;

  Period period(@Nullable CommandSpec spec) {
    return period(spec, from, until);
  }

  static Period period(@Nullable CommandSpec spec, @Nullable String from, @Nullable String until) {
    try {
      return Period.of(from, until);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
