package dev.muster.publisher;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong at a stand-in's revoked publishers, as a test tells it. Devices' events are not
 * touched by any of it.
 */
public final class HubFaults {

  private final Map<String, Integer> byPublisher = new ConcurrentHashMap<>();
  private Duration delay = Duration.ZERO;
  private @Nullable Throttle throttle;
  private @Nullable Quota quota;
  private int used;
  private long refilledAt;
  private int failures;
  private int failureStatus;
  private @Nullable Integer standing;
  private int drops;
  private int breaks;
  private int stalls;
  private CountDownLatch stalled = new CountDownLatch(1);
  private long window;
  private int inWindow;

  HubFaults() {}

  /**
   * The most calls in a second, and what the ones beyond are told.
   *
   * @param status 429 or 503
   * @param retryAfter how long they are to wait, in whole seconds; none is sent when it is null
   * @param asDate whether {@code Retry-After} is an HTTP date instead of a number of seconds
   */
  public record Throttle(
      int callsPerSecond, int status, @Nullable Duration retryAfter, boolean asDate) {

    /** A status and a number of seconds, as the service answers. */
    public static Throttle of(int callsPerSecond, int status, Duration retryAfter) {
      return new Throttle(callsPerSecond, status, retryAfter, false);
    }

    Optional<String> header() {
      if (retryAfter == null) {
        return Optional.empty();
      }
      return Optional.of(
          asDate
              ? DateTimeFormatter.RFC_1123_DATE_TIME
                  .withLocale(Locale.ROOT)
                  .format(Instant.now().plus(retryAfter).atOffset(ZoneOffset.UTC))
              : Long.toString(retryAfter.toSeconds()));
    }
  }

  /**
   * So many calls, then none until the time it tells is over, and so on, however fast they come.
   */
  private record Quota(int calls, Throttle throttle) {}

  /** What becomes of a call. */
  sealed interface Fate {

    /** It is answered as it should be. */
    record Served() implements Fate {}

    /** It is answered, and the connection breaks before the answer is out. */
    record Broken() implements Fate {}

    /**
     * It is answered, of the answer's body one half goes out, and nothing more.
     *
     * @param until when the connection is closed: at the end of all faults
     */
    record Stalled(CountDownLatch until) implements Fate {}

    /** The connection breaks at once. */
    record Dropped() implements Fate {}

    /** It is refused with this status. */
    record Failed(int status) implements Fate {}

    /** It is one too many. */
    record Throttled(Throttle throttle) implements Fate {}
  }

  /** Every call waits so long before anything else. */
  public synchronized void delay(Duration each) {
    this.delay = each;
  }

  /** Limits the calls of a second, of all hubs together. */
  public synchronized void throttle(Throttle limit) {
    this.throttle = limit;
  }

  /**
   * After each so many calls, all are told this status and how long to wait, until that is over. It
   * comes to the same number of pauses on a slow machine and a fast one.
   *
   * @param pause whole seconds
   */
  public synchronized void throttleAfterEach(int calls, int status, Duration pause) {
    this.quota = new Quota(calls, Throttle.of(calls, status, pause));
    this.used = 0;
  }

  /** The next calls are answered with this status, whatever they are, and change nothing. */
  public synchronized void failNext(int calls, int status) {
    this.failures = calls;
    this.failureStatus = status;
  }

  /** Calls for this publisher are answered with this status until {@link #heal}. */
  public void failFor(String publisher, int status) {
    byPublisher.put(publisher.toLowerCase(Locale.ROOT), status);
  }

  /** All calls are answered with this status until {@link #heal}. */
  public synchronized void failAll(int status) {
    this.standing = status;
  }

  /** The connections of the next calls are closed without an answer, and nothing changes. */
  public synchronized void dropNext(int calls) {
    this.drops = calls;
  }

  /** The next calls are carried out, and their connections closed before they are answered. */
  public synchronized void breakAfterApplying(int calls) {
    this.breaks = calls;
  }

  /**
   * The next calls are carried out, and answered by half; their connections stay open until {@link
   * #heal}.
   */
  public synchronized void stallAfterApplying(int calls) {
    this.stalls = calls;
  }

  /** From now on nothing goes wrong, nothing is slow and nothing is limited. */
  public synchronized void heal() {
    byPublisher.clear();
    delay = Duration.ZERO;
    throttle = null;
    quota = null;
    failures = 0;
    standing = null;
    drops = 0;
    breaks = 0;
    stalls = 0;
    stalled.countDown();
    stalled = new CountDownLatch(1);
  }

  synchronized Duration delay() {
    return delay;
  }

  synchronized Fate next(@Nullable String publisher) {
    if (drops > 0) {
      drops--;
      return new Fate.Dropped();
    }
    if (throttle != null && !fits(throttle)) {
      return new Fate.Throttled(throttle);
    }
    if (quota != null && !fits(quota)) {
      return new Fate.Throttled(quota.throttle());
    }
    if (failures > 0) {
      failures--;
      return new Fate.Failed(failureStatus);
    }
    if (standing != null) {
      return new Fate.Failed(standing);
    }
    Integer own = publisher == null ? null : byPublisher.get(publisher.toLowerCase(Locale.ROOT));
    if (own != null) {
      return new Fate.Failed(own);
    }
    if (breaks > 0) {
      breaks--;
      return new Fate.Broken();
    }
    if (stalls > 0) {
      stalls--;
      return new Fate.Stalled(stalled);
    }
    return new Fate.Served();
  }

  private boolean fits(Quota limit) {
    Duration pause = limit.throttle().retryAfter();
    if (used == limit.calls() && pause != null && System.nanoTime() - refilledAt >= 0) {
      used = 0;
    }
    if (used == limit.calls()) {
      return false;
    }
    used++;
    if (used == limit.calls() && pause != null) {
      refilledAt = System.nanoTime() + pause.toNanos();
    }
    return true;
  }

  private boolean fits(Throttle limit) {
    long second = System.nanoTime() / 1_000_000_000L;
    if (second != window) {
      window = second;
      inWindow = 0;
    }
    inWindow++;
    return inWindow <= limit.callsPerSecond();
  }
}
