package dev.muster.database;

import dev.muster.home.SecretFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server for one folder. Whoever comes first starts it, whoever comes later attaches
 * to it, and the last one out stops it: every process holds a shared lock on {@code users.lock} as
 * long as it lives, and starts and stops happen under {@code start.lock}. The operating system ends
 * a killed process's locks, so there is no stale state: the next one attaches to the server that is
 * still running, or starts it again.
 */
public final class EmbeddedPostgres implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);

  private static final String USER = "muster";
  private static final String DATABASE = "muster";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PASSWORD_BYTES = 24;
  private static final int LOG_LINES_SHOWN = 15;

  /**
   * What is acknowledged must survive, so everything that makes a commit durable is on. The rest
   * gives a bulk load room, and keeps data out of the server's log.
   */
  private static final String SETTINGS =
      """
      # Written by Muster at every start; changes here are lost.
      listen_addresses = '127.0.0.1'
      unix_socket_directories = ''
      password_encryption = 'scram-sha-256'
      fsync = on
      synchronous_commit = on
      full_page_writes = on
      shared_buffers = 512MB
      wal_buffers = 64MB
      max_wal_size = 4GB
      min_wal_size = 1GB
      checkpoint_timeout = 15min
      max_connections = 100
      log_destination = 'stderr'
      logging_collector = off
      log_statement = 'none'
      log_min_error_statement = 'panic'
      log_parameter_max_length_on_error = 0
      log_error_verbosity = 'terse'
      """;

  /**
   * How many of this process's objects use each folder's server, and the lock they share: a process
   * has only one.
   */
  private static final Map<Path, Attachment> ATTACHED = new HashMap<>();

  private final Path directory;
  private final int port;
  private final String password;
  private boolean closed;

  private EmbeddedPostgres(Path directory, int port, String password) {
    this.directory = directory;
    this.port = port;
    this.password = password;
  }

  /**
   * Makes sure that the folder's server runs, and that it keeps running until {@link #close()}.
   *
   * @throws IOException when it can't be started; says what the server said
   */
  public static EmbeddedPostgres startOrAttach(Path directory) throws IOException {
    Path folder = directory.toAbsolutePath().normalize();
    SecretFile.createDirectories(folder);
    synchronized (ATTACHED) {
      Attachment attachment = ATTACHED.get(folder);
      if (attachment == null) {
        attachment = attach(folder);
        ATTACHED.put(folder, attachment);
      }
      attachment.users++;
      return new EmbeddedPostgres(folder, attachment.port, attachment.password);
    }
  }

  private static Attachment attach(Path folder) throws IOException {
    try (FileChannel startFile = lockFile(folder, "start.lock");
        FileLock starting = startFile.lock()) {
      FileChannel usersFile = lockFile(folder, "users.lock");
      try {
        FileLock using = usersFile.lock(0, Long.MAX_VALUE, true);
        String password = password(folder);
        Path programs = PostgresBinaries.unpack(folder);
        int port = start(folder, programs, password);
        return new Attachment(usersFile, using, programs, port, password);
      } catch (IOException | RuntimeException e) {
        usersFile.close();
        throw e;
      }
    }
  }

  public String jdbcUrl() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
  }

  public String user() {
    return USER;
  }

  public String password() {
    return password;
  }

  /** Lets go of the server; it stops when nobody uses it any more. */
  @Override
  public void close() throws IOException {
    synchronized (ATTACHED) {
      Attachment attachment = ATTACHED.get(directory);
      if (closed || attachment == null) {
        return;
      }
      closed = true;
      attachment.users--;
      if (attachment.users == 0) {
        ATTACHED.remove(directory);
        detach(attachment);
      }
    }
  }

  private void detach(Attachment attachment) throws IOException {
    try (FileChannel startFile = lockFile(directory, "start.lock");
        FileLock starting = startFile.lock();
        FileChannel usersFile = attachment.usersFile) {
      attachment.using.release();
      try (FileLock alone = usersFile.tryLock()) {
        if (alone != null) {
          run(
              directory,
              attachment.programs,
              "pg_ctl",
              "stop",
              "-D",
              data(directory).toString(),
              "-m",
              "fast",
              "-w");
        }
      }
    }
  }

  private static int start(Path folder, Path programs, String password) throws IOException {
    Path data = data(folder);
    Optional<Integer> running = runningPort(data);
    if (running.isPresent() && answers(running.get(), password)) {
      return running.get();
    }
    long began = System.nanoTime();
    if (!Files.exists(data.resolve("PG_VERSION"))) {
      initialise(folder, programs);
    }
    Files.writeString(data.resolve("muster.conf"), SETTINGS);
    int port = freePort();
    run(
        folder,
        programs,
        "pg_ctl",
        "start",
        "-D",
        data.toString(),
        "-l",
        log(folder).toString(),
        "-t",
        Long.toString(PATIENCE.toSeconds()),
        "-w",
        "-o",
        "-p " + port);
    createDatabase(port, password);
    LOG.info(
        "postgres=started port={} milliseconds={}", port, (System.nanoTime() - began) / 1_000_000);
    return port;
  }

  /**
   * Makes the data folder aside and renames it, so that a kill in the middle leaves nothing half
   * made.
   */
  private static void initialise(Path folder, Path programs) throws IOException {
    Path aside = folder.resolve("data.partial");
    PostgresBinaries.delete(aside);
    run(
        folder,
        programs,
        "initdb",
        "-D",
        aside.toString(),
        "-U",
        USER,
        "-A",
        "scram-sha-256",
        "--pwfile=" + folder.resolve("password"),
        "-E",
        "UTF8",
        "--locale=C",
        "--no-instructions");
    Files.writeString(
        aside.resolve("postgresql.conf"), "include 'muster.conf'\n", StandardOpenOption.APPEND);
    Files.move(aside, data(folder));
  }

  private static void createDatabase(int port, String password) throws IOException {
    try (Connection connection = connect(port, "postgres", password);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT FROM pg_database WHERE datname = '" + DATABASE + "'")) {
      if (!row.next()) {
        statement.execute("CREATE DATABASE " + DATABASE);
      }
    } catch (SQLException e) {
      throw new IOException("The embedded PostgreSQL does not answer: " + e.getMessage(), e);
    }
  }

  /** The port in {@code postmaster.pid}, which may be stale: its fourth line. */
  private static Optional<Integer> runningPort(Path data) throws IOException {
    Path pidFile = data.resolve("postmaster.pid");
    if (!Files.exists(pidFile)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(pidFile);
    return lines.size() < 4 ? Optional.empty() : Optional.of(Integer.valueOf(lines.get(3).strip()));
  }

  private static boolean answers(int port, String password) {
    try (Connection connection = connect(port, DATABASE, password)) {
      return connection.isValid(5);
    } catch (SQLException e) {
      return false;
    }
  }

  private static Connection connect(int port, String database, String password)
      throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + database, USER, password);
  }

  private static String password(Path folder) throws IOException {
    return SecretFile.readOrCreate(
            folder.resolve("password"),
            () -> {
              byte[] random = new byte[PASSWORD_BYTES];
              new SecureRandom().nextBytes(random);
              return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
            })
        .strip();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /**
   * Runs one of the server's programs. PostgreSQL refuses to run as root, so root enters a user
   * namespace first, where it is nobody.
   */
  private static void run(Path folder, Path programs, String program, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      command.addAll(List.of("unshare", "-U"));
    }
    command.add(programs.resolve("bin").resolve(program).toString());
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(folder, program, ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
              .start();
      if (!process.waitFor(PATIENCE.toSeconds() * 2, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(program + " did not end within two minutes." + tail(folder));
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            "The embedded PostgreSQL can't run: %s ended with %d: %s%s%s"
                .formatted(
                    program,
                    process.exitValue(),
                    Files.readString(output).strip(),
                    tail(folder),
                    command.get(0).equals("unshare")
                        ? " As root it needs user namespaces; run Muster as another user, or set"
                            + " spring.datasource.url to a PostgreSQL 18 of your own."
                        : ""));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(program + " was interrupted.", e);
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private static String tail(Path folder) throws IOException {
    if (!Files.exists(log(folder))) {
      return "";
    }
    List<String> lines = Files.readAllLines(log(folder));
    return "\n"
        + String.join(
            "\n", lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size()))
        + "\n";
  }

  private static FileChannel lockFile(Path folder, String name) throws IOException {
    return FileChannel.open(
        folder.resolve(name),
        StandardOpenOption.CREATE,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE);
  }

  private static Path data(Path folder) {
    return folder.resolve("data");
  }

  private static Path log(Path folder) {
    return folder.resolve("postgres.log");
  }

  private static final class Attachment {
    private final FileChannel usersFile;
    private final FileLock using;
    private final Path programs;
    private final int port;
    private final String password;
    private int users;

    Attachment(FileChannel usersFile, FileLock using, Path programs, int port, String password) {
      this.usersFile = usersFile;
      this.using = using;
      this.programs = programs;
      this.port = port;
      this.password = password;
    }
  }
}
