package dev.muster.provisioning;

import dev.muster.run.RunEndsException;
import dev.muster.run.RunOutcome;

/** More rows were refused than the run may have; its message says what can be done. */
final class TooManyRejectsException extends RunEndsException {

  TooManyRejectsException(String message, boolean withdrawn) {
    super(withdrawn ? RunOutcome.WITHDRAWN : RunOutcome.TOO_MANY_REJECTS, message);
  }
}
