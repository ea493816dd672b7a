package dev.muster.denylist;

import dev.muster.denylist.Destination.Outcome;
import dev.muster.home.ServiceThreads;
import dev.muster.status.StatusChanged;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.transaction.event.TransactionalEventListener;

/**
 * Publishes the list as it changes: at once when this process changed it, and within a poll when
 * another did. One thread a destination, so that one that is away does not hold up the other.
 */
@Component
@ConditionalOnBooleanProperty("muster.serve")
@ConditionalOnBooleanProperty(name = "muster.deny-list.enabled", matchIfMissing = true)
class DenyListService implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(DenyListService.class);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
  private final DenyListProperties properties;
  private final SigningKeyPlace key;
  private final List<Destination> destinations;
  private final Map<Destination, Semaphore> wakes = new ConcurrentHashMap<>();
  private final Map<String, Long> failingSince = new ConcurrentHashMap<>();
  private final ServiceThreads threads = new ServiceThreads();
  private volatile boolean running;

  DenyListService(
      DenyListProperties properties, SigningKeyPlace key, List<Destination> destinations) {
    this.properties = properties;
    this.key = key;
    this.destinations = List.copyOf(destinations);
    destinations.forEach(destination -> wakes.put(destination, new Semaphore(0)));
  }

  @TransactionalEventListener
  void changed(StatusChanged changed) {
    wakes.values().forEach(Semaphore::release);
  }

  /**
   * Starts publishing.
   *
   * @throws IllegalStateException when there is no key to sign with
   */
  @Override
  public void start() {
    try {
      key.signer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    running = true;
    for (Destination destination : destinations) {
      threads.start("deny-list-" + destination.name(), () -> publish(destination));
    }
  }

  @Override
  public void stop() {
    running = false;
    threads.end();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** What has not been published to for so long, though it was tried. */
  List<String> failingFor(Duration howLong) {
    long now = System.nanoTime();
    return failingSince.entrySet().stream()
        .filter(one -> now - one.getValue() >= howLong.toNanos())
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  private void publish(Destination destination) {
    Semaphore wake = wakes.getOrDefault(destination, new Semaphore(0));
    Duration pause = properties.poll();
    while (running) {
      try {
        wake.drainPermits();
        if (destination.publish() == Outcome.MORE) {
          continue;
        }
        pause = properties.poll();
        failingSince.remove(destination.name());
      } catch (Exception e) {
        if (!running) {
          return;
        }
        failingSince.putIfAbsent(destination.name(), System.nanoTime());
        LOG.warn("deny-list=not-published destination={} {}", destination.name(), e.toString());
        Duration longer = pause.multipliedBy(2);
        pause = longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
      }
      try {
        boolean woken = wake.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
        LOG.trace("deny-list=next destination={} woken={}", destination.name(), woken);
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}
