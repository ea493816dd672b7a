package dev.muster.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.stereotype.Component;

/**
 * A lock that at most one process of all has. It ends with its session, so with its process however
 * that ends; and with nothing else, so whoever must not go on without it asks whether it still has
 * it.
 */
@Component
public class SessionLock {

  private static final Logger LOG = LoggerFactory.getLogger(SessionLock.class);

  /** The first part of all our two-part keys: {@code MUST}. They never meet keys of one part. */
  private static final int MUSTER = 0x4D555354;

  /** The same of hubs' locks, whose second part is the hub: {@code MUSH}. */
  private static final int HUB = 0x4D555348;

  private static final int SECONDS_TO_ANSWER = 5;

  /**
   * The keys of one part that sessions of this database hold, in SQL; other databases of the same
   * server may know locks by the same keys.
   */
  public static final String KEYS_HELD =
      """
      SELECT (classid::bigint << 32) | objid::bigint
        FROM pg_locks
       WHERE locktype = 'advisory' AND objsubid = 1 AND granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())\
      """;

  private static final String TAKEN =
      """
      SELECT EXISTS (SELECT FROM pg_locks
                      WHERE locktype = 'advisory' AND objsubid = 2 AND granted
                        AND classid::bigint = ? AND objid::bigint = ?
                        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))\
      """;

  /** What is done by one process at a time. */
  public enum Work {
    NIGHTLY_RUN(3),
    RECONCILIATION(4),
    DENY_LIST_FILES(11),
    RENEWAL(13);

    private final int key;

    Work(int key) {
      this.key = key;
    }
  }

  /** Holds the lock until closed. */
  public interface Held extends AutoCloseable {

    /** Whether its session is there still; another process may have the lock if not. */
    boolean isHeld();

    @Override
    void close();
  }

  private final DataSource dataSource;

  SessionLock(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /** Takes the lock, unless another process has it. */
  public Optional<Held> take(Work work) {
    return take(new Key("?, ?", List.of(MUSTER, work.key)));
  }

  /** Whether some process has the lock at this moment. */
  public boolean isTaken(Work work) {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(TAKEN)) {
      statement.setLong(1, MUSTER);
      statement.setLong(2, work.key);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    } catch (SQLException e) {
      throw new DataAccessResourceFailureException("The lock can't be looked at.", e);
    }
  }

  /** Takes the right to tell a hub something, unless another has it. */
  public Optional<Held> takeHub(short hub) {
    return take(new Key("?, ?", List.of(HUB, (int) hub)));
  }

  /**
   * Takes the lock of what is called so: a key of one part, the name's {@code hashtextextended}.
   */
  public Optional<Held> take(String name) {
    return take(new Key("hashtextextended(?, 0)", List.of(name)));
  }

  private Optional<Held> take(Key key) {
    try {
      Connection connection = dataSource.getConnection();
      try {
        // Its session says nothing for as long as the work takes.
        try (Statement statement = connection.createStatement()) {
          statement.execute("SET idle_session_timeout = 0");
        }
        if (key.ask(connection, "pg_try_advisory_lock")) {
          return Optional.of(new Session(connection, key));
        }
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
      connection.close();
      return Optional.empty();
    } catch (SQLException e) {
      throw new DataAccessResourceFailureException("The lock can't be taken.", e);
    }
  }

  private record Key(String sql, List<Object> values) {

    boolean ask(Connection connection, String function) throws SQLException {
      try (PreparedStatement statement =
          connection.prepareStatement("SELECT " + function + "(" + sql + ")")) {
        for (int place = 0; place < values.size(); place++) {
          statement.setObject(place + 1, values.get(place));
        }
        try (ResultSet row = statement.executeQuery()) {
          return row.next() && row.getBoolean(1);
        }
      }
    }
  }

  private record Session(Connection connection, Key key) implements Held {

    @Override
    public boolean isHeld() {
      try {
        return connection.isValid(SECONDS_TO_ANSWER);
      } catch (SQLException e) {
        throw new IllegalStateException(e); // a negative timeout
      }
    }

    /** A session that was cut has released it already; that says nothing about the work. */
    @Override
    public void close() {
      try (connection) {
        key.ask(connection, "pg_advisory_unlock");
      } catch (SQLException e) {
        LOG.warn("lock=lost {}", e.getMessage());
      }
    }
  }
}
