package dev.muster.registry;

/** One of the two keys of a hub's policy. */
public enum KeyInUse {
  PRIMARY,
  SECONDARY
}
