package dev.muster.registry;

import dev.muster.access.RefusedException;

/** Why somebody changes devices, as their history keeps it. */
public final class Reason {

  private static final int LONGEST = 500;

  private Reason() {}

  /**
   * What was given as a reason.
   *
   * @throws RefusedException when it says nothing, or is too long
   */
  public static String of(String text) {
    String why = text.replaceAll("\\p{Cntrl}", " ").strip();
    if (why.isEmpty()) {
      throw new RefusedException("Say why: the device's history keeps it.");
    }
    if (why.length() > LONGEST) {
      throw new RefusedException(
          "The reason has %,d characters; the history keeps %,d.".formatted(why.length(), LONGEST));
    }
    return why;
  }
}
