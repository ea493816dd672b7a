package dev.muster.eventhubs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens, and serves all its clients in one thread: what is theirs needs no locks. */
final class AmqpListener implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AmqpListener.class);
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration STOPPING = Duration.ofSeconds(10);

  private final Namespace namespace;
  private final Selector selector;
  private final ServerSocketChannel server;
  private final List<AmqpPeer> peers = new ArrayList<>();
  private final Thread thread = new Thread(this::serve, "event-hubs-stand-in");
  private volatile boolean stopping;

  private AmqpListener(Namespace namespace, Selector selector, ServerSocketChannel server) {
    this.namespace = namespace;
    this.selector = selector;
    this.server = server;
  }

  static AmqpListener listen(Namespace namespace, InetSocketAddress address) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open();
    try {
      server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      server.bind(address);
      server.configureBlocking(false);
      Selector selector = Selector.open();
      server.register(selector, SelectionKey.OP_ACCEPT);
      AmqpListener listener = new AmqpListener(namespace, selector, server);
      listener.thread.setDaemon(true);
      listener.thread.start();
      return listener;
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  int port() {
    return server.socket().getLocalPort();
  }

  /** There is something new to send. */
  void wakeUp() {
    selector.wakeup();
  }

  /** Drops every connection without a word. */
  @Override
  public void close() {
    stopping = true;
    selector.wakeup();
    try {
      thread.join(STOPPING.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      throw new IllegalStateException("The stand-in's thread did not stop in " + STOPPING + ".");
    }
  }

  private void serve() {
    try (selector;
        server) {
      while (!stopping) {
        selector.select(TICK.toMillis());
        for (SelectionKey key : selector.selectedKeys()) {
          if (key.attachment() instanceof AmqpPeer peer) {
            if (key.isValid() && key.isReadable()) {
              peer.read();
            }
          } else {
            accept();
          }
        }
        selector.selectedKeys().clear();
        // What one client sent, or took over, is another's news: nobody is written to before all
        // are read.
        long now = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        peers.forEach(AmqpPeer::pump);
        peers.stream().filter(peer -> !peer.isGone()).forEach(peer -> peer.write(now));
        peers.removeIf(AmqpPeer::isGone);
      }
    } catch (IOException | RuntimeException e) {
      log.error("The stand-in stopped serving", e);
    } finally {
      peers.forEach(AmqpPeer::close);
    }
  }

  private void accept() throws IOException {
    SocketChannel channel = server.accept();
    if (channel != null) {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
      AmqpPeer peer = new AmqpPeer(channel, key, new HubConnection(namespace));
      key.attach(peer);
      peers.add(peer);
    }
  }
}
