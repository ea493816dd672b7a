package dev.muster.arrival;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.muster.arrival.Claims.Claim;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Applies the revocation lists that wait for the nightly run. Needs no service to be running: it
 * joins as an instance of its own for as long as it takes; where there are others, they help.
 */
@Component
public class WaitingLists {

  private static final Logger LOG = LoggerFactory.getLogger(WaitingLists.class);

  private static final Duration PAUSE = Duration.ofMillis(200);

  private final Instances instances;
  private final Claims claims;
  private final ArrivalWork work;
  private final ArrivalProperties properties;
  private final JdbcClient jdbc;
  private volatile boolean ending;

  WaitingLists(
      Instances instances,
      Claims claims,
      ArrivalWork work,
      ArrivalProperties properties,
      JdbcClient jdbc) {
    this.instances = instances;
    this.claims = claims;
    this.work = work;
    this.properties = properties;
    this.jdbc = jdbc;
  }

  /**
   * What became of the lists.
   *
   * @param ended those that were applied, refused, or failed for good
   * @param pending those that could not be applied now; they are tried again by themselves
   */
  public record Result(List<Ended> ended, long pending) {}

  /**
   * A list that came to an end; {@code problem} is empty when it was applied. One that is {@code
   * HELD} was not: it waits for a second person.
   *
   * @param told the problem, as its sender is told
   */
  public record Ended(
      long arrival,
      String factory,
      String fileName,
      String state,
      String problem,
      @JsonIgnore String told) {

    /** The same, with what its sender is told. */
    public Ended asToSender() {
      return new Ended(arrival, factory, fileName, state, told, told);
    }
  }

  /** Whether lists do not wait for the night, but are applied as they come. */
  public boolean atOnce() {
    return properties.revocations() == ArrivalProperties.RevocationTiming.AT_ONCE;
  }

  /**
   * Applies all that wait, oldest first.
   *
   * @param patience how long to wait for lists that failed for a passing reason, or that other
   *     instances work on
   */
  public Result apply(Duration patience) throws InterruptedException {
    List<Long> released = release();
    UUID me = instances.join();
    ScheduledExecutorService heart =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "heartbeat");
              thread.setDaemon(true);
              return thread;
            });
    try {
      long pause = properties.heartbeat().toMillis();
      ScheduledFuture<?> unused =
          heart.scheduleAtFixedRate(() -> beat(me), pause, pause, TimeUnit.MILLISECONDS);
      long deadline = System.nanoTime() + patience.toNanos();
      while (!ending && pending(released) > 0) {
        Optional<Claim> claimed = claims.take(me, Weight.LIST);
        claimed.ifPresent(claim -> work.advance(claim, () -> ending));
        if (claimed.isEmpty()) {
          if (System.nanoTime() > deadline) {
            break;
          }
          Thread.sleep(PAUSE.toMillis());
        }
      }
    } finally {
      heart.shutdown();
      instances.leave(me);
    }
    return new Result(ended(released), pending(released));
  }

  /** What is stopped from now on no operator has stopped: it goes on elsewhere, or later. */
  @EventListener(ContextClosedEvent.class)
  void ends() {
    ending = true;
  }

  private void beat(UUID me) {
    try {
      instances.beat(me);
    } catch (RuntimeException e) {
      LOG.warn("instance=no-heartbeat id={} {}", me, e.toString());
    }
  }

  /** Lets them be taken now. Returns also those that an earlier, killed run had let go. */
  private List<Long> release() {
    jdbc.sql(
            """
            UPDATE arrival SET due_at = now()
             WHERE kind = 'REVOCATIONS' AND state = 'WAITING' AND due_at = 'infinity'\
            """)
        .update();
    return jdbc.sql(
            """
            SELECT arrival_id FROM arrival
             WHERE kind = 'REVOCATIONS' AND state IN ('WAITING', 'ANSWERING')\
            """)
        .query(Long.class)
        .list();
  }

  private long pending(List<Long> released) {
    return jdbc.sql(
            "SELECT count(*) FROM arrival WHERE arrival_id = ANY (?) AND state IN ('WAITING',"
                + " 'ANSWERING')")
        .param(released.toArray(Long[]::new))
        .query(Long.class)
        .single();
  }

  private List<Ended> ended(List<Long> released) {
    return jdbc.sql(
            """
            SELECT arrival_id AS arrival, factory, file_name,
                   CASE WHEN state = 'FAILED' AND outcome ->> 'status' = 'HELD' THEN 'HELD' ELSE state::text END AS state,
                   coalesce(problem, '') AS problem, coalesce(told, '') AS told FROM arrival
             WHERE arrival_id = ANY (?) AND state NOT IN ('WAITING', 'ANSWERING') ORDER BY arrival_id\
            """)
        .param(released.toArray(Long[]::new))
        .query(Ended.class)
        .list();
  }
}
