package dev.muster.run;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.springframework.batch.core.job.DefaultJobKeyGenerator;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * At most one process runs a job instance at a time. The lock is an advisory one of a database
 * session, so it ends when its process does, however that ends: no stale lock, and no guess whether
 * a run is alive.
 */
@Component
class RunLock {

  private static final int KEY_DIGITS = 16;

  private final DataSource dataSource;
  private final JdbcClient jdbc;

  RunLock(DataSource dataSource) {
    this.dataSource = dataSource;
    this.jdbc = JdbcClient.create(dataSource);
  }

  /** Holds the lock until closed. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Takes the lock of the job instance with these identifying parameters, unless another process
   * has it.
   */
  Optional<Held> take(JobParameters parameters) {
    long key = key(new DefaultJobKeyGenerator().generateKey(parameters));
    try {
      Connection connection = dataSource.getConnection();
      if (ask(connection, "SELECT pg_try_advisory_lock(?)", key)) {
        return Optional.of(() -> release(connection, key));
      }
      connection.close();
      return Optional.empty();
    } catch (SQLException e) {
      throw new DataAccessResourceFailureException("The run's lock can't be taken.", e);
    }
  }

  /** The keys of all locks that are held. */
  Set<Long> held() {
    return new HashSet<>(
        jdbc.sql(
                """
                SELECT (classid::bigint << 32) | objid::bigint
                  FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted\
                """)
            .query(Long.class)
            .list());
  }

  /** The key for a job instance, from the key that Spring Batch gives it: its first 64 bits. */
  static long key(String jobKey) {
    return Long.parseUnsignedLong(jobKey.substring(0, KEY_DIGITS), 16);
  }

  private static void release(Connection connection, long key) {
    try (connection) {
      ask(connection, "SELECT pg_advisory_unlock(?)", key);
    } catch (SQLException e) {
      throw new DataAccessResourceFailureException("The run's lock can't be released.", e);
    }
  }

  private static boolean ask(Connection connection, String sql, long key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, key);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }
}
