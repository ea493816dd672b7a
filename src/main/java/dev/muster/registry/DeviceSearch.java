package dev.muster.registry;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which devices are looked for; what is null or empty does not matter.
 *
 * @param id a GUID
 * @param serialNumber the whole of it
 * @param manifest the manifest that brought them, by its number
 * @param building the whole of it
 * @param room the whole of it
 * @param factory that sent them
 * @param model the whole of it
 * @param gateway behind which they are
 */
public record DeviceSearch(
    @Nullable UUID id,
    @Nullable String serialNumber,
    @Nullable Integer manifest,
    @Nullable String building,
    @Nullable String room,
    @Nullable Standing standing,
    @Nullable String factory,
    @Nullable String model,
    @Nullable UUID gateway) {

  /** How a device stands, and what else one may look for. */
  public enum Standing {
    /** In service, without a token. */
    REGISTERED,
    /** In service, with a token. */
    PROVISIONED,
    DISABLED,
    REVOKED,
    /** Out of service in the registry; a hub has not confirmed it yet. */
    REVOKING,
    /** Out of service, and not in the registry: a revocation list named them before they came. */
    UNKNOWN
  }

  /** Every device. */
  public static final DeviceSearch ALL =
      new DeviceSearch(null, null, null, null, null, null, null, null, null);

  public DeviceSearch {
    serialNumber = unlessEmpty(serialNumber);
    building = unlessEmpty(building);
    room = unlessEmpty(room);
    factory = unlessEmpty(factory);
    model = unlessEmpty(model);
  }

  /** Whether what is in the devices' own rows matters, so that these must be looked through. */
  boolean readsRows() {
    return serialNumber != null
        || building != null
        || room != null
        || model != null
        || gateway != null;
  }

  private static @Nullable String unlessEmpty(@Nullable String text) {
    return text == null || text.isBlank() ? null : text.strip();
  }
}
