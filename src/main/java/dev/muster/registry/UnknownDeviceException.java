package dev.muster.registry;

import dev.muster.access.RefusedException;
import java.util.UUID;

/** Nobody knows the device, or the caller must not see it. */
public class UnknownDeviceException extends RefusedException {

  private static final long serialVersionUID = 1;

  public UnknownDeviceException(UUID device) {
    this(device, "Check the id, or register the device.");
  }

  /**
   * @param advice what to do, as a sentence
   */
  UnknownDeviceException(UUID device, String advice) {
    super("The registry does not know the device %s. %s".formatted(device, advice));
  }
}
