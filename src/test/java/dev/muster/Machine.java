package dev.muster;

import dev.muster.MusterProcess.Running;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A machine with one instance: a home, and a line of its own to each server that it has in common
 * with others. It knows the servers as {@code localhost}, which is another address of loopback for
 * each machine, so all of them know a server by one name and take ways of their own.
 */
public final class Machine implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int FIRST_ADDRESS = 20;

  private final Path home;
  private final List<String> command;
  private final MusterProcess muster;
  private final Map<String, Line> lines = new TreeMap<>();
  private @Nullable Running running;

  /**
   * @param number of at most 200
   * @param servers their ports on loopback, by the names of the lines to them
   * @param options of its JVM
   * @param command what it runs
   */
  public Machine(
      Path folder, int number, Map<String, Integer> servers, String[] options, String... command)
      throws IOException {
    String address = address(number);
    home = folder.resolve("machine-" + number);
    this.command = List.of(command);
    for (Map.Entry<String, Integer> server : servers.entrySet()) {
      int port = server.getValue();
      lines.put(server.getKey(), new Line(InetAddress.getByName(address), port, port));
    }
    Path hosts =
        Files.writeString(
            folder.resolve("hosts-" + number),
            "%s localhost%n127.0.0.1 %s%n"
                .formatted(address, InetAddress.getLocalHost().getHostName()));
    List<String> all = new ArrayList<>(Arrays.asList(options));
    all.add("-Djdk.net.hosts.file=" + hosts);
    muster = MusterProcess.untouched(home, all.toArray(String[]::new));
  }

  /** Another name for the servers, of one machine alone. */
  static String address(int number) {
    return "127.0.0." + (FIRST_ADDRESS + number);
  }

  public Path home() {
    return home;
  }

  /** The line to a server. */
  public Line line(String server) {
    return Objects.requireNonNull(lines.get(server), server);
  }

  /** Starts its instance. */
  public void start() throws IOException, InterruptedException {
    running = muster.start(command.toArray(String[]::new));
  }

  /** Waits until it is at work. */
  public void awaitStarted() throws Exception {
    Running started = running();
    Await.until(
        PATIENCE,
        () -> started.out() + (started.process().isAlive() ? "" : started.err()),
        said -> said.contains("Muster is") || !started.process().isAlive());
    if (!started.process().isAlive()) {
      throw new IllegalStateException(started.out() + started.err());
    }
  }

  public Running running() {
    return Objects.requireNonNull(running);
  }

  public Process process() {
    return running().process();
  }

  /** What a failure is understood by. */
  public String said() throws IOException {
    Path log = home.resolve("log/muster.log");
    return "%n--- %s%n%s%s"
        .formatted(home, running().err(), Files.exists(log) ? Files.readString(log) : "");
  }

  @Override
  public void close() throws IOException, InterruptedException {
    if (running != null) {
      process().destroyForcibly().waitFor();
    }
    for (Line line : lines.values()) {
      line.close();
    }
  }
}
