package dev.muster.status;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * What hubs are still to be told about publishers, and what came of telling them. When it is due,
 * the database's clock says: whoever changes a device and whoever tells its hub may be on machines
 * whose clocks differ.
 */
@Component
public class HubWork {

  /**
   * Rows that others hold are left out instead of waited for: they are being changed, so what was
   * told does not hold any more. So nobody ever waits in a circle.
   */
  private static final String LOCK =
      """
      SELECT device_id FROM device_status
       WHERE hub_id = ?::smallint AND device_id = ANY (?::uuid[]) FOR UPDATE SKIP LOCKED\
      """;

  private static final String LOCK_FORMER =
      """
      SELECT device_id FROM former_hub
       WHERE hub_id = ?::smallint AND device_id = ANY (?::uuid[]) FOR UPDATE SKIP LOCKED\
      """;

  /**
   * Confirms only what was told: a device that changed since stays due. One that is not due any
   * more, though it was told something else than it is, was told by a process that had fallen
   * asleep over it; it becomes due again.
   */
  private static final String SAVE =
      """
      WITH told AS (
          SELECT * FROM unnest(?::uuid[], ?::boolean[], ?::timestamptz[], ?::bigint[], ?::text[])
                   AS t (device_id, revoke, version, again, problem)),
      judged AS (
          SELECT t.*, s.changed_at = t.version AND (s.state IS NOT NULL) = t.revoke AS same
            FROM told t JOIN device_status s USING (device_id))
      UPDATE device_status s
         SET hub_due_at = CASE WHEN same THEN now() + again * interval '1 millisecond' ELSE coalesce(s.hub_due_at, now()) END,
             hub_attempts = CASE WHEN NOT same THEN s.hub_attempts WHEN again IS NULL THEN 0
                                 ELSE least(s.hub_attempts + 1, 32767) END,
             hub_problem = CASE WHEN same THEN problem ELSE s.hub_problem END
        FROM judged j WHERE s.device_id = j.device_id
      RETURNING s.hub_due_at IS NULL\
      """;

  private static final String SAVE_FORMER =
      """
      WITH told AS (
          SELECT * FROM unnest(?::uuid[], ?::boolean[], ?::timestamptz[], ?::bigint[], ?::text[])
                   AS t (device_id, revoke, version, again, problem)),
      judged AS (
          SELECT t.*, f.hub_id,
                 coalesce(f.closed_at, s.changed_at, f.left_at) = t.version
                 AND (f.closed_at IS NOT NULL OR s.state IS NOT NULL) = t.revoke AS same
            FROM told t
            JOIN former_hub f USING (device_id)
            LEFT JOIN device_status s USING (device_id))
      UPDATE former_hub f
         SET hub_due_at = CASE WHEN same THEN now() + again * interval '1 millisecond' ELSE coalesce(f.hub_due_at, now()) END,
             hub_attempts = CASE WHEN NOT same THEN f.hub_attempts WHEN again IS NULL THEN 0
                                 ELSE least(f.hub_attempts + 1, 32767) END,
             hub_problem = CASE WHEN same THEN problem ELSE f.hub_problem END
        FROM judged j WHERE f.device_id = j.device_id AND f.hub_id = j.hub_id AND f.hub_id = ?::smallint
      RETURNING f.hub_due_at IS NULL\
      """;

  private final JdbcClient jdbc;

  HubWork(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * One publisher that the hub is to be told of.
   *
   * @param former whether the device is at another hub now
   * @param revoke whether it is to be revoked; otherwise it is to be restored
   * @param version of the device, as the database writes it
   */
  public record Publisher(
      UUID device, boolean former, boolean revoke, String version, int attempts) {}

  /**
   * A publisher that the hub was told of.
   *
   * @param again in how long it is to be told again; null: it has confirmed
   * @param problem why it has not confirmed; a sentence without any secret, the same for all
   *     devices that have the same problem
   */
  public record Told(Publisher publisher, @Nullable Duration again, @Nullable String problem) {}

  /** What is wrong with a hub as a whole. */
  public enum Trouble {
    /** It said that it is called too often. */
    THROTTLED,
    /** No connection comes about. */
    UNREACHABLE,
    /** Every call fails. */
    FAILING,
    /** It does not accept who calls, or does not exist: the configuration is wrong. */
    REFUSED
  }

  /**
   * How a hub stands.
   *
   * @param confirmed how often it has confirmed something, ever
   * @param pausedUntil until when nobody calls it; null: anybody may
   * @param paused whether that is still to come
   * @param pauses how many pauses there were without a success between them
   */
  public record Standing(
      long confirmed,
      @Nullable Instant pausedUntil,
      boolean paused,
      int pauses,
      @Nullable Trouble trouble,
      @Nullable String problem,
      @Nullable Instant problemAt) {

    private static final Standing NEW = new Standing(0, null, false, 0, null, null, null);
  }

  /**
   * How many publishers of a hub are not confirmed.
   *
   * @param problem why not; null: they wait for their turn
   */
  public record Open(short hub, @Nullable String problem, long publishers, UUID example) {}

  /** The publishers that are due, those that have waited longest first. */
  public List<Publisher> due(short hub, int atMost) {
    return jdbc.sql(
            """
            SELECT device_id AS device, former, revoke, version::text, attempts FROM hub_work
             WHERE hub_id = ? AND due_at <= now() ORDER BY due_at LIMIT ?\
            """)
        .params(hub, atMost)
        .query(Publisher.class)
        .list();
  }

  /** Whether any publisher is due. */
  public boolean anyDue(short hub) {
    return jdbc.sql("SELECT EXISTS (SELECT FROM hub_work WHERE hub_id = ? AND due_at <= now())")
        .param(hub)
        .query(Boolean.class)
        .single();
  }

  /** Writes down what came of telling. A hub that confirms anything is in no trouble any more. */
  @Transactional
  public void save(short hub, Collection<Told> told) {
    long confirmed = save(hub, told, false) + save(hub, told, true);
    if (confirmed > 0) {
      jdbc.sql(
              """
              INSERT INTO hub_standing AS s (hub_id, confirmed) VALUES (?, ?)
                  ON CONFLICT (hub_id) DO UPDATE
                 SET (confirmed, paused_until, pauses, trouble, problem, problem_at)
                   = (s.confirmed + excluded.confirmed, NULL, 0, NULL, NULL, NULL)\
              """)
          .params(hub, confirmed)
          .update();
    }
  }

  private long save(short hub, Collection<Told> all, boolean former) {
    List<Told> some = all.stream().filter(one -> one.publisher().former() == former).toList();
    if (some.isEmpty()) {
      return 0;
    }
    Set<UUID> locked =
        Set.copyOf(
            jdbc.sql(former ? LOCK_FORMER : LOCK)
                .params(hub, texts(some, one -> one.publisher().device().toString()))
                .query(UUID.class)
                .list());
    List<Told> told =
        some.stream().filter(one -> locked.contains(one.publisher().device())).toList();
    List<Object> parameters =
        new ArrayList<>(
            List.of(
                texts(told, one -> one.publisher().device().toString()),
                told.stream().map(one -> one.publisher().revoke()).toArray(Boolean[]::new),
                texts(told, one -> one.publisher().version()),
                texts(
                    told,
                    one -> one.again() == null ? null : Long.toString(one.again().toMillis())),
                texts(told, Told::problem)));
    if (former) {
      parameters.add(hub);
    }
    return jdbc
        .sql(former ? SAVE_FORMER : SAVE)
        .params(parameters)
        .query(Boolean.class)
        .list()
        .stream()
        .filter(Boolean::booleanValue)
        .count();
  }

  /** Lets nobody call the hub for that long. */
  public void pause(short hub, Duration howLong, Trouble trouble, String problem) {
    jdbc.sql(
            """
            INSERT INTO hub_standing AS s (hub_id, paused_until, pauses, trouble, problem, problem_at)
            VALUES (?, now() + ? * interval '1 millisecond', 1, ?, ?, now())
                ON CONFLICT (hub_id) DO UPDATE
               SET (paused_until, pauses, trouble, problem, problem_at)
                 = (excluded.paused_until, least(s.pauses + 1, 32767), excluded.trouble, excluded.problem,
                    excluded.problem_at)\
            """)
        .params(hub, howLong.toMillis(), trouble.name(), problem)
        .update();
  }

  /** Ends a pause, unless the hub asked for it. */
  public void resume(short hub) {
    jdbc.sql(
            """
            UPDATE hub_standing SET paused_until = NULL, pauses = 0, trouble = NULL
             WHERE hub_id = ? AND trouble <> 'THROTTLED'\
            """)
        .param(hub)
        .update();
  }

  /**
   * Ends a pause as {@link #resume} does, and makes due at once what failed and is to be tried
   * later. Rows that others hold are not waited for; they stay for their time.
   */
  @Transactional
  public void tellNow(short hub) {
    resume(hub);
    for (String table : List.of("device_status", "former_hub")) {
      jdbc.sql(
              """
              UPDATE %1$s SET hub_due_at = now()
               WHERE (device_id, hub_id) IN (SELECT device_id, hub_id FROM %1$s
                                              WHERE hub_id = ? AND hub_due_at > now() FOR UPDATE SKIP LOCKED)\
              """
                  .formatted(table))
          .param(hub)
          .update();
    }
  }

  public Standing standing(short hub) {
    return jdbc.sql(
            """
            SELECT confirmed, paused_until, coalesce(paused_until > now(), false) AS paused, pauses, trouble, problem, problem_at
              FROM hub_standing WHERE hub_id = ?\
            """)
        .param(hub)
        .query(Standing.class)
        .optional()
        .orElse(Standing.NEW);
  }

  /**
   * A hub as a whole with which something is wrong.
   *
   * @param since when its last call did not go well
   */
  public record Troubled(short hub, Trouble trouble, @Nullable Instant since) {}

  /** All hubs with which something is wrong; counts nothing, so it is cheap. */
  public List<Troubled> troubled() {
    return jdbc.sql(
            """
            SELECT hub_id AS hub, trouble, problem_at AS since FROM hub_standing WHERE trouble IS NOT NULL\
            """)
        .query(Troubled.class)
        .list();
  }

  /**
   * What is not confirmed, by hub and reason, most first. There may be a million of them, which are
   * counted in the index; only those that failed are read.
   */
  public List<Open> open() {
    return jdbc.sql(
            """
            WITH troubled AS MATERIALIZED (
                SELECT hub_id, hub_problem AS problem, count(*) AS n, min(device_id::text) AS device
                  FROM device_status
                 WHERE hub_due_at IS NOT NULL AND hub_problem IS NOT NULL AND hub_id IS NOT NULL GROUP BY 1, 2)
            SELECT hub_id AS hub, problem, sum(n) AS publishers, min(device)::uuid AS example FROM (
                SELECT hub_id, problem, n, device FROM troubled
                 UNION ALL
                SELECT e.hub_id, NULL, e.n - coalesce((SELECT sum(n) FROM troubled t WHERE t.hub_id = e.hub_id), 0),
                       (SELECT device_id::text FROM device_status s
                         WHERE s.hub_id = e.hub_id AND s.hub_due_at IS NOT NULL AND s.hub_problem IS NULL LIMIT 1)
                  FROM (SELECT hub_id, count(*) AS n FROM device_status
                         WHERE hub_due_at IS NOT NULL AND hub_id IS NOT NULL GROUP BY 1) e
                 UNION ALL
                SELECT hub_id, hub_problem, count(*), min(device_id::text) FROM former_hub
                 WHERE hub_due_at IS NOT NULL GROUP BY 1, 2) AS open
             WHERE n > 0 GROUP BY 1, 2 ORDER BY 1, 3 DESC\
            """)
        .query(Open.class)
        .list();
  }

  /**
   * How many publishers become due in that time, at hubs that can be told something in it.
   *
   * @param lists by which revocation lists they were changed; empty: any way
   */
  public long awaited(Collection<Short> hubs, Duration within, Collection<Integer> lists) {
    return jdbc.sql(
            """
            SELECT count(*) FROM hub_work w
              LEFT JOIN hub_standing h USING (hub_id)
             WHERE w.hub_id = ANY (:hubs::integer[]) AND w.due_at <= now() + :within * interval '1 millisecond'
               AND (h.trouble IS NULL OR h.trouble <> 'REFUSED')
               AND (h.paused_until IS NULL OR h.paused_until <= now() + :within * interval '1 millisecond')
               AND (:anyWay OR EXISTS (SELECT FROM device_status s
                                        WHERE s.device_id = w.device_id AND s.list_id = ANY (:lists::integer[])))\
            """)
        .param("hubs", hubs.stream().map(Short::intValue).toArray(Integer[]::new))
        .param("within", within.toMillis())
        .param("anyWay", lists.isEmpty())
        .param("lists", lists.toArray(Integer[]::new))
        .query(Long.class)
        .single();
  }

  private static String[] texts(Collection<Told> told, Function<Told, @Nullable String> text) {
    return told.stream().map(text).toArray(String[]::new);
  }
}
