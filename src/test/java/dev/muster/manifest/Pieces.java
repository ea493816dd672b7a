package dev.muster.manifest;

import java.io.ByteArrayInputStream;

/** Hands over a few bytes at a time, as networks do. */
final class Pieces extends ByteArrayInputStream {

  private final int most;
  private int reads;

  Pieces(byte[] content) {
    super(content);
    most = 1 + content.length / 64;
  }

  @Override
  public synchronized int read(byte[] target, int offset, int length) {
    return super.read(target, offset, Math.min(length, most + reads++ % 3));
  }
}
