package dev.muster;

import dev.muster.database.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.SmartDataSource;

/** What a test asks of a home's database, past Muster. */
public final class TestDatabase {

  private TestDatabase() {}

  /** A session that was cut, or whose server was killed, is no hindrance. */
  public static JdbcTemplate jdbc(EmbeddedPostgres postgres) {
    return new JdbcTemplate(
        new KeptSession(postgres.jdbcUrl(), postgres.user(), postgres.password()));
  }

  /**
   * Signs in once, and again only where the session has ended: those who look every few
   * milliseconds would keep a processor busy with signing in.
   */
  private static final class KeptSession extends DriverManagerDataSource
      implements SmartDataSource {

    private static final int PATIENCE_SECONDS = 30;

    private @Nullable Connection kept;

    KeptSession(String url, String user, String password) {
      super(url, user, password);
    }

    @Override
    public synchronized Connection getConnection() throws SQLException {
      Connection connection = kept;
      if (connection == null || !connection.isValid(PATIENCE_SECONDS)) {
        connection = super.getConnection();
        kept = connection;
      }
      return connection;
    }

    @Override
    public boolean shouldClose(Connection connection) {
      return false;
    }
  }

  /** Waits until a condition holds: {@code SELECT EXISTS (…)}. */
  public static void await(JdbcTemplate jdbc, Duration patience, String condition) {
    try {
      boolean unused =
          Await.until(
              patience,
              () -> Boolean.TRUE.equals(jdbc.queryForObject(condition, Boolean.class)),
              holds -> holds);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** The number that a query answers. */
  public static long count(JdbcTemplate jdbc, String sql) {
    return Objects.requireNonNull(jdbc.queryForObject(sql, Long.class));
  }

  /** How many arrivals a process is working on. */
  public static long atWork(JdbcTemplate jdbc, Process process) {
    return count(
        jdbc,
        """
        SELECT count(*) FROM arrival JOIN instance USING (instance_id)
         WHERE pid = %d AND state = 'WAITING'\
        """
            .formatted(process.pid()));
  }
}
