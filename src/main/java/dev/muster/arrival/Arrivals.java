package dev.muster.arrival;

import dev.muster.access.Audited;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What an operator sees of the inbox, and can do about it. */
@Guarded
@Component
public class Arrivals {

  /**
   * One arrival.
   *
   * @param state {@code WAITING}, {@code RUNNING}, {@code ANSWERING}, {@code DONE}, {@code REFUSED}
   *     or {@code FAILED}
   * @param attempts how often it failed for a passing reason since it last got on
   * @param dueAt when it is tried next; null when it is not waiting
   * @param execution the run that decided it; null when there is none
   */
  public record Shown(
      long arrival,
      String source,
      String factory,
      String manifest,
      String state,
      Instant arrivedAt,
      @Nullable Instant endedAt,
      int attempts,
      @Nullable Instant dueAt,
      @Nullable Long execution,
      @Nullable String problem) {}

  private static final String SELECT =
      """
      SELECT arrival_id, source, factory, file_name, arrived_at, ended_at, attempts, problem,
             (outcome ->> 'execution')::bigint AS execution,
             CASE WHEN state = 'WAITING' AND claimed              THEN 'RUNNING'
                  WHEN state = 'WAITING' AND due_at = 'infinity' THEN 'NIGHTLY'
                  ELSE state::text END AS state,
             CASE WHEN state IN ('WAITING', 'ANSWERING') AND NOT claimed AND due_at < 'infinity'
                  THEN due_at END AS due_at
        FROM (SELECT a.*, i.instance_id IS NOT NULL AS claimed
                FROM arrival a
                LEFT JOIN instance i ON i.instance_id = a.instance_id AND i.buried_at IS NULL) AS seen
       WHERE %s
       ORDER BY arrival_id DESC LIMIT :limit\
      """;

  private final JdbcClient jdbc;

  Arrivals(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** The latest arrivals, newest first. */
  @Requires(Permission.ARRIVAL_READ)
  public List<Shown> latest(int limit) {
    return list("true OR arrival_id = :id", 0, limit);
  }

  /** The arrivals that need an operator, newest first. */
  @Requires(Permission.ARRIVAL_READ)
  public List<Shown> failed(int limit) {
    return list("state = 'FAILED' OR arrival_id = :id", 0, limit);
  }

  @Requires(Permission.ARRIVAL_READ)
  public Optional<Shown> find(long id) {
    return list("arrival_id = :id", id, 1).stream().findFirst();
  }

  /**
   * Tries one again at once: one that failed or was refused from its start, one that waits without
   * waiting any longer.
   *
   * @return whether it could be; if not, it is done, or under way
   */
  @Requires(value = Permission.ARRIVAL_DECIDE, audit = "arrival.retry")
  public boolean retry(@Audited("arrival") long id) {
    return jdbc.sql(
                """
                UPDATE arrival
                   SET state = CASE WHEN state = 'ANSWERING' THEN state ELSE 'WAITING' END,
                       verdict = CASE WHEN state = 'ANSWERING' THEN verdict END,
                       attempts = 0, due_at = now(), ended_at = NULL
                 WHERE arrival_id = ? AND state IN ('WAITING', 'ANSWERING', 'FAILED', 'REFUSED')
                   AND instance_id IS NULL\
                """)
            .param(id)
            .update()
        == 1;
  }

  /**
   * Gives one up that failed: from now on it is refused, and its sender is told so.
   *
   * @param reason why; the sender reads it
   * @return whether it could be; only a failed one can
   */
  @Requires(value = Permission.ARRIVAL_DECIDE, audit = "arrival.dismiss")
  public boolean dismiss(@Audited("arrival") long id, @Audited("reason") String reason) {
    return jdbc.sql(
                """
                UPDATE arrival
                   SET state = 'ANSWERING', verdict = 'REFUSED', attempts = 0, due_at = now(),
                       problem = concat_ws(' ', problem, 'Given up by the operator: ' || ?)
                 WHERE arrival_id = ? AND state = 'FAILED'\
                """)
            .params(reason, id)
            .update()
        == 1;
  }

  /** A message that could never become an arrival. */
  public record Unusable(String source, String sourceId, Instant receivedAt, String problem) {}

  /** The latest messages that could never become an arrival, newest first. */
  @Requires(Permission.ARRIVAL_READ)
  public List<Unusable> unusable(int limit) {
    return jdbc.sql(
            """
            SELECT source, source_id, received_at, problem
              FROM unusable_message ORDER BY received_at DESC LIMIT ?\
            """)
        .param(limit)
        .query(
            (row, number) ->
                new Unusable(
                    row.getString(1),
                    row.getString(2),
                    row.getTimestamp(3).toInstant(),
                    row.getString(4)))
        .list();
  }

  private List<Shown> list(String where, long id, int limit) {
    return jdbc.sql(SELECT.formatted(where))
        .param("id", id)
        .param("limit", limit)
        .query(
            (row, number) -> {
              long execution = row.getLong("execution");
              boolean ran = !row.wasNull();
              return new Shown(
                  row.getLong("arrival_id"),
                  row.getString("source"),
                  row.getString("factory"),
                  row.getString("file_name"),
                  row.getString("state"),
                  row.getTimestamp("arrived_at").toInstant(),
                  instant(row.getTimestamp("ended_at")),
                  row.getInt("attempts"),
                  instant(row.getTimestamp("due_at")),
                  ran ? execution : null,
                  row.getString("problem"));
            })
        .list();
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }
}
