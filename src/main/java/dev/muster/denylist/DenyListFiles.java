package dev.muster.denylist;

import dev.muster.database.SessionLock;
import dev.muster.denylist.ListIndex.Entry;
import dev.muster.denylist.ListIndex.Envelope;
import dev.muster.denylist.ListIndex.Kind;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import dev.muster.home.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;

/**
 * The list as files: snapshots, deltas, and the index that names them, replaced last. The index is
 * also how far the list is published, so it can't say anything but what is there: what a kill left
 * without being named in it is removed, and written again.
 */
@Component
class DenyListFiles implements Destination {

  static final String PUBLIC_KEY = "public-key.pem";

  /** How files with devices are called. */
  private static final Pattern DATA = Pattern.compile("(snapshot-\\d+|delta-\\d+-\\d+)[.]jsonl");

  private static final Logger LOG = LoggerFactory.getLogger(DenyListFiles.class);

  private final StatusHistory history;
  private final SessionLock sessionLock;
  private final SigningKeyPlace key;
  private final DenyListProperties properties;
  private final MusterHome home;
  private final Clock clock;

  /** What was found to be what the index says, by the file's name. */
  private final Map<String, Checked> sound = new ConcurrentHashMap<>();

  private record Checked(String sha256, FileTime changedAt, @Nullable Object file) {}

  DenyListFiles(
      StatusHistory history,
      SessionLock sessionLock,
      SigningKeyPlace key,
      DenyListProperties properties,
      MusterHome home,
      Clock clock) {
    this.history = history;
    this.sessionLock = sessionLock;
    this.key = key;
    this.properties = properties;
    this.home = home;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "files";
  }

  Path folder() {
    Path configured = properties.folder();
    return configured == null ? home.outbox().resolve("deny-list") : configured;
  }

  @Override
  public long version() throws IOException {
    return index().map(ListIndex::version).orElse(-1L);
  }

  /** When the index was signed last. */
  @Override
  public @Nullable Instant publishedAt() throws IOException {
    return index().map(ListIndex::publishedAt).orElse(null);
  }

  /** A file's content, and how much there is of it. */
  record Content(InputStream bytes, long length) {}

  /**
   * A file that readers fetch: the index, the public key, or what the index names. Nothing else,
   * whoever wrote into the folder, nor through a link.
   */
  Optional<Content> open(String name) throws IOException {
    boolean given =
        name.equals(ListIndex.FILE)
            || name.equals(PUBLIC_KEY)
            || (DATA.matcher(name).matches()
                && index().stream()
                    .flatMap(index -> index.files().stream())
                    .anyMatch(entry -> entry.name().equals(name)));
    Path file = folder().resolve(given ? name : ListIndex.FILE);
    if (!given || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try {
      SeekableByteChannel channel =
          Files.newByteChannel(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
      try {
        return Optional.of(new Content(Channels.newInputStream(channel), channel.size()));
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (NoSuchFileException e) {
      return Optional.empty(); // a snapshot has taken its place
    }
  }

  @Override
  public Outcome publish() throws IOException {
    return publish(false);
  }

  /**
   * Publishes what is pending.
   *
   * @param snapshot whether to make a snapshot in any case
   */
  Outcome publish(boolean snapshot) throws IOException {
    ListSigner signer = key.signer();
    if (!snapshot && current(signed(signer).orElse(null), history.version())) {
      return Outcome.CURRENT;
    }
    Optional<SessionLock.Held> lock = sessionLock.take(SessionLock.Work.DENY_LIST_FILES);
    if (lock.isEmpty()) {
      return Outcome.ELSEWHERE;
    }
    try (SessionLock.Held held = lock.get()) {
      publishAlone(snapshot, signer);
    }
    return Outcome.CURRENT;
  }

  /** What the index says, whoever signed it; empty when there is none. */
  Optional<ListIndex> index() throws IOException {
    return read(envelope -> true);
  }

  /**
   * The same, of one that this key signed: what is published goes on from it, and under that key's
   * signature. Empty also when the key was replaced.
   */
  private Optional<ListIndex> signed(ListSigner signer) throws IOException {
    return read(envelope -> envelope.signedBy(signer.publicKey()));
  }

  private Optional<ListIndex> read(Predicate<Envelope> wanted) throws IOException {
    Path file = folder().resolve(ListIndex.FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      Envelope envelope = Envelope.parse(Files.readAllBytes(file));
      if (!wanted.test(envelope)) {
        LOG.warn("deny-list=signed-by-another file={} it begins anew with a snapshot", file);
        return Optional.empty();
      }
      ListIndex index = envelope.index();
      return index.format() == ListIndex.FORMAT && index.lastSnapshot().isPresent()
          ? Optional.of(index)
          : Optional.empty();
    } catch (JacksonException | IllegalArgumentException e) {
      LOG.warn("deny-list=unreadable file={} a new one is made", file);
      return Optional.empty();
    }
  }

  private boolean current(@Nullable ListIndex index, long version) {
    return index != null
        && index.version() == version
        && clock.instant().isBefore(index.publishedAt().plus(properties.refresh()));
  }

  private void publishAlone(boolean snapshot, ListSigner signer) throws IOException {
    prepareFolder();
    ListIndex before = signed(signer).filter(this::complete).orElse(null);
    if (!snapshot && current(before, history.version())) {
      return; // another process was first
    }
    List<Entry> files = history.atOneInstant(() -> write(before, history.version(), snapshot));
    List<Entry> kept = keep(files);
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    ListIndex after =
        new ListIndex(
            ListIndex.FORMAT, files.get(files.size() - 1).to(), now, signer.publicKey().id(), kept);
    // Readers trust a key that they were given; this one tells which it is.
    replace(PUBLIC_KEY, signer.publicKey().pem().getBytes(StandardCharsets.US_ASCII));
    force();
    replace(ListIndex.FILE, after.signed(signer));
    force();
    removeUnnamed(kept);
    if (before == null || before.version() != after.version() || snapshot) {
      LOG.info(
          "deny-list=published destination=files version={} lines={} kind={}",
          after.version(),
          files.get(files.size() - 1).lines(),
          files.get(files.size() - 1).kind());
    }
  }

  private List<Entry> write(@Nullable ListIndex before, long version, boolean snapshot)
      throws IOException {
    if (before == null) {
      return List.of(writeSnapshot(version));
    }
    if (version < before.version()) {
      throw new IllegalStateException(
          "The deny list was published up to version %1$d, and the registry's last change is %2$d: the database was put back to an earlier state. Readers would not follow. Let the numbers go on: SELECT setval('device_change_change_id_seq', %1$d); then move the folder %3$s away, and a new list is made."
              .formatted(before.version(), version, folder()));
    }
    List<Entry> files = new ArrayList<>(before.files());
    if (version > before.version()) {
      files.add(writeDelta(before.version(), version));
    }
    Entry last = before.lastSnapshot().orElseThrow();
    if (snapshot ? last.to() < version : snapshotIsDue(files, last)) {
      files.add(writeSnapshot(version));
    }
    return files;
  }

  private boolean snapshotIsDue(List<Entry> files, Entry last) {
    List<Entry> deltas =
        files.stream().filter(file -> !file.snapshot() && file.to() > last.to()).toList();
    long lines = deltas.stream().mapToLong(Entry::lines).sum();
    return (lines >= properties.snapshotLines() && lines >= last.lines() / 2)
        || deltas.size() >= properties.snapshotDeltas()
        || (!deltas.isEmpty()
            && !clock.instant().isBefore(last.writtenAt().plus(properties.snapshotEvery())));
  }

  private Entry writeSnapshot(long version) throws IOException {
    try (ListFile file = new ListFile(folder())) {
      history.outOfService(file::add);
      return publish(file, "snapshot-%d.jsonl".formatted(version), Kind.SNAPSHOT, null, version);
    }
  }

  private Entry writeDelta(long from, long to) throws IOException {
    try (ListFile file = new ListFile(folder())) {
      history.changes(from, to, file::add);
      return publish(file, "delta-%d-%d.jsonl".formatted(from, to), Kind.DELTA, from, to);
    }
  }

  private Entry publish(ListFile file, String name, Kind kind, @Nullable Long from, long to)
      throws IOException {
    file.publish(folder().resolve(name), properties.filePermissions());
    return new Entry(
        name,
        kind,
        from,
        to,
        file.lines(),
        file.bytes(),
        file.digest(),
        clock.instant().truncatedTo(ChronoUnit.MILLIS));
  }

  /** The last snapshots, and every delta since the oldest of them. */
  private List<Entry> keep(List<Entry> files) {
    List<Entry> snapshots = files.stream().filter(Entry::snapshot).toList();
    Entry oldest = snapshots.get(Math.max(0, snapshots.size() - properties.keepSnapshots()));
    return files.stream().filter(file -> file.to() > oldest.to() || file.equals(oldest)).toList();
  }

  private boolean complete(ListIndex index) {
    for (Entry entry : index.files()) {
      Path file = folder().resolve(entry.name());
      try {
        check(entry, file);
      } catch (IOException e) {
        LOG.warn("deny-list=incomplete file={} a new snapshot is made ({})", file, e.getMessage());
        return false;
      }
    }
    sound.keySet().retainAll(index.files().stream().map(Entry::name).toList());
    return true;
  }

  /** Reads a file only once as long as it stays what it is: a snapshot may have gigabytes. */
  private void check(Entry entry, Path file) throws IOException {
    BasicFileAttributes there = Files.readAttributes(file, BasicFileAttributes.class);
    if (there.size() != entry.bytes()) {
      throw new IOException("It has another length than the index says.");
    }
    Checked now = new Checked(entry.sha256(), there.lastModifiedTime(), there.fileKey());
    if (!now.equals(sound.get(entry.name()))) {
      if (!Sha256.of(file).equals(entry.sha256())) {
        throw new IOException("It has another SHA-256 than the index says.");
      }
      sound.put(entry.name(), now);
    }
  }

  private void prepareFolder() throws IOException {
    if (!Files.isDirectory(folder())) {
      SecretFile.createDirectories(folder());
      FilePermissions.set(folder(), FilePermissions.folder(properties.filePermissions()));
    }
  }

  private void replace(String name, byte[] content) throws IOException {
    Path file = folder().resolve(name);
    try (ListFile written = new ListFile(folder())) {
      written.write(content);
      written.publish(file, properties.filePermissions());
    }
  }

  /** So that after a power cut the index names nothing that is not there. */
  private void force() throws IOException {
    try (FileChannel channel = FileChannel.open(folder(), StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private void removeUnnamed(List<Entry> kept) throws IOException {
    Set<String> named = new HashSet<>(Set.of(ListIndex.FILE, PUBLIC_KEY));
    kept.forEach(entry -> named.add(entry.name()));
    try (Stream<Path> files = Files.list(folder())) {
      for (Path file : files.toList()) {
        String name = String.valueOf(file.getFileName());
        boolean ours = name.endsWith(".jsonl") || name.startsWith(".writing-");
        if (ours && !named.contains(name)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  @Override
  public void close() {}
}
