package dev.muster.eventhubs;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.Collector;
import org.apache.qpid.proton.engine.Connection;
import org.apache.qpid.proton.engine.Event;
import org.apache.qpid.proton.engine.Sasl;
import org.apache.qpid.proton.engine.SaslListener;
import org.apache.qpid.proton.engine.Transport;
import org.apache.qpid.proton.engine.TransportException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client's socket, and Proton's engine that makes events of its bytes and bytes of our calls. */
final class AmqpPeer {

  private static final Logger log = LoggerFactory.getLogger(AmqpPeer.class);
  private static final int MAX_FRAME_SIZE = 64 * 1024;
  private static final int IDLE_TIMEOUT_MILLIS = 240_000;
  private static final String ANONYMOUS = "ANONYMOUS";

  private final SocketChannel channel;
  private final SelectionKey key;
  private final HubConnection client;
  private final Transport transport = Proton.transport();
  private final Connection connection = Proton.connection();
  private final Collector collector = Proton.collector();
  private boolean gone;

  AmqpPeer(SocketChannel channel, SelectionKey key, HubConnection client) {
    this.channel = channel;
    this.key = key;
    this.client = client;
    transport.setMaxFrameSize(MAX_FRAME_SIZE);
    transport.setIdleTimeout(IDLE_TIMEOUT_MILLIS);
    // The connection itself is anonymous; who it is, the tokens say that are put later.
    Sasl sasl = transport.sasl();
    sasl.server();
    sasl.allowSkip(false);
    sasl.setMechanisms(ANONYMOUS);
    sasl.setListener(new OnlyAnonymous());
    connection.collect(collector);
    transport.bind(connection);
  }

  boolean isGone() {
    return gone;
  }

  /** Takes what the socket has, and does what it asks for. */
  void read() {
    try {
      if (transport.capacity() > 0) {
        if (channel.read(transport.tail()) < 0) {
          close();
          return;
        }
        transport.process();
      }
    } catch (IOException | TransportException e) {
      log.debug("A client's connection ended: {}", e.toString());
      close();
      return;
    }
    for (Event event = collector.peek(); event != null; event = collector.peek()) {
      handle(event);
      collector.pop();
    }
  }

  /** Puts what has come for its consumers into the engine. */
  void pump() {
    if (!gone) {
      client.pump();
    }
  }

  /** Writes what the socket takes. */
  void write(long nowMillis) {
    try {
      transport.tick(nowMillis);
      int pending = transport.pending();
      while (pending > 0) {
        int written = channel.write(transport.head());
        if (written == 0) {
          break;
        }
        transport.pop(written);
        pending = transport.pending();
      }
      if (pending == Transport.END_OF_STREAM) {
        close();
      } else {
        key.interestOps(
            pending > 0 ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
      }
    } catch (IOException e) {
      log.debug("A client's connection ended: {}", e.toString());
      close();
    }
  }

  /** Ends it as a broken network does: without a word. */
  void close() {
    if (!gone) {
      gone = true;
      client.gone();
      key.cancel();
      try {
        channel.close();
      } catch (IOException e) {
        log.debug("A client's socket did not close: {}", e.toString());
      }
    }
  }

  private void handle(Event event) {
    try {
      client.handle(event);
    } catch (RuntimeException e) {
      log.error("The stand-in failed at {}", event.getType(), e);
      connection.setCondition(
          new ErrorCondition(Symbol.valueOf("amqp:internal-error"), e.toString()));
      connection.close();
    }
  }

  private static final class OnlyAnonymous implements SaslListener {

    @Override
    public void onSaslInit(Sasl sasl, Transport transport) {
      boolean anonymous = Arrays.asList(sasl.getRemoteMechanisms()).contains(ANONYMOUS);
      sasl.done(anonymous ? Sasl.SaslOutcome.PN_SASL_OK : Sasl.SaslOutcome.PN_SASL_AUTH);
    }

    @Override
    public void onSaslResponse(Sasl sasl, Transport transport) {}

    @Override
    public void onSaslMechanisms(Sasl sasl, Transport transport) {}

    @Override
    public void onSaslChallenge(Sasl sasl, Transport transport) {}

    @Override
    public void onSaslOutcome(Sasl sasl, Transport transport) {}
  }
}
