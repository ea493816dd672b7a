package dev.muster.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;

/**
 * By which names the service is called. Pages of other sites make browsers call a service on their
 * own machine by names of theirs.
 */
public final class HostNames {

  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1", "[::1]");

  private final Set<String> names;
  private final boolean any;

  HostNames(Set<String> configured, Environment environment) {
    names =
        configured.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
    any = names.isEmpty() && (behindProxy(environment) || !listensOnLoopback(environment));
  }

  /** Whether the service has this name. */
  public boolean known(String name) {
    return any || isLoopback(name) || names.contains(name.toLowerCase(Locale.ROOT));
  }

  /** Whether this is a name of this very machine. */
  public static boolean isLoopback(@Nullable String name) {
    return name != null && LOOPBACK.contains(name.toLowerCase(Locale.ROOT));
  }

  /** Whether requests come by way of a proxy that is told to be believed. */
  public static boolean behindProxy(Environment environment) {
    String strategy = environment.getProperty("server.forward-headers-strategy", "none");
    return !strategy.equalsIgnoreCase("none");
  }

  static boolean listensOnLoopback(Environment environment) {
    String address = environment.getProperty("server.address");
    try {
      return address != null && InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** Whether the service itself speaks TLS. */
  public static boolean encrypted(Environment environment) {
    return environment.containsProperty("server.ssl.bundle")
        || environment.containsProperty("server.ssl.certificate")
        || environment.containsProperty("server.ssl.key-store");
  }
}
