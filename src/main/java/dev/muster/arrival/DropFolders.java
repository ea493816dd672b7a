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
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Folders as a drop, on whatever file system: each factory has one of its own for manifests and one
 * for revocation lists. What is done moves to the archive, with the receipt beside it; what is
 * refused moves to the refused ones, and what waits for an operator stays, each with a {@code
 * .why.txt} beside it.
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
    try (DirectoryStream<Path> factories = Files.newDirectoryStream(root, Files::isDirectory)) {
      for (Path factory : factories) {
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
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
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

  private Path path(Dropped file) {
    return (file.kind() == ArrivalKind.MANIFEST ? manifests : revocations)
        .resolve(file.factory())
        .resolve(file.name());
  }

  /** As {@link Place#fetch}; a link where that can be, however large the file. */
  public void fetch(Arrival arrival, Path file, Path target)
      throws IOException, ArrivalRefusedException {
    try {
      checkUnchanged(arrival, file);
      linkOrCopy(file, target);
      checkUnchanged(arrival, file);
    } catch (NoSuchFileException e) {
      throw new ArrivalRefusedException(
          "%s was taken away before it was provisioned. Put it there again."
              .formatted(arrival.fileName()));
    }
  }

  /** A link costs nothing, and stays when the file is moved away or replaced. */
  public static void linkOrCopy(Path file, Path target) throws IOException {
    try {
      if (file.getFileSystem().equals(target.getFileSystem())) {
        Files.createLink(target, file);
        return;
      }
    } catch (NoSuchFileException | FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) {
      // another file system
    }
    try (InputStream in = Files.newInputStream(file);
        FileChannel out = SecretFile.open(target)) {
      in.transferTo(Channels.newOutputStream(out));
    }
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
    if (!Files.isRegularFile(signature) || Files.size(signature) > Drop.MAX_SIGNATURE_BYTES) {
      return Optional.empty();
    }
    return Optional.of(Files.readAllBytes(signature));
  }

  /**
   * As {@link Place#answer}.
   *
   * @return what was put beside the file: the receipt, or the reason
   */
  public Path answer(Arrival arrival, Path file, Answer answer) throws IOException {
    boolean mine = Files.exists(file) && is(file, arrival);
    Path why = beside(file, WHY);
    if (answer.verdict() == Verdict.FAILED) {
      say(why, answer);
      return why;
    }
    boolean done = answer.verdict() == Verdict.DONE;
    Path folder = (done ? archive : refused).resolve(arrival.factory());
    SecretFile.createDirectories(folder);
    Path target = folder.resolve(arrival.fileName());
    if ((mine && Files.exists(target)) || Files.exists(folder.resolve(numbered(arrival)))) {
      target = folder.resolve(numbered(arrival));
    }
    Path said = beside(target, done && answer.bundle() != null ? RECEIPT : WHY);
    if (done && answer.bundle() != null) {
      Files.write(said, Files.readAllBytes(answer.bundle().resolve("receipt.json")));
    } else {
      say(said, answer);
    }
    if (mine) {
      Path signature = beside(file, Drop.SIGNATURE);
      if (Files.exists(signature)) {
        Files.move(signature, beside(target, Drop.SIGNATURE), StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(file, target);
      Files.deleteIfExists(why);
    }
    return said;
  }

  private static boolean is(Path file, Arrival arrival) throws IOException {
    return state(Files.readAttributes(file, BasicFileAttributes.class)).equals(arrival.version());
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
    Files.write(file, (answer.problem() + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static Path beside(Path file, String ending) {
    return file.resolveSibling(name(file) + ending);
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }
}
