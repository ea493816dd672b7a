package dev.muster.manifest;

import dev.muster.home.Sha256;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/**
 * A SHA-256 that a thread of its own reckons while whoever brings the bytes goes on with them.
 * Nothing may be loaded before a file was read to its end, so until then a processor is idle that
 * hashes as fast as the other one reads. Not thread-safe.
 */
final class ParallelDigest {

  private static final int BLOCK_BYTES = 1 << 18;

  /** How many blocks the reader may be ahead. */
  private static final int BLOCKS = 4;

  private static final Executor HASHING =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "hashing");
            thread.setDaemon(true);
            return thread;
          });

  private final MessageDigest digest = Sha256.digest();
  private final byte[][] blocks = new byte[BLOCKS][];
  private final CompletableFuture<?>[] hashed = new CompletableFuture<?>[BLOCKS];
  private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
  private int current;
  private int filled;

  /** Takes over the next bytes; they are the caller's again when this returns. */
  void update(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      byte[] block = block();
      int some = Math.min(end - at, block.length - filled);
      System.arraycopy(bytes, at, block, filled, some);
      at += some;
      filled += some;
      if (filled == block.length) {
        handOver(block);
      }
    }
  }

  /** To be asked once, at the end. */
  byte[] digest() {
    last.join();
    digest.update(block(), 0, filled);
    return digest.digest();
  }

  private byte[] block() {
    byte[] block = blocks[current];
    if (block == null) {
      block = new byte[BLOCK_BYTES];
      blocks[current] = block;
    }
    return block;
  }

  private void handOver(byte[] full) {
    last = last.thenRunAsync(() -> digest.update(full), HASHING);
    hashed[current] = last;
    current = (current + 1) % BLOCKS;
    filled = 0;
    if (hashed[current] != null) {
      hashed[current].join();
    }
  }
}
