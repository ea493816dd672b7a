package dev.muster.denylist;

import dev.muster.denylist.ListIndex.Entry;
import dev.muster.denylist.ListIndex.Envelope;
import dev.muster.denylist.ListedDevice.Status;
import dev.muster.home.Sha256;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Checks a published list as a careful reader would: the signature, each file's SHA-256, that
 * deltas follow each other without a gap, and that a snapshot with the deltas behind it is the next
 * snapshot. Needs nothing but the files.
 */
public final class DenyListVerifier {

  private static final Pattern LINE =
      Pattern.compile(
          "\\{\"device_id\":\"([0-9a-f-]{36})\",\"status\":\"(REVOKED|DISABLED|ACTIVE)\",\"version\":([0-9]{1,18}),\"changed_at\":\"[^\"]+\"}");

  private final Path folder;

  private DenyListVerifier(Path folder) {
    this.folder = folder;
  }

  public record Verified(
      long version, Instant publishedAt, String keyId, int snapshots, int deltas, long lines) {}

  /**
   * Checks a folder.
   *
   * @param keyFile the public key to trust; null: the one that lies beside the list, which shows
   *     only that nothing was damaged
   * @throws IOException when something does not hold; the message says what
   */
  public static Verified verify(Path folder, @Nullable Path keyFile) throws IOException {
    return new DenyListVerifier(folder)
        .verify(ListKey.read(keyFile == null ? folder.resolve(DenyListFiles.PUBLIC_KEY) : keyFile));
  }

  private Verified verify(ListKey key) throws IOException {
    ListIndex index = index(key);
    long lines = 0;
    for (Entry entry : index.files()) {
      checkContent(entry);
      lines += entry.lines();
    }
    checkChain(index);
    List<Entry> snapshots = index.files().stream().filter(Entry::snapshot).toList();
    for (int next = 1; next < snapshots.size(); next++) {
      checkStep(index, snapshots.get(next - 1), snapshots.get(next));
    }
    return new Verified(
        index.version(),
        index.publishedAt(),
        index.keyId(),
        snapshots.size(),
        index.files().size() - snapshots.size(),
        lines);
  }

  private ListIndex index(ListKey key) throws IOException {
    Envelope envelope;
    ListIndex index;
    try {
      envelope = Envelope.parse(Files.readAllBytes(folder.resolve(ListIndex.FILE)));
      if (!envelope.signedBy(key)) {
        throw new IOException(
            "%s is not signed by key %s; it says key %s."
                .formatted(ListIndex.FILE, key.id(), envelope.keyId()));
      }
      index = envelope.index();
    } catch (JacksonException | IllegalArgumentException e) {
      throw new IOException(ListIndex.FILE + " is no index of a deny list.", e);
    }
    if (index.format() != ListIndex.FORMAT) {
      throw new IOException(
          "%s has format %d; this program knows %d."
              .formatted(ListIndex.FILE, index.format(), ListIndex.FORMAT));
    }
    return index;
  }

  private void checkContent(Entry entry) throws IOException {
    MessageDigest digest = Sha256.digest();
    long lines = 0;
    try (InputStream in =
        new DigestInputStream(Files.newInputStream(folder.resolve(entry.name())), digest)) {
      byte[] buffer = new byte[1 << 16];
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        for (int i = 0; i < length; i++) {
          lines += buffer[i] == '\n' ? 1 : 0;
        }
      }
    }
    if (!HexFormat.of().formatHex(digest.digest()).equals(entry.sha256())) {
      throw new IOException(entry.name() + " has another SHA-256 than the index says.");
    }
    if (lines != entry.lines()) {
      throw new IOException(entry.name() + " has another number of lines than the index says.");
    }
  }

  private static void checkChain(ListIndex index) throws IOException {
    long at = -1;
    for (Entry entry : index.files()) {
      Long from = entry.snapshot() ? Long.valueOf(entry.to()) : entry.from();
      if (from == null || (at >= 0 && from != at)) {
        throw new IOException(entry.name() + " does not go on where the file before it ends.");
      }
      at = entry.to();
    }
    if (at != index.version()) {
      throw new IOException(
          "The files reach version %d, and the index says %d.".formatted(at, index.version()));
    }
  }

  /** Only what changed between the two is held in memory. */
  private void checkStep(ListIndex index, Entry from, Entry to) throws IOException {
    Map<UUID, Line> changed = new HashMap<>();
    for (Entry delta : index.files()) {
      if (!delta.snapshot() && delta.to() > from.to() && delta.to() <= to.to()) {
        try (Lines lines = new Lines(delta)) {
          for (Line line = lines.next(); line != null; line = lines.next()) {
            changed.put(line.device(), line);
          }
        }
      }
    }
    long stillOut =
        changed.values().stream().filter(line -> line.status() != Status.ACTIVE).count();
    try (Lines before = new Lines(from);
        Lines after = new Lines(to)) {
      String last = "";
      for (Line line = after.next(); line != null; line = after.next()) {
        Line expected = changed.get(line.device());
        if (expected == null) {
          expected = unchanged(before, changed);
        } else {
          stillOut--;
        }
        String device = line.device().toString();
        if (!line.equals(expected)
            || line.status() == Status.ACTIVE
            || device.compareTo(last) <= 0) {
          throw different(from, to, "about device " + device);
        }
        last = device;
      }
      Line rest = unchanged(before, changed);
      if (rest != null || stillOut != 0) {
        throw different(from, to, "by devices that it lacks");
      }
    }
  }

  /** The next line of a device that no delta names. */
  private static @Nullable Line unchanged(Lines before, Map<UUID, Line> changed)
      throws IOException {
    Line line = before.next();
    while (line != null && changed.containsKey(line.device())) {
      line = before.next();
    }
    return line;
  }

  private static IOException different(Entry from, Entry to, String how) {
    return new IOException(
        "%s with the deltas behind it is not %s: they differ %s."
            .formatted(from.name(), to.name(), how));
  }

  /** What a line says, but for the time. */
  private record Line(UUID device, Status status, long version) {}

  private final class Lines implements AutoCloseable {

    private final Entry entry;
    private final BufferedReader reader;

    Lines(Entry entry) throws IOException {
      this.entry = entry;
      this.reader =
          Files.newBufferedReader(folder.resolve(entry.name()), StandardCharsets.US_ASCII);
    }

    @Nullable Line next() throws IOException {
      String text = reader.readLine();
      if (text == null) {
        return null;
      }
      Matcher line = LINE.matcher(text);
      if (!line.matches()) {
        throw new IOException(entry.name() + " has a line that is none of a deny list.");
      }
      return new Line(
          UUID.fromString(line.group(1)),
          Status.valueOf(line.group(2)),
          Long.parseLong(line.group(3)));
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }
}
