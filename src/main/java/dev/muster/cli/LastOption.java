package dev.muster.cli;

import picocli.CommandLine.Option;

/** How many of the newest a list has. */
final class LastOption {

  @Option(
      names = "--last",
      paramLabel = "N",
      description = "How many to list (default ${DEFAULT-VALUE}).",
      defaultValue = "50")
  private int last;

  int number() {
    return Math.max(last, 1);
  }
}
