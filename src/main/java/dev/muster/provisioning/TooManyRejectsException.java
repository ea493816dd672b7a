package dev.muster.provisioning;

/** More rows were refused than the run may have; its message says what can be done. */
final class TooManyRejectsException extends Exception {

  private static final long serialVersionUID = 1;

  TooManyRejectsException(String message) {
    super(message);
  }
}
