package dev.muster.api;

import dev.muster.manifest.Guid;
import dev.muster.registry.DeviceIds;
import java.util.UUID;

/** Reads device ids, which are GUIDs. */
final class Ids {

  private Ids() {}

  static UUID device(String text) {
    UUID device = Guid.of(text);
    if (device == null) {
      throw ProblemException.invalid(
          "'%s' is no device id. It is a GUID: 8-4-4-4-12 hexadecimal digits."
              .formatted(text.length() > 80 ? text.substring(0, 80) + "…" : text));
    }
    return device;
  }

  static DeviceIds devices(String text) {
    DeviceIds devices = DeviceIds.of(text);
    if (devices == null) {
      throw ProblemException.invalid(DeviceIds.none(text));
    }
    return devices;
  }
}
