package dev.muster.arrival;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A factory's folder, held open. Everything in it is reached from there and no link is followed, so
 * that whoever may write in one folder of the inbox reads and writes nothing beyond it through
 * Muster, also when names are exchanged while it looks. On a file system that can't hold a folder
 * open (a remote one, whose links are its server's), links are told by looking first.
 */
final class FactoryFolder implements Closeable {

  private final Path path;
  private final @Nullable SecureDirectoryStream<Path> held;

  private FactoryFolder(Path path, @Nullable SecureDirectoryStream<Path> held) {
    this.path = path;
    this.held = held;
  }

  /**
   * Opens the folder of one factory.
   *
   * @param root may be reached by links: it is the operator's
   * @throws NotDirectoryException when it is a link, or not a folder
   * @throws NoSuchFileException when it is not there
   */
  static FactoryFolder open(Path root, String factory) throws IOException {
    Path path = root.resolve(factory);
    if (!attributes(path).isDirectory()) {
      throw new NotDirectoryException(path.toString());
    }
    if (path.getFileSystem().equals(FileSystems.getDefault())) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(root)) {
        if (all instanceof SecureDirectoryStream<Path> secure) {
          return new FactoryFolder(
              path, secure.newDirectoryStream(Path.of(factory), LinkOption.NOFOLLOW_LINKS));
        }
      }
    }
    return new FactoryFolder(path, null);
  }

  /** The folder that a file lies in, two below a root. */
  static FactoryFolder of(Path file) throws IOException {
    Path factory = file.getParent();
    Path root = factory == null ? null : factory.getParent();
    if (factory == null || root == null) {
      throw new IOException("%s does not lie in a factory's folder.".formatted(file));
    }
    return open(root, String.valueOf(factory.getFileName()));
  }

  /** The names of all that lies in it; to be asked once. */
  List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    if (held != null) {
      held.forEach(file -> names.add(String.valueOf(file.getFileName())));
      return names;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
      files.forEach(file -> names.add(String.valueOf(file.getFileName())));
    }
    return names;
  }

  /**
   * What a name stands for; a link for itself.
   *
   * @throws NoSuchFileException when nothing is there
   */
  BasicFileAttributes attributes(String name) throws IOException {
    return held == null
        ? attributes(path.resolve(name))
        : held.getFileAttributeView(
                name(name), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
            .readAttributes();
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  boolean exists(String name) throws IOException {
    try {
      attributes(name);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  boolean isPlain(String name) throws IOException {
    return exists(name) && attributes(name).isRegularFile();
  }

  InputStream read(String name) throws IOException {
    mustBePlain(name);
    return held == null
        ? Files.newInputStream(path.resolve(name))
        : Channels.newInputStream(open(name));
  }

  byte[] tail(String name, int most) throws IOException {
    mustBePlain(name);
    try (SeekableByteChannel file = open(name)) {
      file.position(Math.max(0, file.size() - most));
      return Channels.newInputStream(file).readNBytes(most);
    }
  }

  private SeekableByteChannel open(String name) throws IOException {
    return held == null
        ? Files.newByteChannel(path.resolve(name))
        : held.newByteChannel(
            name(name), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
  }

  private void mustBePlain(String name) throws IOException {
    if (!attributes(name).isRegularFile()) {
      throw new FileSystemException(
          path.resolve(name).toString(), null, "It is a link or no plain file, and is not read.");
    }
  }

  /** Writes a new file beside, and gives it the name: what had it before, a link say, is gone. */
  void write(String name, InputStream content) throws IOException {
    String aside = "." + UUID.randomUUID();
    Set<OpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (OutputStream out =
        Channels.newOutputStream(
            held == null
                ? Files.newByteChannel(path.resolve(aside), options)
                : held.newByteChannel(name(aside), options))) {
      content.transferTo(out);
    } catch (IOException e) {
      delete(aside);
      throw e;
    }
    if (held == null) {
      Files.move(path.resolve(aside), path.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    } else {
      held.move(name(aside), held, name(name));
    }
  }

  void delete(String name) throws IOException {
    try {
      if (held == null) {
        Files.delete(path.resolve(name));
      } else {
        held.deleteFile(name(name));
      }
    } catch (NoSuchFileException e) {
      // it is gone, as it should be
    }
  }

  private Path name(String name) {
    return path.getFileSystem().getPath(name);
  }

  @Override
  public void close() throws IOException {
    if (held != null) {
      held.close();
    }
  }
}
