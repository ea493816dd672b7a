package dev.muster.store;

import dev.muster.home.HostName;
import dev.muster.home.MusterHome;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;

/**
 * Where content lies, by whose it is: a run's under what tells that run from others, an upload's
 * and an arrival's under their numbers, and what belongs to no more than a process under that.
 */
@Component
public class Spool {

  /** After so long nobody works any more on what a process on another machine took. */
  private static final Duration FORGOTTEN = Duration.ofDays(1);

  /** Ends each part of a name that says whose it is. */
  private static final String OWNER = "~";

  /** As a part of a file's name. */
  private static final String HOST = HostName.orElse("localhost").replaceAll("[^A-Za-z0-9.-]", "_");

  /** Ends the name of what a run was given. */
  private static final String OF_RUN = ".csv";

  private final MusterHome home;
  private final ObjectStore store;
  private final Clock clock;
  private final String ours;

  /** Another with each start: in containers, processes of one name and number follow each other. */
  private final String life = UUID.randomUUID().toString();

  Spool(MusterHome home, ObjectStore store, Clock clock) {
    this.home = home;
    this.store = store;
    this.clock = clock;
    this.ours = HOST + OWNER + ProcessHandle.current().pid() + OWNER;
  }

  /**
   * A manifest's content, from before its run begins until it is delivered or withdrawn.
   *
   * @param run what tells its run from others of that factory
   */
  public Path manifest(String factory, String run) {
    return home.spool().resolve(factory).resolve(run + OF_RUN);
  }

  /**
   * What a run's chunks brought to the registry. Where instances share no disk, it is of this
   * process only: of what others left here, nobody could say whether others still have loaded
   * something else; and what is missing is read from the registry.
   */
  public Path devices(int manifestId) {
    return store.isHome()
        ? home.spool().resolve("devices-" + manifestId)
        : ownDevices().resolve(ofThisLife() + manifestId);
  }

  /** Whether {@link #devices} are of this process only, and of no use to who goes on with a run. */
  public boolean keepsOwnDevices() {
    return !store.isHome();
  }

  /** Where this process alone writes what is then staged, when instances share no disk. */
  public Path ownStaging() {
    return home.staging().resolve(ofThisLife());
  }

  /** Removes what processes that were killed had kept so for themselves. */
  void removeLeft() throws IOException {
    for (Path folder : List.of(ownDevices(), home.staging())) {
      if (Files.isDirectory(folder)) {
        try (DirectoryStream<Path> left =
            Files.newDirectoryStream(
                folder, one -> isLeftByAnother(String.valueOf(one.getFileName())))) {
          for (Path one : left) {
            FileSystemUtils.deleteRecursively(one);
          }
        }
      }
    }
  }

  private boolean isLeftByAnother(String name) {
    String[] owner = name.split(OWNER, -1);
    return owner.length == 4
        && !owner[2].equals(life)
        && (name.startsWith(ours) || isOfDeadProcess(owner));
  }

  private String ofThisLife() {
    return ours + life + OWNER;
  }

  private Path ownDevices() {
    return home.spool().resolve("devices");
  }

  /** Under which key others find this; empty when it is of this instance only, or all see it. */
  Optional<String> keyInStore(Path file) {
    Path absolute = file.toAbsolutePath().normalize();
    boolean ofOurs = absolute.startsWith(arrivals()) || absolute.startsWith(received());
    return store.isHome() || ofOurs ? Optional.empty() : home.key(absolute);
  }

  /** What lies under a key, or is to. */
  Path place(String key) {
    return home.root().resolve(key);
  }

  /** Whether it is a place for content as {@link #manifest} and {@link #list} give. */
  boolean isOfRun(Path place) {
    Path folder = place.getParent();
    return folder != null
        && home.spool().equals(folder.getParent())
        && !folder.equals(arrivals())
        && !folder.equals(received())
        && place.toString().endsWith(OF_RUN);
  }

  private Path received() {
    return home.spool().resolve("received");
  }

  /**
   * A revocation list's content, from before its run begins until it is applied.
   *
   * @param run what tells its run from others
   */
  public Path list(String run) {
    return home.spool().resolve("revocations").resolve(run + OF_RUN);
  }

  /** What was uploaded, until it is done. */
  public Path upload(UUID id) {
    return uploads().resolve(id.toString());
  }

  /** Where uploads lie. */
  public Path uploads() {
    return home.uploads();
  }

  /** Where a place is free for what an arrival brings; whoever works on it removes it. */
  public Path arrival(long id) {
    return arrivals().resolve(id + "-" + UUID.randomUUID());
  }

  /** Removes what an instance left that was killed while it worked on an arrival. */
  public void removeLeft(long arrival) throws IOException {
    String begins = arrival + "-";
    remove(arrivals(), file -> String.valueOf(file.getFileName()).startsWith(begins));
  }

  private Path arrivals() {
    return home.spool().resolve("arrivals");
  }

  /** A free place for what this process takes; what dead ones left is removed. */
  public Path ofThisProcess() throws IOException {
    Path folder = received();
    Instant forgotten = clock.instant().minus(FORGOTTEN);
    remove(
        folder,
        file -> isLeft(String.valueOf(file.getFileName())) || changedBefore(file, forgotten));
    return folder.resolve(ours + UUID.randomUUID());
  }

  private static boolean isLeft(String name) {
    String[] owner = name.split(OWNER, -1);
    return owner.length == 3 && isOfDeadProcess(owner);
  }

  /** Of this host: of others nobody knows here. */
  private static boolean isOfDeadProcess(String[] owner) {
    return owner[0].equals(HOST) && ProcessHandle.of(Long.parseLong(owner[1])).isEmpty();
  }

  static boolean changedBefore(Path file, Instant time) throws IOException {
    try {
      return Files.getLastModifiedTime(file).toInstant().isBefore(time);
    } catch (NoSuchFileException e) {
      return false; // another process was first
    }
  }

  private static void remove(Path folder, DirectoryStream.Filter<Path> which) throws IOException {
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, which)) {
        for (Path file : files) {
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
