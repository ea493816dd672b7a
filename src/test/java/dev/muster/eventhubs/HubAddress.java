package dev.muster.eventhubs;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A link's address: {@code hub}, {@code hub/Partitions/0}, {@code hub/Publishers/device} to send
 * to; {@code hub/ConsumerGroups/$Default/Partitions/0} to receive from.
 */
record HubAddress(
    Hub hub,
    @Nullable String consumerGroup,
    @Nullable Partition partition,
    @Nullable String publisher) {

  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?<hub>[^/]+)(?:/ConsumerGroups/(?<group>[^/]+))?"
              + "(?:/Partitions/(?<partition>[^/]+)|/Publishers/(?<publisher>[^/]+))?",
          Pattern.CASE_INSENSITIVE);

  static HubAddress toSendTo(String address, Namespace namespace) throws Refusal {
    HubAddress parsed = parse(address, namespace);
    if (parsed.consumerGroup != null) {
      throw Refusal.noSuchEntity(address);
    }
    return parsed;
  }

  static HubAddress toReceiveFrom(String address, Namespace namespace) throws Refusal {
    HubAddress parsed = parse(address, namespace);
    if (parsed.consumerGroup == null
        || parsed.partition == null
        || !parsed.hub.hasConsumerGroup(parsed.consumerGroup)) {
      throw Refusal.noSuchEntity(address);
    }
    return parsed;
  }

  private static HubAddress parse(String address, Namespace namespace) throws Refusal {
    Matcher matcher = ADDRESS.matcher(address);
    if (!matcher.matches()) {
      throw Refusal.noSuchEntity(address);
    }
    Optional<Hub> hub = namespace.hub(matcher.group("hub"));
    if (hub.isEmpty()) {
      throw Refusal.noSuchEntity(address);
    }
    return new HubAddress(
        hub.get(),
        matcher.group("group"),
        partition(hub.get(), matcher.group("partition")),
        matcher.group("publisher"));
  }

  private static @Nullable Partition partition(Hub hub, @Nullable String id) throws Refusal {
    if (id == null) {
      return null;
    }
    Optional<Partition> partition = hub.partition(id);
    if (partition.isEmpty()) {
      throw Refusal.noSuchPartition(id, hub.partitions().size());
    }
    return partition.get();
  }
}
