package dev.muster.store;

import dev.muster.home.MusterHome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code MUSTER_HOME} as the store: a key is the path of a file below it. No link is followed. */
public final class FolderStore implements ObjectStore {

  private final MusterHome home;
  private final Path root;

  public FolderStore(MusterHome home) {
    this.home = home;
    this.root = home.root();
  }

  @Override
  public boolean isHome() {
    return true;
  }

  @Override
  public void put(String key, Path file) throws IOException {
    Path target = path(key);
    if (!target.equals(file.toAbsolutePath().normalize())) {
      WholeFile.write(
          target,
          aside -> {
            try (FileChannel out = aside) {
              Files.copy(file, Channels.newOutputStream(out));
              out.force(true);
            }
          });
    }
  }

  @Override
  public void put(String key, byte[] content) throws IOException {
    WholeFile.write(
        path(key),
        aside -> {
          try (FileChannel out = aside) {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
              out.write(rest);
            }
            out.force(true);
          }
        });
  }

  @Override
  public void putIfAbsent(String key, Path file) throws IOException {
    try {
      Files.setLastModifiedTime(path(key), FileTime.from(Instant.now()));
    } catch (NoSuchFileException e) {
      put(key, file);
    }
  }

  @Override
  public void copy(String from, String to) throws IOException {
    put(to, path(from));
  }

  @Override
  public Optional<Stored> find(String key) throws IOException {
    try {
      BasicFileAttributes file =
          Files.readAttributes(path(key), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return file.isRegularFile() ? Optional.of(stored(key, file)) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static Stored stored(String key, BasicFileAttributes file) {
    return new Stored(
        key,
        file.size(),
        file.lastModifiedTime().toInstant(),
        file.lastModifiedTime() + "-" + file.fileKey());
  }

  @Override
  public List<Stored> list(String folder) throws IOException {
    Path below = path(folder);
    if (!Files.isDirectory(below, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    List<Stored> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(below)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        find(home.key(file).orElseThrow())
            .ifPresent(found::add); // it may be taken away in this moment
      }
    }
    found.sort(Comparator.comparing(Stored::key));
    return found;
  }

  @Override
  public InputStream read(String key, long offset) throws IOException {
    SeekableByteChannel file =
        Files.newByteChannel(path(key), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    return Channels.newInputStream(file.position(offset));
  }

  @Override
  public void delete(String key) throws IOException {
    Files.deleteIfExists(path(key));
  }

  @Override
  public void deleteUnchanged(Stored seen) throws IOException {
    if (find(seen.key()).filter(now -> now.version().equals(seen.version())).isPresent()) {
      delete(seen.key());
    }
  }

  @Override
  public String address(String key) {
    return path(key).toString();
  }

  private Path path(String key) {
    Path path = root.resolve(key).normalize();
    if (!path.startsWith(root)) {
      throw new IllegalArgumentException("No key: " + key);
    }
    return path;
  }
}
