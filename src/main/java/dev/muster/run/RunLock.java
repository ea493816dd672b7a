package dev.muster.run;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.batch.core.job.DefaultJobKeyGenerator;
import org.springframework.batch.core.job.JobExecution;
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

  /**
   * A job instance's key, in SQL over {@code batch_job_instance i}: of the job's name too, since a
   * manifest and a list of the same content have the same parameters.
   */
  static final String KEY = "hashtextextended(i.job_name || '/' || i.job_key, 0)";

  private static final Logger LOG = LoggerFactory.getLogger(RunLock.class);

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

  /** Takes the lock of an execution's job instance, unless another process has it. */
  Optional<Held> take(JobExecution execution) {
    return take(execution.getJobInstance().getJobName(), execution.getJobParameters());
  }

  /**
   * Takes the lock of the instance of a job with these identifying parameters, unless another
   * process has it.
   */
  Optional<Held> take(String job, JobParameters parameters) {
    String key = job + "/" + new DefaultJobKeyGenerator().generateKey(parameters);
    try {
      Connection connection = dataSource.getConnection();
      try {
        // Its session says nothing for as long as the run takes.
        execute(connection, "SET idle_session_timeout = 0");
        if (ask(connection, "SELECT pg_try_advisory_lock(hashtextextended(?, 0))", key)) {
          return Optional.of(() -> release(connection, key));
        }
      } catch (SQLException e) {
        connection.close();
        throw e;
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

  /** A session that was cut has released it already; that says nothing about the run. */
  private static void release(Connection connection, String key) {
    try (connection) {
      ask(connection, "SELECT pg_advisory_unlock(hashtextextended(?, 0))", key);
    } catch (SQLException e) {
      LOG.warn("run=lock-lost {}", e.getMessage());
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.execute();
    }
  }

  private static boolean ask(Connection connection, String sql, String key) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, key);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }
}
