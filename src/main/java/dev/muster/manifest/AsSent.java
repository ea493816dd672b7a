package dev.muster.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** A stream as it was sent, hashed and counted while it is read. Closing is left to its owner. */
public final class AsSent extends BlockInputStream {

  private static final int BLOCK_BYTES = 1 << 16;

  private final InputStream in;
  private final ParallelDigest digest = new ParallelDigest();
  private final LongConsumer bytesRead;
  private long bytes;
  private @Nullable String sha256;

  /**
   * @param bytesRead told of every so many bytes that were read
   */
  public AsSent(InputStream sent, LongConsumer bytesRead) {
    this.in = sent;
    this.bytesRead = bytesRead;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int read = in.read(target, offset, length);
    if (read > 0) {
      digest.update(target, offset, read);
      bytes += read;
      bytesRead.accept(read);
    }
    return read;
  }

  /** Also what nobody wanted to read is part of what was sent. */
  public void toItsEnd() throws IOException {
    byte[] block = new byte[BLOCK_BYTES];
    while (read(block, 0, block.length) >= 0) {
      // reading hashes
    }
  }

  /** How many were read so far. */
  public long bytes() {
    return bytes;
  }

  /** 64 hex digits, of all that is ever read: to be asked at the end. */
  public String sha256() {
    if (sha256 == null) {
      sha256 = HexFormat.of().formatHex(digest.digest());
    }
    return sha256;
  }
}
