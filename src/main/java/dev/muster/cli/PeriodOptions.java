package dev.muster.cli;

import dev.muster.export.Period;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Of which time a list is printed. */
final class PeriodOptions {

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

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

  Period period() {
    return period(Objects.requireNonNull(command).commandLine(), from, until);
  }

  static Period period(CommandLine command, @Nullable String from, @Nullable String until) {
    try {
      return Period.of(from, until);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, String.valueOf(e.getMessage()), e);
    }
  }
}
