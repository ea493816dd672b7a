package dev.muster.registry;

import dev.muster.status.DeviceState;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What who installs a device should know of it.
 *
 * @param revoking it is out of service, and a hub has not confirmed yet
 * @param tokenExpiresAt when the token that it was given last ends; null: it has none
 * @param factory whose manifest brought it, see {@link Installations#BY_HAND}
 */
public record InstalledDevice(
    UUID device,
    DeviceState state,
    boolean revoking,
    @Nullable String building,
    @Nullable String room,
    @Nullable String serialNumber,
    @Nullable String model,
    String hub,
    String factory,
    @Nullable Instant tokenExpiresAt) {

  /** Whether people registered it, and no manifest brought it. */
  public boolean byHand() {
    return factory.equals(Installations.BY_HAND);
  }
}
