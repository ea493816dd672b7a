package dev.muster.status;

import dev.muster.access.Permission;
import java.util.Arrays;
import java.util.Locale;

/**
 * What can be done to a device that is, or may come to be, in the registry. In SQL an action is its
 * number, in the order that they stand in here, from 0: the statements of {@link StatusChanges}
 * know 0 and 1 for going out of service, 2 and 3 for coming back from them, 4 for what nothing
 * comes back from.
 */
public enum StatusAction {
  /** Out of service for good: only {@link #RESTORE} brings it back. */
  REVOKE,
  /** Out of service for a time; its token works again afterwards. */
  DISABLE,
  /** Ends {@link #DISABLE}. */
  ENABLE,
  /** Ends {@link #REVOKE}. */
  RESTORE,
  /** Out of service, and nothing brings it back. No list can say so, only a person. */
  RETIRE;

  /** As it is written in lists and in the history. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What it takes to do that to devices. */
  public Permission permission() {
    return this == DISABLE || this == ENABLE ? Permission.DEVICE_DISABLE : Permission.DEVICE_REVOKE;
  }

  /** As it stands in SQL, for the length of a transaction. */
  @SuppressWarnings("EnumOrdinal") // this is where the order counts
  short number() {
    return (short) ordinal();
  }

  static StatusAction of(int number) {
    return values()[number];
  }

  static String[] words() {
    return Arrays.stream(values()).map(StatusAction::word).toArray(String[]::new);
  }

  /** The action of this word. */
  public static StatusAction of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
