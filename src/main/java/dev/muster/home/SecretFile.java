package dev.muster.home;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Files that only their owner may read (0600 from the moment they exist), in folders that only
 * their owner may enter.
 */
public final class SecretFile {

  private SecretFile() {}

  /**
   * What the file says; it is made when it is not there. Processes that do so at the same time get
   * the same.
   */
  public static String readOrCreate(Path file, Supplier<String> content) throws IOException {
    if (!Files.exists(file)) {
      try {
        createNew(file, content.get());
      } catch (FileAlreadyExistsException e) {
        // another process was first
      }
    }
    return Files.readString(file);
  }

  /**
   * Creates a file; it appears whole or not at all.
   *
   * @throws FileAlreadyExistsException when it is there; it is left as it is
   */
  public static void createNew(Path file, String content) throws IOException {
    createParent(file);
    Path aside = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
    try {
      try (FileChannel channel = open(aside)) {
        ByteBuffer rest = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        channel.force(true);
      }
      appear(aside, file);
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  /**
   * By a link, which fails when the name is taken; some file systems have none, and a move looks
   * first.
   */
  private static void appear(Path aside, Path file) throws IOException {
    try {
      Files.createLink(file, aside);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) {
      Files.move(aside, file);
    }
  }

  /** Opens a new file for writing that only its owner can read. */
  public static FileChannel open(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        attributes(file, "rw-------"));
  }

  /** Makes folders that only their owner may enter; those that are there stay as they are. */
  public static void createDirectories(Path folder) throws IOException {
    Files.createDirectories(folder, attributes(folder, "rwx------"));
  }

  /** Makes the folder that a file is to lie in. */
  public static void createParent(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      createDirectories(parent);
    }
  }

  private static FileAttribute<?>[] attributes(Path path, String permissions) {
    boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
