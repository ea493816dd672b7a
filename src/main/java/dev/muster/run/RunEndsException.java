package dev.muster.run;

/** A run can't go on, and its exit code says what can come of it; the message says why. */
public abstract class RunEndsException extends Exception {

  private final String exitCode;

  /**
   * Made with the exit code that the run gets.
   *
   * @param exitCode such as {@link RunOutcome#TOO_MANY_REJECTS}
   */
  protected RunEndsException(String exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  final String exitCode() {
    return exitCode;
  }
}
