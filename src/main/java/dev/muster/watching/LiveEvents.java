package dev.muster.watching;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.watching.Changes.Change;
import dev.muster.watching.Changes.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Those who watch, and what they are still to be told. A watcher that is slow is told once what it
 * missed meanwhile, and one that takes nothing at all is dropped: neither holds up the others, for
 * each has at most one thing under way, on threads that are for nothing else.
 */
@Component
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class LiveEvents implements SmartLifecycle {

  /** How many may watch one instance. */
  static final int MOST = 500;

  /** Then the browser comes again, and is asked again who it is. */
  private static final Duration LONGEST = Duration.ofMinutes(5);

  /** Shows who is gone, and keeps what lies between from closing the connection. */
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(15);

  /** Who takes nothing for so long is not there any more. */
  private static final Duration SLOWEST = Duration.ofSeconds(5);

  private static final int SENDERS = 8;

  private final Changes changes;
  private final Set<Watcher> watchers = new HashSet<>();
  private final Map<String, Integer> ofAccount = new HashMap<>();
  private Changes.@Nullable Listening listening;
  private @Nullable ExecutorService senders;
  private @Nullable ScheduledExecutorService clockwork;
  private boolean running;

  LiveEvents(Changes changes) {
    this.changes = changes;
  }

  /**
   * Begins to tell the caller; null when too many watch already, or this instance ends.
   *
   * @param whose has one at a time; null: any number
   * @param heard the last change that the caller knows of; null: it asks for everything afterwards
   */
  synchronized @Nullable SseEmitter watch(@Nullable String whose, @Nullable String heard) {
    Caller caller = Callers.current();
    if (whose != null) {
      watchers.stream()
          .filter(one -> whose.equals(one.whose) && one.account.equals(caller.account()))
          .toList()
          .forEach(this::end);
    }
    if (!running
        || watchers.size() >= MOST
        || ofAccount.getOrDefault(caller.account(), 0) >= ChangeStreams.MOST_OF_AN_ACCOUNT) {
      return null;
    }
    Watcher watcher = new Watcher(caller.account(), whose, changes.topics());
    watchers.add(watcher);
    ofAccount.merge(caller.account(), 1, Integer::sum);
    if (listening == null) {
      listening = changes.listen(this::different);
    }
    watcher.emitter.onCompletion(() -> remove(watcher));
    watcher.emitter.onTimeout(watcher.emitter::complete);
    watcher.emitter.onError(problem -> remove(watcher));
    watcher.due.add("");
    String latest = changes.latest();
    if (heard != null && !heard.equals(latest)) {
      watcher.tell(new Change(latest, watcher.topics)); // what was told before it listened
    }
    begin(watcher);
    return watcher.emitter;
  }

  private synchronized void remove(Watcher watcher) {
    if (watchers.remove(watcher)) {
      ofAccount.computeIfPresent(watcher.account, (name, count) -> count == 1 ? null : count - 1);
      if (watchers.isEmpty() && listening != null) {
        listening.close();
        listening = null;
      }
    }
  }

  /** Its place is taken. What is under way to it ends first, on its own thread. */
  private void end(Watcher watcher) {
    remove(watcher);
    if (!watcher.sending && senders != null) {
      senders.execute(watcher.emitter::complete);
    }
  }

  private synchronized void different(Change change) {
    for (Watcher watcher : watchers) {
      watcher.tell(change);
      begin(watcher);
    }
  }

  private synchronized void signOfLife() {
    for (Watcher watcher : List.copyOf(watchers)) {
      watcher.due.add("");
      begin(watcher);
    }
  }

  /**
   * Forgets who has been taking nothing. What is under way to it ends when the server gives it up;
   * to end it here would wait for just that.
   */
  private synchronized void dropSlow() {
    long now = System.nanoTime();
    for (Watcher watcher : List.copyOf(watchers)) {
      if (watcher.sending && now - watcher.sendingSince > SLOWEST.toNanos()) {
        remove(watcher);
      }
    }
  }

  /** Has a watcher told what is due, unless that is under way. */
  private void begin(Watcher watcher) {
    if (watcher.sending || watcher.due.isEmpty() || senders == null) {
      return;
    }
    watcher.sending = true;
    watcher.sendingSince = System.nanoTime();
    try {
      senders.execute(() -> send(watcher));
    } catch (RejectedExecutionException e) {
      watcher.sending = false;
    }
  }

  private void send(Watcher watcher) {
    SortedSet<String> due;
    String latest;
    synchronized (this) {
      due = new TreeSet<>(watcher.due);
      latest = watcher.latest;
      watcher.due.clear();
      watcher.sendingSince = System.nanoTime();
    }
    try {
      for (String name : due) {
        SseEmitter.SseEventBuilder event =
            name.isEmpty()
                ? SseEmitter.event().comment("")
                : SseEmitter.event().name(name).data("changed");
        if (latest != null && name.equals(due.last())) {
          event.id(latest); // who has the id has heard all before it
        }
        watcher.emitter.send(event);
      }
    } catch (IOException | IllegalStateException e) {
      remove(watcher); // it is gone
    }
    boolean forgotten;
    synchronized (this) {
      watcher.sending = false;
      forgotten = !watchers.contains(watcher);
      if (!forgotten) {
        begin(watcher);
      }
    }
    if (forgotten) {
      watcher.emitter.complete();
    }
  }

  @Override
  public synchronized void start() {
    senders =
        new ThreadPoolExecutor(
            SENDERS,
            SENDERS,
            1,
            TimeUnit.MINUTES,
            new LinkedBlockingQueue<>(MOST),
            task -> daemon(task, "live-sender"));
    clockwork = Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "live-clock"));
    var unused =
        clockwork.scheduleWithFixedDelay(
            this::signOfLife,
            SIGN_OF_LIFE.toMillis(),
            SIGN_OF_LIFE.toMillis(),
            TimeUnit.MILLISECONDS);
    var unusedToo = clockwork.scheduleWithFixedDelay(this::dropSlow, 1, 1, TimeUnit.SECONDS);
    running = true;
  }

  /** Before the server waits for its requests to end: these would not end by themselves. */
  @Override
  public void stop() {
    List<Watcher> left;
    synchronized (this) {
      running = false;
      if (clockwork != null) {
        clockwork.shutdownNow();
      }
      if (senders != null) {
        senders.shutdownNow();
        senders = null;
      }
      left = watchers.stream().filter(one -> !one.sending).toList();
      List.copyOf(watchers).forEach(this::remove);
    }
    left.forEach(one -> one.emitter.complete());
  }

  @Override
  public synchronized boolean isRunning() {
    return running;
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  private static final class Watcher {
    private final String account;
    private final @Nullable String whose;
    private final Set<Topic> topics;
    private final SseEmitter emitter = new SseEmitter(LONGEST.toMillis());

    /** What it is still to be told; an empty name is a sign of life. */
    private final Set<String> due = new HashSet<>();

    /** The last change that it was told, or is still to be told. */
    private @Nullable String latest;

    private boolean sending;
    private long sendingSince;

    Watcher(String account, @Nullable String whose, Set<Topic> topics) {
      this.account = account;
      this.whose = whose;
      this.topics = topics;
    }

    void tell(Change change) {
      for (Topic topic : change.topics()) {
        if (topics.contains(topic)) {
          due.add(topic.name().toLowerCase(Locale.ROOT));
          latest = change.id();
        }
      }
    }
  }
}
