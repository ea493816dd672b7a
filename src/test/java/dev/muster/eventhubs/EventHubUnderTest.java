package dev.muster.eventhubs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.muster.eventhubs.EventHubsStandIn.HubSettings;
import java.net.URI;
import java.net.URLEncoder;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The hub a test works with: the stand-in's, or a real one when {@code
 * MUSTER_TEST_EVENTHUBS_CONNECTION} holds its connection string (with {@code EntityPath}, and a
 * policy that may send and listen). A real hub has events of others in it: tests mark their own.
 */
public final class EventHubUnderTest implements AutoCloseable {

  private static final String VARIABLE = "MUSTER_TEST_EVENTHUBS_CONNECTION";

  private final @Nullable EventHubsStandIn standIn;
  private final Map<String, String> connection;

  private EventHubUnderTest(@Nullable EventHubsStandIn standIn, String connectionString) {
    this.standIn = standIn;
    this.connection = parsed(connectionString);
  }

  /** The real hub, or a stand-in with this one and these others. */
  public static EventHubUnderTest open(HubSettings hub, HubSettings... others) {
    String real = System.getenv(VARIABLE);
    if (real != null && !real.isBlank()) {
      return new EventHubUnderTest(null, real);
    }
    HubSettings[] all = new HubSettings[others.length + 1];
    all[0] = hub;
    System.arraycopy(others, 0, all, 1, others.length);
    EventHubsStandIn standIn = EventHubsStandIn.start(all);
    return new EventHubUnderTest(standIn, standIn.connectionString(hub.name()));
  }

  /** The stand-in; at a real hub, the test is skipped. */
  public EventHubsStandIn standIn() {
    assumeTrue(standIn != null, "Only the stand-in can do this, and a real Event Hub is tested.");
    return Objects.requireNonNull(standIn);
  }

  /** Restarts the stand-in; a real hub goes on. */
  public void restartIfPossible() {
    if (standIn != null) {
      standIn.restart();
    }
  }

  /** The hub's name. */
  public String name() {
    return field("EntityPath");
  }

  /** The connection string that works. */
  public String connectionString() {
    return joined(connection);
  }

  /** The connection string with another key. */
  public String connectionStringWithKey(String key) {
    Map<String, String> changed = new LinkedHashMap<>(connection);
    changed.put("SharedAccessKey", key);
    return joined(changed);
  }

  /** The connection string with a token in the place of the key. */
  public String connectionStringWithToken(String token) {
    Map<String, String> changed = new LinkedHashMap<>(connection);
    changed.remove("SharedAccessKeyName");
    changed.remove("SharedAccessKey");
    changed.put("SharedAccessSignature", token);
    return joined(changed);
  }

  /** The connection string with another hub, or publisher of a hub. */
  public EventHubUnderTest at(String entityPath) {
    Map<String, String> changed = new LinkedHashMap<>(connection);
    changed.put("EntityPath", entityPath);
    return new EventHubUnderTest(standIn, joined(changed));
  }

  /** A token of the hub's own key for a path of its namespace. */
  public String token(String path, Instant expiry) {
    String host = URI.create(field("Endpoint")).getHost();
    String resource = URLEncoder.encode("https://%s/%s".formatted(host, path), UTF_8);
    String signed = resource + "\n" + expiry.getEpochSecond();
    return "SharedAccessSignature sr=%s&sig=%s&se=%d&skn=%s"
        .formatted(
            resource,
            URLEncoder.encode(hmac(field("SharedAccessKey"), signed), UTF_8),
            expiry.getEpochSecond(),
            field("SharedAccessKeyName"));
  }

  @Override
  public void close() {
    if (standIn != null) {
      standIn.close();
    }
  }

  private String field(String name) {
    return Objects.requireNonNull(connection.get(name), VARIABLE + " has no " + name);
  }

  private static String hmac(String key, String signed) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getBytes(UTF_8), "HmacSHA256"));
      return Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has HMAC-SHA256.", e);
    }
  }

  private static Map<String, String> parsed(String connectionString) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String field : connectionString.split(";", -1)) {
      int equals = field.indexOf('=');
      if (equals > 0) {
        fields.put(field.substring(0, equals), field.substring(equals + 1));
      }
    }
    return fields;
  }

  private static String joined(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(field -> field.getKey() + "=" + field.getValue())
        .collect(Collectors.joining(";"));
  }
}
