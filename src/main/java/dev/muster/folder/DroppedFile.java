package dev.muster.folder;

import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;

/**
 * A file in the inbox at one moment.
 *
 * @param state its size, its time of change and which file it is: differs as soon as it was written
 *     to or replaced
 */
record DroppedFile(Path path, String state, Instant changedAt) {

  static DroppedFile of(Path path, BasicFileAttributes attributes) {
    Instant changedAt = attributes.lastModifiedTime().toInstant();
    return new DroppedFile(
        path,
        "%d-%d.%09d-%s"
            .formatted(
                attributes.size(),
                changedAt.getEpochSecond(),
                changedAt.getNano(),
                attributes.fileKey()),
        changedAt);
  }
}
