package dev.muster.arrival;

import dev.muster.arrival.Answer.Verdict;
import dev.muster.database.TransactionLock;
import dev.muster.manifest.Updates;
import dev.muster.provisioning.ManifestTakenBack;
import dev.muster.run.RunWithdrawn;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Who works on which arrival. A claim belongs to an instance and ends with it. Whatever is recorded
 * about a claimed arrival is recorded only while the claim still stands, so one that was taken for
 * dead changes nothing.
 */
@Component
class Claims {

  private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

  static final String COLUMNS =
      """
      arrival_id, kind, source, source_id, factory, file_name, location, version, announced_sha256,
      announced_rows, signature, arrived_at, state, attempts, verdict, problem, told, outcome,
      factory_known, sender, sender_account, updates, large\
      """;

  /**
   * The next one, if there is one: of the factories that have something waiting, each found by one
   * look into the index, the first as {@link #take} says. Then its row, unless somebody else holds
   * it this instant. A claim of a buried instance is none. Lists of one factory are applied one
   * after the other: the last word counts.
   */
  private static final String CLAIM =
      """
      WITH RECURSIVE lane (weight, kind, large) AS (
          VALUES ('LIST', 'REVOCATIONS'::arrival_kind, false), ('MANIFEST', 'MANIFEST', false),
                 ('LARGE_MANIFEST', 'MANIFEST', true)),
      waits AS (
          SELECT l.kind, l.large, f.factory
            FROM lane l
           CROSS JOIN LATERAL (SELECT a.factory FROM arrival a
                                WHERE a.state IN ('WAITING', 'ANSWERING') AND (a.kind, a.large) = (l.kind, l.large)
                                ORDER BY a.factory LIMIT 1) f
           WHERE l.weight = ANY (:weights)
           UNION ALL
          SELECT w.kind, w.large, f.factory
            FROM waits w
           CROSS JOIN LATERAL (SELECT a.factory FROM arrival a
                                WHERE a.state IN ('WAITING', 'ANSWERING') AND (a.kind, a.large) = (w.kind, w.large)
                                  AND a.factory > w.factory
                                ORDER BY a.factory LIMIT 1) f),
      work AS (
          SELECT a.factory, count(*) AS files,
                 count(*) FILTER (WHERE a.kind = 'REVOCATIONS' AND a.state = 'WAITING') AS lists
            FROM arrival a JOIN instance i USING (instance_id)
           WHERE i.buried_at IS NULL
           GROUP BY a.factory),
      first AS (
          SELECT a.arrival_id,
                 row_number() OVER (ORDER BY w.kind DESC, coalesce(work.files, 0),
                                             (SELECT max(t.started_at) FROM arrival t WHERE t.factory = w.factory)
                                                 NULLS FIRST,
                                             a.due_at, a.arrival_id) AS place
            FROM waits w
            LEFT JOIN work ON work.factory = w.factory
           CROSS JOIN LATERAL (SELECT d.arrival_id, d.due_at FROM arrival d
                                WHERE d.state IN ('WAITING', 'ANSWERING') AND d.due_at <= now()
                                  AND (w.kind <> 'REVOCATIONS' OR d.state = 'ANSWERING' OR coalesce(work.lists, 0) = 0)
                                  AND (d.kind, d.large, d.factory) = (w.kind, w.large, w.factory)
                                  AND (d.instance_id IS NULL
                                       OR EXISTS (SELECT FROM instance i
                                                   WHERE i.instance_id = d.instance_id AND i.buried_at IS NOT NULL))
                                ORDER BY d.due_at, d.arrival_id LIMIT 1) a
           ORDER BY place LIMIT :several),
      next AS (
          SELECT a.arrival_id
            FROM first JOIN arrival a USING (arrival_id)
           ORDER BY first.place LIMIT 1 FOR UPDATE OF a SKIP LOCKED)
      UPDATE arrival SET instance_id = :instance, started_at = clock_timestamp()
       WHERE arrival_id = (SELECT arrival_id FROM next)
         AND EXISTS (SELECT FROM instance WHERE instance_id = :instance AND buried_at IS NULL)
      RETURNING %s\
      """
          .formatted(COLUMNS);

  /** So many may be held by somebody else at the same time. */
  private static final int SEVERAL = 5;

  /** A heartbeat must not wait longer. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final JdbcClient jdbc;
  private final JdbcOperations statements;
  private final TransactionOperations transaction;
  private final ApplicationEventPublisher events;

  Claims(
      JdbcClient jdbc,
      JdbcOperations statements,
      TransactionOperations transaction,
      ApplicationEventPublisher events) {
    this.jdbc = jdbc;
    this.statements = statements;
    this.transaction = transaction;
    this.events = events;
  }

  /**
   * An arrival that this instance works on.
   *
   * @param weight how long it may take
   * @param signature what came with it, in Base64
   * @param verdict what is to be answered; null while that is to be found out
   * @param outcome of its run, as JSON; null when it had none
   */
  record Claim(
      Arrival arrival,
      UUID instance,
      Weight weight,
      @Nullable String signature,
      @Nullable Verdict verdict,
      @Nullable Why why,
      @Nullable String outcome) {}

  /**
   * Claims what is next of all that is due: lists before manifests; then what is of the factory
   * with the fewest files at work, in all instances; of the one whose last turn is longest ago; the
   * oldest. One instance chooses at a time, or two would give both their places to one factory.
   *
   * @param heaviest what may be taken, and all that is lighter
   */
  Optional<Claim> take(UUID instance, Weight heaviest) {
    String[] weights =
        EnumSet.range(Weight.LIST, heaviest).stream().map(Weight::name).toArray(String[]::new);
    try {
      return Objects.requireNonNull(
          transaction.execute(
              status -> {
                statements.execute("SET LOCAL lock_timeout = " + PATIENCE.toMillis());
                TransactionLock.TURN.exclusive(statements);
                return jdbc.sql(CLAIM)
                    .param("weights", weights)
                    .param("several", SEVERAL)
                    .param("instance", instance)
                    .query((row, number) -> claim(row, instance))
                    .optional();
              }));
    } catch (PessimisticLockingFailureException e) {
      LOG.warn("arrival=none-claimed Another instance has been choosing for {}.", PATIENCE);
      return Optional.empty();
    }
  }

  /** By the database's clock, which wrote down when it came. */
  boolean isOlderThan(Arrival arrival, Duration age) {
    return jdbc.sql(
            "SELECT arrived_at < now() - make_interval(secs => ?) FROM arrival WHERE arrival_id ="
                + " ?")
        .params(age.toMillis() / 1e3, arrival.id())
        .query(Boolean.class)
        .single();
  }

  /** What is recorded of a claimed arrival by now; empty when the claim is gone. */
  Optional<Claim> asItStands(Claim claim) {
    return jdbc.sql(
            "SELECT %s FROM arrival WHERE arrival_id = ? AND instance_id = ?".formatted(COLUMNS))
        .params(claim.arrival().id(), claim.instance())
        .query((row, number) -> claim(row, claim.instance()))
        .optional();
  }

  /**
   * Records how it ended; what is left is to answer. Returns false when the claim is gone, or that
   * was recorded before: a verdict is not changed, for its answer may be out.
   */
  boolean judged(Claim claim, Verdict verdict, @Nullable Why why, @Nullable String outcome) {
    return jdbc.sql(
                """
                UPDATE arrival
                   SET state = 'ANSWERING', verdict = :verdict::arrival_state, problem = :here,
                       told = :told, outcome = :outcome::json, attempts = 0
                 WHERE arrival_id = :id AND instance_id = :instance AND state = 'WAITING'\
                """)
            .param("verdict", verdict.name())
            .param("here", here(why))
            .param("told", told(why))
            .param("outcome", outcome)
            .param("id", claim.arrival().id())
            .param("instance", claim.instance())
            .update()
        == 1;
  }

  @Transactional
  public boolean answered(Claim claim, ArrivalEnded ended) {
    boolean stands =
        jdbc.sql(
                    """
                    UPDATE arrival SET state = verdict, instance_id = NULL, ended_at = now(),
                           problem = CASE WHEN verdict = 'DONE' THEN NULL ELSE problem END,
                           told = CASE WHEN verdict = 'DONE' THEN NULL ELSE told END
                     WHERE arrival_id = ? AND instance_id = ? AND state = 'ANSWERING'\
                    """)
                .params(claim.arrival().id(), claim.instance())
                .update()
            == 1;
    if (stands) {
      if (ended.answer().verdict() != Verdict.FAILED) {
        jdbc.sql("DELETE FROM arrival_content WHERE arrival_id = ?")
            .param(claim.arrival().id())
            .update();
      }
      events.publishEvent(ended);
    }
    return stands;
  }

  /**
   * Takes up again what failed and has been done since, so that its sender hears of it: a manifest
   * that was provisioned, whoever sent it, and what the arrival's own run came to, once somebody
   * has restarted that.
   */
  void takeUpDone() {
    jdbc.sql(
            """
            UPDATE arrival a
               SET state = 'WAITING', verdict = NULL, attempts = 0, due_at = now(), ended_at = NULL
             WHERE a.state = 'FAILED'
               AND (EXISTS (SELECT FROM manifest m
                             WHERE a.kind = 'MANIFEST' AND m.factory = a.factory AND m.sha256 = a.outcome ->> 'sha256'
                               AND m.delivered_at IS NOT NULL)
                 OR EXISTS (SELECT FROM batch_job_execution_params p JOIN batch_job_execution e USING (job_execution_id)
                             WHERE p.parameter_name = 'arrival' AND p.parameter_value = a.arrival_id::text
                               AND e.status = 'COMPLETED'))\
            """)
        .update();
  }

  /**
   * What was taken back by an operator is not run again by itself, also when the instance that ran
   * it is gone, or is just about to. One that failed before says so instead of why that run failed:
   * nothing is left of it, and somebody decides whether it is run anew or given up.
   */
  @EventListener
  public void withdrawn(RunWithdrawn run) {
    jdbc.sql(
            """
            UPDATE arrival
               SET state = CASE state WHEN 'WAITING' THEN 'ANSWERING'::arrival_state ELSE state END,
                   verdict = 'FAILED', attempts = 0, instance_id = NULL,
                   due_at = CASE state WHEN 'WAITING' THEN now() ELSE due_at END,
                   problem = :said, told = :said
             WHERE arrival_id = :arrival AND state IN ('WAITING', 'FAILED')\
            """)
        .param(
            "said",
            "The operator withdrew its run (execution %d) and decides what becomes of it."
                .formatted(run.execution()))
        .param("arrival", run.arrival())
        .update();
  }

  /**
   * What its factory took back itself needs nobody any more; its sender is told so, also when it
   * was not told yet why it had failed.
   */
  @EventListener
  public void takenBack(ManifestTakenBack manifest) {
    jdbc.sql(
            """
            UPDATE arrival
               SET state = 'ANSWERING', verdict = 'REFUSED', attempts = 0, instance_id = NULL, due_at = now(),
                   problem = :said, told = :said
             WHERE arrival_id = :arrival AND (state = 'FAILED' OR (state = 'ANSWERING' AND verdict = 'FAILED'))\
            """)
        .param(
            "said",
            "Its factory withdrew it; nothing of it was provisioned. Send it again when it is"
                + " corrected.")
        .param("arrival", manifest.arrival())
        .update();
  }

  /** Lets go of it for a while, after an attempt that failed for a passing reason. */
  void retryLater(Claim claim, Duration delay, Why why) {
    letGo(claim, delay, 1, why);
  }

  /** Lets go of it for a while; nothing has failed. For no time, it keeps its place. */
  void release(Claim claim, Duration delay) {
    letGo(claim, delay, 0, claim.why());
  }

  /** Lets go of it for a while: somebody must do something first. */
  void waitFor(Claim claim, Duration delay, Why why) {
    letGo(claim, delay, 0, why);
  }

  private void letGo(Claim claim, Duration delay, int failedAttempts, @Nullable Why why) {
    jdbc.sql(
            """
            UPDATE arrival
               SET instance_id = NULL, attempts = attempts + :failed, problem = :here, told = :told,
                   due_at = CASE WHEN :delay > 0 THEN now() + make_interval(secs => :delay) ELSE due_at END
             WHERE arrival_id = :id AND instance_id = :instance\
            """)
        .param("failed", failedAttempts)
        .param("here", here(why))
        .param("told", told(why))
        .param("delay", delay.toMillis() / 1e3)
        .param("id", claim.arrival().id())
        .param("instance", claim.instance())
        .update();
  }

  private static Claim claim(ResultSet row, UUID instance) throws SQLException {
    String verdict = row.getString("verdict");
    boolean answering = row.getString("state").equals("ANSWERING");
    return new Claim(
        arrival(row),
        instance,
        Weight.of(ArrivalKind.valueOf(row.getString("kind")), row.getBoolean("large")),
        row.getString("signature"),
        answering ? Verdict.valueOf(verdict) : null,
        why(row),
        row.getString("outcome"));
  }

  private static @Nullable Why why(ResultSet row) throws SQLException {
    String here = row.getString("problem");
    return here == null ? null : new Why(here, row.getString("told"));
  }

  private static @Nullable String here(@Nullable Why why) {
    return why == null ? null : why.here();
  }

  private static @Nullable String told(@Nullable Why why) {
    return why == null ? null : why.told();
  }

  static Arrival arrival(ResultSet row) throws SQLException {
    long rows = row.getLong("announced_rows");
    Long announcedRows = row.wasNull() ? null : rows;
    String updates = row.getString("updates");
    String sender = row.getString("sender_account");
    return new Arrival(
        row.getLong("arrival_id"),
        ArrivalKind.valueOf(row.getString("kind")),
        row.getString("source"),
        row.getString("source_id"),
        row.getString("factory"),
        row.getString("file_name"),
        URI.create(row.getString("location")),
        row.getString("version"),
        row.getString("announced_sha256"),
        announcedRows,
        row.getTimestamp("arrived_at").toInstant(),
        row.getInt("attempts"),
        row.getBoolean("factory_known"),
        sender == null ? null : new Sender(row.getString("sender"), sender),
        updates == null ? null : Updates.valueOf(updates));
  }
}
