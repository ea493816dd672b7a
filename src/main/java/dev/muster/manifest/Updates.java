package dev.muster.manifest;

/** What a manifest may change of devices that are there already. */
public enum Updates {
  /** Nothing. */
  NONE,
  /** Their values, but for the place that somebody has given a device since it came. */
  VALUES,
  /** Their values, and any place. */
  VALUES_AND_PLACES;

  /** Whether it may change anything. */
  public boolean any() {
    return this != NONE;
  }
}
