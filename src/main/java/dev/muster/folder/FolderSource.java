package dev.muster.folder;

import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.NewArrival;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Looks at the inbox again and again, and writes down what lies there complete.
 *
 * <p>A file is complete when it has not changed for a while; one that was written elsewhere and
 * renamed in has not, so it is taken at once. A look costs one directory listing a factory; unlike
 * notifications of the operating system it misses nothing, also on a network drive and after a
 * start.
 */
@Component
@ConditionalOnBooleanProperty("muster.serve")
@EnableConfigurationProperties(FolderProperties.class)
class FolderSource implements SmartLifecycle {

  static final String NAME = "folder";

  private static final Logger LOG = LoggerFactory.getLogger(FolderSource.class);

  private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

  private final Inbox inbox;
  private final MusterHome home;
  private final FolderProperties properties;
  private final Clock clock;

  /** Since when each file that lies there has been as it is. */
  private final Map<DroppedFile, Instant> unchangedSince = new HashMap<>();

  /** When each was last written down, so that the database is not asked about it at every look. */
  private final Map<DroppedFile, Instant> receivedAt = new HashMap<>();

  /** What was warned of. */
  private final Set<Path> left = new HashSet<>();

  private @Nullable ScheduledExecutorService looking;

  FolderSource(Inbox inbox, MusterHome home, FolderProperties properties, Clock clock) {
    this.inbox = inbox;
    this.home = home;
    this.properties = properties;
    this.clock = clock;
  }

  @Override
  public void start() {
    if (!properties.enabled()) {
      return;
    }
    ScheduledExecutorService executor =
        Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "folder"));
    long pause = properties.sweep().toMillis();
    ScheduledFuture<?> unused =
        executor.scheduleWithFixedDelay(this::lookSafely, 0, pause, TimeUnit.MILLISECONDS);
    looking = executor;
  }

  @Override
  public void stop() {
    if (looking != null) {
      looking.shutdown();
      looking = null;
    }
  }

  @Override
  public boolean isRunning() {
    return looking != null;
  }

  private void lookSafely() {
    try {
      look();
    } catch (IOException | RuntimeException e) {
      LOG.warn("folder=not-read {}", e.toString());
    }
  }

  private void look() throws IOException {
    Set<DroppedFile> there = new HashSet<>();
    look(home.inbox(), ArrivalKind.MANIFEST, there);
    look(home.revocations(), ArrivalKind.REVOCATIONS, there);
    unchangedSince.keySet().retainAll(there);
    receivedAt.keySet().retainAll(there);
  }

  private void look(Path root, ArrivalKind kind, Set<DroppedFile> there) throws IOException {
    SecretFile.createDirectories(root);
    try (DirectoryStream<Path> factories = Files.newDirectoryStream(root)) {
      for (Path factory : factories) {
        BasicFileAttributes attributes =
            Files.readAttributes(factory, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (attributes.isDirectory()) {
          lookInto(root, factory, kind, there);
        } else if (!attributes.isRegularFile()) {
          leave(factory);
        }
      }
    }
  }

  private void lookInto(Path root, Path factory, ArrivalKind kind, Set<DroppedFile> there)
      throws IOException {
    String id = factory.getFileName().toString();
    try (FactoryFolder folder = FactoryFolder.open(root, id)) {
      for (String name : folder.names()) {
        if (isManifest(name)) {
          look(folder, factory.resolve(name), id, kind, there);
        }
      }
    }
  }

  private void look(
      FactoryFolder folder, Path path, String factory, ArrivalKind kind, Set<DroppedFile> there)
      throws IOException {
    try {
      BasicFileAttributes attributes = folder.attributes(path.getFileName().toString());
      if (attributes.isSymbolicLink() || attributes.isOther()) {
        leave(path);
      } else if (attributes.isRegularFile()) {
        DroppedFile file = DroppedFile.of(path, attributes);
        there.add(file);
        if (complete(file) && !writtenDown(file)) {
          receive(factory, kind, file);
          receivedAt.put(file, clock.instant());
        }
      }
    } catch (NoSuchFileException e) {
      // it was moved on meanwhile
    }
  }

  /** A link or a device: to follow it would be to read what its owner may not. */
  private void leave(Path path) {
    if (left.add(path)) {
      LOG.warn(
          "folder=left path={} It is a link or no plain file, and is not followed. Put the file"
              + " itself there.",
          path);
    }
  }

  /** A file may have been taken away and put back between two looks: so it is asked about again. */
  private boolean writtenDown(DroppedFile file) {
    Instant last = receivedAt.get(file);
    return last != null && clock.instant().isBefore(last.plus(ASK_AGAIN));
  }

  private boolean complete(DroppedFile file) {
    Instant now = clock.instant();
    Instant since = unchangedSince.computeIfAbsent(file, unseen -> now);
    Instant quietSince = now.minus(properties.quiet());
    return !since.isAfter(quietSince) || !file.changedAt().isAfter(quietSince);
  }

  private void receive(String factory, ArrivalKind kind, DroppedFile file) {
    Path from = kind == ArrivalKind.MANIFEST ? home.inbox() : home.root();
    String id = from.relativize(file.path()) + "@" + file.state();
    // What was answered is moved away. So a file that lies here again was put here again.
    long before = inbox.answered(NAME, id);
    if (before > 0 && !Files.exists(file.path())) {
      return; // it was moved away while this looked
    }
    boolean added =
        inbox.receive(
            new NewArrival(
                kind,
                NAME,
                before == 0 ? id : id + "#" + before,
                factory,
                file.path().getFileName().toString(),
                file.path().toUri(),
                file.state(),
                null,
                null,
                null));
    if (added) {
      LOG.info(
          "arrival=received source=folder factory={} file={}", factory, file.path().getFileName());
    }
  }

  private static boolean isManifest(String fileName) {
    String name = fileName.toLowerCase(Locale.ROOT);
    return (name.endsWith(".csv") || name.endsWith(".csv.gz")) && !name.startsWith(".");
  }
}
