package dev.muster.store;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A stream as it was sent, hashed and counted while it is read. Closing is left to its owner. */
final class AsSent extends FilterInputStream {

  private static final int BLOCK_BYTES = 1 << 16;

  private final MessageDigest digest;
  private long bytes;

  AsSent(InputStream sent) {
    super(sent);
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int read = in.read(target, offset, length);
    if (read > 0) {
      digest.update(target, offset, read);
      bytes += read;
    }
    return read;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  /** Also what nobody wanted to read is part of what was sent. */
  void toItsEnd() throws IOException {
    byte[] block = new byte[BLOCK_BYTES];
    while (read(block, 0, block.length) >= 0) {
      // reading hashes
    }
  }

  long bytes() {
    return bytes;
  }

  /** 64 hex digits; to be asked once, at the end. */
  String sha256() {
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() {}
}
