package dev.muster.operations;

/**
 * What was asked can't be done with this execution as it stands; the message says why and what can
 * be done.
 */
public class OperationRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  OperationRefusedException(String message) {
    super(message);
  }

  /** The sentence for the person who asked. */
  public String sentence() {
    return String.valueOf(getMessage());
  }
}
