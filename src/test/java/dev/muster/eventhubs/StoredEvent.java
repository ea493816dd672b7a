package dev.muster.eventhubs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/** An event as it lies in a partition. */
public final class StoredEvent {

  static final Symbol SEQUENCE_NUMBER = Symbol.valueOf("x-opt-sequence-number");
  static final Symbol OFFSET = Symbol.valueOf("x-opt-offset");
  static final Symbol ENQUEUED_TIME = Symbol.valueOf("x-opt-enqueued-time");
  static final Symbol PARTITION_KEY = Symbol.valueOf("x-opt-partition-key");
  static final Symbol PUBLISHER = Symbol.valueOf("x-opt-publisher");

  private final String partition;
  private final long sequenceNumber;
  private final long offset;
  private final Instant enqueuedTime;
  private final Message message;

  StoredEvent(
      String partition, long sequenceNumber, long offset, Instant enqueuedTime, Message message) {
    this.partition = partition;
    this.sequenceNumber = sequenceNumber;
    this.offset = offset;
    this.enqueuedTime = enqueuedTime;
    this.message = message;
    Map<Symbol, Object> annotations = new HashMap<>(annotations(message));
    annotations.put(SEQUENCE_NUMBER, sequenceNumber);
    annotations.put(OFFSET, Long.toString(offset));
    annotations.put(ENQUEUED_TIME, Date.from(enqueuedTime));
    message.setMessageAnnotations(new MessageAnnotations(annotations));
  }

  /** The partition it is in. */
  public String partition() {
    return partition;
  }

  /** Its number in the partition, from 0. */
  public long sequenceNumber() {
    return sequenceNumber;
  }

  /** Its place in the partition: not its sequence number, as at the service. */
  public String offset() {
    return Long.toString(offset);
  }

  /** When it came. */
  public Instant enqueuedTime() {
    return enqueuedTime;
  }

  /** The key its sender gave it. */
  public @Nullable String partitionKey() {
    return (String) annotations(message).get(PARTITION_KEY);
  }

  /** The publisher whose address it was sent to. */
  public @Nullable String publisher() {
    return (String) annotations(message).get(PUBLISHER);
  }

  /** Its content type. */
  public @Nullable String contentType() {
    return message.getContentType();
  }

  /** Its application properties. */
  public Map<String, Object> properties() {
    return message.getApplicationProperties() == null
        ? Map.of()
        : Map.copyOf(message.getApplicationProperties().getValue());
  }

  /** Its body. */
  public byte[] body() {
    return message.getBody() instanceof Data data ? bytes(data) : new byte[0];
  }

  /** Its body, which is text. */
  public String text() {
    return new String(body(), UTF_8);
  }

  @Override
  public String toString() {
    return "event %d of partition %s, %d bytes".formatted(sequenceNumber, partition, body().length);
  }

  Message message() {
    return message;
  }

  long place() {
    return offset;
  }

  static Map<Symbol, Object> annotations(Message message) {
    return message.getMessageAnnotations() == null
        ? Map.of()
        : message.getMessageAnnotations().getValue();
  }

  static byte[] bytes(Data data) {
    byte[] bytes = new byte[data.getValue().getLength()];
    data.getValue().asByteBuffer().get(bytes);
    return bytes;
  }
}
