package dev.muster.upload;

import dev.muster.access.RefusedException;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import java.util.function.Predicate;
import org.springframework.stereotype.Component;

/** The uploaded files, each under its upload's id: what its sender called it names no file. */
@Component
class UploadFiles {

  private static final int BUFFER_BYTES = 1 << 16;

  private final MusterHome home;

  UploadFiles(MusterHome home) {
    this.home = home;
  }

  /** A file that was written to its end, and is on disk. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Stored(UUID id, Path file, long bytes, byte[] sha256) {

    String sha256Hex() {
      return HexFormat.of().formatHex(sha256);
    }
  }

  Path of(UUID id) {
    return home.uploads().resolve(id.toString());
  }

  /**
   * Writes a stream to a new file, as it comes.
   *
   * @throws RefusedException when it is longer than allowed, or empty; then there is no file
   * @throws IOException when the sender breaks off, or it can't be written; then there is none
   *     either
   */
  Stored store(InputStream content, long mostBytes) throws IOException {
    SecretFile.createDirectories(home.uploads());
    UUID id = UUID.randomUUID();
    Path file = of(id);
    boolean whole = false;
    try (FileChannel channel = SecretFile.open(file)) {
      MessageDigest digest = sha256();
      byte[] buffer = new byte[BUFFER_BYTES];
      long bytes = 0;
      for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
        bytes += read;
        if (bytes > mostBytes) {
          throw new RefusedException(
              "The file is larger than %,d bytes, which is the most that is taken. Send it in parts."
                  .formatted(mostBytes));
        }
        digest.update(buffer, 0, read);
        ByteBuffer rest = ByteBuffer.wrap(buffer, 0, read);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
      }
      if (bytes == 0) {
        throw new RefusedException("The file is empty. Choose one that has a header and rows.");
      }
      channel.force(true);
      whole = true;
      return new Stored(id, file, bytes, digest.digest());
    } finally {
      if (!whole) {
        Files.deleteIfExists(file);
      }
    }
  }

  void remove(UUID id) throws IOException {
    Files.deleteIfExists(of(id));
  }

  /** Removes files older than this that nobody needs: their uploads were broken off by a kill. */
  void removeLeft(Instant olderThan, Predicate<String> needed) throws IOException {
    if (!Files.isDirectory(home.uploads())) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(home.uploads())) {
      for (Path file : files) {
        try {
          if (Files.getLastModifiedTime(file).toInstant().isBefore(olderThan)
              && !needed.test(String.valueOf(file.getFileName()))) {
            Files.deleteIfExists(file);
          }
        } catch (NoSuchFileException e) {
          // another instance was first
        }
      }
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }
}
