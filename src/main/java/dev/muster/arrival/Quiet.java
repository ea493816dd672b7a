package dev.muster.arrival;

import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * For how long each thing that lies somewhere has been as it is, by the time that this process has
 * run: the times of files and blobs are by the clock of whoever keeps them, which may be wrong by
 * an hour, and this machine's own may be put right by as much.
 */
public final class Quiet {

  private final LongSupplier nanoTime;
  private final Map<URI, Seen> seen = new ConcurrentHashMap<>();

  private record Seen(String state, long since) {}

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  public Quiet(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * For how long it has been seen so; nothing at the first time.
   *
   * @param state differs as soon as it was written to or replaced
   */
  public Duration of(URI location, String state) {
    long now = nanoTime.getAsLong();
    Seen last =
        seen.compute(
            location,
            (key, before) ->
                before != null && before.state().equals(state) ? before : new Seen(state, now));
    return Duration.ofNanos(now - last.since());
  }

  /** Forgets what is there no longer. */
  public void retain(Collection<URI> there) {
    seen.keySet().retainAll(there);
  }
}
