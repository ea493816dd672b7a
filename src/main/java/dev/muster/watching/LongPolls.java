package dev.muster.watching;

import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Lets a request wait until what it asks for has come about. Each waits on its own thread, so only
 * a few may; who comes when there is no room is answered at once, and asks again.
 */
@Guarded
@Component
public class LongPolls {

  /** How many wait at one instance: a fraction of the threads that answer requests. */
  private static final int MOST = 40;

  /** After so long one looks again in any case, should a change not have been told. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  private final Changes changes;
  private final Semaphore room = new Semaphore(MOST);
  private final Object change = new Object();
  private boolean ending;

  LongPolls(Changes changes) {
    this.changes = changes;
  }

  /**
   * Looks until it has come about, at the latest after so long.
   *
   * @param look is called on this thread, now and whenever anything may be different
   * @return what was seen last
   */
  @Requires({Permission.EXECUTION_READ, Permission.ARRIVAL_READ})
  public <T> T until(Duration patience, Supplier<T> look, Predicate<T> about) {
    T seen = look.get();
    if (about.test(seen) || patience.isZero() || !room.tryAcquire()) {
      return seen;
    }
    long end = System.nanoTime() + patience.toNanos();
    try (Changes.Listening unused = changes.listen(change -> tell())) {
      seen = look.get(); // it may have come about just before this listened
      while (!about.test(seen) && waitFor(end - System.nanoTime())) {
        seen = look.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      room.release();
    }
    return seen;
  }

  private void tell() {
    synchronized (change) {
      change.notifyAll();
    }
  }

  /** Until something is different; false when nothing more is to be waited for. */
  @SuppressWarnings("WaitNotInLoop") // whoever calls looks again, whatever woke it
  private boolean waitFor(long nanos) throws InterruptedException {
    long millis = Math.min(nanos / 1_000_000, LOOK_AGAIN.toMillis());
    synchronized (change) {
      if (millis <= 0 || ending) {
        return false;
      }
      change.wait(millis);
      return !ending;
    }
  }

  /** Before the server waits for its requests to end. */
  @EventListener
  void ending(ContextClosedEvent closed) {
    synchronized (change) {
      ending = true;
      change.notifyAll();
    }
  }
}
