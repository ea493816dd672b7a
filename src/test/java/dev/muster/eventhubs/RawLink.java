package dev.muster.eventhubs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.engine.BaseHandler;
import org.apache.qpid.proton.engine.Event;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.engine.Session;
import org.apache.qpid.proton.message.Message;
import org.apache.qpid.proton.reactor.Reactor;
import org.jspecify.annotations.Nullable;

/**
 * A client that does what Azure's never does: opens a link without putting a token first, or puts
 * one and lets it run out.
 */
final class RawLink extends BaseHandler {

  private final EventHubsStandIn standIn;
  private final String address;
  private final boolean sends;
  private final @Nullable String token;
  private boolean put;
  private @Nullable ErrorCondition end;

  private RawLink(EventHubsStandIn standIn, String address, boolean sends, @Nullable String token) {
    this.standIn = standIn;
    this.address = address;
    this.sends = sends;
    this.token = token;
  }

  /** How a sender that put no token ends. */
  static ErrorCondition sender(EventHubsStandIn standIn, String address) {
    return new RawLink(standIn, address, true, null).run();
  }

  /** How a receiver that put no token ends. */
  static ErrorCondition receiver(EventHubsStandIn standIn, String address) {
    return new RawLink(standIn, address, false, null).run();
  }

  /** How a receiver ends that put this token, and no other after it. Waits for its end. */
  static ErrorCondition receiver(EventHubsStandIn standIn, String address, String token) {
    return new RawLink(standIn, address, false, token).run();
  }

  @Override
  public void onReactorInit(Event event) {
    event.getReactor().connectionToHost(standIn.host(), standIn.port(), this);
  }

  @Override
  public void onConnectionInit(Event event) {
    event.getConnection().open();
    Session session = event.getConnection().session();
    session.open();
    if (token == null) {
      open(sends ? session.sender("raw") : session.receiver("raw"), address);
    } else {
      open(session.receiver("answer"), "$cbs");
      open(session.sender("put"), "$cbs");
    }
  }

  @Override
  public void onLinkFlow(Event event) {
    if (event.getLink() instanceof Sender sender && sender.getName().equals("put") && !put) {
      put = true;
      byte[] bytes = AmqpMessages.encoded(putToken());
      sender.delivery("put".getBytes(US_ASCII));
      sender.send(bytes, 0, bytes.length);
      sender.advance();
    }
  }

  @Override
  public void onDelivery(Event event) {
    if (event.getLink() instanceof Receiver receiver && !event.getDelivery().isPartial()) {
      if (receiver.getName().equals("answer")) {
        open(receiver.getSession().receiver("raw"), address);
      }
      event.getDelivery().settle();
      receiver.advance();
    }
  }

  @Override
  public void onLinkRemoteOpen(Event event) {
    Link link = event.getLink();
    boolean letIn =
        (link instanceof Sender ? link.getRemoteTarget() : link.getRemoteSource()) != null;
    if (letIn && link instanceof Receiver receiver) {
      receiver.flow(100);
    }
    // One that is let in without a token would never be closed.
    if (letIn && token == null) {
      event.getConnection().close();
    }
  }

  @Override
  public void onLinkRemoteClose(Event event) {
    end = event.getLink().getRemoteCondition();
    event.getConnection().close();
  }

  private void open(Link link, String node) {
    Source source = new Source();
    Target target = new Target();
    if (link instanceof Sender) {
      target.setAddress(node);
    } else {
      source.setAddress(node);
      target.setAddress("raw-client");
    }
    link.setSource(source);
    link.setTarget(target);
    link.open();
  }

  private Message putToken() {
    Message request = Proton.message();
    request.setMessageId("put");
    request.setReplyTo("raw-client");
    request.setBody(new AmqpValue(Objects.requireNonNull(token)));
    request.setApplicationProperties(
        new ApplicationProperties(
            Map.of(
                "operation", "put-token",
                "type", "servicebus.windows.net:sastoken",
                "name", "amqp://%s/%s".formatted(standIn.host(), address))));
    return request;
  }

  private ErrorCondition run() {
    try {
      Reactor reactor = Proton.reactor(this);
      reactor.run();
      reactor.free();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Objects.requireNonNull(end, "The link was let in, or the connection broke.");
  }
}
