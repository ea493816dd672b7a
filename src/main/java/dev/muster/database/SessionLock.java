package dev.muster.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.stereotype.Component;

/**
 * A lock that at most one process of all has. It ends with its session, so with its process however
 * that ends.
 */
@Component
public class SessionLock {

  /** The first part of all our two-part keys: {@code MUST}. They never meet keys of one part. */
  private static final int MUSTER = 0x4D555354;

  /** The same of hubs' locks, whose second part is the hub: {@code MUSH}. */
  private static final int HUB = 0x4D555348;

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
    @Override
    void close();
  }

  private final DataSource dataSource;

  SessionLock(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /** Takes the lock, unless another process has it. */
  public Optional<Held> take(Work work) {
    return take(MUSTER, work.key);
  }

  /** Takes the right to tell a hub something, unless another has it. */
  public Optional<Held> takeHub(short hub) {
    return take(HUB, hub);
  }

  private Optional<Held> take(int kind, int key) {
    try {
      Connection connection = dataSource.getConnection();
      try {
        if (ask(connection, "SELECT pg_try_advisory_lock(?, ?)", kind, key)) {
          return Optional.of(() -> release(connection, kind, key));
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

  private static void release(Connection connection, int kind, int key) {
    try (connection) {
      ask(connection, "SELECT pg_advisory_unlock(?, ?)", kind, key);
    } catch (SQLException e) {
      throw new DataAccessResourceFailureException("The lock can't be released.", e);
    }
  }

  private static boolean ask(Connection connection, String sql, int kind, int key)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setInt(1, kind);
      statement.setInt(2, key);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }
}
