package dev.muster.home;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/** Whether there is room on the disks of the folders that Muster writes to. */
@Component
public class DiskSpace {

  private static final DataSize ALL_BUT_NOTHING = DataSize.ofMegabytes(1);

  private final List<Path> folders;

  public DiskSpace(MusterHome home) {
    this.folders =
        List.of(
            home.root(),
            home.inbox(),
            home.revocations(),
            home.uploads(),
            home.spool(),
            home.outbox(),
            home.archive(),
            home.refused(),
            home.log(),
            home.postgres());
  }

  /**
   * The folders whose disk has less room than this, each with the bytes that are left; those on one
   * disk are named by the first of them.
   *
   * @throws IOException when a disk can't be asked; names the folder
   */
  public Map<Path, Long> lessThan(DataSize room) throws IOException {
    Map<Path, Long> tight = new TreeMap<>();
    List<FileStore> seen = new ArrayList<>();
    for (Path folder : folders) {
      Path there = existing(folder);
      FileStore disk = Files.getFileStore(there);
      if (!seen.contains(disk)) {
        seen.add(disk);
        long left = disk.getUsableSpace();
        if (left < room.toBytes()) {
          tight.put(there, left);
        }
      }
    }
    return tight;
  }

  /**
   * What failed. Neither the operating system nor PostgreSQL says which disk is full: this adds
   * those that are; or, when what did not fit was removed again, the one with the least room.
   */
  public String sentence(Throwable failure) {
    String full = whyFull(failure);
    return full == null ? FailureSentence.of(failure) : full;
  }

  /** Why something failed, and where, when that was for want of room; null when it was not. */
  public @Nullable String whyFull(Throwable failure) {
    return NoRoom.caused(failure) ? FailureSentence.of(failure) + " " + where() : null;
  }

  private String where() {
    try {
      Map<Path, Long> full = lessThan(ALL_BUT_NOTHING);
      if (!full.isEmpty()) {
        return full.keySet().stream()
            .map(Path::toString)
            .collect(Collectors.joining(", ", "Full: ", ". Make room there."));
      }
      Map.Entry<Path, Long> least =
          Collections.min(
              lessThan(DataSize.ofBytes(Long.MAX_VALUE)).entrySet(), Map.Entry.comparingByValue());
      return "The least room is at %s: %,d bytes are left."
          .formatted(least.getKey(), least.getValue());
    } catch (IOException e) {
      return "Which one can't be said. " + FailureSentence.of(e);
    }
  }

  private static Path existing(Path folder) {
    return Stream.iterate(folder, Objects::nonNull, Path::getParent)
        .filter(Files::exists)
        .findFirst()
        .orElse(folder);
  }
}
