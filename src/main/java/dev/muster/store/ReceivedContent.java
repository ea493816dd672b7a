package dev.muster.store;

import dev.muster.home.SecretFile;
import dev.muster.manifest.AsSent;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.ManifestReceiver;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceiveLimits;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.RefusalCode;
import dev.muster.manifest.SpooledFile;
import dev.muster.store.Content.Refusal;
import dev.muster.store.ObjectStore.Stored;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Receives content: in one pass it is copied, unpacked, hashed as it was sent and as it is, checked
 * as a whole, and cut. Whoever works on it later (dry run, signature, run) asks for what was found
 * instead of reading it again, and reads a copy that its sender can't change.
 *
 * <p>What was found lies as JSON beside the content. It is not forced to disk: when a power cut
 * took it, the content is read once more.
 *
 * <p>Where instances share no disk, what more than one of them may need lies in the store too: the
 * content once, under its SHA-256, and that JSON under each place that needs it.
 */
@Component
public class ReceivedContent {

  private static final String FOUND = ".found";

  /** Below it, content lies once in the store, under its SHA-256. */
  static final String CONTENT = "content/";

  private final JsonMapper json;
  private final Spool spool;
  private final ObjectStore store;

  ReceivedContent(JsonMapper json, Spool spool, ObjectStore store) {
    this.json = json;
    this.spool = spool;
    this.store = store;
  }

  /**
   * Receives what a stream brings; it is read to its end and not closed. When this returns, the
   * content is on disk.
   *
   * @param place where it is to lie
   * @param mostBytes how long the content may be, unpacked
   * @param format of its factory
   * @param bytesRead told of every so many bytes of the stream that were read
   * @return also when it can't be taken as a whole
   * @throws IOException when it can't be read or written; then nothing lies there
   */
  public Content take(
      InputStream sent, Path place, long mostBytes, ManifestFormat format, LongConsumer bytesRead)
      throws IOException {
    AsSent asSent = new AsSent(sent, bytesRead);
    ReceivedManifest received = null;
    Refusal refusal = null;
    try {
      received = ManifestReceiver.receive(asSent, place, new ReceiveLimits(mostBytes), format);
    } catch (ManifestRefusedException e) {
      refusal = new Refusal(e.code(), String.valueOf(e.getMessage()));
    }
    asSent.toItsEnd();
    Content content = new Content(place, asSent.sha256(), asSent.bytes(), received, refusal);
    boolean written = false;
    try {
      write(content);
      written = true;
    } finally {
      if (!written) {
        remove(place);
      }
    }
    return content;
  }

  /** As above, what lies in a file. */
  public Content take(
      Path file, Path place, long mostBytes, ManifestFormat format, LongConsumer bytesRead)
      throws IOException {
    try (InputStream sent = Files.newInputStream(file)) {
      return take(sent, place, mostBytes, format, bytesRead);
    }
  }

  /**
   * What was found out about the content that lies there, which is brought here from the store when
   * it was received elsewhere; empty when it, or that, is gone.
   */
  public Optional<Content> find(Path place) throws IOException {
    Optional<Content> here = findHere(place);
    return here.isPresent() ? here : brought(place);
  }

  /**
   * As {@link #find(Path)}, of just this SHA-256 as it was sent: whoever died over it may have left
   * another here.
   */
  public Optional<Content> find(Path place, String sha256) throws IOException {
    Optional<Content> here =
        findHere(place).filter(content -> content.sha256AsSent().equals(sha256));
    return here.isPresent()
        ? here
        : brought(place).filter(content -> content.sha256AsSent().equals(sha256));
  }

  /** Brings content here, if it is anywhere and not here. */
  public void bring(Path place) throws IOException {
    Optional<Content> unused = find(place);
  }

  /** Content of a run, range by range, from where it lies: nothing of it is brought here. */
  public SpooledFile open(Path place) {
    SpooledFile here = SpooledFile.at(place);
    return offset -> {
      Optional<Content> elsewhere = Files.exists(place) ? Optional.empty() : inStore(place);
      return elsewhere.isEmpty()
          ? here.from(offset)
          : store.read(CONTENT + elsewhere.get().sha256(), offset);
    };
  }

  private Optional<Content> brought(Path place) throws IOException {
    try {
      Optional<Content> content = inStore(place);
      if (content.isPresent()) {
        if (content.get().received() != null) {
          store.fetch(CONTENT + content.get().sha256(), place);
        }
        write(content.get());
      }
      return content;
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private Optional<Content> inStore(Path place) throws IOException {
    Optional<String> key = spool.keyInStore(found(place));
    if (key.isEmpty()) {
      return Optional.empty();
    }
    try (InputStream in = store.read(key.get(), 0)) {
      // First all of it: what can't be read is no JSON that is not understood.
      return Optional.of(json.readValue(in.readAllBytes(), Content.class).at(place));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** From here on every instance has it. */
  private void putInStore(Content content) throws IOException {
    Optional<String> key = spool.keyInStore(found(content.file()));
    if (key.isPresent()) {
      if (content.received() != null) {
        store.putIfAbsent(CONTENT + content.sha256(), content.file());
      }
      store.put(key.get(), json.writeValueAsString(content).getBytes(StandardCharsets.UTF_8));
    }
  }

  private Optional<Content> findHere(Path place) throws IOException {
    try {
      Content content = json.readValue(Files.readString(found(place)), Content.class).at(place);
      ReceivedManifest received = content.received();
      return received == null || Files.size(place) == received.bytes()
          ? Optional.of(content)
          : Optional.empty();
    } catch (NoSuchFileException | JacksonException e) {
      return Optional.empty();
    }
  }

  /** Gives content a second place, from which it is removed by itself. */
  public Content share(Content content, Path place) throws IOException {
    SecretFile.createParent(place);
    if (content.received() != null) {
      linkOrCopy(content.file(), place);
    }
    Content shared = content.at(place);
    write(shared);
    return shared;
  }

  /**
   * Moves content to where it is needed, unless it is there. When this returns, all instances have
   * it.
   */
  public void keep(Content content, Path place) throws IOException {
    if (findHere(place).isEmpty()) {
      SecretFile.createParent(place);
      if (content.received() != null) {
        Files.move(content.file(), place, StandardCopyOption.ATOMIC_MOVE);
      }
      write(content.at(place));
      remove(content.file());
    }
    putInStore(content.at(place));
  }

  /**
   * The frame of every step {@code receive}: asks for what was found when the content came in.
   *
   * @param format of its factory, for content about which nothing is known any more
   * @param announcedRows how many rows its sender said there are; null when it did not say
   * @throws ManifestRefusedException when it was refused, or has not as many rows as announced
   * @throws ContentGoneException when the content is gone
   */
  public ReceivedManifest receive(
      Path place, long mostBytes, ManifestFormat format, @Nullable Long announcedRows)
      throws IOException, ManifestRefusedException {
    Optional<Content> found = find(place);
    if (found.isEmpty() && !Files.exists(place)) {
      throw gone(place);
    }
    Content content =
        found.isPresent()
            ? found.get()
            : take(place, place, mostBytes, format.received(), bytes -> {});
    ReceivedManifest received = content.orRefused();
    if (announcedRows != null && announcedRows != received.rows()) {
      throw new ManifestRefusedException(
          RefusalCode.ROW_COUNT_MISMATCH,
          "%,d rows were announced, but there are %,d. The file was cut off or changed on its way; send it again."
              .formatted(announcedRows, received.rows()));
    }
    return received;
  }

  /** What is said when content is gone that a run needs. */
  public static ContentGoneException gone(Path place) {
    return new ContentGoneException(
        "The content of this file is gone from the spool (%s). Send the same file again and the run goes on where it stopped; or take the run back."
            .formatted(place.getFileName()));
  }

  /** Removes content, what was found out about it, and what a kill left of writing them. */
  public void remove(Path place) throws IOException {
    for (Path file : List.of(place, found(place))) {
      Files.deleteIfExists(file);
      Files.deleteIfExists(partial(file));
    }
    Optional<String> key = spool.keyInStore(found(place));
    if (key.isPresent()) {
      store.delete(key.get()); // the content itself goes with the last that names it: see Leftovers
    }
  }

  /** Where content of runs lies that was put there before then, or is told of. */
  public Set<Path> ofRuns(Instant before) throws IOException {
    Set<Path> places = new TreeSet<>();
    for (Stored stored : store.list("spool/")) {
      if (stored.changedAt().isBefore(before)) {
        Path place = contentOf(spool.place(stored.key()));
        if (spool.isOfRun(place)) {
          places.add(place);
        }
      }
    }
    return places;
  }

  /** Takes from the store what nobody needs of what lies in a folder. */
  public void removeLeft(Path folder, Predicate<Stored> left) throws IOException {
    Optional<String> key = spool.keyInStore(folder);
    if (key.isPresent()) {
      for (Stored stored : store.list(key.get() + "/")) {
        if (left.test(stored)) {
          store.delete(stored.key());
        }
      }
    }
  }

  private void write(Content content) throws IOException {
    Path file = found(content.file());
    Path aside = partial(file);
    SecretFile.createParent(file);
    Files.deleteIfExists(aside);
    try {
      try (FileChannel channel = SecretFile.open(aside)) {
        ByteBuffer rest =
            ByteBuffer.wrap(json.writeValueAsString(content).getBytes(StandardCharsets.UTF_8));
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
      }
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  /** Nobody changes content, so a link does. */
  private static void linkOrCopy(Path file, Path place) throws IOException {
    try {
      Files.createLink(place, file);
    } catch (NoSuchFileException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) { // another file system
      try (FileChannel out = SecretFile.open(place)) {
        Files.copy(file, Channels.newOutputStream(out));
        out.force(true);
      }
    }
  }

  /** Where lies what was found about content. */
  static Path found(Path place) {
    return place.resolveSibling(place.getFileName() + FOUND);
  }

  /** The content that a file is, or tells of, or was to become. */
  static Path contentOf(Path file) {
    String name = String.valueOf(file.getFileName());
    for (String end : List.of(ManifestReceiver.PARTIAL, FOUND)) {
      if (name.endsWith(end)) {
        name = name.substring(0, name.length() - end.length());
      }
    }
    return file.resolveSibling(name);
  }

  private static Path partial(Path file) {
    return file.resolveSibling(file.getFileName() + ManifestReceiver.PARTIAL);
  }
}
