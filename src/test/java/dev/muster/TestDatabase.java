package dev.muster;

import dev.muster.database.EmbeddedPostgres;
import java.util.Objects;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** What a test asks of a home's database, past Muster. */
public final class TestDatabase {

  private TestDatabase() {}

  /** Each statement in a session of its own, so that a server that was killed is no hindrance. */
  public static JdbcTemplate jdbc(EmbeddedPostgres postgres) {
    return new JdbcTemplate(
        new DriverManagerDataSource(postgres.jdbcUrl(), postgres.user(), postgres.password()));
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
