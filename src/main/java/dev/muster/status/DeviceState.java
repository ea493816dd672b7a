package dev.muster.status;

/**
 * What may be done with a device. {@code REGISTERED → PROVISIONED ⇄ DISABLED}; any → {@code
 * REVOKED}.
 */
public enum DeviceState {
  /** Known; no token yet. */
  REGISTERED,
  /** Has a token. */
  PROVISIONED,
  /** Kept, but shut out at the hub for now. */
  DISABLED,
  /** Out of service; only an explicit restore brings it back. */
  REVOKED
}
