package dev.muster.denylist;

import java.time.Instant;
import java.util.UUID;

/**
 * One line of the list, and one message of the topic. No reason, which may hold personal remarks;
 * no token.
 *
 * @param status what the device is since then
 * @param version the number of its last change
 */
record ListedDevice(UUID deviceId, Status status, long version, Instant changedAt) {

  enum Status {
    REVOKED,
    DISABLED,
    /** Back in service, or allowed to come into it. */
    ACTIVE
  }

  /** As JSON on one line, without its end. No value in it needs escaping. */
  String json() {
    return "{\"device_id\":\""
        + deviceId
        + "\",\"status\":\""
        + status
        + "\",\"version\":"
        + version
        + ",\"changed_at\":\""
        + changedAt
        + "\"}";
  }
}
