package dev.muster;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The way from one machine to a server of loopback, which can be cut, and can fall silent. */
public final class Line implements AutoCloseable {

  private static final int BUFFER_BYTES = 1 << 16;

  private enum State {
    OPEN,
    CUT,
    SILENT
  }

  private final ServerSocket listening = new ServerSocket();
  private final int to;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private volatile State state = State.OPEN;
  private final AtomicInteger left = new AtomicInteger();
  private volatile @Nullable String awaited;

  /**
   * Opens it.
   *
   * @param from where the machine asks
   * @param port there
   * @param to the server's port on 127.0.0.1
   */
  public Line(InetAddress from, int port, int to) throws IOException {
    this.to = to;
    listening.bind(new InetSocketAddress(from, port));
    daemon(this::accept);
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** Both ends learn at once that there is no connection any more, and there are no new ones. */
  public void cut() {
    state = State.CUT;
    connections.forEach(Connection::close);
  }

  /**
   * Nothing passes any more, and neither end is told: not now, and the machine not later either, as
   * when what is between them forgot its connections.
   */
  public void fallSilent() {
    state = State.SILENT;
    connections.forEach(connection -> connection.dead = true);
  }

  /**
   * Falls silent as soon as a machine has said something so often: its last time gets nowhere.
   *
   * @param said as it begins, in ASCII: {@code PUT /container/}
   */
  public void fallSilentAt(int times, String said) {
    left.set(times);
    awaited = said;
  }

  /**
   * New connections pass; of those that fell silent the server finds out, as its own probes would
   * tell it.
   */
  public void mend() {
    state = State.OPEN;
    awaited = null;
    connections.stream().filter(one -> one.dead).forEach(one -> close(one.server));
  }

  @Override
  public void close() throws IOException {
    state = State.CUT;
    listening.close();
    connections.forEach(Connection::close);
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        if (state == State.CUT) {
          client.close();
          continue;
        }
        Connection connection =
            new Connection(client, new Socket(InetAddress.getLoopbackAddress(), to));
        connections.add(connection);
        connection.dead = state == State.SILENT;
        daemon(() -> connection.pass(connection.client, connection.server));
        daemon(() -> connection.pass(connection.server, connection.client));
      } catch (IOException e) {
        // this one came to nothing; whoever asked sees it
      }
    }
  }

  private boolean isAwaited(String said) {
    String here = awaited;
    return here != null && said.startsWith(here) && left.decrementAndGet() == 0;
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "line");
    thread.setDaemon(true);
    thread.start();
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // it is closed
    }
  }

  private final class Connection {

    private final Socket client;
    private final Socket server;
    private volatile boolean dead;

    private Connection(Socket client, Socket server) throws IOException {
      this.client = client;
      this.server = server;
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
    }

    private void pass(Socket from, Socket onTo) {
      byte[] buffer = new byte[BUFFER_BYTES];
      try {
        InputStream in = from.getInputStream();
        for (int bytes = in.read(buffer); bytes >= 0; bytes = in.read(buffer)) {
          if (from == client && isAwaited(new String(buffer, 0, bytes, US_ASCII))) {
            fallSilent();
          }
          if (!dead) {
            onTo.getOutputStream().write(buffer, 0, bytes);
          }
        }
      } catch (IOException e) {
        // one of them is closed
      }
      if (!dead) {
        close();
      } else if (from == client) {
        Line.close(client);
      }
    }

    private void close() {
      connections.remove(this);
      Line.close(client);
      Line.close(server);
    }
  }
}
