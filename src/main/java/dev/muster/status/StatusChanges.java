package dev.muster.status;

import dev.muster.database.CopyStream;
import dev.muster.database.TransactionLock;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Takes devices out of service and brings them back. One device or a million, it is one statement
 * over a temporary table, inside the caller's transaction; in it the device's state, its history
 * and the work for its hub change together.
 */
@Component
public class StatusChanges {

  private static final String TEMPORARY_TABLE =
      """
      CREATE TEMPORARY TABLE IF NOT EXISTS status_entry
          (device_id uuid, line integer, action smallint, reason text, behind boolean, derived boolean DEFAULT false) ON COMMIT DELETE ROWS;
      CREATE TEMPORARY TABLE IF NOT EXISTS status_refused (line integer, device_id uuid, verdict text) ON COMMIT DELETE ROWS\
      """;

  /**
   * A chunk is joined and sorted in memory: with the server's 4 MB it goes to files, and 250,000
   * entries take half as long again.
   */
  private static final String ROOM = "SET LOCAL work_mem = '64MB'";

  private static final String COPY =
      "COPY status_entry (" + StatusEntries.COLUMNS + ") FROM STDIN (FORMAT binary)";

  /** What is said of a gateway with all that stands behind it goes for each device there. */
  private static final String ADD_DEVICES_BEHIND =
      """
      INSERT INTO status_entry (device_id, line, action, reason, derived)
      SELECT DISTINCT ON (d.device_id) d.device_id, e.line, e.action,
             concat_ws(': ', 'behind gateway ' || e.device_id, e.reason), true
        FROM status_entry e
        JOIN device d ON d.gateway_id = e.device_id
       WHERE e.behind AND NOT EXISTS (SELECT FROM status_entry named WHERE named.device_id = d.device_id)
       ORDER BY d.device_id, e.line\
      """;

  /** As {@code status_entry}, of entries whose time has not come. Only who foresees has any. */
  private static final String TEMPORARY_LATER =
      """
      CREATE TEMPORARY TABLE IF NOT EXISTS status_later
          (device_id uuid, line integer, action smallint, reason text, behind boolean) ON COMMIT DELETE ROWS;
      TRUNCATE status_later\
      """;

  private static final String COPY_LATER =
      "COPY status_later (" + StatusEntries.COLUMNS + ") FROM STDIN (FORMAT binary)";

  /** Each device once, and none that is counted for an entry which says the same of itself. */
  private static final String LATER_BEHIND =
      """
      SELECT e.action IN (0, 1) AS out, count(DISTINCT d.device_id) AS devices
        FROM status_later e
        JOIN device d ON d.gateway_id = e.device_id
        JOIN manifest m ON m.manifest_id = d.manifest_id
       WHERE e.behind AND (:factory::text IS NULL OR m.factory = :factory::text)
         AND NOT EXISTS (SELECT FROM status_later n
                          WHERE n.device_id = d.device_id AND (n.action IN (0, 1)) = (e.action IN (0, 1)))
         AND NOT EXISTS (SELECT FROM status_entry n
                          WHERE n.device_id = d.device_id AND (n.action IN (0, 1)) = (e.action IN (0, 1)))
       GROUP BY 1\
      """;

  /**
   * Actions by their {@linkplain StatusAction#number() number}. Whoever brings a device back must
   * be who took it out of service, or be nobody's list: a person who may do that, see {@code
   * by_factory}.
   *
   * <p>A device that goes out of service keeps the expiry of the token that it has: what its
   * manifest says from then on was said to others.
   */
  private static final String JUDGED =
      """
      WITH judged AS MATERIALIZED (
          SELECT e.device_id, e.line, e.action, coalesce(e.reason, '') AS reason,
                 e.derived, d.hub_id, d.manifest_id, s.device_id IS NOT NULL AS has_status, s.state AS had, s.by_factory,
                 :factory::text IS NULL OR m.factory = :factory::text AS own,
                 coalesce(s.state,
                          CASE WHEN d.device_id IS NULL THEN NULL
                               WHEN own.token_expires_at = 'epoch' THEN 'REGISTERED'
                               ELSE 'PROVISIONED' END::device_state) AS was,
                 CASE WHEN own.token_expires_at = 'epoch' THEN 'REGISTERED'
                      ELSE 'PROVISIONED' END::device_state AS otherwise,
                 CASE WHEN d.device_id IS NULL THEN s.token_expires_at ELSE own.token_expires_at END AS token_expires_at,
                 CASE WHEN e.derived
                       AND (s.list_id = :once::integer OR m.factory <> :factory::text
                            OR s.state = 'RETIRED'
                            OR s.state = 'REVOKED' AND e.action IN (1, 2) OR s.state = 'DISABLED' AND e.action = 3
                            OR e.action IN (2, 3) AND s.state IS NOT NULL AND :by::text IS NOT NULL
                               AND s.by_factory IS DISTINCT FROM :by::text)
                                                                                   THEN 'UNCHANGED'
                      WHEN e.nth > 1 OR s.list_id = :once::integer                THEN 'DUPLICATE_IN_LIST'
                      WHEN m.factory <> :factory::text                             THEN 'NOT_YOUR_DEVICE'
                      WHEN s.state = 'RETIRED'
                      THEN CASE WHEN e.action IN (2, 3) THEN 'RETIRED_DEVICE' ELSE 'UNCHANGED' END
                      WHEN s.state = 'REVOKED' AND e.action IN (1, 2)              THEN 'REVOKED_DEVICE'
                      WHEN s.state = 'DISABLED' AND e.action = 3                   THEN 'DISABLED_DEVICE'
                      WHEN e.action IN (2, 3) AND s.state IS NOT NULL AND :by::text IS NOT NULL
                           AND s.by_factory IS DISTINCT FROM :by::text             THEN 'NOT_YOURS_TO_UNDO'
                      WHEN s.state IS NOT DISTINCT FROM
                           CASE e.action WHEN 0 THEN 'REVOKED' WHEN 1 THEN 'DISABLED' WHEN 4 THEN 'RETIRED' END::device_state
                                                                                   THEN 'UNCHANGED'
                      WHEN d.device_id IS NULL                                     THEN 'KEPT_UNKNOWN'
                      ELSE                                                              'CHANGED' END AS verdict
            FROM (SELECT *, row_number() OVER (PARTITION BY device_id ORDER BY line) AS nth FROM status_entry) e
            LEFT JOIN device d USING (device_id)
            LEFT JOIN device_status s USING (device_id)
            LEFT JOIN manifest m ON m.manifest_id = d.manifest_id
           CROSS JOIN LATERAL (
               SELECT coalesce(s.token_expires_at,
                               CASE WHEN m.delivered_at IS NULL THEN 'epoch' ELSE m.tokens_expire_at END)) AS own (token_expires_at)
           ORDER BY e.device_id),
      """;

  private static final String APPLY =
      JUDGED
          + """
          change AS (
              SELECT *, CASE action WHEN 0 THEN 'REVOKED' WHEN 1 THEN 'DISABLED' WHEN 4 THEN 'RETIRED' END::device_state AS state,
                     CASE WHEN action IN (0, 1) AND (had IS NULL OR by_factory = :by::text) THEN :by::text END AS word_of
                FROM judged WHERE verdict IN ('CHANGED', 'KEPT_UNKNOWN')),
          added AS (
              INSERT INTO device_status AS s
                     (device_id, state, changed_at, list_id, line, hub_id, token_expires_at, hub_due_at, by_factory)
              SELECT device_id, state, :now::timestamptz, :list::integer, line, hub_id, token_expires_at,
                     CASE WHEN hub_id IS NOT NULL THEN now() END, word_of
                FROM change WHERE NOT has_status
                  %s),
          updated AS (
              UPDATE device_status s
                 SET state = c.state, changed_at = :now::timestamptz, list_id = :list::integer, line = c.line, hub_id = c.hub_id,
                     token_expires_at = coalesce(s.token_expires_at, c.token_expires_at), hub_attempts = 0, hub_problem = NULL,
                     hub_due_at = CASE WHEN c.hub_id IS NOT NULL THEN now() END, by_factory = c.word_of,
                     said_again = s.said_again AND c.state IS NOT NULL AND s.list_id IS NOT DISTINCT FROM :list::integer
                FROM change c WHERE c.has_status AND s.device_id = c.device_id),
          shared AS (
              UPDATE device_status s
                 SET said_again = true,
                     by_factory = CASE WHEN s.by_factory = :by::text THEN s.by_factory END
                FROM judged j
               WHERE j.verdict = 'UNCHANGED' AND j.own IS NOT FALSE AND j.action IN (0, 1)
                 AND (NOT s.said_again OR j.by_factory <> coalesce(:by::text, ''))
                 AND s.list_id IS DISTINCT FROM :list::integer AND s.device_id = j.device_id),
          %s
          withheld AS (
              INSERT INTO token_withheld (manifest_id)
              SELECT DISTINCT manifest_id FROM change WHERE hub_id IS NOT NULL AND token_expires_at = 'epoch'
              ON CONFLICT DO NOTHING),
          remembered AS (
              INSERT INTO device_change (device_id, action, was, becomes, reason, actor, list_id, line, changed_at)
              SELECT device_id, (:words::text[])[action + 1], was,
                     coalesce(state, CASE WHEN hub_id IS NOT NULL THEN otherwise END), reason, :actor, :list::integer, line, :now::timestamptz
                FROM change),
          refused AS (
              INSERT INTO status_refused (line, device_id, verdict)
              SELECT line, device_id, verdict
                FROM judged WHERE :list::integer IS NOT NULL AND verdict NOT IN ('CHANGED', 'KEPT_UNKNOWN', 'UNCHANGED'))
          SELECT action, verdict, count(*) FROM judged GROUP BY 1, 2\
          """;

  /** Changes nothing. Entries that would be refused go where those of {@link #APPLY} do. */
  private static final String FORESEE =
      JUDGED
          + """
          refused AS (
              INSERT INTO status_refused (line, device_id, verdict)
              SELECT line, device_id, verdict FROM judged WHERE verdict NOT IN ('CHANGED', 'KEPT_UNKNOWN', 'UNCHANGED')),
          gone AS MATERIALIZED (SELECT device_id FROM judged WHERE verdict = 'CHANGED' AND action IN (0, 1)),
          behind AS (
              SELECT count(*) AS devices
                FROM gone g
                JOIN device d ON d.gateway_id = g.device_id
                JOIN manifest m ON m.manifest_id = d.manifest_id
                LEFT JOIN device_status s ON s.device_id = d.device_id
               WHERE s.state IS NULL AND (:by::text IS NULL OR m.factory = :by::text)
                 AND NOT EXISTS (SELECT FROM gone WHERE gone.device_id = d.device_id))
          SELECT action, verdict, derived, count(*) FROM judged GROUP BY 1, 2, 3
          UNION ALL
          SELECT 0, NULL, true, devices FROM behind\
          """;

  /** Another transaction, which gave a device its next token, may have added its row meanwhile. */
  private static final String ADDED_MEANWHILE =
      """
      ON CONFLICT (device_id) DO UPDATE
                 SET (state, changed_at, list_id, line, hub_due_at, by_factory, said_again)
                   = (excluded.state, excluded.changed_at, excluded.list_id, excluded.line, excluded.hub_due_at, excluded.by_factory,
                      false)\
      """;

  /**
   * From so many entries on, it is tried without looking for what was added meanwhile, which is a
   * tenth of the time. Hardly ever was anything; then the statement is done again.
   */
  private static final int MANY = 100;

  /** Where a device was before, it goes out of service too. */
  private static final String AT_FORMER_HUBS =
      """
      formerly AS (
          UPDATE former_hub f SET hub_due_at = now(), hub_attempts = 0, hub_problem = NULL
            FROM change c WHERE f.device_id = c.device_id AND f.closed_at IS NULL),
      """;

  /** Nearly always there is none, and a chunk does not look for each of its devices. */
  private static final String ANY_FORMER_HUB = "SELECT EXISTS (SELECT FROM former_hub)";

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  StatusChanges(JdbcTemplate jdbcTemplate, ApplicationEventPublisher events, Clock clock) {
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
    this.events = events;
    this.clock = clock;
  }

  /**
   * On whose word devices change.
   *
   * @param actor who says so, for the history
   * @param list the revocation list that says so; null when a person does
   * @param factory whose devices only may change; null for any
   * @param by the factory whose list it is, which brings back only what lists of its own took out
   *     of service; null: somebody who may undo what others did
   */
  public record Authority(
      String actor, @Nullable Integer list, @Nullable String factory, @Nullable String by) {

    /** A person, or a list of nobody's factory: any device, whoever took it out of service. */
    public static Authority over(String actor, @Nullable Integer list) {
      return new Authority(actor, list, null, null);
    }
  }

  /** Changes one device. */
  @Transactional
  public StatusVerdict change(UUID device, StatusAction action, String reason, String actor) {
    StatusEntries entries = new StatusEntries();
    entries.add(
        device.getMostSignificantBits(),
        device.getLeastSignificantBits(),
        0,
        action,
        reason,
        false);
    return apply(entries, Authority.over(actor, null), false).keySet().iterator().next().verdict();
  }

  /**
   * Makes the ids of retired devices free, in the transaction that is under way, which takes the
   * devices out of the registry: no hub and no list keeps them out any more, and nothing is left of
   * the tokens that they had.
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void free(List<UUID> devices, String actor) {
    TransactionLock.DEVICE_STATUS.exclusive(jdbcTemplate);
    int freed =
        jdbc.sql(
                """
                WITH freed AS (
                    UPDATE device_status
                       SET state = NULL, changed_at = :now, list_id = NULL, line = NULL, by_factory = NULL, said_again = false,
                           hub_due_at = CASE WHEN hub_id IS NOT NULL THEN now() END, hub_attempts = 0, hub_problem = NULL,
                           token_expires_at = NULL, token_bundle = NULL, exchanged_at = NULL, keys_at = NULL, held_expires_at = NULL, issued_until = NULL
                     WHERE device_id = ANY (:devices::uuid[]) AND state = 'RETIRED'
                    RETURNING device_id)
                INSERT INTO device_change (device_id, action, was, becomes, reason, actor, changed_at)
                SELECT device_id, 'free', 'RETIRED', NULL, '', :actor, :now FROM freed ORDER BY device_id\
                """)
            .param("devices", devices.stream().map(UUID::toString).toArray(String[]::new))
            .param("actor", actor)
            .param("now", Timestamp.from(clock.instant()))
            .update();
    if (freed > 0) {
      events.publishEvent(new StatusChanged(freed));
    }
  }

  /**
   * Applies entries in the transaction that is under way. Those of a list that were refused stand
   * in the temporary table {@code status_refused} (line, device_id, verdict) until the next call.
   *
   * @param once whether a device that this list has changed before is a duplicate
   * @return how many entries came to which verdict
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public Map<Outcome, Long> apply(StatusEntries entries, Authority authority, boolean once) {
    onConnection(
        connection -> {
          TransactionLock.DEVICE_STATUS.exclusive(connection);
          begin(connection);
          CopyStream.copy(connection, COPY, entries.rows());
          if (entries.anyBehind()) {
            addDevicesBehind(connection);
          }
        });
    boolean moved = jdbc.sql(ANY_FORMER_HUB).query(Boolean.class).single();
    String formerHubs = moved ? AT_FORMER_HUBS : "";
    Map<Outcome, Long> outcomes =
        entries.size() < MANY
            ? apply(APPLY.formatted(ADDED_MEANWHILE, formerHubs), authority, once)
            : applyMany(formerHubs, authority, once);
    long changed =
        outcomes.entrySet().stream()
            .filter(outcome -> outcome.getKey().verdict().changed())
            .mapToLong(Map.Entry::getValue)
            .sum();
    if (changed > 0) {
      events.publishEvent(new StatusChanged(changed));
    }
    return outcomes;
  }

  private Map<Outcome, Long> applyMany(String formerHubs, Authority authority, boolean once) {
    Savepoint[] untouched = new Savepoint[1];
    onConnection(connection -> untouched[0] = connection.setSavepoint());
    try {
      Map<Outcome, Long> outcomes = apply(APPLY.formatted("", formerHubs), authority, once);
      onConnection(connection -> connection.releaseSavepoint(untouched[0]));
      return outcomes;
    } catch (DuplicateKeyException e) {
      onConnection(connection -> connection.rollback(untouched[0]));
      return apply(APPLY.formatted(ADDED_MEANWHILE, formerHubs), authority, once);
    }
  }

  private Map<Outcome, Long> apply(String sql, Authority authority, boolean once) {
    Map<Outcome, Long> outcomes = new HashMap<>();
    jdbc.sql(sql)
        .param("list", authority.list())
        .param("once", once ? authority.list() : null)
        .param("factory", authority.factory())
        .param("by", authority.by())
        .param("actor", authority.actor())
        .param("words", StatusAction.words())
        .param("now", Timestamp.from(clock.instant()))
        .query(
            row -> {
              outcomes.put(
                  new Outcome(
                      StatusAction.of(row.getInt("action")),
                      StatusVerdict.valueOf(row.getString("verdict"))),
                  row.getLong("count"));
            });
    return outcomes;
  }

  /**
   * Some of the entries; good until the next are asked for.
   *
   * @param now those whose time has come
   * @param later those whose time has not
   */
  public record SomeEntries(StatusEntries now, StatusEntries later) {}

  /** Null when there are no more. */
  @FunctionalInterface
  public interface MoreEntries {
    @Nullable SomeEntries next() throws IOException;
  }

  /**
   * What entries would come to.
   *
   * @param outcomes how many of them to which verdict
   * @param behind how many devices would change because they stand behind a gateway
   * @param leftBehind how many devices would stay in service behind a gateway that does not
   * @param laterOut how many devices entries for later would take out of service because they stand
   *     behind a gateway
   * @param laterBack how many they would bring back because of that
   */
  public record Foreseen(
      Map<Outcome, Long> outcomes, long behind, long leftBehind, long laterOut, long laterBack) {}

  /**
   * Says what entries would come to as things stand, and changes nothing. Those that would be
   * refused stand where {@link #apply} leaves them.
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public Foreseen foresee(MoreEntries entries, Authority authority) throws IOException {
    boolean anyBehind = false;
    boolean anyLaterBehind = false;
    onConnection(StatusChanges::begin);
    jdbcTemplate.execute(TEMPORARY_LATER);
    for (SomeEntries some = entries.next(); some != null; some = entries.next()) {
      SomeEntries copied = some;
      anyBehind |= some.now().anyBehind();
      anyLaterBehind |= some.later().anyBehind();
      onConnection(
          connection -> {
            CopyStream.copy(connection, COPY, copied.now().rows());
            if (copied.later().size() > 0) {
              CopyStream.copy(connection, COPY_LATER, copied.later().rows());
            }
          });
    }
    if (anyBehind) {
      onConnection(StatusChanges::addDevicesBehind);
    }
    Map<Outcome, Long> outcomes = new HashMap<>();
    long[] behind = new long[2];
    jdbc.sql(FORESEE)
        .param("once", null)
        .param("factory", authority.factory())
        .param("by", authority.by())
        .query(
            row -> {
              long count = row.getLong("count");
              String verdict = row.getString("verdict");
              if (verdict == null) {
                behind[1] = count;
                return;
              }
              StatusVerdict judged = StatusVerdict.valueOf(verdict);
              outcomes.merge(
                  new Outcome(StatusAction.of(row.getInt("action")), judged), count, Long::sum);
              if (row.getBoolean("derived") && judged.changed()) {
                behind[0] += count;
              }
            });
    long[] later = anyLaterBehind ? laterBehind(authority) : new long[2];
    return new Foreseen(outcomes, behind[0], behind[1], later[0], later[1]);
  }

  /** How many devices go out of service, and how many come back. */
  private long[] laterBehind(Authority authority) {
    long[] devices = new long[2];
    jdbc.sql(LATER_BEHIND)
        .param("factory", authority.factory())
        .query(
            row -> {
              devices[row.getBoolean("out") ? 0 : 1] = row.getLong("devices");
            });
    return devices;
  }

  private void onConnection(OnConnection work) {
    jdbcTemplate.execute(
        (ConnectionCallback<Boolean>)
            connection -> {
              work.run(connection);
              return true;
            });
  }

  private interface OnConnection {
    void run(Connection connection) throws SQLException;
  }

  private static void begin(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(ROOM);
      statement.execute(TEMPORARY_TABLE);
      statement.execute("TRUNCATE status_entry, status_refused");
    }
  }

  private static void addDevicesBehind(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(ADD_DEVICES_BEHIND);
    }
  }

  public record Outcome(StatusAction action, StatusVerdict verdict) {}
}
