package dev.muster.provisioning;

/** More rows were refused than the run may have; its message says what can be done. */
final class TooManyRejectsException extends Exception {

  private static final long serialVersionUID = 1;

  private final boolean withdrawn;

  TooManyRejectsException(String message, boolean withdrawn) {
    super(message);
    this.withdrawn = withdrawn;
  }

  /** Whether the other rows were taken back. */
  boolean withdrawn() {
    return withdrawn;
  }
}
