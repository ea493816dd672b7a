package dev.muster.eventhubs;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/**
 * What a token is for: a host, with its port where one is named, and a path on it. The service does
 * not tell {@code sb}, {@code amqp} and {@code https} apart here, nor upper case from lower.
 */
public record Resource(String host, String path) {

  /** A path on a host. */
  public static Resource of(String host, String path) {
    return new Resource(host.toLowerCase(Locale.ROOT), trimmed(path));
  }

  /** What an address names; nothing when it is none. */
  public static Optional<Resource> parse(String uri) {
    try {
      URI parsed = new URI(uri);
      return parsed.getHost() == null
          ? Optional.empty()
          : Optional.of(of(parsed.getRawAuthority(), parsed.getPath()));
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** A hub covers its partitions and publishers, and a namespace its hubs; never one beside it. */
  public boolean covers(Resource other) {
    return host.equals(other.host)
        && (path.isEmpty() || other.path.equals(path) || other.path.startsWith(path + "/"));
  }

  boolean isAt(String otherHost) {
    return host.equalsIgnoreCase(otherHost);
  }

  private static String trimmed(String path) {
    return path.replaceAll("^/+|/+$", "").toLowerCase(Locale.ROOT);
  }
}
