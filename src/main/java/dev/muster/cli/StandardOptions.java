package dev.muster.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** What every command that prints results understands. */
final class StandardOptions {

  @Option(names = "--json", description = "Print JSON on standard output, and nothing else there.")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // picocli asks the annotation, not the value
  private boolean help;

  Output output(@Nullable CommandSpec spec) {
    return new Output(Objects.requireNonNull(spec).commandLine(), json);
  }
}
