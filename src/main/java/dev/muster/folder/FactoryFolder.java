package dev.muster.folder;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * A factory's folder, held open. Everything in it is reached from there and no link is followed, so
 * that whoever may write in one folder of the inbox reads and writes nothing beyond it through
 * Muster, also when names are exchanged while it looks.
 */
final class FactoryFolder implements Closeable {

  private final SecureDirectoryStream<Path> folder;

  private FactoryFolder(SecureDirectoryStream<Path> folder) {
    this.folder = folder;
  }

  /**
   * Opens the folder of one factory.
   *
   * @param root may be reached by links: it is the operator's
   * @throws FileSystemException when it is a link, or not a folder
   */
  static FactoryFolder open(Path root, String factory) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(root)) {
      if (all instanceof SecureDirectoryStream<Path> secure) {
        return new FactoryFolder(
            secure.newDirectoryStream(Path.of(factory), LinkOption.NOFOLLOW_LINKS));
      }
      throw new FileSystemException(
          root.toString(), null, "This system can't look into folders without following links.");
    }
  }

  /** The names of all that lies in it; to be asked once. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    folder.forEach(path -> names.add(String.valueOf(path.getFileName())));
    return names;
  }

  /**
   * What a name stands for; a link for itself.
   *
   * @throws NoSuchFileException when nothing is there
   */
  BasicFileAttributes attributes(String name) throws IOException {
    return folder
        .getFileAttributeView(
            Path.of(name), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes();
  }

  boolean exists(String name) throws IOException {
    try {
      attributes(name);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Opens a file for reading; a link is refused. */
  SeekableByteChannel open(String name) throws IOException {
    return folder.newByteChannel(
        Path.of(name), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
  }

  /** Writes a new file beside, and gives it the name: what had it before, a link say, is gone. */
  void write(String name, byte[] content) throws IOException {
    Path aside = Path.of("." + UUID.randomUUID());
    try {
      try (SeekableByteChannel channel =
          folder.newByteChannel(
              aside,
              Set.of(
                  StandardOpenOption.CREATE_NEW,
                  StandardOpenOption.WRITE,
                  LinkOption.NOFOLLOW_LINKS))) {
        ByteBuffer rest = ByteBuffer.wrap(content);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
      }
      folder.move(aside, folder, Path.of(name));
    } catch (IOException e) {
      delete(String.valueOf(aside));
      throw e;
    }
  }

  /** Moves a file to another folder, under a new name. */
  void move(String name, FactoryFolder target, String newName) throws IOException {
    try {
      folder.move(Path.of(name), target.folder, Path.of(newName));
    } catch (AtomicMoveNotSupportedException e) { // another file system
      Path aside = Path.of("." + UUID.randomUUID());
      try (SeekableByteChannel from = open(name);
          SeekableByteChannel to =
              target.folder.newByteChannel(
                  aside, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
        Channels.newInputStream(from).transferTo(Channels.newOutputStream(to));
      }
      target.folder.move(aside, target.folder, Path.of(newName));
      delete(name);
    }
  }

  void delete(String name) throws IOException {
    try {
      folder.deleteFile(Path.of(name));
    } catch (NoSuchFileException e) {
      // it is gone, as it should be
    }
  }

  @Override
  public void close() throws IOException {
    folder.close();
  }
}
