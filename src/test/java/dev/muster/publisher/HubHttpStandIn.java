package dev.muster.publisher;

import dev.muster.FreePort;
import dev.muster.eventhubs.Resource;
import dev.muster.eventhubs.SharedAccessPolicy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.jspecify.annotations.Nullable;

/**
 * Azure Event Hubs over HTTPS on loopback: devices send events to it, and publishers are revoked,
 * restored and listed, each with a token that is checked as the service checks it. What goes wrong
 * is told to its {@link #faults()}.
 *
 * <p>A token's resource names host and port. It covers what lies below it: a policy of a hub
 * vouches for the hub, its publishers, and nothing beside or above.
 *
 * <p>It does not know Entra ID's tokens, which it refuses, nor partitions, batches and quotas. It
 * asks for more than the service may do in the form of an entry: the content type to the letter,
 * one name, and the name of the address.
 */
public final class HubHttpStandIn implements AutoCloseable {

  /** The policy of every hub that allows to send. */
  public static final String DEVICE_SEND = "device-send";

  /** The policy of every hub that allows everything. */
  public static final String MANAGE = "manage";

  /** The status of a call that was given none. */
  public static final int NO_ANSWER = 0;

  private static final String HOST = "localhost";

  private final LocalhostCertificate certificate = LocalhostCertificate.make();
  private final HubFaults faults = new HubFaults();
  private final Map<String, PublisherHub> hubs = new LinkedHashMap<>();
  private final HubRequests requests;
  private final int port;
  private final Tomcat server;

  private HubHttpStandIn(List<String> names) {
    this.port = FreePort.any(); // asked for before it listens: the hubs' resources name it
    for (String name : names) {
      hubs.put(name, new PublisherHub(Resource.of(namespace(), name)));
    }
    this.requests = new HubRequests(namespace(), hubs, faults);
    this.server = server();
    resume();
  }

  /**
   * A call that came.
   *
   * @param publisher whose it was; null for a list
   * @param status what it was answered, or {@link #NO_ANSWER}
   */
  public record Call(
      String method, String hub, @Nullable String publisher, int status, Instant at) {}

  /** Starts with these hubs, empty and with new keys, on a free port. */
  public static HubHttpStandIn start(String... hubs) {
    return new HubHttpStandIn(List.of(hubs));
  }

  /** The name by which tokens and addresses know it: host and port. */
  public String namespace() {
    return HOST + ":" + port;
  }

  /** The port it listens on, also after a stop. */
  public int port() {
    return port;
  }

  /** The file with the certificate that clients must trust, in PEM. */
  public Path certificate() {
    return certificate.pem();
  }

  /** The key of a hub's policy that is used first. */
  public String primaryKey(String hub, String policy) {
    return known(hub).policy(policy).primaryKey();
  }

  /** The other key, as good as the first. */
  public String secondaryKey(String hub, String policy) {
    return known(hub).policy(policy).secondaryKey();
  }

  /** Gives a policy another primary key; tokens under the old one are refused from now on. */
  public void regeneratePrimaryKey(String hub, String policy) {
    known(hub).change(policy, SharedAccessPolicy::withNewPrimaryKey);
  }

  /** Gives a policy another secondary key; tokens under the old one are refused from now on. */
  public void regenerateSecondaryKey(String hub, String policy) {
    known(hub).change(policy, SharedAccessPolicy::withNewSecondaryKey);
  }

  /** What goes wrong. */
  public HubFaults faults() {
    return faults;
  }

  /** Lists are answered in pages of so many entries, each with the address of the next. */
  public void pageSize(int entries) {
    requests.pageSize(entries);
  }

  /** The publishers that a hub has revoked now. */
  public SortedSet<String> revoked(String hub) {
    return new TreeSet<>(known(hub).revoked());
  }

  /** How many publishers a hub has revoked now. */
  public int countRevoked(String hub) {
    return known(hub).revoked().size();
  }

  /** The events that a device sent and the hub took, in the order they came. */
  public List<String> eventsOf(String hub, String device) {
    return known(hub).events(device);
  }

  /** All calls, in the order they were answered. */
  public List<Call> calls() {
    return requests.calls();
  }

  /** How many calls were answered with which status. */
  public Map<Integer, Long> countByStatus() {
    return calls().stream()
        .map(Call::status)
        .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
  }

  /** The most calls that were under way at the same time. */
  public int mostAtOnce() {
    return requests.mostAtOnce();
  }

  /** Drops all connections and refuses new ones; what is in the hubs stays. */
  public synchronized void stop() {
    try {
      server.stop();
    } catch (LifecycleException e) {
      throw new IllegalStateException("The stand-in can't stop.", e);
    }
  }

  /** Listens again, on the same port. */
  public synchronized void resume() {
    try {
      server.start();
    } catch (LifecycleException e) {
      throw new IllegalStateException("The stand-in can't listen on port " + port + ".", e);
    }
  }

  @Override
  public synchronized void close() {
    stop();
    try {
      server.destroy();
    } catch (LifecycleException e) {
      throw new IllegalStateException("The stand-in can't be taken down.", e);
    }
    certificate.delete();
  }

  private PublisherHub known(String hub) {
    return Optional.ofNullable(hubs.get(hub))
        .orElseThrow(() -> new IllegalArgumentException("No hub '" + hub + "'."));
  }

  private Tomcat server() {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(System.getProperty("java.io.tmpdir"));
    tomcat.setConnector(connector());
    tomcat.getHost();
    tomcat.getEngine().getPipeline().addValve(requests);
    return tomcat;
  }

  private Connector connector() {
    SSLHostConfig tls = new SSLHostConfig();
    SSLHostConfigCertificate key =
        new SSLHostConfigCertificate(tls, SSLHostConfigCertificate.Type.EC);
    key.setCertificateKeystore(certificate.keyStore());
    key.setCertificateKeystorePassword(LocalhostCertificate.PASSWORD);
    tls.addCertificate(key);

    Connector connector = new Connector();
    connector.setPort(port);
    connector.setSecure(true);
    connector.setScheme("https");
    connector.setProperty("address", HOST);
    connector.setProperty("SSLEnabled", "true");
    // Otherwise a stop leaves the port open
    connector.setProperty("bindOnInit", "false");
    connector.setThrowOnFailure(true);
    connector.addSslHostConfig(tls);
    if (connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> http) {
      http.setMaxKeepAliveRequests(-1);
    }
    return connector;
  }
}
