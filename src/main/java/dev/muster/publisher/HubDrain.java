package dev.muster.publisher;

import dev.muster.database.SessionLock;
import dev.muster.status.HubWork;
import dev.muster.status.HubWork.Standing;
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

  HubDrain(
      String name,
      short number,
      HubClient client,
      HubWork work,
      SessionLock sessionLock,
      PublisherProperties properties) {
    this.name = name;
    this.number = number;
    this.client = client;
    this.work = work;
    this.sessionLock = sessionLock;
    this.properties = properties;
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
    if (!work.anyDue(number) || work.standing(number).paused()) {
      return;
    }
    Optional<SessionLock.Held> lock = sessionLock.takeHub(number);
    if (lock.isEmpty()) {
      return;
    }
    try (SessionLock.Held held = lock.get()) {
      Standing standing = work.standing(number);
      if (!standing.paused()) {
        new Telling(this, work, standing, properties).run(goOn);
      }
    }
  }
}
