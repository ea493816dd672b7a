package dev.muster.manifest;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row that is fit for the registry. An empty field is null.
 *
 * @param guidHigh the first half of the device's GUID
 * @param guidLow the second half
 * @param attributes the values of all further columns as a JSON object; null when none has a value
 */
public record Accepted(
    long line,
    long guidHigh,
    long guidLow,
    @Nullable String serialNumber,
    @Nullable String model,
    @Nullable String hardwareRevision,
    @Nullable String building,
    @Nullable String room,
    @Nullable String attributes)
    implements Verdict {

  public UUID deviceId() {
    return new UUID(guidHigh, guidLow);
  }
}
