package dev.muster.eventhubs;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/** One partition of a hub: events in the order they came. Used by the server and by the test. */
final class Partition {

  private final String id;
  private final List<StoredEvent> events = new ArrayList<>();
  private long nextOffset;

  Partition(String id) {
    this.id = id;
  }

  String id() {
    return id;
  }

  synchronized StoredEvent append(Message message) {
    // The wire carries milliseconds; a filter by time compares with what was carried.
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    StoredEvent event = new StoredEvent(id, events.size(), nextOffset, now, message);
    events.add(event);
    nextOffset += AmqpMessages.encoded(message).length;
    return event;
  }

  synchronized List<StoredEvent> events() {
    return List.copyOf(events);
  }

  synchronized int size() {
    return events.size();
  }

  synchronized @Nullable StoredEvent at(int index) {
    return index < events.size() ? events.get(index) : null;
  }

  synchronized @Nullable StoredEvent last() {
    return events.isEmpty() ? null : events.get(events.size() - 1);
  }

  /** Where the first such event is, or the next one to come when there is none. */
  synchronized int firstIndex(Predicate<StoredEvent> wanted) {
    int index = 0;
    while (index < events.size() && !wanted.test(events.get(index))) {
      index++;
    }
    return index;
  }
}
