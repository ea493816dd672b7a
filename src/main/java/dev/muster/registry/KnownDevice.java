package dev.muster.registry;

import dev.muster.status.DeviceState;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A device as a list of devices shows it.
 *
 * @param state null: in service, and not in the registry
 * @param revoking whether a hub has not confirmed yet that it is out of service
 * @param firstSeenAt its first sign of life; null: it never gave any
 * @param lastSeenAt its last sign of life
 * @param manifest which brought it; null, with all that follows from it, when the registry does not
 *     know the device
 */
public record KnownDevice(
    UUID id,
    @Nullable DeviceState state,
    boolean revoking,
    @Nullable Instant tokenExpiresAt,
    @Nullable String hub,
    @Nullable String serialNumber,
    @Nullable String model,
    @Nullable String building,
    @Nullable String room,
    @Nullable String factory,
    @Nullable Integer manifestId,
    @Nullable String manifest,
    @Nullable Integer line,
    @Nullable Instant firstSeenAt,
    @Nullable Instant lastSeenAt) {

  /** Whether the registry has it; otherwise a revocation list named it before it came. */
  public boolean known() {
    return manifestId != null;
  }

  /** Whether people registered it, and no manifest brought it. */
  public boolean byHand() {
    return Installations.BY_HAND.equals(factory);
  }

  /** Whether it may send. */
  public boolean inService() {
    return state == DeviceState.REGISTERED || state == DeviceState.PROVISIONED;
  }
}
