package dev.muster.eventhubs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * Azure Event Hubs on loopback: a namespace with hubs that keep their events in memory, and one
 * shared access policy with two keys. It speaks plain AMQP 1.0 with Azure's own client, and refuses
 * what the service refuses: tokens with a wrong signature, expired or for another hub, links
 * without a token, receivers whose partition has gone to another.
 *
 * <p>It does not know claims (every key may send and listen), revoked publishers, retention, nor
 * quotas of throughput; and it can't judge Entra ID's tokens, which it refuses.
 */
public final class EventHubsStandIn implements AutoCloseable {

  /** The name of its shared access policy. */
  public static final String KEY_NAME = "RootManageSharedAccessKey";

  // The client resolves this name as we do, and so finds us wherever it points.
  private static final String HOST = "localhost";

  private final Namespace namespace;
  private final int port;
  private @Nullable AmqpListener listener;

  private EventHubsStandIn(Namespace namespace) {
    this.namespace = namespace;
    this.listener = listen(namespace, 0);
    this.port = listener.port();
  }

  /** A hub to be had, with the consumer groups it has besides {@code $Default}. */
  public record HubSettings(String name, int partitions, List<String> consumerGroups) {

    /** With partitions {@code 0} to {@code partitions - 1}. */
    public static HubSettings hub(String name, int partitions, String... consumerGroups) {
      return new HubSettings(name, partitions, List.of(consumerGroups));
    }
  }

  /** Starts with these hubs, empty, on a free port. */
  public static EventHubsStandIn start(HubSettings... hubs) {
    List<Hub> empty =
        Arrays.stream(hubs)
            .map(hub -> new Hub(hub.name(), hub.partitions(), hub.consumerGroups()))
            .toList();
    return new EventHubsStandIn(
        new Namespace(HOST, SharedAccessPolicy.withNewKeys(KEY_NAME), empty));
  }

  /** The connection string of a hub with the primary key. */
  public String connectionString(String hub) {
    return connectionString(hub, primaryKey());
  }

  /** The connection string of a hub with any key. */
  public String connectionString(String hub, String key) {
    return endpoint()
        + "SharedAccessKeyName=%s;SharedAccessKey=%s;EntityPath=%s".formatted(KEY_NAME, key, hub);
  }

  /** The connection string of a hub with a token that was made elsewhere, and is not renewed. */
  public String connectionStringWithToken(String hub, String token) {
    return endpoint() + "SharedAccessSignature=%s;EntityPath=%s".formatted(token, hub);
  }

  /** The port it listens on, also after a restart. */
  public int port() {
    return port;
  }

  /** The key of the policy that is used first. */
  public String primaryKey() {
    return namespace.policy().primaryKey();
  }

  /** The other key, as good as the first. */
  public String secondaryKey() {
    return namespace.policy().secondaryKey();
  }

  /** The name by which tokens know the namespace. */
  public String host() {
    return HOST;
  }

  /** Puts an event into a partition, as another sender would; also while it is stopped. */
  public synchronized void append(String hub, String partition, String text) {
    append(hub, partition, text.getBytes(UTF_8), Map.of());
  }

  /** Puts an event with application properties into a partition. */
  public synchronized void append(
      String hub, String partition, byte[] body, Map<String, Object> properties) {
    Message message = Proton.message();
    message.setBody(new Data(new Binary(body.clone())));
    message.setApplicationProperties(new ApplicationProperties(new HashMap<>(properties)));
    known(hub)
        .partition(partition)
        .orElseThrow(() -> new IllegalArgumentException("No partition '" + partition + "'."))
        .append(message);
    if (listener != null) {
      listener.wakeUp();
    }
  }

  /** All events of a hub, partition by partition in the order they came. */
  public List<StoredEvent> events(String hub) {
    return known(hub).events();
  }

  /** Drops all connections without a word, and listens again on the same port. */
  public synchronized void restart() {
    stop();
    resume();
  }

  /** Drops all connections and refuses new ones; what is in the hubs stays. */
  public synchronized void stop() {
    if (listener != null) {
      listener.close();
      listener = null;
    }
  }

  /** Listens again, on the same port. */
  public synchronized void resume() {
    if (listener == null) {
      listener = listen(namespace, port);
    }
  }

  @Override
  public void close() {
    stop();
  }

  private String endpoint() {
    return "Endpoint=sb://%s:%d;UseDevelopmentEmulator=true;".formatted(HOST, port);
  }

  private Hub known(String hub) {
    return namespace
        .hub(hub)
        .orElseThrow(() -> new IllegalArgumentException("No hub '" + hub + "'."));
  }

  private static AmqpListener listen(Namespace namespace, int port) {
    try {
      return AmqpListener.listen(namespace, new InetSocketAddress(HOST, port));
    } catch (IOException e) {
      throw new UncheckedIOException("The stand-in can't listen on port " + port + ".", e);
    }
  }
}
