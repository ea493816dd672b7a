package dev.muster.registry;

import dev.muster.database.CopyRows;
import dev.muster.database.CopyStream;
import dev.muster.database.TransactionLock;
import dev.muster.manifest.Rejected;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLState;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Loads chunks of devices into the registry, each inside the caller's transaction.
 *
 * <p>A chunk goes in by one sorted binary COPY. The rare chunk with a GUID that is already there
 * (SQLSTATE 23505) is rolled back to a savepoint and merged instead: the first line that names a
 * GUID wins, whichever partition comes first, and every other row becomes a reject that says where
 * the GUID stands already.
 */
@Component
public final class DeviceLoader {

  /** Parts of bundles are cut where counting ends, so this is how even they are. */
  private static final int COUNTED_ROWS = 5_000;

  /** Whether the device {@code d} has the values of the row {@code i}. */
  static final String SAME_VALUES =
      """
      (d.serial_number, d.model, d.hardware_revision, d.building, d.room, d.gateway_id, d.attributes)
                 IS NOT DISTINCT FROM
                 (i.serial_number, i.model, i.hardware_revision, i.building, i.room, i.gateway_id, i.attributes)\
      """;

  /** The first value in which they differ, as {@code name}, {@code was} and {@code now}. */
  static final String FIRST_DIFFERENCE =
      """
      SELECT name, left(coalesce(was, ''), 200) AS was, left(coalesce(now, ''), 200) AS now
        FROM (VALUES %s) AS compared (place, name, was, now)
       WHERE was IS DISTINCT FROM now ORDER BY place LIMIT 1\
      """
          .formatted(DeviceChunk.COMPARED);

  /** What is said of a row that may only change a device, when there is none. */
  static final String NO_SUCH_DEVICE =
      "'There is no such device, and the row''s action is update. Leave the action empty, or say"
          + " create.'";

  /** The last cases of the sentence that says why a row's device is in the registry already. */
  static final String WHY_REGISTERED =
      """
      WHEN s.state = 'RETIRED'
      THEN 'This device is retired: nothing brings it back.'
      WHEN s.state IS NOT NULL
      THEN 'This device is ' || lower(s.state::text) || '. A manifest does not bring it back; '
           || CASE s.state WHEN 'REVOKED' THEN 'restore' ELSE 'enable' END || ' it explicitly.'
      WHEN d.device_id IS NULL
      THEN %s
      WHEN m.by_hand
      THEN 'This device is already in the registry: it was registered by hand.'
      ELSE format('This device is already in the registry: it came with manifest %%s (%%s) of %%s, line %%s.',
                  m.name, left(m.sha256, 12), m.factory, d.line)
           || coalesce(format(' There its %%s is ''%%s'', and here ''%%s''; this manifest may not change that.',
                              changed.name, changed.was, changed.now), '')
      """
          .formatted(NO_SUCH_DEVICE);

  private static final String COPY_DEVICES =
      "COPY device (" + DeviceChunk.COLUMNS + ") FROM STDIN (FORMAT binary)";

  private static final String COPY_INCOMING =
      "COPY incoming (" + DeviceChunk.COLUMNS + ") FROM STDIN (FORMAT binary)";

  private static final String COPY_LOSERS =
      "COPY loser (device_id, line, hub_id) FROM STDIN (FORMAT binary)";

  private static final String COPY_REJECTS =
      """
      COPY reject (manifest_id, line, device_id, code, column_name, value, message)
      FROM STDIN (FORMAT binary)\
      """;

  private static final String COPY_ASKED = "COPY asked FROM STDIN (FORMAT binary)";

  /** Whether the manifest {@code here} may change places that somebody has given. */
  static final String PLACES_TOO = "here.updates = 'VALUES_AND_PLACES'";

  /** A row that may change the device with its GUID; {@code creates}: or be loaded. */
  private static final String TEMPORARY_TABLE_OF_UPDATES =
      """
      CREATE TEMPORARY TABLE IF NOT EXISTS asked (device_id uuid, line integer, creates boolean, changes jsonb)
      ON COMMIT DELETE ROWS\
      """;

  private static final String TEMPORARY_TABLES =
      """
      CREATE TEMPORARY TABLE IF NOT EXISTS incoming (LIKE device) ON COMMIT DELETE ROWS;
      CREATE TEMPORARY TABLE IF NOT EXISTS loser (device_id uuid, line integer, hub_id smallint) ON COMMIT DELETE ROWS\
      """;

  /**
   * Two partitions may bring the same GUID: the earlier line takes the place of the later one,
   * which then is a loser too, at the hub it was assigned to: that may be another one when hubs
   * were added since. {@code old} is the row as it was, and absent for a new one.
   */
  private static final String MERGE =
      """
      WITH merged AS (
          INSERT INTO device AS d (%1$s)
          SELECT %1$s FROM incoming i
           WHERE NOT EXISTS (SELECT FROM device_status s
                              WHERE s.device_id = i.device_id AND s.state IS NOT NULL)
             %4$s
           ORDER BY device_id
          ON CONFLICT (device_id) DO UPDATE
             SET (%2$s) = (%3$s)
           WHERE d.manifest_id = excluded.manifest_id AND d.line > excluded.line
          RETURNING new.device_id, old.line AS displaced, old.hub_id)
      INSERT INTO loser (device_id, line, hub_id)
      SELECT device_id, displaced, hub_id FROM merged WHERE displaced IS NOT NULL
      UNION ALL
      SELECT device_id, line, hub_id FROM incoming i
       WHERE NOT EXISTS (SELECT FROM merged WHERE merged.device_id = i.device_id)\
      """;

  private static final String MERGE_ALL = merge("");

  private static final String MERGE_WHAT_MAY_BE_NEW =
      merge("AND NOT EXISTS (SELECT FROM asked a WHERE a.line = i.line AND NOT a.creates)");

  private static String merge(String condition) {
    return MERGE.formatted(
        DeviceChunk.COLUMNS,
        DeviceChunk.REPLACED,
        "excluded." + DeviceChunk.REPLACED.replace(", ", ", excluded."),
        condition);
  }

  /**
   * The message of a row that is twice in the manifest names the first line; settling writes it,
   * see there.
   */
  private static final String REJECT_LOSERS =
"""
      INSERT INTO reject (manifest_id, line, device_id, code, column_name, value, message)
      SELECT ?, l.line, l.device_id::text,
             CASE WHEN d.manifest_id = ?       THEN 'DUPLICATE_IN_MANIFEST'
                  WHEN m.factory <> here.factory AND NOT m.by_hand THEN 'ALREADY_REGISTERED'
                  WHEN s.state IS NOT NULL     THEN 'REVOKED_DEVICE'
                  WHEN d.device_id IS NULL     THEN 'UNKNOWN_DEVICE'
                  ELSE                              'ALREADY_REGISTERED' END,
             coalesce(changed.name, 'device_id'), coalesce(changed.now, l.device_id::text),
             CASE WHEN m.factory <> here.factory AND NOT m.by_hand
                  THEN 'This device is already in the registry.'
"""
          + WHY_REGISTERED
          +
"""
                  END
        FROM loser l
        LEFT JOIN device d USING (device_id)
        LEFT JOIN device_status s USING (device_id)
        LEFT JOIN manifest m ON m.manifest_id = d.manifest_id
        LEFT JOIN manifest here ON here.manifest_id = ?
        LEFT JOIN incoming i ON (i.device_id, i.line) = (l.device_id, l.line)
        LEFT JOIN LATERAL (
"""
          + FIRST_DIFFERENCE
          + """
            ) AS changed
              ON i.device_id IS NOT NULL AND s.state IS NULL AND NOT m.by_hand
                 AND m.factory = here.factory AND m.manifest_id <> here.manifest_id\
          """;

  private static final String ANY_OUT_OF_SERVICE_BEFORE_THEY_CAME =
      "SELECT EXISTS (SELECT FROM device_status WHERE hub_id IS NULL AND state IS NOT NULL)";

  private static final String OUT_OF_SERVICE_BEFORE_THEY_CAME =
      """
      SELECT EXISTS (SELECT FROM device_status
                      WHERE hub_id IS NULL AND state IS NOT NULL AND device_id = ANY (?))\
      """;

  private static final String COUNT_LINES =
      """
      INSERT INTO loaded_lines (manifest_id, first_line, last_line, hub_id, devices) VALUES (?, ?, ?, ?, ?)\
      """;

  private static final String COUNT_UNCHANGED_AS_THEY_LIE =
      """
      UPDATE loaded_lines c SET devices = c.devices - n, unchanged = c.unchanged + n
        FROM (VALUES (?, ?, ?, ?, ?)) AS same (manifest_id, first_line, last_line, hub_id, n)
       WHERE (c.manifest_id, c.first_line, c.last_line, c.hub_id)
           = (same.manifest_id, same.first_line, same.last_line, same.hub_id)\
      """;

  /** Manifests whose devices a row of this one may find unchanged. */
  static final String MANIFESTS_BEFORE =
      """
      SELECT m.manifest_id FROM manifest m JOIN manifest here USING (factory)
       WHERE here.manifest_id = ? AND m.manifest_id <> here.manifest_id
         AND m.delivered_at IS NOT NULL AND NOT m.by_hand\
      """;

  /**
   * A row that is there already, from the same factory, with the same values, and with a token that
   * was delivered, is no loser after all.
   */
  private static final String COUNT_UNCHANGED =
      countUnchanged(
          """
          DELETE FROM loser l
           USING incoming i, device d
           WHERE (i.device_id, i.line) = (l.device_id, l.line) AND d.device_id = l.device_id
             AND d.manifest_id IN (%s)
             AND NOT EXISTS (SELECT FROM device_status s
                              WHERE s.device_id = l.device_id AND s.state IS NOT NULL)
             AND %s
          RETURNING l.line, l.hub_id\
          """
              .formatted(MANIFESTS_BEFORE, SAME_VALUES));

  /**
   * The same before rows are merged, because merging locks each device that is there, which is to
   * write it. What comes into the registry meanwhile is found behind that. Each row looks for its
   * device by itself, in the order of the index: the registry is larger than the chunk, and a join
   * would read all of it for every chunk.
   */
  private static final String TAKE_UNCHANGED =
      countUnchanged(
          """
          DELETE FROM incoming i
           WHERE (SELECT d.manifest_id FROM device d WHERE d.device_id = i.device_id AND %2$s) IN (%1$s)
             AND NOT EXISTS (SELECT FROM device_status s
                              WHERE s.device_id = i.device_id AND s.state IS NOT NULL)
          RETURNING i.line, i.hub_id\
          """
              .formatted(MANIFESTS_BEFORE, SAME_VALUES));

  /**
   * Counts rows that a deletion returns. The first lines that are counted for are looked up, not
   * joined: that would compare each row with all of them.
   */
  private static String countUnchanged(String deletion) {
    return """
    WITH same AS (%s),
    firsts AS MATERIALIZED (
        SELECT array_agg(DISTINCT first_line ORDER BY first_line) AS lines
          FROM loaded_lines WHERE manifest_id = ?),
    counted AS (
        SELECT lines[width_bucket(line, lines)] AS first_line, hub_id, count(*) AS n
          FROM same CROSS JOIN firsts GROUP BY 1, 2),
    updated AS (
        UPDATE loaded_lines c SET devices = c.devices - n, unchanged = c.unchanged + n
          FROM counted
         WHERE c.manifest_id = ? AND (c.first_line, c.hub_id) = (counted.first_line, counted.hub_id))
    SELECT count(*) FROM same\
    """
        .formatted(deletion);
  }

  /**
   * As above, of a row that may change the device: what differs is put by, see {@link
   * DeviceUpdates}, and only a row in which nothing does is unchanged.
   */
  private static final String PUT_UPDATES_BY =
      """
      WITH judged AS MATERIALIZED (
          SELECT l.device_id, l.line, l.hub_id, c.changed, c.place_kept
            FROM loser l
            JOIN asked a USING (device_id, line)
            JOIN device d USING (device_id)
            JOIN manifest m ON m.manifest_id = d.manifest_id
            JOIN manifest here ON here.manifest_id = ?
           CROSS JOIN LATERAL (%s) AS c
           WHERE EXISTS (SELECT FROM incoming i WHERE (i.device_id, i.line) = (l.device_id, l.line))
             AND m.manifest_id <> here.manifest_id AND m.factory = here.factory
             AND m.delivered_at IS NOT NULL AND NOT m.by_hand
             AND NOT EXISTS (SELECT FROM device_status s
                              WHERE s.device_id = l.device_id AND s.state IS NOT NULL)),
      found AS (
          DELETE FROM loser l USING judged j WHERE (l.device_id, l.line) = (j.device_id, j.line)),
      put_by AS (
          INSERT INTO device_update (manifest_id, line, device_id, changed)
          SELECT ?, line, device_id, changed FROM judged WHERE changed IS NOT NULL),
      counted AS (
          SELECT c.first_line, c.hub_id, count(*) AS n, count(*) FILTER (WHERE changed IS NULL) AS same,
                 count(*) FILTER (WHERE place_kept) AS kept
            FROM judged j
            JOIN loaded_lines c ON c.hub_id = j.hub_id AND j.line BETWEEN c.first_line AND c.last_line
           WHERE c.manifest_id = ? GROUP BY 1, 2),
      updated AS (
          UPDATE loaded_lines c
             SET devices = c.devices - n, unchanged = c.unchanged + same, places_kept = c.places_kept + kept
            FROM counted
           WHERE c.manifest_id = ? AND (c.first_line, c.hub_id) = (counted.first_line, counted.hub_id))
      SELECT count(*) FROM judged\
      """
          .formatted(DeviceValues.changes("SELECT * FROM jsonb_each_text(a.changes)", PLACES_TOO));

  /** A loser may be of this chunk, or of an earlier one whose row was displaced. */
  private static final String UNCOUNT_LOSERS =
      """
      UPDATE loaded_lines c SET devices = c.devices - lost.n
        FROM (SELECT c.first_line, c.hub_id, count(*) AS n
                FROM loser l
                JOIN loaded_lines c ON c.hub_id = l.hub_id AND l.line BETWEEN c.first_line AND c.last_line
               WHERE c.manifest_id = ? GROUP BY 1, 2) AS lost
       WHERE c.manifest_id = ? AND (c.first_line, c.hub_id) = (lost.first_line, lost.hub_id)\
      """;

  private final JdbcTemplate jdbc;

  DeviceLoader(JdbcTemplate jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Loads the chunk and writes the rejects of its rows, in the transaction that is under way.
   *
   * @param chunk rows with a valid GUID; put in order by this call
   * @param rejects rows that were refused before they came here
   * @return how many rows were not taken because their GUID was already there
   */
  public int load(DeviceChunk chunk, List<Rejected> rejects) {
    Integer losers =
        jdbc.execute(
            (ConnectionCallback<Integer>)
                connection -> {
                  copyRejects(connection, chunk.manifestId(), rejects);
                  return chunk.isEmpty() ? 0 : loadDevices(connection, chunk);
                });
    return Objects.requireNonNull(losers);
  }

  private static int loadDevices(Connection connection, DeviceChunk chunk) throws SQLException {
    BitSet all = new BitSet();
    all.set(0, chunk.size());
    count(connection, COUNT_LINES, chunk, all);
    chunk.sort();
    // Nobody is revoked between the look at who is, and the commit of the devices.
    TransactionLock.DEVICE_STATUS.shared(connection);
    EarlierManifest earlier = EarlierManifest.of(connection, chunk);
    if (earlier != null || chunk.onlyUpdates() || someOutOfService(connection, chunk)) {
      return merge(connection, chunk, earlier);
    }
    Savepoint untouched = connection.setSavepoint();
    boolean repeats;
    try {
      repeats = copyDevices(connection, COPY_DEVICES, chunk, new BitSet());
      connection.releaseSavepoint(untouched);
    } catch (SQLException e) {
      if (!PSQLState.UNIQUE_VIOLATION.getState().equals(e.getSQLState())) {
        throw e;
      }
      connection.rollback(untouched);
      return merge(connection, chunk, null);
    }
    if (!repeats) {
      return 0;
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(TEMPORARY_TABLES);
    }
    copyRepeats(connection, chunk);
    return rejectLosers(connection, chunk.manifestId());
  }

  private static int merge(
      Connection connection, DeviceChunk chunk, @Nullable EarlierManifest earlier)
      throws SQLException {
    boolean repeats;
    BitSet unchangedAsTheyLie = new BitSet();
    if (earlier != null && !chunk.asksForUpdates()) {
      unchangedAsTheyLie = earlier.unchanged(connection, chunk);
      count(connection, COUNT_UNCHANGED_AS_THEY_LIE, chunk, unchangedAsTheyLie);
    }
    int same = unchangedAsTheyLie.cardinality();
    if (same == chunk.size()) {
      return same;
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(TEMPORARY_TABLES);
      repeats = copyDevices(connection, COPY_INCOMING, chunk, unchangedAsTheyLie);
      if (chunk.asksForUpdates()) {
        statement.execute(TEMPORARY_TABLE_OF_UPDATES);
        CopyStream.copy(connection, COPY_ASKED, chunk.asked());
        statement.execute(MERGE_WHAT_MAY_BE_NEW);
      } else {
        same += count(connection, TAKE_UNCHANGED, 3, chunk.manifestId());
        if (same == chunk.size()) {
          return same;
        }
        statement.execute(MERGE_ALL);
      }
    }
    if (repeats) {
      copyRepeats(connection, chunk);
    }
    int updated =
        chunk.asksForUpdates() ? count(connection, PUT_UPDATES_BY, 4, chunk.manifestId()) : 0;
    int unchanged = count(connection, COUNT_UNCHANGED, 3, chunk.manifestId());
    return updated + same + unchanged + rejectLosers(connection, chunk.manifestId());
  }

  /** Runs a query whose parameters all are the manifest, and which counts. */
  private static int count(Connection connection, String sql, int parameters, int manifestId)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int parameter = 1; parameter <= parameters; parameter++) {
        statement.setInt(parameter, manifestId);
      }
      try (ResultSet count = statement.executeQuery()) {
        count.next();
        return count.getInt(1);
      }
    }
  }

  /** Whether the chunk brings a device that was revoked or disabled before it came. */
  private static boolean someOutOfService(Connection connection, DeviceChunk chunk)
      throws SQLException {
    if (!isTrue(connection.prepareStatement(ANY_OUT_OF_SERVICE_BEFORE_THEY_CAME))) {
      return false;
    }
    UUID[] devices = new UUID[chunk.size()];
    for (int place = 0; place < chunk.size(); place++) {
      int row = chunk.rowAt(place);
      devices[place] = new UUID(chunk.guidHigh(row), chunk.guidLow(row));
    }
    PreparedStatement query = connection.prepareStatement(OUT_OF_SERVICE_BEFORE_THEY_CAME);
    query.setArray(1, connection.createArrayOf("uuid", devices));
    return isTrue(query);
  }

  private static boolean isTrue(PreparedStatement query) throws SQLException {
    try (query;
        ResultSet row = query.executeQuery()) {
      return row.next() && row.getBoolean(1);
    }
  }

  /**
   * Copies the first row of each GUID, in order.
   *
   * @param leftOut rows that are not copied
   * @return whether there were further rows of a GUID, which were left out
   */
  private static boolean copyDevices(
      Connection connection, String sql, DeviceChunk chunk, BitSet leftOut) throws SQLException {
    boolean repeats = false;
    try (CopyStream stream = new CopyStream(connection, sql)) {
      byte[] encoded = chunk.encoded();
      for (int place = 0; place < chunk.size(); place++) {
        if (chunk.repeats(place)) {
          repeats = true;
        } else {
          int row = chunk.rowAt(place);
          if (!leftOut.get(row)) {
            int start = chunk.encodedStart(row);
            stream.write(encoded, start, chunk.encodedEnd(row) - start);
          }
        }
      }
      stream.finish();
    }
    return repeats;
  }

  private static void copyRepeats(Connection connection, DeviceChunk chunk) throws SQLException {
    CopyRows rows = new CopyRows();
    for (int place = 0; place < chunk.size(); place++) {
      if (chunk.repeats(place)) {
        int row = chunk.rowAt(place);
        rows.startRow(3);
        rows.uuid(chunk.guidHigh(row), chunk.guidLow(row));
        rows.int4(chunk.line(row));
        rows.int2(chunk.hub(row));
      }
    }
    CopyStream.copy(connection, COPY_LOSERS, rows);
  }

  /** Counts some of the chunk's rows, by the lines that are counted together and by hub. */
  private static void count(Connection connection, String sql, DeviceChunk chunk, BitSet rows)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int from = 0; from < chunk.size(); from += COUNTED_ROWS) {
        int to = Math.min(from + COUNTED_ROWS, chunk.size());
        IntStream counted = IntStream.range(from, to).filter(rows::get);
        for (Map.Entry<Short, Integer> hub : chunk.devicesByHub(counted).entrySet()) {
          statement.setInt(1, chunk.manifestId());
          statement.setInt(2, chunk.line(from));
          statement.setInt(3, chunk.line(to - 1));
          statement.setShort(4, hub.getKey());
          statement.setInt(5, hub.getValue());
          statement.addBatch();
        }
      }
      statement.executeBatch();
    }
  }

  private static int rejectLosers(Connection connection, int manifestId) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(UNCOUNT_LOSERS)) {
      statement.setInt(1, manifestId);
      statement.setInt(2, manifestId);
      statement.executeUpdate();
    }
    try (PreparedStatement statement = connection.prepareStatement(REJECT_LOSERS)) {
      statement.setInt(1, manifestId);
      statement.setInt(2, manifestId);
      statement.setInt(3, manifestId);
      return statement.executeUpdate();
    }
  }

  private static void copyRejects(Connection connection, int manifestId, List<Rejected> rejects)
      throws SQLException {
    if (rejects.isEmpty()) {
      return;
    }
    CopyRows rows = new CopyRows();
    for (Rejected reject : rejects) {
      rows.startRow(7);
      rows.int4(manifestId);
      Rejects.encode(reject, rows);
    }
    CopyStream.copy(connection, COPY_REJECTS, rows);
  }
}
