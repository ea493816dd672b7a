package dev.muster.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.springframework.jdbc.core.JdbcOperations;

/**
 * Locks that are held to the end of a transaction, in the order in which one takes them. Rows of
 * {@code device} come behind them, rows of {@code device_status} last.
 *
 * <p>An exchange, and whoever is given a single token, shares {@link #SIGNING_KEYS} and locks the
 * device's rows: it waits for changes of keys and of that device, never for loads, lists or
 * deliveries as a whole.
 */
public enum TransactionLock {
  /**
   * Exclusive: taking devices out of service and bringing them back, one transaction after the
   * other, so that the numbers of these changes grow in the order of their commits. Shared: whoever
   * looks at who is out of service and relies on it until its commit, such as a load.
   */
  DEVICE_STATUS(1),

  /** Exclusive: changing which key signs, or is good. Shared: relying on it until the commit. */
  SIGNING_KEYS(2),

  /** Exclusive: choosing what an instance works on next, by what all have at work. */
  TURN(3);

  /** The first part of the keys, which no other lock has: {@code MUTT}. */
  private static final int KIND = 0x4D555454;

  private final int key;

  TransactionLock(int key) {
    this.key = key;
  }

  /** Takes the lock beside others that share it. */
  public void shared(Connection connection) throws SQLException {
    execute(connection, sharing());
  }

  /** As {@link #shared(Connection)}, in the transaction that is under way. */
  public void shared(JdbcOperations jdbc) {
    jdbc.execute(sharing());
  }

  /** Takes the lock alone. */
  public void exclusive(Connection connection) throws SQLException {
    execute(connection, alone());
  }

  private String alone() {
    return "SELECT pg_advisory_xact_lock(%d, %d)".formatted(KIND, key);
  }

  /** As {@link #exclusive(Connection)}, in the transaction that is under way. */
  public void exclusive(JdbcOperations jdbc) {
    jdbc.execute(alone());
  }

  /** The statement that takes the lock beside others, for those who send it with others. */
  public String sharing() {
    return "SELECT pg_advisory_xact_lock_shared(%d, %d)".formatted(KIND, key);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
