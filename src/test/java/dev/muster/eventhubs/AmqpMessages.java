package dev.muster.eventhubs;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.codec.AMQPDefinedTypes;
import org.apache.qpid.proton.codec.DecoderImpl;
import org.apache.qpid.proton.codec.DroppingWritableBuffer;
import org.apache.qpid.proton.codec.EncoderImpl;
import org.apache.qpid.proton.message.Message;
import org.apache.qpid.proton.message.impl.MessageImpl;

/** Messages and their bytes. */
final class AmqpMessages {

  /** The format of a message whose every body section is itself a message. */
  private static final int BATCH_FORMAT = 0x80013700;

  private AmqpMessages() {}

  /** The events that one delivery holds: one, or those of a batch. */
  static List<Message> decode(byte[] bytes, int format) {
    return format == BATCH_FORMAT ? batch(bytes) : List.of(message(bytes));
  }

  static Message message(byte[] bytes) {
    Message message = Proton.message();
    message.decode(bytes, 0, bytes.length);
    return message;
  }

  static byte[] encoded(Message message) {
    DroppingWritableBuffer measure = new DroppingWritableBuffer();
    ((MessageImpl) message).encode(measure);
    // Proton asks for a few bytes more than it then writes.
    byte[] room = new byte[measure.position() + 64];
    return Arrays.copyOf(room, message.encode(room, 0, room.length));
  }

  // Proton's own decoding of a message stops after its first body section.
  private static List<Message> batch(byte[] bytes) {
    DecoderImpl decoder = new DecoderImpl();
    AMQPDefinedTypes.registerAllTypes(decoder, new EncoderImpl(decoder));
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    decoder.setByteBuffer(buffer);
    Map<Symbol, Object> envelope = Map.of();
    List<Message> messages = new ArrayList<>();
    while (buffer.hasRemaining()) {
      Object section = decoder.readObject();
      if (section instanceof MessageAnnotations annotations) {
        envelope = annotations.getValue();
      } else if (section instanceof Data data) {
        messages.add(annotated(message(StoredEvent.bytes(data)), envelope));
      }
    }
    return messages;
  }

  // The key stands on the envelope, and a sender need not repeat it on each event.
  private static Message annotated(Message message, Map<Symbol, Object> envelope) {
    Map<Symbol, Object> annotations = new HashMap<>(envelope);
    annotations.putAll(StoredEvent.annotations(message));
    message.setMessageAnnotations(new MessageAnnotations(annotations));
    return message;
  }
}
