package dev.muster.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What all instances have in common, by key: a name in parts between slashes, as the path of a file
 * below {@code MUSTER_HOME}. By default that folder itself, on a disk that they share; or else a
 * container that each of them reaches, and then every instance has a home of its own, to work in
 * and to keep copies.
 *
 * <p>What the methods promise is in {@code ObjectStoreContract}, which every kind has to keep.
 */
public interface ObjectStore {

  /**
   * What lies under a key.
   *
   * @param changedAt when it was put there
   * @param version another whenever it is put anew, or renewed
   */
  record Stored(String key, long bytes, Instant changedAt, String version) {

    /** The last part of its key. */
    public String name() {
      return key.substring(key.lastIndexOf('/') + 1);
    }
  }

  /** Whether it is {@code MUSTER_HOME} itself: what is written there is in common already. */
  boolean isHome();

  /** Puts a copy of a file there, whole or not at all, in the place of what was there. */
  void put(String key, Path file) throws IOException;

  /** As above, what is short. */
  void put(String key, byte[] content) throws IOException;

  /**
   * Puts a copy of a file there, unless something is: that is the same then, and is renewed, so
   * that nobody deletes it who has seen it before.
   */
  void putIfAbsent(String key, Path file) throws IOException;

  /**
   * Copies what lies there to another key, without bringing it here.
   *
   * @throws java.nio.file.NoSuchFileException when nothing does
   */
  void copy(String from, String to) throws IOException;

  /** What lies there. */
  Optional<Stored> find(String key) throws IOException;

  /**
   * What lies below, in the order of the keys.
   *
   * @param folder a key that ends with a slash
   */
  List<Stored> list(String folder) throws IOException;

  /**
   * Opens what lies there; it is read by ranges, and never a mixture of two.
   *
   * @param offset where to begin
   * @throws java.nio.file.NoSuchFileException when nothing does
   */
  InputStream read(String key, long offset) throws IOException;

  /** Deletes what lies there, if anything. */
  void delete(String key) throws IOException;

  /** Deletes it, unless it was put anew or renewed since it was looked at. */
  void deleteUnchanged(Stored seen) throws IOException;

  /** Where people find what lies there, or below. */
  String address(String key);

  /**
   * Brings what lies there into a file that appears whole; one that is there is left as it is.
   *
   * @throws java.nio.file.NoSuchFileException when nothing does
   */
  default void fetch(String key, Path file) throws IOException {
    WholeFile.write(
        file,
        aside -> {
          try (InputStream in = read(key, 0);
              FileChannel out = aside) {
            in.transferTo(Channels.newOutputStream(out));
            out.force(true);
          }
        });
  }

  /** Deletes all that lies below. */
  default void deleteAll(String folder) throws IOException {
    for (Stored stored : list(folder)) {
      delete(stored.key());
    }
  }
}
