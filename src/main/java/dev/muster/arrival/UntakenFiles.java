package dev.muster.arrival;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the table of what one source does not take as its last look found it. What is new is warned
 * of in the log; the rest is for those who look at the arrivals.
 */
public final class UntakenFiles {

  /** More of one source's are not kept. */
  public static final int MOST = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(UntakenFiles.class);

  /** So often it is written down that what was there is there still. */
  private static final Duration SAY_AGAIN = Duration.ofMinutes(1);

  private final Source source;
  private final Inbox inbox;
  private final Clock clock;

  /** As they were written down last; null before the first look. */
  private @Nullable Map<Spot, Written> written;

  private boolean more;

  record Spot(String place, String name) {}

  /**
   * @param file null: an earlier process wrote it down, and where it lies can't be looked at
   */
  private record Written(@Nullable Untaken file, Instant at) {
    static final Written BEFORE = new Written(null, Instant.EPOCH);
  }

  public UntakenFiles(Source source, Inbox inbox, Clock clock) {
    this.source = source;
    this.inbox = inbox;
    this.clock = clock;
  }

  /** Writes down what is new, and forgets what is gone. */
  public void saw(Collection<Untaken> there) {
    saw(there, Set.of());
  }

  /**
   * As above.
   *
   * @param unread places that can't be looked at: what lies in them is not gone
   */
  void saw(Collection<Untaken> there, Set<String> unread) {
    Map<Spot, Written> before = written;
    Collection<Spot> gone = before == null ? inbox.untaken(source) : before.keySet();
    Map<Spot, Written> now = new HashMap<>();
    for (Untaken file : there.stream().limit(MOST).toList()) {
      Spot spot = new Spot(file.place(), file.name());
      Written last = before == null ? null : before.get(spot);
      now.put(spot, last != null && !isDue(last, file) ? last : write(file));
    }
    for (Spot spot : gone) {
      if (!now.containsKey(spot) && unread.stream().anyMatch(spot.place()::startsWith)) {
        now.put(spot, before == null ? Written.BEFORE : before.getOrDefault(spot, Written.BEFORE));
      }
    }
    inbox.removeUntaken(
        source, gone.stream().filter(spot -> !now.containsKey(spot)).collect(Collectors.toSet()));
    written = now;
    if (there.size() > MOST && !more) {
      more = true;
      LOG.warn("file=untaken source={} More than {} of them are not shown.", source, MOST);
    }
  }

  private boolean isDue(Written last, Untaken file) {
    return !file.equals(last.file()) || last.at().isBefore(clock.instant().minus(SAY_AGAIN));
  }

  private Written write(Untaken file) {
    if (inbox.addUntaken(source, file)) {
      LOG.warn(
          "file=untaken source={} place={} name={} {} {}",
          source,
          file.place(),
          file.name(),
          file.why(),
          file.advice());
    }
    return new Written(file, clock.instant());
  }
}
