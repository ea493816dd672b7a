package dev.muster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port of loopback at which nobody listens, and which no connection is given: what a server has
 * left for a moment is still free when it comes back. Of the ports that Linux gives by itself
 * ({@code net.ipv4.ip_local_port_range}), each connection takes one, also those that clients try
 * meanwhile to make to that very server.
 */
public final class FreePort {

  private static final int FIRST = 20_000;
  private static final int BEHIND = 32_768;
  private static final int TRIES = 100;

  private FreePort() {}

  /** One of them. */
  public static int any() {
    for (int i = 0; i < TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, BEHIND);
      try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      } catch (IOException e) {
        // taken
      }
    }
    throw new IllegalStateException("There is no free port.");
  }
}
