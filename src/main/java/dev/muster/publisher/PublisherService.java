package dev.muster.publisher;

import dev.muster.status.StatusChanged;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;

/**
 * Tells the hubs as long as the service runs: at once after a change of this instance, otherwise
 * when it looks the next time. Every instance is ready to; one at a time tells a hub.
 */
@Component
@ConditionalOnBooleanProperty("muster.serve")
class PublisherService implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(PublisherService.class);

  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(10);
  private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(15);

  private final Publishers publishers;
  private final PublisherProperties properties;
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private long rings;
  private volatile boolean running;

  PublisherService(Publishers publishers, PublisherProperties properties) {
    this.publishers = publishers;
    this.properties = properties;
  }

  /** Devices were taken out of service or brought back, and that is committed. */
  @TransactionalEventListener(phase = TransactionPhase.AFTER_COMMIT)
  void on(StatusChanged changed) {
    ring();
  }

  @Override
  public void start() {
    running = true;
    for (HubView hub : publishers.standings()) {
      if (hub.cannot() != null && hub.pending() + hub.failed() > 0) {
        LOG.warn(
            "hub=not-told hub={} publishers={} {}",
            hub.hub(),
            hub.pending() + hub.failed(),
            hub.cannot());
      }
    }
    for (HubDrain drain : publishers.drains()) {
      Thread thread = new Thread(() -> tell(drain), "hub-" + drain.name());
      threads.add(thread);
      thread.start();
    }
  }

  @Override
  public void stop() {
    running = false;
    ring();
    for (Thread thread : threads) {
      try {
        thread.join(PATIENCE_AT_THE_END.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      thread.interrupt();
    }
    threads.clear();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  private void tell(HubDrain drain) {
    while (running) {
      Duration rest = properties.poll();
      long heard = rings();
      try {
        drain.turn(() -> running);
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOG.warn("publishers=not-told hub={} {}", drain.name(), e.toString());
        rest = AFTER_A_FAILURE;
      }
      try {
        await(heard, rest);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private synchronized void ring() {
    rings++;
    notifyAll();
  }

  private synchronized long rings() {
    return rings;
  }

  /** Waits until somebody rings, or may have elsewhere. */
  private synchronized void await(long heard, Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    for (long left = atMost.toMillis(); running && rings == heard && left > 0; ) {
      wait(left);
      left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }
  }
}
