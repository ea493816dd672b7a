package dev.muster.registry;

import java.lang.ref.SoftReference;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.springframework.stereotype.Component;

/**
 * Chunks between two uses. What a chunk grew to, some 40 MB for 250,000 rows, is a twentieth of
 * what loading them takes, so one range's is handed to the next; while nothing is loaded the memory
 * is the collector's to take.
 */
@Component
public class DeviceChunks {

  private final Queue<SoftReference<DeviceChunk>> idle = new ConcurrentLinkedQueue<>();

  /**
   * A chunk that nobody else has; begin it before its first row.
   *
   * @param capacity how many rows it must hold, at most {@link DeviceChunk#MAX_ROWS}
   */
  public DeviceChunk take(int capacity) {
    for (SoftReference<DeviceChunk> next = idle.poll(); next != null; next = idle.poll()) {
      DeviceChunk chunk = next.get();
      if (chunk != null && chunk.capacity() >= capacity) {
        return chunk;
      }
    }
    return new DeviceChunk(capacity);
  }

  /** Keeps a chunk for whoever is next. */
  public void giveBack(DeviceChunk chunk) {
    idle.add(new SoftReference<>(chunk));
  }
}
