package dev.muster.manifest;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row of a revocation list that can be applied.
 *
 * @param guidHigh the first half of the device's GUID
 * @param guidLow the second half
 * @param action {@code revoke}, {@code disable}, {@code enable} or {@code restore}
 * @param reason may be empty
 * @param effectiveAt when it takes effect; null for at once
 * @param behind whether it goes for the devices behind this gateway too
 */
public record RevocationEntry(
    long line,
    long guidHigh,
    long guidLow,
    String action,
    String reason,
    @Nullable Instant effectiveAt,
    boolean behind)
    implements RevocationVerdict {

  public UUID deviceId() {
    return new UUID(guidHigh, guidLow);
  }
}
