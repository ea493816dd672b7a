package dev.muster.cli;

import picocli.CommandLine.Option;

/** What every command that prints results understands. */
final class StandardOptions extends HelpOption {

  @Option(names = "--json", description = "Print JSON on standard output, and nothing else there.")
  private boolean json;

  @Override
  Output output() {
    return new Output(commandLine(), json);
  }
}
