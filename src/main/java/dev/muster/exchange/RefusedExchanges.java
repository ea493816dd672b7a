package dev.muster.exchange;

import dev.muster.home.ServiceThreads;
import dev.muster.registry.DevicesFreed;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Exchanges that devices were refused, counted by device and reason for whoever looks at the
 * device. Only those of tokens whose signature is genuine: a stranger costs the database nothing. A
 * thread of its own, which the first refusal starts, writes them down every few seconds; when the
 * process is killed, those of these seconds are not counted.
 */
@Component
class RefusedExchanges implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(RefusedExchanges.class);

  private static final Set<Refusal> OF_GENUINE_TOKENS =
      EnumSet.complementOf(
          EnumSet.of(Refusal.FORM, Refusal.HUB, Refusal.SIGNATURE, Refusal.UNKNOWN_DEVICE));

  private static final Duration PAUSE = Duration.ofSeconds(5);

  /** How many devices and reasons are waited with; what comes beyond is in the log only. */
  private static final int MOST = 10_000;

  private static final String WRITE =
      """
      INSERT INTO exchange_refusal AS r (device_id, reason, first_at, last_at, times)
      SELECT n.device_id, n.reason, n.first_at, n.last_at, n.times
        FROM unnest(:devices::uuid[], :reasons::text[], :firsts::timestamptz[], :lasts::timestamptz[], :times::bigint[])
             AS n (device_id, reason, first_at, last_at, times)
        JOIN device d USING (device_id)
       ORDER BY device_id, reason
          ON CONFLICT (device_id, reason) DO UPDATE
         SET times = r.times + excluded.times, last_at = greatest(r.last_at, excluded.last_at)\
      """;

  private record Key(UUID device, Refusal reason) {}

  private record Count(Instant first, Instant last, long times) {
    Count and(Count later) {
      return new Count(first, later.last(), times + later.times());
    }
  }

  private final JdbcClient jdbc;
  private final Clock clock;
  private final ServiceThreads threads = new ServiceThreads();

  /** Those that are not written down yet; the lock is its own. */
  private final Map<Key, Count> counts = new HashMap<>();

  private boolean writing;
  private volatile boolean running;

  RefusedExchanges(JdbcClient jdbc, Clock clock) {
    this.jdbc = jdbc;
    this.clock = clock;
  }

  void add(UUID device, Refusal reason) {
    if (!OF_GENUINE_TOKENS.contains(reason)) {
      return;
    }
    Instant now = clock.instant();
    Key key = new Key(device, reason);
    synchronized (counts) {
      if (counts.size() < MOST || counts.containsKey(key)) {
        Count unused = counts.merge(key, new Count(now, now, 1), Count::and);
      }
      if (running && !writing) {
        writing = true;
        threads.start("refused-exchanges", this::writeNowAndThen);
      }
    }
  }

  private void writeNowAndThen() {
    while (running) {
      try {
        Thread.sleep(PAUSE.toMillis());
      } catch (InterruptedException e) {
        return;
      }
      write();
    }
  }

  private void write() {
    List<Map.Entry<Key, Count>> some;
    synchronized (counts) {
      some = new ArrayList<>(Map.copyOf(counts).entrySet());
      counts.clear();
    }
    if (some.isEmpty()) {
      return;
    }
    try {
      int unused =
          jdbc.sql(WRITE)
              .param(
                  "devices", some.stream().map(one -> one.getKey().device()).toArray(UUID[]::new))
              .param(
                  "reasons",
                  some.stream().map(one -> one.getKey().reason().word()).toArray(String[]::new))
              .param(
                  "firsts",
                  some.stream()
                      .map(one -> Timestamp.from(one.getValue().first()))
                      .toArray(Timestamp[]::new))
              .param(
                  "lasts",
                  some.stream()
                      .map(one -> Timestamp.from(one.getValue().last()))
                      .toArray(Timestamp[]::new))
              .param("times", some.stream().map(one -> one.getValue().times()).toArray(Long[]::new))
              .update();
    } catch (DataAccessException | TransactionException e) {
      LOG.warn("exchange=refusals-not-counted devices={} cause={}", some.size(), e.toString());
    }
  }

  @EventListener
  void freed(DevicesFreed freed) {
    jdbc.sql("DELETE FROM exchange_refusal WHERE device_id = ANY (?::uuid[])")
        .param(freed.devices())
        .update();
  }

  @Override
  public void start() {
    running = true;
  }

  /** What is not written down yet is. */
  @Override
  public void stop() {
    running = false;
    threads.end();
    synchronized (counts) {
      writing = false;
    }
    write();
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
