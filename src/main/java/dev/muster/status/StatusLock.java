package dev.muster.status;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Orders loads and changes of devices' status. Changes happen one after the other, so that the
 * numbers of changes grow in the order of their commits; and none happens between a load's look at
 * who is out of service and its commit. Loads share the lock and do not wait for each other. Held
 * to the end of the transaction.
 */
public final class StatusLock {

  /** Two-part keys never meet those of RunLock, which have one part. */
  private static final String KEY = "(1297437780, 1)";

  private StatusLock() {}

  /** For a load. */
  public static void shared(Connection connection) throws SQLException {
    execute(connection, "SELECT pg_advisory_xact_lock_shared" + KEY);
  }

  /** For a change. */
  public static void exclusive(Connection connection) throws SQLException {
    execute(connection, "SELECT pg_advisory_xact_lock" + KEY);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
