package dev.muster.publisher;

import dev.muster.status.HubWork;
import dev.muster.status.HubWork.Publisher;
import dev.muster.status.HubWork.Standing;
import dev.muster.status.HubWork.Told;
import dev.muster.status.HubWork.Trouble;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One go at telling a hub all that is due. One thread starts the calls, at the pace that is
 * allowed, and writes down what came of them, a few hundred at once; so a kill repeats at most what
 * was under way, which does no harm. A device has at most one call under way.
 *
 * <p>What ails the hub as a whole pauses it and is no device's fault. After a pause one call goes
 * ahead, and the others follow when it went well.
 */
final class Telling {

  private static final Logger LOG = LoggerFactory.getLogger(HubDrain.class);

  private static final int AHEAD = 1000;
  private static final int SAVED_AT_ONCE = 200;
  private static final long SAVED_AFTER = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long CATCH_UP = TimeUnit.MILLISECONDS.toNanos(20);
  private static final int FAILURES_IN_A_ROW = 20;
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
  private static final Duration LONGEST_ASKED_FOR = Duration.ofHours(1);
  private static final long PATIENCE_AT_THE_END = TimeUnit.SECONDS.toNanos(5);

  private final HubDrain hub;
  private final HubWork work;
  private final Standing before;
  private final PublisherProperties properties;
  private final long pace;

  private final BlockingQueue<Answered> answers = new LinkedBlockingQueue<>();
  private final Deque<Publisher> waiting = new ArrayDeque<>();
  private final Set<UUID> underWay = new HashSet<>();
  private final List<Told> unsaved = new ArrayList<>();
  private final long began = System.nanoTime();
  private long savedAt = began;
  private long nextCall = began;
  private boolean probing;
  private int failuresInARow;
  private long confirmed;
  private long failed;
  private @Nullable Pause pause;

  private record Answered(Publisher publisher, Answer answer) {}

  /**
   * @param end by {@link System#nanoTime}
   */
  private record Pause(long end, Trouble trouble, String problem) {}

  Telling(HubDrain hub, HubWork work, Standing before, PublisherProperties properties) {
    this.hub = hub;
    this.work = work;
    this.before = before;
    this.properties = properties;
    this.pace = TimeUnit.SECONDS.toNanos(1) / properties.callsPerSecond();
    this.probing = before.pauses() > 0;
  }

  void run(BooleanSupplier goOn) throws InterruptedException {
    try {
      boolean calling = true;
      long end = Long.MAX_VALUE;
      boolean exhausted = false;
      while (true) {
        if (calling && (pause != null || !goOn.getAsBoolean())) {
          calling = false;
          end = System.nanoTime() + PATIENCE_AT_THE_END;
        }
        if (calling && waiting.isEmpty() && !(exhausted && !underWay.isEmpty())) {
          look();
          exhausted = waiting.isEmpty();
        }
        boolean more = calling && !waiting.isEmpty();
        if (underWay.isEmpty() ? !more : !calling && pause == null && System.nanoTime() > end) {
          break;
        }
        long now = System.nanoTime();
        if (more && underWay.size() < atOnce() && now >= nextCall) {
          nextCall = Math.max(nextCall, now - CATCH_UP) + pace;
          call(waiting.remove());
        } else {
          await(more && underWay.size() < atOnce() ? nextCall - now : SAVED_AFTER);
        }
        saveIfTime();
      }
    } finally {
      end();
    }
  }

  private int atOnce() {
    return probing ? 1 : properties.concurrency();
  }

  /** Looks what is due; what is under way still is, and left out. */
  private void look() {
    save();
    work.due(hub.number(), AHEAD + underWay.size()).stream()
        .filter(publisher -> !underWay.contains(publisher.device()))
        // The one that goes ahead should not be one that always fails.
        .sorted(Comparator.comparingInt(publisher -> probing ? publisher.attempts() : 0))
        .forEach(waiting::add);
  }

  private void call(Publisher publisher) {
    if (!underWay.add(publisher.device())) {
      return; // also a former hub's device; it stays due
    }
    CompletableFuture<Void> unused =
        hub.client()
            .tell(publisher.device(), publisher.revoke())
            .handle(
                (answer, failure) -> {
                  answers.add(
                      new Answered(
                          publisher,
                          failure == null ? answer : new Answer.Failed("The call failed.")));
                  return null;
                });
  }

  private void await(long nanoseconds) throws InterruptedException {
    Answered answered = answers.poll(Math.min(nanoseconds, SAVED_AFTER), TimeUnit.NANOSECONDS);
    while (answered != null) {
      underWay.remove(answered.publisher().device());
      take(answered.publisher(), answered.answer());
      answered = answers.poll();
    }
  }

  private void take(Publisher publisher, Answer answer) {
    if (answer instanceof Answer.Done) {
      unsaved.add(new Told(publisher, null, null));
      probing = false;
      failuresInARow = 0;
      confirmed++;
    } else if (answer instanceof Answer.Failed problem) {
      unsaved.add(new Told(publisher, again(publisher), problem.problem()));
      failed++;
      failuresInARow++;
      if (probing || failuresInARow >= FAILURES_IN_A_ROW) {
        pause(growing(), Trouble.FAILING, problem.problem());
      }
    } else if (answer instanceof Answer.Refused refused) {
      unsaved.add(new Told(publisher, properties.refusedDelay(), refused.problem()));
      probing = false;
      failuresInARow = 0;
      failed++;
      LOG.warn(
          "publisher=refused hub={} device={} {}",
          hub.name(),
          publisher.device(),
          refused.problem());
    } else if (answer instanceof Answer.Throttled throttled) {
      Duration asked = throttled.retryAfter();
      pause(
          asked == null
              ? growing()
              : asked.compareTo(LONGEST_ASKED_FOR) > 0 ? LONGEST_ASKED_FOR : asked,
          Trouble.THROTTLED,
          throttled.problem());
    } else if (answer instanceof Answer.Unreachable unreachable) {
      pause(growing(), Trouble.UNREACHABLE, unreachable.problem());
    } else if (answer instanceof Answer.NotAccepted notAccepted) {
      pause(growing(), Trouble.REFUSED, notAccepted.problem());
    }
  }

  /** Anything between now and twice as long as the last time ("full jitter"). */
  private Duration again(Publisher publisher) {
    Duration longest =
        doubled(properties.firstDelay(), publisher.attempts(), properties.longestDelay());
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(longest.toMillis() + 1));
  }

  private Duration growing() {
    return doubled(properties.firstDelay(), confirmed > 0 ? 0 : before.pauses(), LONGEST_PAUSE);
  }

  private static Duration doubled(Duration first, int times, Duration longest) {
    Duration doubled = first.multipliedBy(1L << Math.min(times, 20));
    return doubled.compareTo(longest) > 0 ? longest : doubled;
  }

  /** Of several, the one that lasts longest. */
  private void pause(Duration howLong, Trouble trouble, String problem) {
    long end = System.nanoTime() + howLong.toNanos();
    Pause current = pause;
    if (current == null || end - current.end() > 0) {
      pause = new Pause(end, trouble, problem);
    }
  }

  private void saveIfTime() {
    if (unsaved.size() >= SAVED_AT_ONCE
        || (!unsaved.isEmpty() && System.nanoTime() - savedAt > SAVED_AFTER)) {
      save();
    }
  }

  private void save() {
    if (!unsaved.isEmpty()) {
      work.save(hub.number(), unsaved);
      unsaved.clear();
    }
    savedAt = System.nanoTime();
  }

  private void end() {
    save();
    Pause ended = pause;
    if (ended != null) {
      Duration left = Duration.ofNanos(Math.max(0, ended.end() - System.nanoTime()));
      work.pause(hub.number(), left, ended.trouble(), ended.problem());
      if (before.trouble() != ended.trouble() || confirmed > 0) {
        LOG.warn(
            "hub=paused hub={} trouble={} ms={} {}",
            hub.name(),
            ended.trouble(),
            left.toMillis(),
            ended.problem());
      }
    } else if (before.trouble() != null && confirmed > 0) {
      LOG.info("hub=well-again hub={}", hub.name());
    }
    if (confirmed + failed > 0) {
      LOG.info(
          "publishers=told hub={} confirmed={} failed={} ms={}",
          hub.name(),
          confirmed,
          failed,
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    }
  }
}
