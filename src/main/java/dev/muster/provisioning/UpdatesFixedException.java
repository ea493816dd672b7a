package dev.muster.provisioning;

import dev.muster.run.OperationRefusedException;

/**
 * A content is to change something else of devices that are there than what its run was begun with.
 * Sending it once more does not help; the message says what does.
 */
public final class UpdatesFixedException extends OperationRefusedException {

  UpdatesFixedException(String message) {
    super(message);
  }
}
