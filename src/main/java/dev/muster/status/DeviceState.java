package dev.muster.status;

/**
 * What may be done with a device. {@code REGISTERED → PROVISIONED ⇄ DISABLED}; any → {@code
 * REVOKED}; any → {@code RETIRED}, for good.
 */
public enum DeviceState {
  /** Known; no token yet. */
  REGISTERED,
  /** Has a token. */
  PROVISIONED,
  /** Kept, but shut out at the hub for now. */
  DISABLED,
  /** Out of service; only an explicit restore brings it back. */
  REVOKED,
  /** Scrapped: out of service, and nothing brings it back. */
  RETIRED
}
