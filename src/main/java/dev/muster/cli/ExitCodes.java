package dev.muster.cli;

/** How a command went, for scripts. */
final class ExitCodes {

  /** Everything was accepted, or done as asked. */
  static final int OK = 0;

  /** Failed; where it is a run, it can be restarted. */
  static final int FAILED = 1;

  /** The command was called wrongly. Nothing was done. */
  static final int WRONG_USAGE = 2;

  /** Done, and some rows were rejected. */
  static final int DONE_WITH_REJECTS = 3;

  private ExitCodes() {}
}
