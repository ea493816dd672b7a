package dev.muster.factory;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * Until when new devices of a factory are taken, and how many. Its revocation lists are taken in
 * any case, and the devices that it has brought renew their tokens.
 *
 * @param suspended nothing new is taken
 * @param validUntil the last day (UTC) on which something new is taken; null: there is none
 * @param maxDevices how many devices its manifests may bring in all; null: any number
 * @param maxDevicesADay how many on one day (UTC); null: any number
 */
public record Admission(
    boolean suspended,
    @Nullable LocalDate validUntil,
    @Nullable Long maxDevices,
    @Nullable Long maxDevicesADay) {

  public static final Admission OPEN = new Admission(false, null, null, null);

  private static final long MOST = 1_000_000_000_000L;

  public Admission {
    check(maxDevices);
    check(maxDevicesADay);
  }

  private static void check(@Nullable Long devices) {
    if (devices != null && (devices < 1 || devices > MOST)) {
      throw new IllegalArgumentException(
          "A factory can be limited to 1 device or more, not to %d. To take nothing of it, suspend it."
              .formatted(devices));
    }
  }

  /** How it is with what is new, in words for who stands behind {@code Factory 'x'}. */
  public @Nullable String closed(Instant now) {
    if (suspended) {
      return "is suspended";
    }
    return validUntil != null && LocalDate.ofInstant(now, ZoneOffset.UTC).isAfter(validUntil)
        ? "was to send until %s".formatted(validUntil)
        : null;
  }

  /** As the audit keeps it. */
  @Override
  public String toString() {
    return "%s%s%s%s"
        .formatted(
            suspended ? ", suspended" : "",
            validUntil == null ? "" : ", valid until " + validUntil,
            maxDevices == null ? "" : ", max devices " + maxDevices,
            maxDevicesADay == null ? "" : ", max devices a day " + maxDevicesADay);
  }
}
