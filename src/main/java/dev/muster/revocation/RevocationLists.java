package dev.muster.revocation;

import dev.muster.bundle.ReceiptJson;
import dev.muster.database.CopyRows;
import dev.muster.database.CopyStream;
import dev.muster.database.TransactionLock;
import dev.muster.manifest.ManifestRefusedException;
import dev.muster.manifest.ReceivedManifest;
import dev.muster.manifest.RefusalCode;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.RevocationEntry;
import dev.muster.registry.Rejects;
import dev.muster.status.StatusAction;
import dev.muster.status.StatusChanges;
import dev.muster.status.StatusChanges.Outcome;
import dev.muster.status.StatusEntries;
import dev.muster.status.StatusVerdict;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** The revocation lists that have come, and what became of their entries. */
@Component
public class RevocationLists {

  private static final int FETCH_ROWS = 10_000;

  /** How long it counts that somebody has asked for a list to be undone. */
  private static final Duration UNDO_IS_ASKED = Duration.ofDays(1);

  private static final String COPY_REJECTS =
      """
      COPY revocation_reject (list_id, line, device_id, code, column_name, value, message)
      FROM STDIN (FORMAT binary)\
      """;

  /** The entries that were refused, as a reject has them. */
  private static final String REFUSED =
      """
      SELECT line, device_id::text, verdict, 'device_id', device_id::text,
             CASE verdict
                  WHEN 'DUPLICATE_IN_LIST' THEN 'An earlier line of this list names this device; the first one counts.'
                  WHEN 'NOT_YOUR_DEVICE'   THEN 'This device came with another factory''s manifest. Its own factory, or an operator, can do that.'
                  WHEN 'REVOKED_DEVICE'    THEN 'This device is revoked; only restore brings it back.'
                  WHEN 'DISABLED_DEVICE'   THEN 'This device is disabled, not revoked; enable brings it back.'
                  WHEN 'RETIRED_DEVICE'    THEN 'This device is retired; nothing brings it back.'
                  WHEN 'NOT_YOURS_TO_UNDO' THEN 'This device is out of service on somebody else''s word too, so this list can''t bring it back. Who may revoke devices can.' END
        FROM status_refused\
      """;

  private static final String REJECT_REFUSED =
      """
      INSERT INTO revocation_reject (list_id, line, device_id, code, column_name, value, message)
      SELECT ?::integer, refused.* FROM (%s) AS refused\
      """
          .formatted(REFUSED);

  /** Somebody has given the list {@code l} up: its run, or the arrival that brought it. */
  private static final String GIVEN_UP =
      """
      (l.given_up_at IS NOT NULL
       OR EXISTS (SELECT FROM arrival a WHERE a.arrival_id = l.arrival_id AND a.verdict = 'REFUSED'))\
      """;

  /** Whether the list {@code l} waits for a second person. */
  static final String WAITS =
      "(l.held AND l.approved_at IS NULL AND l.applied_at IS NULL AND NOT " + GIVEN_UP + ")";

  private static final String ONE =
      "SELECT l.*, " + GIVEN_UP + " AS given_up FROM revocation_list l WHERE ";

  /**
   * One that was disabled before the list revoked it was out of service already, and is left; not
   * if it was the list itself that disabled it.
   */
  private static final String TAKEN_OUT =
      """
      SELECT s.device_id, s.state::text
        FROM device_status s
       WHERE s.list_id = :list AND s.state IS NOT NULL AND NOT s.said_again
         AND NOT EXISTS (SELECT FROM device_change c
                          WHERE c.device_id = s.device_id AND c.list_id = :list AND c.line = s.line
                            AND c.was IN ('DISABLED', 'REVOKED')
                            AND (SELECT b.list_id FROM service_change b
                                  WHERE b.device_id = c.device_id AND b.change_id < c.change_id
                                  ORDER BY b.change_id DESC LIMIT 1) IS DISTINCT FROM :list)\
      """;

  /** In the order of their time; of one device only the first, because each changes the next. */
  private static final String TAKE_DUE =
      """
      DELETE FROM revocation_entry e
       USING (SELECT DISTINCT ON (device_id) list_id, line FROM
                  (SELECT * FROM revocation_entry WHERE effective_at <= :now
                    ORDER BY effective_at, list_id, line LIMIT :most) AS due
               ORDER BY device_id, effective_at, list_id, line) AS first
       WHERE (e.list_id, e.line) = (first.list_id, first.line)
      RETURNING e.list_id, e.line, e.device_id AS device, e.action, e.reason, e.behind\
      """;

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;
  private final StatusChanges changes;
  private final ApplicationEventPublisher events;

  RevocationLists(
      JdbcTemplate jdbcTemplate, StatusChanges changes, ApplicationEventPublisher events) {
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
    this.changes = changes;
    this.events = events;
  }

  /**
   * Which run of a list this is. The same one is never made twice.
   *
   * @param arrival the arrival that brought it; null when an operator did
   * @param round how often an operator has applied this content, or given it up, before
   */
  public record Run(String sha256, @Nullable String factory, @Nullable Long arrival, long round) {}

  /**
   * Registers a list that was received whole, in the transaction that is under way, and returns its
   * number.
   *
   * @param sentBy the account on whose word
   * @param signedAt when its factory signed it; null when that does not sign
   * @throws ManifestRefusedException when its factory has signed another one later, or this one was
   *     registered before: somebody sends an old list once more
   */
  int add(
      Run run,
      String name,
      String actor,
      String sentBy,
      ReceivedManifest received,
      @Nullable Instant signedAt,
      Instant at)
      throws ManifestRefusedException {
    if (signedAt != null) {
      TransactionLock.DEVICE_STATUS.exclusive(jdbcTemplate); // no two lists at once
      mustBeNew(run, signedAt);
    }
    return jdbc.sql(
            """
            INSERT INTO revocation_list
                   (factory, arrival_id, round, actor, sha256, name, rows, columns, warnings, signed_at, sent_by, received_at)
            VALUES (:factory, :arrival, :round, :actor, :sha256, :name, :rows, :columns, :warnings, :signedAt, :sentBy, :at)
            RETURNING list_id\
            """)
        .param("signedAt", signedAt == null ? null : signedAt.atOffset(ZoneOffset.UTC))
        .param("factory", run.factory())
        .param("arrival", run.arrival())
        .param("round", run.round())
        .param("actor", actor)
        .param("sentBy", sentBy)
        .param("sha256", run.sha256())
        .param("name", name)
        .param("rows", received.rows())
        .param("columns", received.header().columns().toArray(String[]::new))
        .param("warnings", received.warnings().toArray(String[]::new))
        .param("at", at.atOffset(ZoneOffset.UTC))
        .query(Integer.class)
        .single();
  }

  private void mustBeNew(Run run, Instant signedAt) throws ManifestRefusedException {
    Optional<String> newer =
        jdbc.sql(
                """
                SELECT name || ' of ' || to_char(signed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                  FROM revocation_list
                 WHERE factory = :factory
                   AND (signed_at > :signedAt OR signed_at = :signedAt AND sha256 = :sha256)
                 ORDER BY signed_at DESC, list_id DESC LIMIT 1\
                """)
            .param("factory", run.factory())
            .param("signedAt", signedAt.atOffset(ZoneOffset.UTC))
            .param("sha256", run.sha256())
            .query(String.class)
            .optional();
    if (newer.isPresent()) {
      throw new ManifestRefusedException(
          RefusalCode.REPLAYED,
          "This list was signed at %s, and list %s of this factory came before. An old list is not applied again: if it is meant, sign it anew."
              .formatted(signedAt, newer.get()));
    }
  }

  public RevocationList get(int listId) {
    return jdbc.sql(ONE + "list_id = ?").param(listId).query(RevocationLists::list).single();
  }

  /** The list of this number. */
  public Optional<RevocationList> find(int listId) {
    return jdbc.sql(ONE + "list_id = ?").param(listId).query(RevocationLists::list).optional();
  }

  /** A list's rejects on lines after this one, in the order of their lines. */
  public List<Rejected> rejects(int listId, int after, int limit) {
    return jdbc.sql(
            """
            SELECT line, device_id, code, column_name, value, message
              FROM revocation_reject WHERE list_id = ? AND line > ? ORDER BY line LIMIT ?\
            """)
        .params(listId, after, limit)
        .query((row, number) -> Rejects.rejected(row))
        .list();
  }

  /** The list of this run, once it was received. */
  public Optional<RevocationList> find(Run run) {
    return jdbc.sql(
            ONE
                + """
                sha256 = :sha256 AND coalesce(factory, '') = coalesce(:factory::text, '')
                AND coalesce(arrival_id, 0) = coalesce(:arrival::bigint, 0) AND round = :round\
                """)
        .param("sha256", run.sha256())
        .param("factory", run.factory())
        .param("arrival", run.arrival())
        .param("round", run.round())
        .query(RevocationLists::list)
        .optional();
  }

  /**
   * How often operators have applied this content to its end, or given it up: which run of it is
   * the next.
   */
  public long timesApplied(String sha256, @Nullable String factory) {
    return jdbc.sql(
            """
            SELECT count(*) FROM revocation_list
             WHERE sha256 = :sha256 AND coalesce(factory, '') = coalesce(:factory::text, '')
               AND arrival_id IS NULL AND (applied_at IS NOT NULL OR given_up_at IS NOT NULL)\
            """)
        .param("sha256", sha256)
        .param("factory", factory)
        .query(Long.class)
        .single();
  }

  /** Writes down the rows that can't be applied; in the chunk's transaction. */
  public void reject(int listId, List<Rejected> rejects) {
    if (rejects.isEmpty()) {
      return;
    }
    CopyRows rows = new CopyRows();
    for (Rejected reject : rejects) {
      rows.startRow(7);
      rows.int4(listId);
      Rejects.encode(reject, rows);
    }
    jdbcTemplate.execute(
        (ConnectionCallback<Boolean>)
            connection -> {
              CopyStream.copy(connection, COPY_REJECTS, rows);
              return true;
            });
  }

  /** Keeps entries whose time has not come; in the chunk's transaction. */
  public void keepForLater(int listId, List<RevocationEntry> entries) {
    jdbcTemplate.batchUpdate(
        """
        INSERT INTO revocation_entry (list_id, line, device_id, action, reason, behind, effective_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)\
        """,
        entries,
        10_000,
        (statement, entry) -> {
          statement.setInt(1, listId);
          statement.setInt(2, Math.toIntExact(entry.line()));
          statement.setObject(3, entry.deviceId());
          statement.setString(4, entry.action());
          statement.setString(5, entry.reason());
          statement.setBoolean(6, entry.behind());
          statement.setObject(
              7, Objects.requireNonNull(entry.effectiveAt()).atOffset(ZoneOffset.UTC));
        });
  }

  /** Applies a chunk of a list and writes down what it came to; in the chunk's transaction. */
  public Map<Outcome, Long> apply(
      int listId, StatusEntries entries, StatusChanges.Authority authority, boolean once) {
    Map<Outcome, Long> outcomes = changes.apply(entries, authority, once);
    jdbc.sql(REJECT_REFUSED).param(listId).update();
    count(listId, outcomes);
    return outcomes;
  }

  private void count(int listId, Map<Outcome, Long> outcomes) {
    outcomes.forEach(
        (outcome, entries) ->
            jdbc.sql(
                    """
                    INSERT INTO revocation_count AS c (list_id, action, verdict, entries) VALUES (?, ?, ?, ?)
                    ON CONFLICT (list_id, action, verdict) DO UPDATE SET entries = c.entries + excluded.entries\
                    """)
                .params(listId, outcome.action().word(), outcome.verdict().name(), entries)
                .update());
  }

  /** How many entries of a list came to what, by action. */
  public Map<StatusVerdict, Map<String, Long>> counts(int listId) {
    Map<StatusVerdict, Map<String, Long>> counts = new TreeMap<>();
    jdbc.sql("SELECT verdict, action, entries FROM revocation_count WHERE list_id = ?")
        .param(listId)
        .query(
            row -> {
              counts
                  .computeIfAbsent(
                      StatusVerdict.valueOf(row.getString(1)), unseen -> new TreeMap<>())
                  .merge(row.getString(2), row.getLong(3), Long::sum);
            });
    return counts;
  }

  public Map<String, Long> rejectsByCode(int listId) {
    Map<String, Long> counts = new TreeMap<>();
    jdbc.sql("SELECT code, count(*) FROM revocation_reject WHERE list_id = ? GROUP BY 1")
        .param(listId)
        .query(
            row -> {
              counts.put(row.getString(1), row.getLong(2));
            });
    return counts;
  }

  /** How many entries of a list wait for their time. */
  public long waiting(int listId) {
    return jdbc.sql("SELECT count(*) FROM revocation_entry WHERE list_id = ?")
        .param(listId)
        .query(Long.class)
        .single();
  }

  /** How many devices of a list the hubs have not confirmed yet. */
  public long unconfirmed(int listId) {
    return jdbc.sql(
            """
            SELECT (SELECT count(*) FROM device_status WHERE list_id = :list AND hub_due_at IS NOT NULL)
                 + (SELECT count(DISTINCT device_id) FROM former_hub f JOIN device_status s USING (device_id)
                     WHERE f.hub_due_at IS NOT NULL AND s.list_id = :list AND s.hub_due_at IS NULL)\
            """)
        .param("list", listId)
        .query(Long.class)
        .single();
  }

  /** Hands over a list's rejects in the order of their lines. */
  @Transactional(readOnly = true)
  public void forEachReject(int listId, Consumer<Rejected> consumer) {
    jdbc.sql(
            """
            SELECT line, device_id, code, column_name, value, message
              FROM revocation_reject WHERE list_id = ? ORDER BY line\
            """)
        .withFetchSize(FETCH_ROWS)
        .param(listId)
        .query(
            row -> {
              consumer.accept(Rejects.rejected(row));
            });
  }

  /**
   * Hands over the devices in service that stand behind a gateway which this list took out of
   * service: gateway, device. Of other factories' devices a factory's list tells nothing.
   */
  @Transactional(readOnly = true)
  public void forEachLeftBehind(int listId, BiConsumer<UUID, UUID> consumer) {
    jdbc.sql(
            """
            SELECT g.device_id, d.device_id
              FROM device_status g
              JOIN device d ON d.gateway_id = g.device_id
              JOIN manifest m ON m.manifest_id = d.manifest_id
              JOIN revocation_list l ON l.list_id = g.list_id
              LEFT JOIN device_status s ON s.device_id = d.device_id
             WHERE g.list_id = ? AND g.state IS NOT NULL AND s.state IS NULL
               AND (l.factory IS NULL OR l.factory = m.factory)
             ORDER BY 1, 2\
            """)
        .withFetchSize(FETCH_ROWS)
        .param(listId)
        .query(
            row -> {
              consumer.accept(
                  Objects.requireNonNull(row.getObject(1, UUID.class)),
                  Objects.requireNonNull(row.getObject(2, UUID.class)));
            });
  }

  /** Hands over the entries that {@link StatusChanges} has refused last, by their lines. */
  void forEachRefused(Consumer<Rejected> consumer) {
    jdbc.sql(REFUSED + " ORDER BY line")
        .query(
            row -> {
              consumer.accept(Rejects.rejected(row));
            });
  }

  /** Writes down what a list would do, and whether that needs a second person's word. */
  void weighed(int listId, ListEffect effect, boolean held) {
    jdbc.sql("UPDATE revocation_list SET effect = ?::json, held = held OR ? WHERE list_id = ?")
        .params(ReceiptJson.write(effect), held, listId)
        .update();
  }

  /**
   * Writes down a second person's word.
   *
   * @param account who it is for good
   * @param name as people know it
   * @return whether the list waited for one, and this one is not the first
   */
  @Transactional
  public boolean approve(int listId, String account, String name, Instant at) {
    // In a statement before: who dismisses its arrival at this moment is waited for, and seen.
    jdbc.sql(
            """
            SELECT FROM arrival
             WHERE arrival_id = (SELECT arrival_id FROM revocation_list WHERE list_id = ?) FOR UPDATE\
            """)
        .param(listId)
        .query()
        .listOfRows();
    return jdbc.sql(
                """
                UPDATE revocation_list l SET approved_by = :name, approved_at = :at
                 WHERE list_id = :list AND %s AND sent_by <> :account
                   AND NOT EXISTS (SELECT FROM arrival a WHERE a.arrival_id = l.arrival_id AND a.sender = :name)\
                """
                    .formatted(WAITS))
            .param("list", listId)
            .param("account", account)
            .param("name", name)
            .param("at", at.atOffset(ZoneOffset.UTC))
            .update()
        == 1;
  }

  /** How many devices undoing it would bring back. */
  long takenOut(int listId) {
    return jdbc.sql("SELECT count(*) FROM (%s) AS taken_out".formatted(TAKEN_OUT))
        .param("list", listId)
        .query(Long.class)
        .single();
  }

  /** Whether it keeps a device out of service that undoing it brings back. */
  boolean keepsAnyOut(int listId) {
    return jdbc.sql("SELECT EXISTS (%s)".formatted(TAKEN_OUT))
        .param("list", listId)
        .query(Boolean.class)
        .single();
  }

  /**
   * Whether somebody else has asked lately for it to be undone; if nobody has, this one has now,
   * and that is told.
   *
   * @param account who asks, for good
   */
  @Transactional
  public boolean undoIsAskedByAnother(int listId, String account, SecondPersonAsked ask) {
    int asked =
        jdbc.sql(
                """
                UPDATE revocation_list SET undo_account = :account, undo_asked_by = :name, undo_asked_at = :at
                 WHERE list_id = :list AND (undo_asked_at IS NULL OR undo_asked_at < :lately)\
                """)
            .param("list", listId)
            .param("account", account)
            .param("name", ask.by())
            .param("at", ask.at().atOffset(ZoneOffset.UTC))
            .param("lately", ask.at().minus(UNDO_IS_ASKED).atOffset(ZoneOffset.UTC))
            .update();
    if (asked == 1) {
      events.publishEvent(ask);
    }
    return asked == 0
        && jdbc.sql(
                "SELECT undo_account <> :account AND undo_asked_by <> :name FROM revocation_list"
                    + " WHERE list_id = :list")
            .param("list", listId)
            .param("account", account)
            .param("name", ask.by())
            .query(Boolean.class)
            .single();
  }

  /**
   * Brings back some of the devices that a list took out of service and nobody has touched since.
   *
   * @return how many; 0 when none is left
   */
  @Transactional
  public long undoSome(int listId, String actor, int most) {
    TransactionLock.DEVICE_STATUS.exclusive(jdbcTemplate);
    StatusEntries entries = new StatusEntries();
    jdbc.sql(TAKEN_OUT + " LIMIT :most")
        .param("list", listId)
        .param("most", most)
        .query(
            row -> {
              UUID device = Objects.requireNonNull(row.getObject(1, UUID.class));
              entries.add(
                  device.getMostSignificantBits(),
                  device.getLeastSignificantBits(),
                  0,
                  row.getString(2).equals("REVOKED") ? StatusAction.RESTORE : StatusAction.ENABLE,
                  "list %d undone".formatted(listId),
                  false);
            });
    if (entries.size() > 0) {
      Map<Outcome, Long> unused =
          changes.apply(entries, StatusChanges.Authority.over(actor, null), false);
    }
    return entries.size();
  }

  /**
   * Forgets the entries of a list whose time has not come, and writes down who has undone it.
   *
   * @return how many entries
   */
  @Transactional
  public long undone(int listId, String name, Instant at) {
    jdbc.sql(
            """
            UPDATE revocation_list SET undone_by = coalesce(undone_by, ?), undone_at = coalesce(undone_at, ?)
             WHERE list_id = ?\
            """)
        .params(name, at.atOffset(ZoneOffset.UTC), listId)
        .update();
    return jdbc.sql("DELETE FROM revocation_entry WHERE list_id = ?").param(listId).update();
  }

  long stillOut(int listId) {
    return jdbc.sql(
            """
            SELECT count(DISTINCT c.device_id) FROM device_change c JOIN device_status s USING (device_id)
             WHERE c.list_id = ? AND c.action IN ('revoke', 'disable') AND s.state IS NOT NULL\
            """)
        .param(listId)
        .query(Long.class)
        .single();
  }

  /** How many lists wait for a second person; of one factory, or of all. */
  long waitingForApproval(@Nullable String factory) {
    return jdbc.sql(
            """
            SELECT count(*) FROM revocation_list l
             WHERE %s AND (:factory::text IS NULL OR factory = :factory::text)\
            """
                .formatted(WAITS))
        .param("factory", factory)
        .query(Long.class)
        .single();
  }

  /** The list that an execution applies. */
  public Optional<Integer> ofRun(long execution) {
    return jdbc.sql(
            """
            SELECT l.list_id
              FROM (SELECT max(parameter_value) FILTER (WHERE parameter_name = 'sha256')  AS sha256,
                           max(parameter_value) FILTER (WHERE parameter_name = 'factory') AS factory,
                           max(parameter_value) FILTER (WHERE parameter_name = 'arrival') AS arrival,
                           max(parameter_value) FILTER (WHERE parameter_name = 'round')   AS round
                      FROM batch_job_execution_params WHERE job_execution_id = ?) p
              JOIN revocation_list l
                ON l.sha256 = p.sha256 AND l.factory IS NOT DISTINCT FROM p.factory
               AND l.arrival_id IS NOT DISTINCT FROM p.arrival::bigint AND l.round = p.round::bigint\
            """)
        .param(execution)
        .query(Integer.class)
        .optional();
  }

  Run run(int listId) {
    return jdbc.sql(
            "SELECT sha256, factory, arrival_id AS arrival, round FROM revocation_list WHERE"
                + " list_id = ?")
        .param(listId)
        .query(Run.class)
        .single();
  }

  /** Writes down that the list's report is about to appear, and what its receipt says. */
  void announce(int listId, String outbox, String receipt) {
    jdbc.sql(
            """
            UPDATE revocation_list SET outbox = ?, receipt = ?::json
             WHERE list_id = ? AND applied_at IS NULL\
            """)
        .params(outbox, receipt, listId)
        .update();
  }

  /** The receipt of a report that is about to appear, or did; null before that was written down. */
  @Nullable String announced(int listId) {
    return jdbc.sql("SELECT receipt FROM revocation_list WHERE list_id = ? AND receipt IS NOT NULL")
        .param(listId)
        .query(String.class)
        .optional()
        .orElse(null);
  }

  /** Writes down that a run was abandoned: from then on the same content is another run. */
  void giveUp(Run run) {
    jdbc.sql(
            """
            UPDATE revocation_list SET given_up_at = now()
             WHERE sha256 = :sha256 AND coalesce(factory, '') = coalesce(:factory::text, '')
               AND coalesce(arrival_id, 0) = coalesce(:arrival::bigint, 0) AND round = :round AND applied_at IS NULL\
            """)
        .param("sha256", run.sha256())
        .param("factory", run.factory())
        .param("arrival", run.arrival())
        .param("round", run.round())
        .update();
  }

  void applied(int listId, Instant at) {
    jdbc.sql(
            """
            UPDATE revocation_list SET applied_at = ?
             WHERE list_id = ? AND receipt IS NOT NULL AND applied_at IS NULL\
            """)
        .params(at.atOffset(ZoneOffset.UTC), listId)
        .update();
  }

  /**
   * Applies entries whose time has come, in one transaction.
   *
   * @param most how many to look at
   * @return how many were applied; 0 when nothing is due
   */
  @Transactional
  public long applyDue(Instant now, int most) {
    record Due(int listId, int line, UUID device, String action, String reason, boolean behind) {}
    List<Due> due =
        jdbc.sql(TAKE_DUE)
            .param("now", now.atOffset(ZoneOffset.UTC))
            .param("most", most)
            .query(Due.class)
            .list();
    Map<Integer, List<Due>> byList = new TreeMap<>();
    for (Due one : due) {
      byList.computeIfAbsent(one.listId(), unseen -> new ArrayList<>()).add(one);
    }
    byList.forEach(
        (listId, entries) -> {
          StatusEntries chunk = new StatusEntries();
          for (Due one : entries) {
            chunk.add(
                one.device().getMostSignificantBits(),
                one.device().getLeastSignificantBits(),
                one.line(),
                StatusAction.of(one.action()),
                one.reason(),
                one.behind());
          }
          Map<Outcome, Long> unused = apply(listId, chunk, authority(get(listId)), false);
        });
    return due.size();
  }

  /** On whose word a list's entries are applied. */
  public StatusChanges.Authority authority(RevocationList list) {
    return authority(list.actor(), list.id(), list.factory());
  }

  StatusChanges.Authority authority(
      String actor, @Nullable Integer list, @Nullable String factory) {
    boolean anyDevice =
        factory == null
            || jdbc.sql("SELECT any_device FROM factory WHERE id = ?")
                .param(factory)
                .query(Boolean.class)
                .optional()
                .orElse(false);
    return new StatusChanges.Authority(actor, list, anyDevice ? null : factory, factory);
  }

  private static RevocationList list(ResultSet row, int number) throws SQLException {
    Array columns = row.getArray("columns");
    Timestamp appliedAt = row.getTimestamp("applied_at");
    String effect = row.getString("effect");
    return new RevocationList(
        row.getInt("list_id"),
        row.getString("factory"),
        row.getString("actor"),
        row.getString("sha256"),
        row.getString("name"),
        row.getLong("rows"),
        List.of((String[]) columns.getArray()),
        List.of((String[]) row.getArray("warnings").getArray()),
        row.getTimestamp("received_at").toInstant(),
        effect == null ? null : ReceiptJson.read(effect, ListEffect.class),
        row.getBoolean("held"),
        row.getBoolean("given_up"),
        row.getString("approved_by"),
        row.getString("undo_asked_by"),
        row.getString("undone_by"),
        appliedAt == null ? null : appliedAt.toInstant(),
        appliedAt == null ? null : row.getString("outbox"),
        appliedAt == null ? null : row.getString("receipt"));
  }
}
