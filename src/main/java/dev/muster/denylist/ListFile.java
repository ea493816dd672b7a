package dev.muster.denylist;

import dev.muster.home.SecretFile;
import dev.muster.home.Sha256;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.UUID;

/**
 * A file of JSON lines that appears whole or not at all, and is on disk then. It goes as it is
 * written, so its length does not matter.
 */
final class ListFile implements AutoCloseable {

  private static final int BUFFER_BYTES = 1 << 16;

  private final Path aside;
  private final FileChannel channel;
  private final MessageDigest digest = Sha256.digest();
  private final OutputStream out;
  private long lines;
  private long bytes;

  ListFile(Path folder) throws IOException {
    this.aside = folder.resolve(".writing-" + UUID.randomUUID());
    this.channel = SecretFile.open(aside);
    this.out =
        new BufferedOutputStream(
            new DigestOutputStream(Channels.newOutputStream(channel), digest), BUFFER_BYTES);
  }

  void add(ListedDevice device) throws IOException {
    write((device.json() + "\n").getBytes(StandardCharsets.US_ASCII));
    lines++;
  }

  void write(byte[] content) throws IOException {
    out.write(content);
    bytes += content.length;
  }

  /** Gives it its name; what has that name is replaced. */
  void publish(Path file, String permissions) throws IOException {
    out.flush();
    channel.force(true);
    FilePermissions.set(aside, permissions);
    Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
  }

  long lines() {
    return lines;
  }

  long bytes() {
    return bytes;
  }

  /** In hex, of what was published. */
  String digest() {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Removes it unless it was published. */
  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(aside);
  }
}
