package dev.muster.run;

import dev.muster.access.RefusedException;

/**
 * What was asked can't be done with this execution as it stands; the message says why and what can
 * be done.
 */
public class OperationRefusedException extends RefusedException {

  public OperationRefusedException(String message) {
    super(message);
  }
}
