package dev.muster.eventhubs;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/** A hub and what is in it. */
final class Hub {

  private final String name;
  private final List<Partition> partitions;
  private final Set<String> consumerGroups;
  private final Instant createdAt = Instant.now().truncatedTo(ChronoUnit.MILLIS);
  private final AtomicInteger turn = new AtomicInteger();

  Hub(String name, int partitions, List<String> consumerGroups) {
    this.name = name;
    this.partitions =
        IntStream.range(0, partitions)
            .mapToObj(number -> new Partition(Integer.toString(number)))
            .toList();
    this.consumerGroups =
        Stream.concat(Stream.of("$Default"), consumerGroups.stream())
            .map(group -> group.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
  }

  String name() {
    return name;
  }

  Instant createdAt() {
    return createdAt;
  }

  List<Partition> partitions() {
    return partitions;
  }

  boolean hasConsumerGroup(String group) {
    return consumerGroups.contains(group.toLowerCase(Locale.ROOT));
  }

  Optional<Partition> partition(String id) {
    return partitions.stream().filter(partition -> partition.id().equals(id)).findFirst();
  }

  List<StoredEvent> events() {
    List<StoredEvent> events = new ArrayList<>();
    partitions.forEach(partition -> events.addAll(partition.events()));
    return events;
  }

  /** One sender's delivery: it goes to one partition as a whole. */
  void append(List<Message> messages, @Nullable Partition addressed, @Nullable String publisher) {
    if (messages.isEmpty()) {
      return;
    }
    Object key =
        publisher == null
            ? StoredEvent.annotations(messages.get(0)).get(StoredEvent.PARTITION_KEY)
            : publisher;
    Partition partition = addressed == null ? chosen(key) : addressed;
    for (Message message : messages) {
      if (publisher != null) {
        Map<Symbol, Object> annotations = new HashMap<>(StoredEvent.annotations(message));
        annotations.put(StoredEvent.PUBLISHER, publisher);
        message.setMessageAnnotations(new MessageAnnotations(annotations));
      }
      partition.append(message);
    }
  }

  private Partition chosen(@Nullable Object key) {
    int number = key == null ? turn.getAndIncrement() : key.hashCode();
    return partitions.get(Math.floorMod(number, partitions.size()));
  }
}
