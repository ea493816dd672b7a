package dev.muster.arrival;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.export.Export;
import dev.muster.export.Period;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** What an operator sees of the inbox, and can do about it. */
@Guarded
@Component
public class Arrivals {

  /**
   * One arrival.
   *
   * @param state {@code WAITING}, {@code RUNNING}, {@code NIGHTLY}, {@code ANSWERING}, {@code
   *     DONE}, {@code REFUSED}, {@code FAILED} or {@code HELD}, a list that waits for a second
   *     person
   * @param attempts how often it failed for a passing reason since it last got on
   * @param dueAt when it is tried next; null when it is not waiting
   * @param execution the last one of the run that decided it, or that is under way; null when there
   *     is none
   * @param problem why it waits, failed or was refused; a factory's account is told what its sender
   *     is
   * @param sender the account that sent it; null when its source knows none
   * @param location where its content lies, or lay; a factory's account is told no folder of this
   *     machine
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
      @Nullable String problem,
      ArrivalKind kind,
      @Nullable String sender,
      String location) {

    @JsonIgnore
    public boolean retryable() {
      return !state.equals("DONE") && !state.equals("RUNNING");
    }

    @JsonIgnore
    public boolean dismissible() {
      return state.equals("FAILED")
          || state.equals("HELD")
          || (state.equals("WAITING") && problem != null);
    }
  }

  /** How they stand, as in {@link Shown}; each found through its index, so that what is rare is. */
  public enum State {
    /** All that wait or are under way. */
    OPEN("state IN ('WAITING', 'ANSWERING')"),
    WAITING("state = 'WAITING' AND NOT claimed AND due_at < 'infinity'"),
    NIGHTLY("state = 'WAITING' AND NOT claimed AND due_at = 'infinity'"),
    RUNNING("state = 'WAITING' AND claimed"),
    ANSWERING("state = 'ANSWERING'"),
    DONE("state = 'DONE'"),
    REFUSED("state = 'REFUSED'"),
    FAILED("state = 'FAILED'"),
    HELD("state = 'FAILED' AND outcome ->> 'status' = 'HELD'");

    private final String condition;

    State(String condition) {
      this.condition = condition;
    }
  }

  /**
   * Which arrivals; null or empty: any.
   *
   * @param text part of the file's name, or the arrival's number
   */
  public record Filter(
      @Nullable State state,
      @Nullable String factory,
      @Nullable String source,
      @Nullable String text,
      Period arrived) {

    public static final Filter ALL = new Filter(null, null, null, null, Period.EVER);
  }

  /** Nobody is at it: a claim of a buried instance is none. */
  private static final String UNCLAIMED =
      """
      (instance_id IS NULL
           OR EXISTS (SELECT FROM instance i
                       WHERE i.instance_id = arrival.instance_id AND i.buried_at IS NOT NULL))\
      """;

  private static final String SELECT =
      """
      SELECT arrival_id, source, factory, file_name, arrived_at, ended_at, attempts, problem, told, kind, sender, location,
             (SELECT max(l.job_execution_id)
                FROM batch_job_execution e JOIN batch_job_execution l USING (job_instance_id)
               WHERE e.job_execution_id = coalesce(
                       (outcome ->> 'execution')::bigint,
                       (SELECT max(p.job_execution_id) FROM batch_job_execution_params p
                         WHERE p.parameter_name = 'arrival' AND p.parameter_value = seen.arrival_id::text)))
               AS execution,
             CASE WHEN state = 'WAITING' AND claimed              THEN 'RUNNING'
                  WHEN state = 'WAITING' AND due_at = 'infinity' THEN 'NIGHTLY'
                  WHEN state = 'FAILED' AND outcome ->> 'status' = 'HELD' THEN 'HELD'
                  ELSE state::text END AS state,
             CASE WHEN state IN ('WAITING', 'ANSWERING') AND NOT claimed AND due_at < 'infinity'
                  THEN due_at END AS due_at
        FROM (SELECT a.*, i.instance_id IS NOT NULL AS claimed
                FROM arrival a
                LEFT JOIN instance i ON i.instance_id = a.instance_id AND i.buried_at IS NULL) AS seen
       WHERE (:mine::text IS NULL OR factory = :mine::text) AND (%s)
       ORDER BY arrival_id DESC LIMIT :limit\
      """;

  private final JdbcClient jdbc;
  private final List<Source> sources;

  Arrivals(JdbcClient jdbc, List<Source> sources) {
    this.jdbc = jdbc;
    this.sources = sources;
  }

  /** The names of what brings arrivals here. */
  @Requires(Permission.ARRIVAL_READ)
  public List<String> sources() {
    return sources.stream().map(Source::name).sorted().toList();
  }

  @Requires(Permission.ARRIVAL_READ)
  public Optional<Shown> find(long id) {
    return list("arrival_id = :id", Map.of("id", id), 1).stream().findFirst();
  }

  /**
   * Arrivals, newest first; a factory's account sees its own.
   *
   * @param before only those with a smaller number; null: from the newest
   */
  @Requires(Permission.ARRIVAL_READ)
  public List<Shown> page(Filter filter, @Nullable Long before, int limit) {
    List<String> where = new ArrayList<>();
    Map<String, Object> parameters = new HashMap<>();
    where.add("true");
    if (before != null) {
      where.add("arrival_id < :before");
      parameters.put("before", before);
    }
    if (filter.state() != null) {
      where.add(filter.state().condition);
    }
    if (!given(filter.factory()).isEmpty()) {
      where.add("factory = :factory");
      parameters.put("factory", given(filter.factory()));
    }
    if (!given(filter.source()).isEmpty()) {
      where.add("source = :source");
      parameters.put("source", given(filter.source()));
    }
    if (!given(filter.text()).isEmpty()) {
      where.add("(strpos(lower(file_name), lower(:text)) > 0 OR arrival_id::text = :text)");
      parameters.put("text", given(filter.text()));
    }
    filter.arrived().limit("arrived_at", where, parameters);
    return list(String.join(" AND ", where), parameters, limit);
  }

  /** All arrivals that are meant, to take away. */
  @Requires(Permission.ARRIVAL_READ)
  public Export<Shown, Long> all(Filter filter) {
    return Export.of(Shown.class, (before, limit) -> page(filter, before, limit), Shown::arrival);
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
                 WHERE arrival_id = :id AND state IN ('WAITING', 'ANSWERING', 'FAILED', 'REFUSED')
                   AND %s
                   AND (:mine::text IS NULL OR factory = :mine::text)\
                """
                    .formatted(UNCLAIMED))
            .param("id", id)
            .param("mine", Callers.factory(Permission.ARRIVAL_DECIDE))
            .update()
        == 1;
  }

  /**
   * Gives one up that failed, or that waits for something that does not come: from now on it is
   * refused, and its sender is told so.
   *
   * @param reason why; the sender reads it
   * @return whether it could be; only one that failed, or waits and has a problem, can
   * @throws RefusedException when a second person has approved its list
   */
  @Transactional
  @Requires(value = Permission.ARRIVAL_DECIDE, audit = "arrival.dismiss")
  public boolean dismiss(@Audited("arrival") long id, @Audited("reason") String reason) {
    // In a statement before: who approves its list at this moment is waited for, and seen.
    jdbc.sql("SELECT FROM arrival WHERE arrival_id = ? FOR UPDATE").param(id).query().listOfRows();
    boolean approved =
        jdbc.sql(
                """
                SELECT EXISTS (SELECT FROM revocation_list l JOIN arrival a USING (arrival_id)
                                WHERE a.arrival_id = :id AND l.approved_at IS NOT NULL AND l.applied_at IS NULL
                                  AND l.given_up_at IS NULL AND a.state IN ('FAILED', 'WAITING')
                                  AND (:mine::text IS NULL OR a.factory = :mine::text))\
                """)
            .param("id", id)
            .param("mine", Callers.factory(Permission.ARRIVAL_DECIDE))
            .query(Boolean.class)
            .single();
    if (approved) {
      throw new RefusedException(
          "A second person has approved the list of arrival %d. Apply it further, or abandon its run; then the arrival can be given up."
              .formatted(id));
    }
    return jdbc.sql(
                """
                UPDATE arrival
                   SET state = 'ANSWERING', verdict = 'REFUSED', attempts = 0, due_at = now(),
                       problem = concat_ws(' ', problem, 'Given up by the operator: ' || :reason),
                       told = concat_ws(' ', CASE WHEN told = problem THEN told END, 'Given up by the operator: ' || :reason)
                 WHERE arrival_id = :id
                   AND (state = 'FAILED' OR (state = 'WAITING' AND problem IS NOT NULL))
                   AND %s
                   AND (:mine::text IS NULL OR factory = :mine::text)\
                """
                    .formatted(UNCLAIMED))
            .param("reason", reason)
            .param("id", id)
            .param("mine", Callers.factory(Permission.ARRIVAL_DECIDE))
            .update()
        == 1;
  }

  public record Unusable(String source, String sourceId, Instant receivedAt, String problem) {}

  /**
   * The latest messages that could never become an arrival, newest first. Nobody knows whose they
   * are, so a factory's account sees none.
   */
  @Requires(Permission.ARRIVAL_READ)
  public List<Unusable> unusable(int limit) {
    if (Callers.factory(Permission.ARRIVAL_READ) != null) {
      return List.of();
    }
    return jdbc.sql(
            """
            SELECT source, source_id, received_at, problem
              FROM unusable_message ORDER BY received_at DESC LIMIT ?\
            """)
        .param(limit)
        .query(Unusable.class)
        .list();
  }

  /**
   * Something that lies where manifests or lists are put down, and that its source does not take.
   *
   * @param place the folder in which it lies, as its sender knows it
   * @param factory whose folder that is; null when it is nobody's
   */
  public record UntakenFile(
      String source,
      String place,
      String name,
      @Nullable String factory,
      String why,
      String advice,
      Instant firstSeenAt,
      Instant lastSeenAt) {}

  /** What no source takes, the latest first; a factory's account sees what lies in its folders. */
  @Requires(Permission.ARRIVAL_READ)
  public List<UntakenFile> untaken(int limit) {
    return jdbc.sql(
            """
            SELECT source, place, name, factory, why, advice, first_seen_at, last_seen_at
              FROM untaken_file
             WHERE (:mine::text IS NULL OR factory = :mine::text)
             ORDER BY first_seen_at DESC, source, place, name LIMIT :limit\
            """)
        .param("mine", Callers.factory(Permission.ARRIVAL_READ))
        .param("limit", limit)
        .query(UntakenFile.class)
        .list();
  }

  private List<Shown> list(String where, Map<String, ?> parameters, int limit) {
    String mine = Callers.factory(Permission.ARRIVAL_READ);
    return jdbc.sql(SELECT.formatted(where))
        .param("mine", mine)
        .params(parameters)
        .param("limit", limit)
        .query(
            (row, number) -> {
              long execution = row.getLong("execution");
              boolean ran = !row.wasNull();
              String location = row.getString("location");
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
                  row.getString(mine == null ? "problem" : "told"),
                  ArrivalKind.valueOf(row.getString("kind")),
                  row.getString("sender"),
                  mine == null ? location : location.replaceFirst("^file:.*/", ""));
            })
        .list();
  }

  private static String given(@Nullable String text) {
    return text == null ? "" : text.strip();
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }
}
