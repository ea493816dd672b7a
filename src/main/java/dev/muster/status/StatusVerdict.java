package dev.muster.status;

/** What became of one entry of a list, or of one change by hand. */
public enum StatusVerdict {
  /** The device's status is another now, and its hub is told. */
  CHANGED,
  /** The registry does not know the device; it is kept on the list, and no manifest brings it. */
  KEPT_UNKNOWN,
  /** It was so already. */
  UNCHANGED,
  /** The same list names the device on an earlier line. */
  DUPLICATE_IN_LIST,
  /** The device is revoked, which neither disable nor enable changes. */
  REVOKED_DEVICE,
  /** The device is disabled, not revoked: enable brings it back. */
  DISABLED_DEVICE,
  /** The device is retired, and nothing brings it back. */
  RETIRED_DEVICE,
  /** The list's factory has no say over the device. */
  NOT_YOUR_DEVICE,
  /** Somebody else than the list's factory took the device out of service. */
  NOT_YOURS_TO_UNDO;

  /** Whether the entry is reported as rejected. */
  public boolean rejected() {
    return !changed() && this != UNCHANGED;
  }

  /** Whether anything is different now. */
  public boolean changed() {
    return this == CHANGED || this == KEPT_UNKNOWN;
  }
}
