package dev.muster.eventhubs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.codec.DecodeException;
import org.apache.qpid.proton.engine.Connection;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Event;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.message.Message;

/**
 * One client's connection, as the service treats it: tokens are put for this connection, and open
 * links to hubs on this connection only. The two nodes that answer requests are open to everybody.
 */
final class HubConnection {

  private static final String CBS = "$cbs";
  private static final String MANAGEMENT = "$management";
  private static final long MAX_MESSAGE_SIZE = 1024 * 1024;
  private static final int CREDIT = 300;

  private record Publishing(String address, HubAddress to) {}

  private final Namespace namespace;
  private final Requests requests;
  private final Map<Resource, Instant> claims = new HashMap<>();
  private final Map<String, Sender> replies = new HashMap<>();
  private final Map<Receiver, Publishing> publishing = new HashMap<>();
  private final List<ConsumerLink> consumers = new ArrayList<>();
  private long replyTag;

  HubConnection(Namespace namespace) {
    this.namespace = namespace;
    this.requests = new Requests(namespace, claims);
  }

  void handle(Event event) {
    switch (event.getType()) {
      case CONNECTION_REMOTE_OPEN -> open(event.getConnection());
      case CONNECTION_REMOTE_CLOSE -> event.getConnection().close();
      case SESSION_REMOTE_OPEN -> event.getSession().open();
      case SESSION_REMOTE_CLOSE -> {
        forget(link -> link.getSession() == event.getSession());
        event.getSession().close();
      }
      case LINK_REMOTE_OPEN -> attach(event.getLink());
      case LINK_REMOTE_CLOSE -> {
        forget(link -> link == event.getLink());
        event.getLink().close();
        event.getLink().free();
      }
      case LINK_REMOTE_DETACH -> {
        forget(link -> link == event.getLink());
        event.getLink().detach();
        event.getLink().free();
      }
      case DELIVERY -> delivery(event.getDelivery());
      default -> {}
    }
  }

  /** Sends consumers what has come for them. */
  void pump() {
    for (ConsumerLink consumer : List.copyOf(consumers)) {
      if (consumer.isDue()) {
        if (isAuthorized(consumer.address())) {
          consumer.pump();
        } else {
          consumer.close(Refusal.unauthorized(consumer.address()));
          drop(consumer);
        }
      }
    }
  }

  /** The client is gone. */
  void gone() {
    List.copyOf(consumers).forEach(this::drop);
  }

  private static void open(Connection connection) {
    connection.setContainer("event-hubs-stand-in");
    connection.open();
  }

  private void attach(Link link) {
    try {
      if (link instanceof Sender sender) {
        Source source = (Source) sender.getRemoteSource();
        String address = source == null ? "" : String.valueOf(source.getAddress());
        if (isRequestNode(address)) {
          Target target = (Target) sender.getRemoteTarget();
          replies.put(target.getAddress(), sender);
        } else {
          authorize(address);
          ConsumerLink consumer =
              new ConsumerLink(sender, address, HubAddress.toReceiveFrom(address, namespace));
          namespace.receivers().add(consumer);
          consumers.add(consumer);
        }
        accept(link);
      } else if (link instanceof Receiver receiver) {
        Target target = (Target) receiver.getRemoteTarget();
        String address = target == null ? "" : String.valueOf(target.getAddress());
        if (!isRequestNode(address)) {
          authorize(address);
          publishing.put(
              receiver, new Publishing(address, HubAddress.toSendTo(address, namespace)));
        }
        // Without a limit of ours, the Azure client's own buffer has no room.
        receiver.setMaxMessageSize(UnsignedLong.valueOf(MAX_MESSAGE_SIZE));
        accept(link);
        receiver.flow(CREDIT);
      }
    } catch (Refusal refusal) {
      // AMQP has no other way to say no than opening with nothing at the other end, and closing.
      link.open();
      close(link, refusal);
    }
  }

  private static boolean isRequestNode(String address) {
    return address.equals(CBS) || address.equals(MANAGEMENT);
  }

  private static void accept(Link link) {
    link.setSource(link.getRemoteSource());
    link.setTarget(link.getRemoteTarget());
    link.setSenderSettleMode(link.getRemoteSenderSettleMode());
    link.setReceiverSettleMode(link.getRemoteReceiverSettleMode());
    link.open();
  }

  private static void close(Link link, Refusal reason) {
    link.setCondition(reason.condition());
    link.close();
  }

  private void authorize(String address) throws Refusal {
    if (!isAuthorized(address)) {
      throw Refusal.unauthorized(address);
    }
  }

  private boolean isAuthorized(String address) {
    Resource resource = namespace.resource(address);
    Instant now = Instant.now();
    return claims.entrySet().stream()
        .anyMatch(claim -> claim.getKey().covers(resource) && now.isBefore(claim.getValue()));
  }

  private void delivery(Delivery delivery) {
    if (delivery.getLink() instanceof Sender sender) {
      consumers.stream()
          .filter(consumer -> consumer.sender() == sender)
          .forEach(consumer -> consumer.settle(delivery));
    } else if (delivery.getLink() instanceof Receiver receiver) {
      if (delivery.isAborted()) {
        delivery.settle();
        receiver.advance();
      } else if (delivery.available() > MAX_MESSAGE_SIZE) {
        close(receiver, Refusal.messageTooLarge(MAX_MESSAGE_SIZE));
      } else if (delivery.isReadable() && !delivery.isPartial()) {
        received(receiver, delivery);
      }
    }
  }

  private void received(Receiver receiver, Delivery delivery) {
    byte[] bytes = new byte[delivery.available()];
    receiver.recv(bytes, 0, bytes.length);
    receiver.advance();
    try {
      List<Message> messages = AmqpMessages.decode(bytes, delivery.getMessageFormat());
      Publishing link = publishing.get(receiver);
      if (link == null) {
        messages.forEach(request -> answer((Target) receiver.getRemoteTarget(), request));
      } else {
        authorize(link.address());
        link.to().hub().append(messages, link.to().partition(), link.to().publisher());
      }
      delivery.disposition(Accepted.getInstance());
      delivery.settle();
      receiver.flow(1);
    } catch (DecodeException e) {
      close(receiver, Refusal.argument("The message is no AMQP message."));
    } catch (Refusal refusal) {
      close(receiver, refusal);
    }
  }

  private void answer(Target node, Message request) {
    Message response =
        node.getAddress().equals(CBS) ? requests.putToken(request) : requests.read(request);
    response.setCorrelationId(request.getMessageId());
    Sender sender = replies.get(request.getReplyTo());
    if (sender != null) {
      byte[] bytes = AmqpMessages.encoded(response);
      Delivery delivery = sender.delivery(Long.toString(replyTag++).getBytes(US_ASCII));
      sender.send(bytes, 0, bytes.length);
      if (sender.getSenderSettleMode() == SenderSettleMode.SETTLED) {
        delivery.settle();
      }
      sender.advance();
    }
  }

  private void forget(Predicate<Link> gone) {
    replies.values().removeIf(gone);
    publishing.keySet().removeIf(gone);
    List.copyOf(consumers).stream()
        .filter(consumer -> gone.test(consumer.sender()))
        .forEach(this::drop);
  }

  private void drop(ConsumerLink consumer) {
    namespace.receivers().remove(consumer);
    consumers.remove(consumer);
  }
}
