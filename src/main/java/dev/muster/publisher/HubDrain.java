package dev.muster.publisher;

import dev.muster.database.SessionLock;
import dev.muster.status.HubWork;
import dev.muster.status.HubWork.Standing;
import java.time.Clock;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Tells one hub what it is to be told, while no other process does. */
final class HubDrain {

  private final String name;
  private final short number;
  private final HubClient client;
  private final HubWork work;
  private final SessionLock sessionLock;
  private final PublisherProperties properties;
  private final Clock clock;

  HubDrain(
      String name,
      short number,
      HubClient client,
      HubWork work,
      SessionLock sessionLock,
      PublisherProperties properties,
      Clock clock) {
    this.name = name;
    this.number = number;
    this.client = client;
    this.work = work;
    this.sessionLock = sessionLock;
    this.properties = properties;
    this.clock = clock;
  }

  String name() {
    return name;
  }

  short number() {
    return number;
  }

  HubClient client() {
    return client;
  }

  /**
   * Tells all that is due, unless another process is at it, or the hub is paused.
   *
   * @param goOn asked before each call
   */
  void turn(BooleanSupplier goOn) throws InterruptedException {
    if (!work.anyDue(number) || paused(work.standing(number))) {
      return;
    }
    Optional<SessionLock.Held> lock = sessionLock.takeHub(number);
    if (lock.isEmpty()) {
      return;
    }
    try (SessionLock.Held held = lock.get()) {
      Standing standing = work.standing(number);
      if (!paused(standing)) {
        new Telling(this, work, standing, properties, clock).run(goOn);
      }
    }
  }

  private boolean paused(Standing standing) {
    return standing.pausedUntil() != null && standing.pausedUntil().isAfter(clock.instant());
  }
}
