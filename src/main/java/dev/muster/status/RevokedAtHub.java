package dev.muster.status;

import dev.muster.database.CopyRows;
import dev.muster.database.CopyStream;
import dev.muster.database.TransactionLock;
import dev.muster.manifest.Guid;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.springframework.stereotype.Component;

/**
 * Compares the publishers that a hub has revoked with those that the registry means to be. What was
 * still to be told when the hub began to list them, or changed since, is left out of it: the hub
 * may have been told before or after.
 */
@Component
public class RevokedAtHub {

  private static final int NAMES_AT_ONCE = 10_000;
  private static final int EXAMPLES = 20;

  /** Publishers are named by the id as Muster writes it. */
  private static final int PUBLISHER_LENGTH = 36;

  private static final String TABLES =
      """
      DROP TABLE IF EXISTS hub_pending, hub_listed, hub_difference;
      CREATE TEMPORARY TABLE hub_pending (device_id uuid);
      CREATE TEMPORARY TABLE hub_listed (name text, device_id uuid);
      CREATE TEMPORARY TABLE hub_difference (kind text, name text, device_id uuid, former boolean)\
      """;

  private static final String NO_TABLES = "DROP TABLE hub_pending, hub_listed, hub_difference";

  private static final String PENDING =
      "INSERT INTO hub_pending SELECT device_id FROM hub_work WHERE hub_id = ?";

  private static final String COPY = "COPY hub_listed FROM STDIN (FORMAT binary)";

  /** A device that the registry knows at other hubs only is as good as unknown here. */
  private static final String DIFFERENCES =
      """
      INSERT INTO hub_difference (kind, name, device_id, former)
      WITH this AS (SELECT ?::smallint AS hub_id, ?::timestamptz AS began),
      listed AS (SELECT device_id, min(name) AS name FROM hub_listed WHERE device_id IS NOT NULL GROUP BY 1),
      compared AS (
          SELECT l.name, l.device_id, s.state IS NOT NULL AS out_of_service,
                 d.hub_id = this.hub_id AS here,
                 s.state IS NOT NULL AND (s.hub_id = this.hub_id OR s.hub_id IS NULL) AS agreed,
                 f.device_id IS NOT NULL AS formerly_here, f.closed_at IS NOT NULL AS closed
            FROM listed l
           CROSS JOIN this
            LEFT JOIN device d USING (device_id)
            LEFT JOIN device_status s USING (device_id)
            LEFT JOIN former_hub f ON f.device_id = l.device_id AND f.hub_id = this.hub_id
           WHERE NOT EXISTS (SELECT FROM hub_pending p WHERE p.device_id = l.device_id)
             AND (s.changed_at IS NULL OR s.changed_at < this.began)
             AND (s.hub_due_at IS NULL OR s.hub_id IS DISTINCT FROM this.hub_id)
             AND f.hub_due_at IS NULL)
      SELECT 'NOT_A_GUID', name, NULL::uuid, false FROM hub_listed WHERE device_id IS NULL
       UNION ALL
      SELECT CASE WHEN here IS TRUE OR formerly_here THEN 'REVOKED_AT_HUB_ONLY' ELSE 'UNKNOWN' END,
             name, device_id, here IS NOT TRUE
        FROM compared
       WHERE NOT agreed AND NOT (formerly_here AND (closed OR out_of_service))
       UNION ALL
      SELECT 'NOT_REVOKED_AT_HUB', s.device_id::text, s.device_id, false
        FROM device_status s, this
       WHERE s.hub_id = this.hub_id AND s.state IS NOT NULL AND s.hub_due_at IS NULL AND s.changed_at < this.began
         AND NOT EXISTS (SELECT FROM listed l WHERE l.device_id = s.device_id)
         AND NOT EXISTS (SELECT FROM hub_pending p WHERE p.device_id = s.device_id)
       UNION ALL
      SELECT 'NOT_REVOKED_AT_HUB', f.device_id::text, f.device_id, true
        FROM this
        JOIN former_hub f USING (hub_id)
        LEFT JOIN device_status s USING (device_id)
       WHERE f.hub_due_at IS NULL AND (f.closed_at < this.began OR s.state IS NOT NULL)
         AND (s.changed_at IS NULL OR s.changed_at < this.began)
         AND NOT EXISTS (SELECT FROM listed l WHERE l.device_id = f.device_id)
         AND NOT EXISTS (SELECT FROM hub_pending p WHERE p.device_id = f.device_id)\
      """;

  private static final String COUNTS = "SELECT kind, count(*) FROM hub_difference GROUP BY 1";

  private static final String FIRST =
      "SELECT name FROM hub_difference WHERE kind = ? ORDER BY name LIMIT " + EXAMPLES;

  /** The lock keeps changes out, so that what was compared still is. */
  private static final String REPAIR =
      """
      WITH this AS (SELECT ?::smallint AS hub_id, ?::timestamptz AS began, ?::timestamptz AS now),
      wrong AS (SELECT DISTINCT device_id, former FROM hub_difference
                 WHERE kind IN ('REVOKED_AT_HUB_ONLY', 'NOT_REVOKED_AT_HUB')),
      at_this AS (
          INSERT INTO device_status AS s (device_id, changed_at, hub_id, hub_due_at)
          SELECT w.device_id, this.now, this.hub_id, now()
            FROM wrong w CROSS JOIN this JOIN device d USING (device_id)
           WHERE NOT w.former AND d.hub_id = this.hub_id
           ORDER BY w.device_id
              ON CONFLICT (device_id) DO UPDATE
             SET hub_due_at = excluded.hub_due_at, hub_id = excluded.hub_id, hub_attempts = 0, hub_problem = NULL
           WHERE s.changed_at < (SELECT began FROM this) AND s.hub_due_at IS NULL
          RETURNING s.device_id),
      at_former AS (
          UPDATE former_hub f SET hub_due_at = now(), hub_attempts = 0, hub_problem = NULL
            FROM wrong w, this
           WHERE w.former AND f.device_id = w.device_id AND f.hub_id = this.hub_id AND f.hub_due_at IS NULL
          RETURNING f.device_id)
      SELECT (SELECT count(*) FROM at_this) + (SELECT count(*) FROM at_former)\
      """;

  private final DataSource dataSource;
  private final Clock clock;

  RevokedAtHub(DataSource dataSource, Clock clock) {
    this.dataSource = dataSource;
    this.clock = clock;
  }

  public enum Kind {
    /** The device is in service; it is to be restored. */
    REVOKED_AT_HUB_ONLY,
    /** The device is out of service; it is to be revoked, once more. */
    NOT_REVOKED_AT_HUB,
    /** The registry does not know such a device at this hub; left alone. */
    UNKNOWN,
    /** No device has such a name; left alone. */
    NOT_A_GUID
  }

  /**
   * Some publishers that differ in the same way.
   *
   * @param first the first of their names, at most twenty
   */
  public record Difference(Kind kind, long publishers, List<String> first) {

    public Difference {
      first = List.copyOf(first);
    }
  }

  /**
   * What the comparison came to.
   *
   * @param repaired how many publishers the hub is to be told of again
   */
  public record Result(long listed, List<Difference> differences, long repaired) {

    public Result {
      differences = List.copyOf(differences);
    }
  }

  public interface Listing {

    void forEach(Consumer<String> name) throws IOException, InterruptedException;
  }

  /**
   * Compares.
   *
   * @param repair whether what differs becomes due again
   * @throws IOException when the hub's names can't be had; nothing was repaired
   */
  public Result compare(short hub, Listing listing, boolean repair)
      throws IOException, InterruptedException, SQLException {
    try (Connection connection = dataSource.getConnection()) {
      execute(connection, TABLES);
      try {
        Timestamp began = Timestamp.from(clock.instant());
        update(connection, PENDING, hub);
        long listed = copy(connection, listing);
        execute(connection, "ANALYZE hub_listed");
        update(connection, DIFFERENCES, hub, began);
        long repaired = repair ? repair(connection, hub, began) : 0;
        return new Result(listed, differences(connection), repaired);
      } finally {
        execute(connection, NO_TABLES);
      }
    }
  }

  private static long copy(Connection connection, Listing listing)
      throws IOException, InterruptedException, SQLException {
    List<String> names = new ArrayList<>();
    long[] listed = {0};
    try {
      listing.forEach(
          name -> {
            names.add(name);
            listed[0]++;
            if (names.size() == NAMES_AT_ONCE) {
              flush(connection, names);
            }
          });
    } catch (NotCopiedException e) {
      throw e.cause;
    }
    if (!names.isEmpty()) {
      copy(connection, names);
    }
    return listed[0];
  }

  private static void flush(Connection connection, List<String> names) {
    try {
      copy(connection, names);
    } catch (SQLException e) {
      throw new NotCopiedException(e);
    }
  }

  private static void copy(Connection connection, List<String> names) throws SQLException {
    CopyRows rows = new CopyRows();
    for (String name : names) {
      rows.startRow(2);
      // The database's text can't hold it.
      rows.text(name.replace('\0', '\uFFFD'));
      UUID device = name.length() == PUBLISHER_LENGTH ? Guid.of(name) : null;
      if (device == null) {
        rows.absent();
      } else {
        rows.uuid(device.getMostSignificantBits(), device.getLeastSignificantBits());
      }
    }
    CopyStream.copy(connection, COPY, rows);
    names.clear();
  }

  private long repair(Connection connection, short hub, Timestamp began) throws SQLException {
    connection.setAutoCommit(false);
    try {
      TransactionLock.DEVICE_STATUS.shared(connection);
      try (PreparedStatement statement = connection.prepareStatement(REPAIR)) {
        statement.setShort(1, hub);
        statement.setTimestamp(2, began);
        statement.setTimestamp(3, Timestamp.from(clock.instant()));
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          long repaired = row.getLong(1);
          connection.commit();
          return repaired;
        }
      }
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  private static List<Difference> differences(Connection connection) throws SQLException {
    Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(COUNTS)) {
      while (rows.next()) {
        counts.put(Kind.valueOf(rows.getString(1)), rows.getLong(2));
      }
    }
    List<Difference> differences = new ArrayList<>();
    for (Map.Entry<Kind, Long> count : counts.entrySet()) {
      List<String> first = new ArrayList<>();
      try (PreparedStatement statement = connection.prepareStatement(FIRST)) {
        statement.setString(1, count.getKey().name());
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            first.add(rows.getString(1));
          }
        }
      }
      differences.add(new Difference(count.getKey(), count.getValue(), first));
    }
    return differences;
  }

  private static void update(Connection connection, String sql, short hub, Timestamp... more)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setShort(1, hub);
      for (int i = 0; i < more.length; i++) {
        statement.setTimestamp(i + 2, more[i]);
      }
      statement.executeUpdate();
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Carries what the database said through the listing. */
  private static final class NotCopiedException extends RuntimeException {
    private final SQLException cause;

    NotCopiedException(SQLException cause) {
      super(cause);
      this.cause = cause;
    }
  }
}
