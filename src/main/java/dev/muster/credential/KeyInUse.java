package dev.muster.credential;

import java.util.Locale;

/** One of the two keys of a hub's policy. */
public enum KeyInUse {
  PRIMARY,
  SECONDARY;

  public KeyInUse other() {
    return this == PRIMARY ? SECONDARY : PRIMARY;
  }

  /** As it is called in sentences and, with {@code -key}, in the configuration. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
