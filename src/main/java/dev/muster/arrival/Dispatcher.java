package dev.muster.arrival;

import dev.muster.arrival.Claims.Claim;
import dev.muster.database.DatabaseSockets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.event.TransactionPhase;
import org.springframework.transaction.event.TransactionalEventListener;

/**
 * This instance at work: it says that it lives, buries those that do not, and claims as many
 * arrivals as it has places for. One thread does all of that, one after the other; the arrivals
 * have threads of their own.
 */
@Component
@ConditionalOnBooleanProperty("muster.instance")
class Dispatcher implements SmartLifecycle, DisposableBean {

  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(30);
  private static final Duration PAUSE_AFTER_TROUBLE = Duration.ofSeconds(1);

  /** Devices that were stolen don't wait until a manifest is through. */
  private static final int PLACES_FOR_LISTS = 1;

  private final Instances instances;
  private final Claims claims;
  private final ArrivalWork work;
  private final ArrivalProperties properties;
  private final boolean serves;
  private final ExecutorService hands;
  private final Set<Claim> atWork = ConcurrentHashMap.newKeySet();
  private final Semaphore something = new Semaphore(0);

  private volatile boolean running;
  private @Nullable Thread thread;
  private volatile @Nullable UUID instance;
  private volatile long beatAt;
  private long beatingSince;

  /**
   * @param serves false: this instance does nothing but partitions of others' runs
   */
  Dispatcher(
      Instances instances,
      Claims claims,
      ArrivalWork work,
      ArrivalProperties properties,
      @Value("${muster.serve:false}") boolean serves) {
    this.instances = instances;
    this.claims = claims;
    this.work = work;
    this.properties = properties;
    this.serves = serves;
    AtomicInteger number = new AtomicInteger();
    this.hands =
        Executors.newFixedThreadPool(
            properties.concurrentRuns() + PLACES_FOR_LISTS,
            task -> new Thread(task, "arrival-" + number.incrementAndGet()));
  }

  @Override
  public void start() {
    running = true;
    thread = new Thread(this::loop, "dispatcher");
    thread.start();
    Thread watch = new Thread(this::watch, "heartbeat");
    watch.setDaemon(true);
    watch.start();
  }

  /** Claims nothing any more. What is under way is stopped by others, and waited for in the end. */
  @Override
  public void stop() {
    running = false;
    something.release();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public void destroy() throws InterruptedException {
    stop();
    hands.shutdown();
    boolean quiet = hands.awaitTermination(PATIENCE_AT_THE_END.toMillis(), TimeUnit.MILLISECONDS);
    if (thread != null) {
      thread.join(PATIENCE_AT_THE_END.toMillis());
    }
    UUID left = instance;
    if (left != null && quiet) {
      instances.leave(left);
    }
  }

  @TransactionalEventListener(phase = TransactionPhase.AFTER_COMMIT)
  void received(ArrivalReceived arrival) {
    something.release();
  }

  private void loop() {
    while (running) {
      Duration pause = properties.poll();
      try {
        turn();
      } catch (DataAccessException | TransactionException e) {
        LOG.warn("dispatcher=database-away {}", e.getMessage());
        beatingSince = 0;
        pause = PAUSE_AFTER_TROUBLE;
      } catch (RuntimeException e) {
        LOG.error("dispatcher=trouble", e);
        pause = PAUSE_AFTER_TROUBLE;
      }
      waitAtMost(pause);
    }
  }

  /**
   * This instance is dead to others once it could not say for so long that it lives, and what it
   * asked the database won't be answered any more: nothing may wait for that for ever, neither the
   * thread that says so nor a run. The time in which this process was frozen does not count.
   */
  private void watch() {
    long looks = 0;
    long lastBeat = beatAt;
    while (running) {
      try {
        Thread.sleep(properties.heartbeat().toMillis());
      } catch (InterruptedException e) {
        return;
      }
      looks = instance == null || beatAt != lastBeat ? 0 : looks + 1;
      lastBeat = beatAt;
      if (properties.heartbeat().multipliedBy(looks).compareTo(properties.silence().multipliedBy(2))
          > 0) {
        looks = 0;
        int ended = DatabaseSockets.closeAll();
        if (ended > 0) {
          LOG.warn("instance=not-heard connections-ended={}", ended);
        }
      }
    }
  }

  private void turn() {
    UUID me = instance;
    if (me == null) {
      me = instances.join();
      instance = me;
      beatAt = System.nanoTime();
      beatingSince = beatAt;
    } else if (passed(beatAt, properties.heartbeat())) {
      if (!instances.beat(me)) {
        LOG.warn("instance=was-buried id={}", me);
        instance = null;
        // Who buried it ended its sessions; whoever still waits for an answer may not know.
        DatabaseSockets.closeAll();
        return;
      }
      beatAt = System.nanoTime();
      if (beatingSince == 0) {
        beatingSince = beatAt;
      }
      // When the database was away for everybody, everybody's heartbeat is old: give them time.
      if (passed(beatingSince, properties.silence())) {
        instances.buryDead(properties.silence());
      }
      if (serves) {
        claims.takeUpDone();
      }
    }
    if (!serves) {
      return;
    }
    takeWhatIsDue(me);
  }

  private void takeWhatIsDue(UUID me) {
    // What it had begun before it was buried comes to nothing, but must come to an end. It lives
    // meanwhile, so that it can be buried again.
    if (atWork.stream().anyMatch(claim -> !claim.instance().equals(me))) {
      return;
    }
    Optional<Weight> heaviest = heaviest();
    while (running && heaviest.isPresent()) {
      Optional<Claim> next = claims.take(me, heaviest.get());
      if (next.isEmpty()) {
        return;
      }
      atWork.add(next.get());
      hands.execute(() -> advance(next.get()));
      heaviest = heaviest();
    }
  }

  /** What there is a place for. Large manifests leave one of several places to small ones. */
  private Optional<Weight> heaviest() {
    int places = properties.concurrentRuns();
    if (atWork.size() >= places + PLACES_FOR_LISTS) {
      return Optional.empty();
    }
    if (atWork(Weight.MANIFEST) >= places) {
      return Optional.of(Weight.LIST);
    }
    return Optional.of(
        atWork(Weight.LARGE_MANIFEST) < Math.max(1, places - 1)
            ? Weight.LARGE_MANIFEST
            : Weight.MANIFEST);
  }

  /** How many are at work that are at least so heavy. */
  private long atWork(Weight least) {
    return atWork.stream().filter(claim -> claim.weight().compareTo(least) >= 0).count();
  }

  private void advance(Claim claim) {
    try {
      boolean again = false;
      while (true) {
        try {
          // Once there is a verdict, its answer may be out: what was sent is not looked at again.
          (again ? claims.asItStands(claim) : Optional.of(claim))
              .ifPresent(stands -> work.advance(stands, () -> !running));
          return;
        } catch (RuntimeException e) {
          // The claim stands and must not be forgotten: what to record is found out again.
          again = true;
          LOG.warn("arrival=not-recorded id={}", claim.arrival().id(), e);
          if (!running || !claim.instance().equals(instance)) {
            return;
          }
          pause();
        }
      }
    } finally {
      atWork.remove(claim);
      something.release();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_AFTER_TROUBLE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void waitAtMost(Duration pause) {
    try {
      if (something.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        something.drainPermits();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      running = false;
    }
  }

  private static boolean passed(long since, Duration duration) {
    return System.nanoTime() - since >= duration.toNanos();
  }
}
