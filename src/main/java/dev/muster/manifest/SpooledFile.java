package dev.muster.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A received file that can be read from anywhere in it, wherever it lies. */
public interface SpooledFile {

  /**
   * Opens it.
   *
   * @throws java.nio.file.NoSuchFileException when it is gone
   */
  InputStream from(long offset) throws IOException;

  /** One on a disk of this machine. */
  static SpooledFile at(Path file) {
    return offset ->
        Channels.newInputStream(FileChannel.open(file, StandardOpenOption.READ).position(offset));
  }
}
