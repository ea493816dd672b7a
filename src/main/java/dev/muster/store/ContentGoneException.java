package dev.muster.store;

/** Content that a run needs is not in the spool any more. Its message says what can be done. */
public final class ContentGoneException extends RuntimeException {

  private static final long serialVersionUID = 1;

  public ContentGoneException(String message) {
    super(message);
  }
}
