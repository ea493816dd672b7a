package dev.muster.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every command understands. */
class HelpOption {

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // picocli asks the annotation, not the value
  private boolean help;

  CommandLine commandLine() {
    return Objects.requireNonNull(command).commandLine();
  }

  Output output() {
    return new Output(commandLine(), false);
  }
}
