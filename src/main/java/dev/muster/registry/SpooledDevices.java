package dev.muster.registry;

import dev.muster.home.SecretFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * What a run's chunks brought to the registry, in small files in the order of the lines, so that
 * issuing need not ask the registry for a million rows that it was given a second ago. Only a copy:
 * whoever reads it counts what it has read and turns to the registry when a file is missing or
 * damaged, or the count is not the registry's. So nothing here is forced to disk.
 *
 * <p>A file is written inside its chunk's transaction. When that fails, the chunk is done again
 * from the same line, and its file written again.
 */
final class SpooledDevices {

  private static final int MAGIC = 0x4D555331; // "MUS1"
  private static final int HEADER_BYTES = 4 + 4 + 4;

  /** Line, GUID, number of the hub. */
  private static final int DEVICE_BYTES = 4 + 16 + 2;

  private SpooledDevices() {}

  static Path write(Path folder, DeviceChunk chunk) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(HEADER_BYTES + chunk.size() * DEVICE_BYTES);
    buffer.position(HEADER_BYTES);
    for (int row = 0; row < chunk.size(); row++) {
      buffer.putInt(chunk.line(row));
      buffer.putLong(chunk.guidHigh(row)).putLong(chunk.guidLow(row));
      buffer.putShort(chunk.hub(row));
    }
    buffer.flip();
    buffer.putInt(0, MAGIC).putInt(4, chunk.size()).putInt(8, checksum(buffer));
    Path file = folder.resolve(Integer.toString(chunk.line(0)));
    try (FileChannel channel = open(folder, file)) {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
    return file;
  }

  /**
   * Reads the devices of the lines after {@code afterLine} up to and with {@code lastLine}, as far
   * as files tell of them.
   *
   * @param leftOut lines whose rows were rejected after all
   * @param shutOut devices that get no token
   */
  static DeviceRange read(
      Path folder, long afterLine, long lastLine, Set<Integer> leftOut, Set<UUID> shutOut)
      throws IOException {
    DeviceRange devices = new DeviceRange();
    List<Path> files = files(folder);
    for (int i = 0; i < files.size(); i++) {
      boolean before = i + 1 < files.size() && firstLine(files.get(i + 1)) <= afterLine + 1;
      if (!before && firstLine(files.get(i)) <= lastLine) {
        read(files.get(i), afterLine, lastLine, leftOut, shutOut, devices);
      }
    }
    return devices;
  }

  /** Whoever removes the folder with its last file may do so at any moment. */
  private static FileChannel open(Path folder, Path file) throws IOException {
    SecretFile.createDirectories(folder);
    Files.deleteIfExists(file);
    try {
      return SecretFile.open(file);
    } catch (NoSuchFileException e) {
      SecretFile.createDirectories(folder);
      return SecretFile.open(file);
    }
  }

  private static void read(
      Path file,
      long afterLine,
      long lastLine,
      Set<Integer> leftOut,
      Set<UUID> shutOut,
      DeviceRange devices)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(file));
    if (buffer.limit() < HEADER_BYTES
        || buffer.getInt(0) != MAGIC
        || buffer.limit() != HEADER_BYTES + (long) buffer.getInt(4) * DEVICE_BYTES
        || buffer.getInt(8) != checksum(buffer)) {
      return; // cut off by a power cut; the count will tell
    }
    buffer.position(HEADER_BYTES);
    while (buffer.hasRemaining()) {
      int line = buffer.getInt();
      long high = buffer.getLong();
      long low = buffer.getLong();
      short hub = buffer.getShort();
      if (line > afterLine
          && line <= lastLine
          && (leftOut.isEmpty() || !leftOut.contains(line))
          && (shutOut.isEmpty() || !shutOut.contains(new UUID(high, low)))) {
        devices.add(high, low, hub);
      }
    }
  }

  /** Removes one file, and the folder with the last one. */
  static void remove(Path folder, Path file) throws IOException {
    Files.deleteIfExists(file);
    if (files(folder).isEmpty()) {
      Files.deleteIfExists(folder);
    }
  }

  static void remove(Path folder) throws IOException {
    for (Path file : files(folder)) {
      Files.deleteIfExists(file);
    }
    Files.deleteIfExists(folder);
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return new ArrayList<>(
          files.sorted(Comparator.comparingInt(SpooledDevices::firstLine)).toList());
    }
  }

  private static int firstLine(Path file) {
    return Integer.parseInt(String.valueOf(file.getFileName()));
  }

  private static int checksum(ByteBuffer buffer) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.duplicate().position(HEADER_BYTES));
    return (int) crc.getValue();
  }
}
