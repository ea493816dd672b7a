package dev.muster.arrival;

import java.net.URI;

/**
 * A file that lies in a drop, at one moment.
 *
 * @param state its size, its time of change and which file it is: differs as soon as it was written
 *     to or replaced
 * @param marked whether its sender says that it is complete
 */
record Dropped(
    ArrivalKind kind,
    String factory,
    String name,
    URI location,
    String state,
    long size,
    boolean marked) {

  /** The folder of the factories' folders, as their senders know it. */
  static String place(ArrivalKind kind) {
    return kind == ArrivalKind.REVOCATIONS ? "revocations/" : "inbox/";
  }

  /** What tells it from every other that lies, or lay, in the same drop. */
  String id() {
    return "%s%s/%s@%s"
        .formatted(kind == ArrivalKind.REVOCATIONS ? "revocations/" : "", factory, name, state);
  }
}
