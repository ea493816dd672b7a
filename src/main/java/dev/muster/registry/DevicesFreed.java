package dev.muster.registry;

import java.util.Arrays;

/**
 * Devices leave the registry, in the transaction that is under way, and others may have their ids:
 * whoever keeps something by the id of a device removes it now.
 *
 * @param devices their ids; never changed
 */
@SuppressWarnings("ArrayRecordComponent") // goes to SQL as it is
public record DevicesFreed(String[] devices) {

  @Override
  public String toString() {
    return "DevicesFreed" + Arrays.toString(devices);
  }
}
