package dev.muster.home;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Forces a long file to disk while it is still being written, on a thread of its own. All at the
 * end, it would hold up whoever waits for the file by a tenth of the time. Not thread-safe.
 */
public final class EarlyForce {

  private static final long EVERY_BYTES = 16L << 20;

  private static final Executor FORCING =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "early-force");
            thread.setDaemon(true);
            return thread;
          });

  private final FileChannel channel;
  private long bytes;
  private long next = EVERY_BYTES;
  private volatile @Nullable IOException failure;

  public EarlyForce(FileChannel channel) {
    this.channel = channel;
  }

  /** So many more bytes were written. */
  public void written(int length) {
    bytes += length;
    if (bytes >= next) {
      next = bytes + EVERY_BYTES;
      FORCING.execute(this::forceSoFar);
    }
  }

  private void forceSoFar() {
    try {
      if (channel.isOpen()) {
        channel.force(false);
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  /**
   * Returns when all of the file is on disk.
   *
   * @throws IOException also when an earlier part could not be written: the system tells of that
   *     only once
   */
  public void finish() throws IOException {
    channel.force(true);
    if (failure != null) {
      throw new IOException("The file could not be written to disk.", failure);
    }
  }
}
