package dev.muster.database;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server of one folder: makes its data, starts it, finds it running, stops it. Its caller holds
 * the folder's start lock, so nobody else does any of that at the same time; but whoever did before
 * may have been killed at any instant, and the server as well.
 */
final class PostgresServer {

  static final String USER = "muster";
  static final String DATABASE = "muster";
  static final String PASSWORD_FILE = "password";

  private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);

  /** Replaying 4 GB of log after a power cut takes minutes on a slow disk. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** How long a command may wait before it says for what. */
  static final Duration SILENT = Duration.ofSeconds(3);

  private static final Pattern PORT_SETTING = Pattern.compile("(?m)^port = ([0-9]{1,5})$");

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
  private static final int PORTS_TRIED = 5;
  private static final long LOG_BYTES_KEPT = 10_000_000;

  /** SQLSTATE class 28: the password is not the server's. */
  private static final String WRONG_PASSWORD = "28";

  /**
   * Iterations slow down who guesses passwords. This one is random bits, which nobody guesses; with
   * the usual 4,096 each connection of a command would cost it some 30 ms of a processor.
   */
  private static final int SCRAM_ITERATIONS = 1;

  /**
   * What is acknowledged must survive, so everything that makes a commit durable is on. The rest
   * gives a bulk load room, and keeps rows out of the server's log: no statements, no parameters,
   * and no DETAIL lines ("terse"), which quote keys.
   */
  private static final String SETTINGS =
      """
      # Written by Muster at every start; changes here are lost.
      listen_addresses = '127.0.0.1'
      port = %d
      unix_socket_directories = ''
      password_encryption = 'scram-sha-256'
      scram_iterations = %d
      fsync = on
      synchronous_commit = on
      full_page_writes = on
      shared_buffers = 512MB
      wal_buffers = 64MB
      wal_compression = off
      max_wal_size = 4GB
      min_wal_size = 1GB
      checkpoint_timeout = 15min
      max_connections = 100
      timezone = 'UTC'
      lc_messages = 'C'
      log_destination = 'stderr'
      logging_collector = off
      log_timezone = 'UTC'
      log_line_prefix = '%%m [%%p] '
      log_statement = 'none'
      log_min_error_statement = 'panic'
      log_parameter_max_length = 0
      log_parameter_max_length_on_error = 0
      log_error_verbosity = 'terse'
      """;

  private final Path folder;
  private final Path data;
  private final Path log;
  private final PostgresPrograms programs;
  private final String password;

  PostgresServer(Path folder, Path programs, String password) {
    this.folder = folder;
    this.data = folder.resolve("data");
    this.log = folder.resolve("postgres.log");
    this.programs = new PostgresPrograms(folder, programs, log);
    this.password = password;
  }

  static String jdbcUrl(int port, String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  /**
   * Finds the server running, or starts it; returns its port.
   *
   * @param known whether other processes know its port, so that it can't be another one
   */
  int run(boolean known) throws IOException {
    while (true) {
      OptionalInt running = awaitRunning();
      if (running.isPresent()) {
        return running.getAsInt();
      }
      if (awaitOrphans()) {
        return start(known);
      }
    }
  }

  /** Whether it is there and nobody has told it to end. */
  boolean isUp() throws IOException {
    return postmaster().isPresent() && !isStopping();
  }

  void stop() throws IOException {
    // Not left to pg_ctl: it trusts a stale postmaster.pid, and would signal whoever has that
    // number now.
    if (postmaster().isPresent()) {
      programs.run("pg_ctl", "stop", "-D", text(data), "-m", "fast", "-w", "-t", seconds(PATIENCE));
    }
  }

  /**
   * The port of the server when it runs. One that is starting, recovering or stopping, because who
   * began that was killed, is waited for.
   */
  private OptionalInt awaitRunning() throws IOException {
    Optional<ProcessHandle> postmaster = postmaster();
    if (postmaster.isEmpty()) {
      return OptionalInt.empty();
    }
    CompletableFuture<ProcessHandle> exit = postmaster.get().onExit();
    long began = System.nanoTime();
    boolean said = false;
    while (System.nanoTime() - began < PATIENCE.toNanos()) {
      if (isStopping()) {
        // A smart shutdown waits for sessions, and those of pools never end by themselves.
        stop();
        return OptionalInt.empty();
      }
      OptionalInt port = portInPidFile();
      if (port.isPresent() && answers(port.getAsInt())) {
        return port;
      }
      if (ended(exit, BETWEEN_LOOKS)) {
        return OptionalInt.empty();
      }
      if (!said && System.nanoTime() - began > SILENT.toNanos()) {
        said = true;
        sayWaiting(folder, "comes up; after a crash it first repeats what was not yet on disk");
      }
    }
    throw new IOException(
        "The embedded PostgreSQL in %s runs (process %d), but hasn't answered for %d minutes. See %s."
            .formatted(folder, postmaster.get().pid(), PATIENCE.toMinutes(), log));
  }

  /** Tells whoever looks at a command that does not go on. */
  static void sayWaiting(Path folder, String what) {
    LOG.warn("postgres=waiting folder={} {}", folder, what);
    System.err.println("Waiting until the embedded PostgreSQL in " + folder + " " + what + ".");
  }

  private int start(boolean known) throws IOException {
    long began = System.nanoTime();
    OptionalInt lastPort = portInPidFile();
    if (lastPort.isEmpty()) {
      lastPort = portInSettings(); // one that ended by itself took its postmaster.pid away
    }
    removeStalePidFile();
    if (!Files.exists(data.resolve("PG_VERSION"))) {
      initialise();
    }
    if (Files.exists(log) && Files.size(log) > LOG_BYTES_KEPT) {
      Files.move(log, log.resolveSibling("postgres.log.1"), StandardCopyOption.REPLACE_EXISTING);
    }
    int port = start(lastPort, known);
    prepareDatabase(port);
    LOG.info(
        "postgres=started port={} milliseconds={}", port, (System.nanoTime() - began) / 1_000_000);
    return port;
  }

  /**
   * The port stays the same if it is free, so that other processes' pools find the server again.
   */
  private int start(OptionalInt lastPort, boolean known) throws IOException {
    for (int tried = 1; ; tried++) {
      int port = lastPort.isPresent() && isFree(lastPort.getAsInt()) ? lastPort.getAsInt() : -1;
      if (port < 0 && known && lastPort.isPresent()) {
        throw new IOException(
            "Port %d, at which running processes of Muster expect the embedded PostgreSQL in %s, is taken by another program. End that one."
                .formatted(lastPort.getAsInt(), folder));
      }
      if (port < 0) {
        port = freePort();
      }
      writeSettings(port);
      try {
        programs.run(
            "pg_ctl", "start", "-D", text(data), "-l", text(log), "-w", "-t", seconds(PATIENCE));
        return port;
      } catch (IOException e) {
        // Between looking and listening, somebody else may have taken the port.
        if (tried == PORTS_TRIED || isFree(port)) {
          throw e;
        }
      }
    }
  }

  /**
   * Makes the data folder aside and renames it, so that a kill in the middle leaves nothing half
   * made.
   */
  private void initialise() throws IOException {
    Path aside = folder.resolve("data.partial");
    PostgresBinaries.delete(aside);
    programs.run(
        "initdb",
        "-D",
        text(aside),
        "-U",
        USER,
        "-A",
        "scram-sha-256",
        "--pwfile=" + folder.resolve(PASSWORD_FILE),
        "-E",
        "UTF8",
        "--locale=C",
        "--set=scram_iterations=" + SCRAM_ITERATIONS,
        "--no-instructions");
    Files.move(aside, data, StandardCopyOption.ATOMIC_MOVE);
    PostgresBinaries.force(folder);
  }

  private void writeSettings(int port) throws IOException {
    Path aside = data.resolve("postgresql.conf.partial");
    Files.writeString(aside, SETTINGS.formatted(port, SCRAM_ITERATIONS));
    PostgresBinaries.force(aside);
    Files.move(aside, data.resolve("postgresql.conf"), StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * A server that was killed leaves children, which end by themselves as soon as they notice. Who
   * was killed while starting a server may leave one that has yet to write its postmaster.pid.
   *
   * @return whether nothing is left; if not, a server has come up meanwhile
   */
  private boolean awaitOrphans() throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Optional<ProcessHandle> left = ProcessHandle.allProcesses().filter(this::isOurs).findFirst();
      if (left.isEmpty()) {
        return true;
      }
      if (!ended(left.get().onExit(), BETWEEN_LOOKS) && postmaster().isPresent()) {
        return false;
      }
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "Process %d of an embedded PostgreSQL that was killed still uses %s. End it, and try again."
                .formatted(left.get().pid(), data));
      }
    }
  }

  /**
   * After a power cut, postmaster.pid may name a process that is now somebody else's, or nothing at
   * all; PostgreSQL would refuse to start for fear that it is a server. That nothing of ours runs
   * is known here.
   */
  private void removeStalePidFile() throws IOException {
    boolean stale =
        processInPidFile()
            .filter(process -> isSomebodyElses(process) || isZombie(process))
            .isPresent();
    if (stale || numberInPidFile(0).isEmpty()) {
      Files.deleteIfExists(pidFile());
    }
  }

  private boolean isSomebodyElses(ProcessHandle process) {
    return process.info().command().isPresent() && !isOurs(process);
  }

  /**
   * Dead, but not yet waited for by its parent. PostgreSQL takes such a number for a server that
   * runs, because it can still be signalled.
   */
  private static boolean isZombie(ProcessHandle process) {
    try {
      String status = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
      return status.startsWith(" Z", status.lastIndexOf(')') + 1);
    } catch (IOException e) {
      return false; // gone meanwhile, or not Linux
    }
  }

  private Optional<ProcessHandle> postmaster() throws IOException {
    return processInPidFile().filter(this::isOurs);
  }

  private boolean isOurs(ProcessHandle process) {
    return process.isAlive()
        && process
            .info()
            .command()
            .filter(command -> Path.of(command).startsWith(folder))
            .isPresent();
  }

  private Optional<ProcessHandle> processInPidFile() throws IOException {
    OptionalInt pid = numberInPidFile(0);
    return pid.isPresent() ? ProcessHandle.of(pid.getAsInt()) : Optional.empty();
  }

  private OptionalInt portInPidFile() throws IOException {
    return numberInPidFile(3);
  }

  private OptionalInt portInSettings() throws IOException {
    Path settings = data.resolve("postgresql.conf");
    Matcher port =
        PORT_SETTING.matcher(Files.exists(settings) ? PostgresPrograms.read(settings) : "");
    return port.find() ? OptionalInt.of(Integer.parseInt(port.group(1))) : OptionalInt.empty();
  }

  private boolean isStopping() throws IOException {
    return lineOfPidFile(7).equals("stopping");
  }

  private OptionalInt numberInPidFile(int line) throws IOException {
    String number = lineOfPidFile(line);
    return number.matches("[1-9][0-9]{0,8}")
        ? OptionalInt.of(Integer.parseInt(number))
        : OptionalInt.empty();
  }

  /**
   * A line of postmaster.pid (PostgreSQL's src/include/utils/pidfile.h); empty when it is not
   * there, for the file may be cut short, or go away at any instant.
   */
  private String lineOfPidFile(int line) throws IOException {
    try {
      List<String> lines = PostgresPrograms.read(pidFile()).lines().toList();
      return line < lines.size() ? lines.get(line).strip() : "";
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private Path pidFile() {
    return data.resolve("postmaster.pid");
  }

  private boolean answers(int port) throws IOException {
    try {
      createDatabaseIfMissing(port);
      return true;
    } catch (SQLException e) {
      refuseWrongPassword(e);
      return false;
    }
  }

  private void prepareDatabase(int port) throws IOException {
    try {
      createDatabaseIfMissing(port);
    } catch (SQLException e) {
      refuseWrongPassword(e);
      throw new IOException(
          "The embedded PostgreSQL started, but does not answer: %s. See %s."
              .formatted(e.getMessage(), log),
          e);
    }
  }

  private void createDatabaseIfMissing(int port) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", USER);
    properties.setProperty("password", password);
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("socketTimeout", "60");
    try (Connection connection =
            DriverManager.getConnection(jdbcUrl(port, "postgres"), properties);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                SELECT FROM pg_database WHERE datname = '%s'
                """
                    .formatted(DATABASE))) {
      if (!row.next()) {
        statement.execute("CREATE DATABASE " + DATABASE);
      }
    }
  }

  private void refuseWrongPassword(SQLException e) throws IOException {
    String state = e.getSQLState();
    if (state != null && state.startsWith(WRONG_PASSWORD)) {
      throw new IOException(
          "The embedded PostgreSQL does not accept the password in %s. Was that file replaced or lost? Put it back; or, to begin anew without the data, move %s away."
              .formatted(folder.resolve(PASSWORD_FILE), data),
          e);
    }
  }

  private static boolean ended(CompletableFuture<ProcessHandle> exit, Duration patience)
      throws IOException {
    try {
      exit.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Waiting for the embedded PostgreSQL was interrupted.", e);
    } catch (ExecutionException e) {
      throw new IOException("The embedded PostgreSQL can't be waited for.", e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean isFree(int port) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (BindException e) {
      return false;
    }
  }

  private static String text(Path path) {
    return path.toString();
  }

  private static String seconds(Duration duration) {
    return Long.toString(duration.toSeconds());
  }
}
