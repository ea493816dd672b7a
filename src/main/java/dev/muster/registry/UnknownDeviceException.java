package dev.muster.registry;

import dev.muster.access.RefusedException;
import java.util.UUID;

/** The registry does not know the device, or the caller must not see it. */
public class UnknownDeviceException extends RefusedException {

  private static final long serialVersionUID = 1;

  public UnknownDeviceException(UUID device) {
    super("The registry does not know the device %s. Check the id, or register it.".formatted(device));
  }
}
