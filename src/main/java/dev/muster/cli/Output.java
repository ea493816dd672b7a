package dev.muster.cli;

import picocli.CommandLine;

/**
 * Where a command's words go: results to standard output, everything else to standard error.
 *
 * @param json whether results are printed as JSON
 */
record Output(CommandLine commandLine, boolean json) {

  /** Prints a line for people; with {@code --json} nothing. */
  void line(String line) {
    if (!json) {
      commandLine.getOut().println(line);
    }
  }

  void json(Object value) {
    JsonOutput.print(commandLine.getOut(), value);
  }

  void error(String sentence) {
    commandLine.getErr().println(sentence);
  }

  /**
   * Whether progress bars make sense: standard error is a terminal. Java can't tell on all
   * versions, so the launchers in {@code jobs/} do.
   */
  boolean progress() {
    return "true".equals(System.getenv("MUSTER_PROGRESS"));
  }

  /** A terminal must not be told what to do by a manifest. */
  static String visible(String text) {
    StringBuilder visible = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> visible.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c));
    return visible.toString();
  }
}
