package dev.muster.eventhubs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.qpid.proton.amqp.DescribedType;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.DeliveryAnnotations;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/** A client that receives from a partition. */
final class ConsumerLink {

  private static final Symbol FILTER = Symbol.valueOf("apache.org:selector-filter:string");
  private static final Symbol EPOCH = Symbol.valueOf("com.microsoft:epoch");
  private static final Symbol RUNTIME_METRIC =
      Symbol.valueOf("com.microsoft:enable-receiver-runtime-metric");

  private final Sender sender;
  private final String address;
  private final Hub hub;
  private final String consumerGroup;
  private final Partition partition;
  private final @Nullable Long epoch;
  private final boolean tellsLastEnqueued;
  private int next;

  ConsumerLink(Sender sender, String address, HubAddress from) throws Refusal {
    this.sender = sender;
    this.address = address;
    this.hub = from.hub();
    this.consumerGroup = Objects.requireNonNull(from.consumerGroup());
    this.partition = Objects.requireNonNull(from.partition());
    this.next = StartPosition.in(partition, filter(sender));
    this.epoch = epoch(sender);
    Symbol[] desired = sender.getRemoteDesiredCapabilities();
    this.tellsLastEnqueued = desired != null && Arrays.asList(desired).contains(RUNTIME_METRIC);
  }

  String address() {
    return address;
  }

  Hub hub() {
    return hub;
  }

  String consumerGroup() {
    return consumerGroup;
  }

  Partition partition() {
    return partition;
  }

  @Nullable Long epoch() {
    return epoch;
  }

  Sender sender() {
    return sender;
  }

  /** Something to send, and somebody who wants it. */
  boolean isDue() {
    return sender.getCredit() > 0 && next < partition.size();
  }

  /** Sends what there is, as far as the client's credit goes. */
  void pump() {
    StoredEvent event = partition.at(next);
    while (event != null && sender.getCredit() > 0) {
      byte[] bytes = AmqpMessages.encoded(tellsLastEnqueued ? told(event) : event.message());
      sender.delivery(Integer.toString(next).getBytes(US_ASCII));
      sender.send(bytes, 0, bytes.length);
      sender.advance();
      next++;
      event = partition.at(next);
    }
    if (sender.getDrain()) {
      sender.drained();
    }
  }

  /** The client's word on a delivery: this log is not moved by it. */
  void settle(Delivery delivery) {
    if (delivery.getRemoteState() != null || delivery.remotelySettled()) {
      delivery.settle();
    }
  }

  void close(Refusal reason) {
    sender.setCondition(reason.condition());
    sender.close();
  }

  // Others receive the same stored message: what is only for this delivery goes on a copy.
  private Message told(StoredEvent event) {
    StoredEvent last = Objects.requireNonNull(partition.last());
    Map<Symbol, Object> annotations = new HashMap<>();
    annotations.put(Symbol.valueOf("last_enqueued_sequence_number"), last.sequenceNumber());
    annotations.put(Symbol.valueOf("last_enqueued_offset"), last.offset());
    annotations.put(Symbol.valueOf("last_enqueued_time_utc"), Date.from(last.enqueuedTime()));
    annotations.put(Symbol.valueOf("runtime_info_retrieval_time_utc"), Date.from(Instant.now()));
    Message copy = AmqpMessages.message(AmqpMessages.encoded(event.message()));
    copy.setDeliveryAnnotations(new DeliveryAnnotations(annotations));
    return copy;
  }

  private static @Nullable String filter(Sender sender) {
    return sender.getRemoteSource() instanceof Source source
            && source.getFilter() != null
            && source.getFilter().get(FILTER) instanceof DescribedType filter
        ? String.valueOf(filter.getDescribed())
        : null;
  }

  private static @Nullable Long epoch(Sender sender) {
    Map<Symbol, Object> properties = sender.getRemoteProperties();
    return properties != null && properties.get(EPOCH) instanceof Number number
        ? Long.valueOf(number.longValue())
        : null;
  }
}
