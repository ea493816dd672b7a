package dev.muster.store;

import dev.muster.home.SecretFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** Files that appear whole or not at all, also when several write the same at a time. */
final class WholeFile {

  private WholeFile() {}

  /** Fills a file, and closes it. */
  interface Filling {
    void into(FileChannel aside) throws IOException;
  }

  static void write(Path file, Filling filling) throws IOException {
    SecretFile.createParent(file);
    Path aside = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
    try {
      filling.into(SecretFile.open(aside));
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(aside);
    }
  }
}
