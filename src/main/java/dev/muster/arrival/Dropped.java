package dev.muster.arrival;

import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file that lies in a drop, at one moment.
 *
 * @param state its size, its time of change and which file it is: differs as soon as it was written
 *     to or replaced
 * @param changedAt when it last changed, by this machine's clock; null when the drop has another
 */
record Dropped(
    ArrivalKind kind,
    String factory,
    String name,
    URI location,
    String state,
    @Nullable Instant changedAt) {

  /** What tells it from every other that lies, or lay, in the same drop. */
  String id() {
    return "%s%s/%s@%s"
        .formatted(kind == ArrivalKind.REVOCATIONS ? "revocations/" : "", factory, name, state);
  }
}
