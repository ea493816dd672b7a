package dev.muster.eventhubs;

import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a consumer wants to begin, as its filter says. */
final class StartPosition {

  private static final Pattern FILTER =
      Pattern.compile("amqp\\.annotation\\.(x-opt-[a-z-]+)\\s*(>=?)\\s*'([^']*)'");

  private StartPosition() {}

  /** The index of the first event to send. */
  static int in(Partition partition, @Nullable String filter) throws Refusal {
    if (filter == null) {
      return 0;
    }
    Matcher matcher = FILTER.matcher(filter.strip());
    if (!matcher.matches()) {
      throw Refusal.argument("The filter is not understood: " + filter);
    }
    String annotation = matcher.group(1);
    boolean inclusive = matcher.group(2).equals(">=");
    String value = matcher.group(3);
    if (value.equals("@latest")) {
      return partition.size();
    }
    long bound = number(value, filter);
    StoredEvent last = partition.last();
    return switch (annotation) {
      case "x-opt-offset" -> {
        knownUpTo(last == null ? -1 : last.place(), bound, "offset", value);
        yield partition.firstIndex(after(bound, inclusive, StoredEvent::place));
      }
      case "x-opt-sequence-number" -> {
        knownUpTo(last == null ? -1 : last.sequenceNumber(), bound, "sequence number", value);
        yield partition.firstIndex(after(bound, inclusive, StoredEvent::sequenceNumber));
      }
      case "x-opt-enqueued-time" ->
          partition.firstIndex(
              after(bound, inclusive, event -> event.enqueuedTime().toEpochMilli()));
      default -> throw Refusal.argument("The filter is not understood: " + filter);
    };
  }

  // As at the service: a checkpoint of a hub that was made anew is an error, not a silent start.
  private static void knownUpTo(long last, long wanted, String what, String value) throws Refusal {
    if (wanted > last) {
      throw Refusal.argument(
          "The supplied %1$s '%2$s' is invalid. The last %1$s in the system is '%3$d'."
              .formatted(what, value, last));
    }
  }

  private static Predicate<StoredEvent> after(
      long bound, boolean inclusive, ToLongFunction<StoredEvent> place) {
    return event ->
        inclusive ? place.applyAsLong(event) >= bound : place.applyAsLong(event) > bound;
  }

  private static long number(String value, String filter) throws Refusal {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw Refusal.argument("The filter is not understood: " + filter);
    }
  }
}
