package dev.muster.arrival;

import dev.muster.arrival.Answer.Verdict;
import dev.muster.home.SecretFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
 * @param refused where what is refused goes
 * @param address of a file there, as a location
 * @param ourClock whether the times of files are by this machine's clock
 */
public record DropFolders(
    Path manifests,
    Path revocations,
    Path archive,
    Path refused,
    Function<Path, URI> address,
    boolean ourClock) {

  private static final String WHY = ".why.txt";
  private static final String RECEIPT = ".receipt.json";

  /** Once a process, so that the log says it once. */
  private static final Set<Path> WARNED_OF = ConcurrentHashMap.newKeySet();

  private static final Logger LOG = LoggerFactory.getLogger(DropFolders.class);

  /** Looks through all of them once, and writes down what lies there complete. */
  public void look(Drop drop) throws IOException {
    List<Dropped> there = new ArrayList<>();
    look(manifests, ArrivalKind.MANIFEST, there);
    look(revocations, ArrivalKind.REVOCATIONS, there);
    drop.saw(there, file -> Files.exists(path(file)));
  }

  private void look(Path root, ArrivalKind kind, List<Dropped> there) throws IOException {
    if (!Files.isDirectory(root)) {
      return;
    }
    try (DirectoryStream<Path> factories = Files.newDirectoryStream(root)) {
      for (Path factory : factories) {
        BasicFileAttributes attributes = attributes(factory);
        if (!attributes.isDirectory()) {
          leaveUnlessPlain(factory, attributes);
          continue;
        }
        try (DirectoryStream<Path> files =
            Files.newDirectoryStream(factory, file -> Drop.isFile(name(file)))) {
          for (Path file : files) {
            dropped(kind, name(factory), file).ifPresent(there::add);
          }
        }
      }
    }
  }

  private Optional<Dropped> dropped(ArrivalKind kind, String factory, Path file)
      throws IOException {
    try {
      BasicFileAttributes attributes = attributes(file);
      leaveUnlessPlain(file, attributes);
      return attributes.isRegularFile()
          ? Optional.of(
              new Dropped(
                  kind,
                  factory,
                  name(file),
                  address.apply(file),
                  state(attributes),
                  ourClock ? attributes.lastModifiedTime().toInstant() : null))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty(); // it was moved on meanwhile
    }
  }

  /** A link or a device: to follow it would be to read what its owner may not. */
  private static void leaveUnlessPlain(Path path, BasicFileAttributes attributes) {
    if ((attributes.isSymbolicLink() || attributes.isOther()) && WARNED_OF.add(path)) {
      LOG.warn(
          "drop=left path={} It is a link or no plain file, and is not followed. Put the file"
              + " itself there.",
          path);
    }
  }

  /** Of what the path itself is, not of what it leads to. */
  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private Path path(Dropped file) {
    return (file.kind() == ArrivalKind.MANIFEST ? manifests : revocations)
        .resolve(file.factory())
        .resolve(file.name());
  }

  /**
   * As {@link Place#fetch}: copied, because its sender can still write to it, also after it was
   * moved away.
   */
  public void fetch(Arrival arrival, Path file, Path target)
      throws IOException, ArrivalRefusedException {
    try {
      checkUnchanged(arrival, file);
      try (InputStream in = open(file);
          FileChannel out = SecretFile.open(target)) {
        in.transferTo(Channels.newOutputStream(out));
      }
      checkUnchanged(arrival, file);
    } catch (NoSuchFileException e) {
      throw new ArrivalRefusedException(
          "%s was taken away before it was provisioned. Put it there again."
              .formatted(arrival.fileName()));
    }
  }

  /** Opens a file that lies in its factory's folder itself, and is no link. */
  private static InputStream open(Path file) throws IOException {
    Path factory = Objects.requireNonNull(file.getParent());
    if (!attributes(factory).isDirectory()) {
      throw new FileSystemException(factory.toString(), null, "It is a link, and is not followed.");
    }
    if (file.getFileSystem().equals(FileSystems.getDefault())) {
      return Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    }
    // A server's own links lead to what its account may see; a client can only look first.
    if (!attributes(file).isRegularFile()) {
      throw new FileSystemException(file.toString(), null, "It is a link, and is not followed.");
    }
    return Files.newInputStream(file);
  }

  private static void checkUnchanged(Arrival arrival, Path file)
      throws IOException, ArrivalRefusedException {
    if (!is(file, arrival)) {
      throw new ArrivalRefusedException(
          "%s was changed or replaced after it had been taken; what lies there now is taken as a new one."
              .formatted(arrival.fileName()));
    }
  }

  /** As {@link Place#signature}. */
  public static Optional<byte[]> signature(Path file) throws IOException {
    Path signature = beside(file, Drop.SIGNATURE);
    try {
      BasicFileAttributes attributes = attributes(signature);
      if (!attributes.isRegularFile() || attributes.size() > Drop.MAX_SIGNATURE_BYTES) {
        return Optional.empty();
      }
      try (InputStream in = open(signature)) {
        return Optional.of(in.readNBytes(Drop.MAX_SIGNATURE_BYTES));
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * As {@link Place#answer}.
   *
   * @return what was put beside the file: the receipt, or the reason
   */
  public Path answer(Arrival arrival, Path file, Answer answer) throws IOException {
    boolean mine = exists(file) && is(file, arrival);
    Path why = beside(file, WHY);
    if (answer.verdict() == Verdict.FAILED) {
      say(why, answer);
      return why;
    }
    boolean done = answer.verdict() == Verdict.DONE;
    Path folder = (done ? archive : refused).resolve(arrival.factory());
    SecretFile.createDirectories(folder);
    Path target = folder.resolve(arrival.fileName());
    if ((mine && exists(target)) || exists(folder.resolve(numbered(arrival)))) {
      target = folder.resolve(numbered(arrival));
    }
    Path said = beside(target, done && answer.bundle() != null ? RECEIPT : WHY);
    if (done && answer.bundle() != null) {
      replace(said, Files.readAllBytes(answer.bundle().resolve("receipt.json")));
    } else {
      say(said, answer);
    }
    if (mine) {
      Path signature = beside(file, Drop.SIGNATURE);
      if (exists(signature)) {
        Files.move(signature, beside(target, Drop.SIGNATURE), StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(file, target);
      Files.deleteIfExists(why);
    }
    return said;
  }

  private static boolean is(Path file, Arrival arrival) throws IOException {
    return state(attributes(file)).equals(arrival.version());
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

  /** Names come again; what is there under this one stays. */
  private static String numbered(Arrival arrival) {
    return arrival.id() + "-" + arrival.fileName();
  }

  private static void say(Path file, Answer answer) throws IOException {
    replace(file, (answer.problem() + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Writes a new file, and gives it the name: what had it before, a link say, is gone. */
  private static void replace(Path file, byte[] content) throws IOException {
    Path aside = file.resolveSibling("." + UUID.randomUUID());
    try {
      Files.write(aside, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  private static boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static Path beside(Path file, String ending) {
    return file.resolveSibling(name(file) + ending);
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }
}
