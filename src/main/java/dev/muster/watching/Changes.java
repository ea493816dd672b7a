package dev.muster.watching;

import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.database.SessionLock;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Tells those who watch that something is different, whichever instance did it: while anybody
 * listens, the database is asked once a second for as little as tells. What is different they ask
 * for themselves, with their own permissions.
 */
@Guarded
@Component
public class Changes implements DisposableBean {

  /** About what something may be different. */
  public enum Topic {
    RUNS(
        Permission.EXECUTION_READ,
        """
        SELECT concat_ws('/',
                 (SELECT max(job_execution_id) FROM batch_job_execution),
                 (SELECT string_agg(job_execution_id || '.' || version, ',' ORDER BY job_execution_id)
                    FROM batch_job_execution WHERE status IN ('STARTING', 'STARTED', 'STOPPING')),
                 (SELECT string_agg(s.step_execution_id || '.' || s.version, ',' ORDER BY s.step_execution_id)
                    FROM batch_job_execution e JOIN batch_step_execution s USING (job_execution_id)
                   WHERE e.status IN ('STARTING', 'STARTED', 'STOPPING')),
                 (SELECT max(last_updated) FROM batch_job_execution),
                 (SELECT md5(string_agg(key::text, ',' ORDER BY key)) FROM (%s) AS held (key)))\
        """
            .formatted(SessionLock.KEYS_HELD)),
    ARRIVALS(
        Permission.ARRIVAL_READ,
        """
        SELECT concat_ws('/',
                 (SELECT max(arrival_id) FROM arrival),
                 (SELECT max(ended_at) FROM arrival),
                 (SELECT md5(string_agg(concat_ws('.', arrival_id, state, instance_id, attempts, due_at), ','
                                        ORDER BY arrival_id))
                    FROM (SELECT * FROM arrival WHERE state IN ('WAITING', 'ANSWERING', 'FAILED')
                           ORDER BY arrival_id DESC LIMIT 500) AS open),
                 (SELECT max(received_at) FROM unusable_message),
                 (SELECT concat_ws('.', count(*), max(first_seen_at)) FROM untaken_file))\
        """);

    private final Permission permission;
    private final String version;

    Topic(Permission permission, String version) {
      this.permission = permission;
      this.version = version;
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Changes.class);

  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /**
   * That something is different.
   *
   * @param id which of this process's changes it is; no other process has the same
   */
  public record Change(String id, Set<Topic> topics) {}

  private final JdbcClient jdbc;
  private final CopyOnWriteArrayList<Consumer<Change>> listeners = new CopyOnWriteArrayList<>();
  private final String life = UUID.randomUUID().toString();
  private final AtomicInteger count = new AtomicInteger();
  private @Nullable ScheduledExecutorService looking;
  private @Nullable ScheduledFuture<?> look;

  /** As they were when somebody looked last; only the looking thread touches it. */
  private final Map<Topic, String> versions = new EnumMap<>(Topic.class);

  Changes(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** What the caller may know of. */
  @Requires({Permission.EXECUTION_READ, Permission.ARRIVAL_READ})
  public Set<Topic> topics() {
    return Arrays.stream(Topic.values())
        .filter(topic -> Callers.current().may(topic.permission))
        .collect(Collectors.toSet());
  }

  /**
   * The last change that was told. Whoever read something after this was {@link #latest}, and
   * listens while it still is, has missed nothing between.
   */
  @Requires({Permission.EXECUTION_READ, Permission.ARRIVAL_READ})
  public String latest() {
    return life + "." + count.get();
  }

  /** Listens until closed. */
  public interface Listening extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Calls the listener whenever something is different, until closed. It is called on the thread
   * that looks, so it must return at once.
   */
  @Requires({Permission.EXECUTION_READ, Permission.ARRIVAL_READ})
  public Listening listen(Consumer<Change> listener) {
    add(listener);
    return () -> remove(listener);
  }

  private synchronized void add(Consumer<Change> listener) {
    listeners.add(listener);
    if (look == null) {
      if (looking == null) {
        looking =
            Executors.newSingleThreadScheduledExecutor(
                task -> {
                  Thread thread = new Thread(task, "changes");
                  thread.setDaemon(true);
                  return thread;
                });
      }
      look =
          looking.scheduleWithFixedDelay(
              this::lookSafely, 0, LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private synchronized void remove(Consumer<Change> listener) {
    listeners.remove(listener);
    if (listeners.isEmpty() && look != null) {
      look.cancel(false);
      look = null;
    }
  }

  private void lookSafely() {
    try {
      look();
    } catch (RuntimeException e) {
      LOG.warn("changes=not-read {}", e.toString());
    }
  }

  private void look() {
    EnumSet<Topic> different = EnumSet.noneOf(Topic.class);
    Arrays.stream(Topic.values())
        .forEach(
            topic -> {
              String version =
                  Objects.requireNonNullElse(
                      jdbc.sql(topic.version).query(String.class).optional().orElse(null), "");
              if (!version.equals(versions.put(topic, version))) {
                different.add(topic);
              }
            });
    if (!different.isEmpty()) {
      count.incrementAndGet();
      Change change = new Change(latest(), different); // only this thread counts
      listeners.forEach(listener -> listener.accept(change));
    }
  }

  @Override
  public synchronized void destroy() {
    listeners.clear();
    if (looking != null) {
      looking.shutdownNow();
      looking = null;
      look = null;
    }
  }
}
