package dev.muster.upload;

import dev.muster.access.RefusedException;
import dev.muster.manifest.ManifestFormat;
import dev.muster.store.Content;
import dev.muster.store.ReceivedContent;
import dev.muster.store.Spool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.springframework.stereotype.Component;

/** The uploaded files, each under its upload's id: what its sender called it names no file. */
@Component
class UploadFiles {

  private final ReceivedContent contents;
  private final Spool spool;

  UploadFiles(ReceivedContent contents, Spool spool) {
    this.contents = contents;
    this.spool = spool;
  }

  record Stored(UUID id, Content content) {}

  Path of(UUID id) {
    return spool.upload(id);
  }

  /** What was found out about an upload when it came; empty when it is gone. */
  Optional<Content> content(UUID id) throws IOException {
    return contents.find(of(id));
  }

  /** As above, of just this SHA-256 as it was sent. */
  Optional<Content> content(UUID id, String sha256) throws IOException {
    return contents.find(of(id), sha256);
  }

  /**
   * Receives a stream as it comes.
   *
   * @param mostContentBytes how long its content may be, unpacked
   * @throws RefusedException when it is longer than allowed, or empty; then there is no file
   * @throws IOException when the sender breaks off, or it can't be written; then there is none
   *     either
   */
  Stored store(InputStream sent, long mostBytes, long mostContentBytes, ManifestFormat format)
      throws IOException {
    UUID id = UUID.randomUUID();
    long[] bytes = new long[1];
    Content content =
        contents.take(
            sent,
            of(id),
            mostContentBytes,
            format,
            read -> {
              bytes[0] += read;
              if (bytes[0] > mostBytes) {
                throw new RefusedException(
                    "The file is larger than %,d bytes, which is the most that is taken. Send it in parts."
                        .formatted(mostBytes));
              }
            });
    if (content.bytesAsSent() == 0) {
      remove(id);
      throw new RefusedException("The file is empty. Choose one that has a header and rows.");
    }
    boolean kept = false;
    try {
      contents.keep(content, of(id));
      kept = true;
      return new Stored(id, content);
    } finally {
      if (!kept) {
        remove(id);
      }
    }
  }

  /** Writes what Muster makes itself, aside: others may do the same for one upload. */
  Content write(UUID look, InputStream made, long mostBytes) throws IOException {
    return contents.take(made, of(look), mostBytes, ManifestFormat.NONE, read -> {});
  }

  /** Makes it the upload's, in place of what one left who died over it. */
  Content keep(Content written, UUID id) throws IOException {
    remove(id);
    contents.keep(written, of(id));
    return contents.find(of(id)).orElseThrow();
  }

  void remove(UUID id) throws IOException {
    contents.remove(of(id));
  }

  /** Removes files older than this that nobody needs: their uploads were broken off by a kill. */
  void removeLeft(Instant olderThan, Predicate<String> needed) throws IOException {
    contents.removeLeft(
        spool.uploads(),
        stored -> stored.changedAt().isBefore(olderThan) && !needed.test(id(stored.name())));
    if (!Files.isDirectory(spool.uploads())) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(spool.uploads())) {
      for (Path file : files) {
        try {
          if (Files.getLastModifiedTime(file).toInstant().isBefore(olderThan)
              && !needed.test(id(String.valueOf(file.getFileName())))) {
            Files.deleteIfExists(file);
          }
        } catch (NoSuchFileException e) {
          // another instance was first
        }
      }
    }
  }

  private static String id(String fileName) {
    return fileName.replaceAll("\\..*", "");
  }
}
