package dev.muster;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** Time that a test may let pass. */
public final class SteppingClock extends Clock {
  private volatile Duration ahead = Duration.ZERO;

  /** So much time passes at once. */
  public void pass(Duration duration) {
    ahead = ahead.plus(duration);
  }

  @Override
  public Instant instant() {
    return Instant.now().plus(ahead);
  }

  /** As {@link System#nanoTime}, with what has passed. */
  public long nanoTime() {
    return System.nanoTime() + ahead.toNanos();
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
