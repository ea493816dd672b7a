package dev.muster.run;

/** A partition failed in whichever process; the sentence is what its worker said about it. */
final class PartFailedException extends RunEndsException {

  private static final long serialVersionUID = 1;

  PartFailedException(String exitCode, String message) {
    super(exitCode, message);
  }
}
