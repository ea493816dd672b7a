package dev.muster.exchange;

import dev.muster.access.RefusedException;

/** A device gets no token because it is revoked. */
public final class RevokedDeviceException extends RefusedException {

  RevokedDeviceException() {
    super(
        "This device is revoked and gets no token. Somebody who may revoke devices can restore"
            + " it.");
  }
}
