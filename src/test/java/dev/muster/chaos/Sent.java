package dev.muster.chaos;

import java.util.Set;

/**
 * A manifest that was sent, and what must become of it.
 *
 * @param devices the GUIDs of the rows that are accepted
 * @param rejects {@code line,CODE} of those that are not
 * @param times how often it was sent; each time is an arrival
 * @param withdrawn whether an operator took it back, and gave its arrival up
 */
record Sent(
    String factory,
    String file,
    Set<String> devices,
    Set<String> rejects,
    int times,
    boolean withdrawn) {

  /** The name of its manifest. */
  String name() {
    return file.replace(".csv", "");
  }

  Sent takenBack() {
    return new Sent(factory, file, devices, rejects, times, true);
  }
}
