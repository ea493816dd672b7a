package dev.muster.database;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/**
 * This process's sockets to PostgreSQL, made for its driver. A statement may take hours, so no time
 * is set for an answer; but the other end's system is asked whether it is there once nothing was
 * heard for {@value #QUIET_SECONDS} s, and all connections can be given up at once.
 */
public final class DatabaseSockets extends SocketFactory {

  private static final int QUIET_SECONDS = 15;

  private static final Map<SocketOption<Integer>, Integer> PROBES =
      Map.of(
          ExtendedSocketOptions.TCP_KEEPIDLE, QUIET_SECONDS,
          ExtendedSocketOptions.TCP_KEEPINTERVAL, 5,
          ExtendedSocketOptions.TCP_KEEPCOUNT, 3);

  private static final Set<Socket> OPEN =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  /**
   * Ends all connections of this process to PostgreSQL, whatever they wait for.
   *
   * @return how many there were
   */
  public static int closeAll() {
    List<Socket> sockets;
    synchronized (OPEN) {
      sockets = OPEN.stream().filter(socket -> !socket.isClosed()).toList();
      OPEN.clear();
    }
    for (Socket socket : sockets) {
      try {
        socket.close();
      } catch (IOException e) {
        // it is closed
      }
    }
    return sockets.size();
  }

  @Override
  public Socket createSocket() throws IOException {
    Socket socket = new Socket();
    for (Map.Entry<SocketOption<Integer>, Integer> probe : PROBES.entrySet()) {
      if (socket.supportedOptions().contains(probe.getKey())) {
        socket.setOption(probe.getKey(), probe.getValue());
      }
    }
    OPEN.add(socket);
    return socket;
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException(); // the driver connects what it was given
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress from, int fromPort) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) {
    throw new UnsupportedOperationException();
  }
}
