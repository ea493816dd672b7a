package dev.muster.chaos;

import java.util.Set;

/**
 * A manifest that was sent, and what must become of it.
 *
 * @param devices the GUIDs of the rows that are accepted
 * @param rejects {@code line,CODE} of those that are not
 */
record Sent(String factory, String file, Set<String> devices, Set<String> rejects) {

  /** The name of its manifest. */
  String name() {
    return file.replace(".csv", "");
  }
}
