package dev.muster.status;

import java.util.Locale;

/** What can be done to a device that is, or may come to be, in the registry. */
public enum StatusAction {
  /** Out of service for good: only {@link #RESTORE} brings it back. */
  REVOKE,
  /** Out of service for a time; its token works again afterwards. */
  DISABLE,
  /** Ends {@link #DISABLE}. */
  ENABLE,
  /** Ends {@link #REVOKE}. */
  RESTORE;

  /** As it is written in lists and in the history. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The action of this word. */
  public static StatusAction of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
