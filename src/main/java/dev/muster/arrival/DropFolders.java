package dev.muster.arrival;

import dev.muster.arrival.Answer.Verdict;
import dev.muster.home.SecretFile;
import dev.muster.manifest.ManifestFormat;
import dev.muster.store.Outbox;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Folders as a drop, on whatever file system: each factory has one of its own for manifests and one
 * for revocation lists. What is done moves to the archive, with the receipt beside it; what is
 * refused moves to the refused ones, and what waits for an operator stays, each with a {@code
 * .why.txt} beside it.
 *
 * <p>Whoever may write in a factory's folder reads and writes nothing beyond it through Muster: no
 * link is followed below these folders, and answers are new files that take their name's place.
 *
 * @param manifests the folder of the factories' folders for manifests
 * @param revocations the same for revocation lists
 * @param archive where what is done goes, into its factory's folder
 * @param address of a file there, as a location
 */
public record DropFolders(
    Path manifests, Path revocations, Path archive, Path refused, Function<Path, URI> address) {

  private static final String WHY = ".why.txt";
  private static final String RECEIPT = "." + Outbox.RECEIPT;

  /**
   * Looks through all of them once, and writes down what lies there complete.
   *
   * @throws IOException when none of them can be looked at
   */
  public void look(Drop drop) throws IOException {
    Seen seen = new Seen(new ArrayList<>(), new ArrayList<>(), new TreeMap<>());
    boolean any = look(manifests, ArrivalKind.MANIFEST, seen);
    any |= look(revocations, ArrivalKind.REVOCATIONS, seen);
    if (!any && !seen.unread.isEmpty()) {
      throw seen.unread.values().iterator().next();
    }
    drop.saw(seen.there, seen.others, seen.unread, file -> Files.exists(path(file)), this::tail);
  }

  /**
   * @param unread places that can't be looked at, and why
   */
  private record Seen(List<Dropped> there, List<Untaken> others, Map<String, IOException> unread) {}

  private byte[] tail(Dropped file) {
    try (FactoryFolder folder = FactoryFolder.of(path(file))) {
      return folder.tail(file.name(), ManifestFormat.TAIL_BYTES);
    } catch (IOException e) {
      return new byte[0]; // it was taken away meanwhile, or will be quiet
    }
  }

  /** Returns whether any folder could be looked at. */
  private boolean look(Path root, ArrivalKind kind, Seen seen) {
    if (!Files.isDirectory(root)) {
      return false;
    }
    boolean any = false;
    try (DirectoryStream<Path> factories = Files.newDirectoryStream(root)) {
      for (Path factory : factories) {
        try (FactoryFolder folder = FactoryFolder.open(root, name(factory))) {
          Set<String> names = new LinkedHashSet<>(folder.names());
          any = true;
          for (String name : names) {
            if (!Drop.isBeside(name)) {
              look(kind, folder, factory, name, names, seen);
            }
          }
        } catch (NotDirectoryException e) {
          if (!Files.isRegularFile(factory, LinkOption.NOFOLLOW_LINKS)) {
            seen.others.add(Untaken.link(Dropped.place(kind), name(factory), null));
          } else if (!Drop.isBeside(name(factory))) {
            seen.others.add(Untaken.ofNobody(Dropped.place(kind), name(factory)));
          }
        } catch (NoSuchFileException | InvalidPathException e) {
          if (Drop.isMisread(name(factory)) && !Drop.isBeside(name(factory))) {
            seen.others.add(Untaken.misread(Dropped.place(kind), name(factory), null));
          } // or it was taken away meanwhile
        } catch (IOException | UncheckedIOException | DirectoryIteratorException e) {
          seen.unread.put(place(kind, name(factory)), cause(e));
        }
      }
    } catch (IOException | UncheckedIOException | DirectoryIteratorException e) {
      seen.unread.put(Dropped.place(kind), cause(e));
    }
    return any;
  }

  /** What is listed step by step says so without a checked exception. */
  private static IOException cause(Exception e) {
    return e instanceof IOException itself
        ? itself
        : e.getCause() instanceof IOException cause ? cause : new IOException(e);
  }

  private static String place(ArrivalKind kind, String factory) {
    return Dropped.place(kind) + factory + "/";
  }

  private void look(
      ArrivalKind kind, FactoryFolder folder, Path path, String name, Set<String> names, Seen seen)
      throws IOException {
    String factory = name(path);
    String place = place(kind, factory);
    try {
      BasicFileAttributes attributes = folder.attributes(name);
      if (attributes.isDirectory()) {
        seen.others.add(Untaken.below(place, name, factory, true));
      } else if (!attributes.isRegularFile()) {
        seen.others.add(Untaken.link(place, name, factory));
      } else if (!Drop.isFile(name)) {
        seen.others.add(Untaken.named(place, name, factory));
      } else if (Drop.isTooLong(name)) {
        seen.others.add(Untaken.tooLong(place, name, factory));
      } else {
        seen.there.add(
            new Dropped(
                kind,
                factory,
                name,
                address.apply(path.resolve(name)),
                state(attributes),
                attributes.size(),
                names.contains(name + Drop.MARKER)));
      }
    } catch (NoSuchFileException | InvalidPathException e) {
      if (Drop.isMisread(name)) {
        seen.others.add(Untaken.misread(place, name, factory));
      } // or it was moved on meanwhile
    }
  }

  private Path path(Dropped file) {
    return (file.kind() == ArrivalKind.MANIFEST ? manifests : revocations)
        .resolve(file.factory())
        .resolve(file.name());
  }

  /** As {@link Place#fetch}; copied, because its sender can still write to it. */
  public void fetch(Arrival arrival, Path file, Path target, long mostBytes)
      throws IOException, ArrivalRefusedException {
    try (FactoryFolder folder = FactoryFolder.of(file)) {
      ArrivalRefusedException.ifLonger(arrival, unchanged(arrival, folder, file).size(), mostBytes);
      try (InputStream in = folder.read(name(file));
          FileChannel out = SecretFile.open(target)) {
        in.transferTo(Channels.newOutputStream(out));
      }
      BasicFileAttributes unused = unchanged(arrival, folder, file);
    } catch (NoSuchFileException e) {
      throw new ArrivalRefusedException(
          "%s was taken away before it was provisioned. Put it there again."
              .formatted(arrival.fileName()));
    }
  }

  private static BasicFileAttributes unchanged(Arrival arrival, FactoryFolder folder, Path file)
      throws IOException, ArrivalRefusedException {
    BasicFileAttributes attributes = folder.attributes(name(file));
    if (!state(attributes).equals(arrival.version())) {
      throw new ArrivalRefusedException(
          "%s was changed or replaced after it had been taken; what lies there now is taken as a new one."
              .formatted(arrival.fileName()));
    }
    return attributes;
  }

  /** As {@link Place#signature}. */
  public static Optional<byte[]> signature(Path file) throws IOException {
    String name = name(file) + Drop.SIGNATURE;
    try (FactoryFolder folder = FactoryFolder.of(file)) {
      BasicFileAttributes attributes = folder.attributes(name);
      if (!attributes.isRegularFile() || attributes.size() > Drop.MAX_SIGNATURE_BYTES) {
        return Optional.empty();
      }
      try (InputStream in = folder.read(name)) {
        return Optional.of(in.readNBytes(Drop.MAX_SIGNATURE_BYTES));
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * As {@link Place#answer}. Returns what was put beside the file: the receipt, or the reason; null
   * when it waits for an operator and its folder was taken away.
   */
  public @Nullable Path answer(Arrival arrival, Path file, Answer answer) throws IOException {
    if (answer.verdict() == Verdict.FAILED) {
      try (FactoryFolder folder = FactoryFolder.of(file)) {
        Said.of(answer).to(folder, name(file));
        return file.resolveSibling(name(file) + WHY);
      } catch (NoSuchFileException e) {
        return null;
      }
    }
    Path root = answer.verdict() == Verdict.DONE ? archive : refused;
    Path kept = root.resolve(arrival.factory());
    SecretFile.createDirectories(kept);
    Said said = Said.of(answer);
    try (FactoryFolder target = FactoryFolder.open(root, arrival.factory())) {
      return kept.resolve(answer(arrival, file, said, target) + said.ending());
    }
  }

  /** Returns the name of what was said, without its ending. */
  private static String answer(Arrival arrival, Path file, Said said, FactoryFolder target)
      throws IOException {
    try (FactoryFolder folder = FactoryFolder.of(file)) {
      String name = name(file);
      boolean mine = isStill(folder, name, arrival.version());
      String kept = free(arrival, target, mine, said);
      said.to(target, kept);
      if (mine) {
        if (folder.isPlain(name + Drop.SIGNATURE)) { // a link stays where it is
          move(folder, name + Drop.SIGNATURE, target, kept + Drop.SIGNATURE);
        }
        folder.delete(name + Drop.MARKER);
        moveUnchanged(folder, name, arrival.version(), target, kept);
        folder.delete(name + WHY);
      }
      return kept;
    } catch (NoSuchFileException e) { // all of it was taken away
      String kept = free(arrival, target, false, said);
      said.to(target, kept);
      return kept;
    }
  }

  /**
   * Names come again; what is there under this one stays, and so does what was said of it. What was
   * said already before a kill says the same.
   */
  private static String free(Arrival arrival, FactoryFolder target, boolean mine, Said said)
      throws IOException {
    String numbered = arrival.id() + "-" + arrival.fileName();
    boolean taken =
        (mine && target.exists(arrival.fileName()))
            || (target.exists(arrival.fileName() + said.ending())
                && !said.isIn(target, arrival.fileName()));
    return taken || target.exists(numbered) ? numbered : arrival.fileName();
  }

  /** What is put beside a file. */
  private record Said(String ending, String text) {

    static Said of(Answer answer) throws IOException {
      String receipt = answer.receiptJson();
      return receipt != null ? new Said(RECEIPT, receipt) : new Said(WHY, answer.problem() + "\n");
    }

    boolean isIn(FactoryFolder folder, String name) throws IOException {
      if (!folder.isPlain(name + ending)) {
        return false;
      }
      try (InputStream there = folder.read(name + ending)) {
        byte[] content = content();
        return Arrays.equals(there.readNBytes(content.length + 1), content);
      }
    }

    private byte[] content() {
      return text.getBytes(StandardCharsets.UTF_8);
    }

    void to(FactoryFolder folder, String name) throws IOException {
      folder.write(name + ending, new ByteArrayInputStream(content()));
    }
  }

  private static void move(FactoryFolder from, String name, FactoryFolder to, String newName)
      throws IOException {
    copy(from, name, to, newName);
    from.delete(name);
  }

  private static void copy(FactoryFolder from, String name, FactoryFolder to, String newName)
      throws IOException {
    try (InputStream in = from.read(name)) {
      to.write(newName, in);
    }
  }

  /**
   * What has taken its name meanwhile, and copying may take minutes, is another file: it stays, and
   * is taken by itself.
   */
  private static void moveUnchanged(
      FactoryFolder from, String name, @Nullable String version, FactoryFolder to, String newName)
      throws IOException {
    if (isStill(from, name, version)) {
      copy(from, name, to, newName);
      if (isStill(from, name, version)) {
        from.delete(name);
      }
    }
  }

  private static boolean isStill(FactoryFolder folder, String name, @Nullable String version)
      throws IOException {
    return folder.exists(name) && state(folder.attributes(name)).equals(version);
  }

  private static String state(BasicFileAttributes attributes) {
    Instant changedAt = attributes.lastModifiedTime().toInstant();
    return "%d-%d.%09d-%s"
        .formatted(
            attributes.size(),
            changedAt.getEpochSecond(),
            changedAt.getNano(),
            attributes.fileKey());
  }

  private static String name(@Nullable Path file) {
    return file == null ? "" : String.valueOf(file.getFileName());
  }
}
