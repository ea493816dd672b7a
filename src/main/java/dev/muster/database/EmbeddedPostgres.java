package dev.muster.database;

import dev.muster.home.SecretFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
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

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(300);
  private static final Duration BETWEEN_TRIES = Duration.ofSeconds(3);

  private static final int PASSWORD_BYTES = 24;

  /**
   * What this process uses, by folder. A process has only one lock on a file, however often it
   * attaches, hence the count.
   */
  private static final Map<Path, Attachment> ATTACHED = new ConcurrentHashMap<>();

  private final Path folder;
  private final int port;
  private final String password;
  private boolean closed;

  private EmbeddedPostgres(Path folder, int port, String password) {
    this.folder = folder;
    this.port = port;
    this.password = password;
  }

  /**
   * Makes sure that the folder's server runs, and that it keeps running until {@link #close()}.
   *
   * @param directory where the server's programs, data, password and log lie; made when missing
   * @throws IOException when it can't be started; says what the server said and what to do
   */
  public static EmbeddedPostgres startOrAttach(Path directory) throws IOException {
    SecretFile.createDirectories(directory.toAbsolutePath());
    // The same folder by another name has the same locks.
    Path folder = directory.toRealPath();
    synchronized (ATTACHED) {
      Attachment attachment = ATTACHED.get(folder);
      if (attachment == null) {
        attachment = attach(folder);
        ATTACHED.put(folder, attachment);
      } else {
        runAgain(folder, attachment); // it may have died since
      }
      attachment.users++;
      return new EmbeddedPostgres(folder, attachment.port, attachment.password);
    }
  }

  private static Attachment attach(Path folder) throws IOException {
    try (FileChannel startFile = lockFile(folder, "start.lock");
        FileLock starting = lock(startFile, folder)) {
      FileChannel usersFile = lockFile(folder, "users.lock");
      try {
        boolean usedByOthers;
        try (FileLock alone = usersFile.tryLock()) {
          usedByOthers = alone == null;
        }
        FileLock using = usersFile.lock(0, Long.MAX_VALUE, true);
        String password = password(folder);
        PostgresServer server =
            new PostgresServer(folder, PostgresBinaries.unpack(folder), password);
        return new Attachment(usersFile, using, server, server.run(usedByOthers), password);
      } catch (IOException | RuntimeException e) {
        usersFile.close();
        throw e;
      }
    }
  }

  private static void runAgain(Path folder, Attachment attachment) throws IOException {
    try (FileChannel startFile = lockFile(folder, "start.lock");
        FileLock starting = lock(startFile, folder)) {
      attachment.server.run(true);
    }
  }

  /** Others hold it while they start the server, which may take them minutes. */
  private static FileLock lock(FileChannel startFile, Path folder) throws IOException {
    long began = System.nanoTime();
    while (System.nanoTime() - began < PostgresServer.SILENT.toNanos()
        && !Thread.currentThread().isInterrupted()) {
      FileLock lock = startFile.tryLock();
      if (lock != null) {
        return lock;
      }
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
    }
    PostgresServer.sayWaiting(folder, "was started by another process that is at it");
    return startFile.lock();
  }

  /**
   * From now on, and until this is closed, a server that is killed, told to end, or out of disk is
   * started again as soon as that is possible, where it was.
   */
  public void keepRunning() {
    synchronized (ATTACHED) {
      Attachment attachment = ATTACHED.get(folder);
      if (attachment != null && attachment.watch == null) {
        attachment.watch = new Thread(() -> watch(folder, attachment), "postgres-watch");
        attachment.watch.setDaemon(true);
        attachment.watch.start();
      }
    }
  }

  private static void watch(Path folder, Attachment attachment) {
    Duration pause = BETWEEN_LOOKS;
    while (!Thread.interrupted()) {
      LockSupport.parkNanos(pause.toNanos());
      try {
        if (attachment.server.isUp()) {
          pause = BETWEEN_LOOKS;
          continue;
        }
        synchronized (ATTACHED) {
          if (ATTACHED.get(folder) != attachment || Thread.currentThread().isInterrupted()) {
            return;
          }
          if (pause.equals(BETWEEN_LOOKS)) {
            LOG.warn("postgres=gone folder={}", folder);
          }
          runAgain(folder, attachment);
        }
        LOG.warn("postgres=back folder={} port={}", folder, attachment.port);
        pause = BETWEEN_LOOKS;
      } catch (IOException | RuntimeException e) {
        if (pause.equals(BETWEEN_LOOKS)) {
          LOG.error("postgres=can't-start folder={} tried-again=until-it-can", folder, e);
        }
        pause = BETWEEN_TRIES;
      }
    }
  }

  /** Where the database is; without user and password. */
  public String jdbcUrl() {
    return PostgresServer.jdbcUrl(port, PostgresServer.DATABASE);
  }

  /** The user who owns everything. */
  public String user() {
    return PostgresServer.USER;
  }

  /** The user's password: a secret. */
  public String password() {
    return password;
  }

  /**
   * Lets go of the server; it stops when nobody uses it any more.
   *
   * @throws IOException when it doesn't stop
   */
  @Override
  public void close() throws IOException {
    Thread watch = lastWatch();
    if (watch != null) {
      watch.interrupt(); // it may be waiting for a server that can't come up
    }
    synchronized (ATTACHED) {
      Attachment attachment = ATTACHED.get(folder);
      if (closed || attachment == null) {
        return;
      }
      closed = true;
      attachment.users--;
      if (attachment.users == 0) {
        ATTACHED.remove(folder);
        detach(attachment);
      }
    }
  }

  /** The watch that ends with this use, the last one. */
  private @Nullable Thread lastWatch() {
    Attachment attachment = ATTACHED.get(folder);
    return closed || attachment == null || attachment.users > 1 ? null : attachment.watch;
  }

  private void detach(Attachment attachment) throws IOException {
    try (FileChannel startFile = lockFile(folder, "start.lock");
        FileLock starting = lock(startFile, folder);
        FileChannel usersFile = attachment.usersFile) {
      attachment.using.release();
      try (FileLock alone = usersFile.tryLock()) {
        if (alone != null) {
          attachment.server.stop();
        }
      }
    }
  }

  private static String password(Path folder) throws IOException {
    return SecretFile.readOrCreate(
            folder.resolve(PostgresServer.PASSWORD_FILE),
            () -> {
              byte[] random = new byte[PASSWORD_BYTES];
              new SecureRandom().nextBytes(random);
              return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
            })
        .strip();
  }

  private static FileChannel lockFile(Path folder, String name) throws IOException {
    return FileChannel.open(
        folder.resolve(name),
        StandardOpenOption.CREATE,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE);
  }

  private static final class Attachment {
    private final FileChannel usersFile;
    private final FileLock using;
    private final PostgresServer server;
    private final int port;
    private final String password;
    private volatile int users;
    private volatile @Nullable Thread watch;

    Attachment(
        FileChannel usersFile, FileLock using, PostgresServer server, int port, String password) {
      this.usersFile = usersFile;
      this.using = using;
      this.server = server;
      this.port = port;
      this.password = password;
    }
  }
}
