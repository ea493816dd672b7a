package dev.muster.access;

/**
 * What was asked can't be done as things stand; the message says why, and what can be done. Fit to
 * be shown to people and kept in the audit.
 */
public class RefusedException extends RuntimeException {

  public RefusedException(String message) {
    super(message);
  }

  /** The sentence for the person who asked. */
  public String sentence() {
    return String.valueOf(getMessage());
  }
}
