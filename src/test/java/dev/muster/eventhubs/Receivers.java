package dev.muster.eventhubs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Who receives from which partition for which consumer group. A receiver with an epoch is alone: it
 * takes the link from those with none, a lower or the same epoch; the others are not let in beside
 * it. (Every EventProcessorClient comes with epoch 0, so the last one to come has the partition.)
 */
final class Receivers {

  private static final int LIMIT_WITHOUT_EPOCH = 5;

  private record Place(Hub hub, String consumerGroup, Partition partition) {}

  private final Map<Place, List<ConsumerLink>> receivers = new HashMap<>();

  /** Lets it in, or says why not. */
  void add(ConsumerLink receiver) throws Refusal {
    List<ConsumerLink> present =
        receivers.computeIfAbsent(place(receiver), place -> new ArrayList<>());
    Long epoch = receiver.epoch();
    for (ConsumerLink other : present) {
      Long otherEpoch = other.epoch();
      if (otherEpoch != null && (epoch == null || epoch < otherEpoch)) {
        throw Refusal.stolen(
            ("A receiver with the higher epoch '%d' already exists. A receiver with epoch '%s'"
                    + " cannot be created.")
                .formatted(otherEpoch, epoch));
      }
    }
    if (epoch == null) {
      if (present.size() >= LIMIT_WITHOUT_EPOCH) {
        throw Refusal.tooManyReceivers(LIMIT_WITHOUT_EPOCH);
      }
    } else {
      for (ConsumerLink other : present) {
        other.close(
            Refusal.stolen(
                ("A new receiver with epoch '%d' is created, hence the current receiver with epoch"
                        + " '%s' is getting disconnected.")
                    .formatted(epoch, other.epoch())));
      }
      present.clear();
    }
    present.add(receiver);
  }

  void remove(ConsumerLink receiver) {
    List<ConsumerLink> present = receivers.get(place(receiver));
    if (present != null) {
      present.remove(receiver);
    }
  }

  private static Place place(ConsumerLink receiver) {
    return new Place(
        receiver.hub(), receiver.consumerGroup().toLowerCase(Locale.ROOT), receiver.partition());
  }
}
