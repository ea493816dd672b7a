package dev.muster.arrival;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * For how long each thing that lies somewhere has been as it is, by this process's own clock: the
 * times of files and blobs are by that of whoever keeps them, which may be wrong by an hour.
 */
public final class Quiet {

  private final Clock clock;
  private final Map<URI, Seen> seen = new ConcurrentHashMap<>();

  private record Seen(String state, Instant since) {}

  public Quiet(Clock clock) {
    this.clock = clock;
  }

  /**
   * For how long it has been seen so; nothing at the first time.
   *
   * @param state differs as soon as it was written to or replaced
   */
  public Duration of(URI location, String state) {
    Instant now = clock.instant();
    Seen last =
        seen.compute(
            location,
            (key, before) ->
                before != null && before.state().equals(state) ? before : new Seen(state, now));
    return Duration.between(last.since(), now);
  }

  /** Forgets what is there no longer. */
  public void retain(Collection<URI> there) {
    seen.keySet().retainAll(there);
  }
}
