package dev.muster.denylist;

import dev.muster.denylist.ListedDevice.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What is out of service, and what changed. Versions are the numbers of changes: those grow in the
 * order of commits, so whoever sees one sees all that are smaller.
 */
@Component
class StatusHistory {

  private static final int FETCH_ROWS = 10_000;

  private static final String VERSION = "SELECT coalesce(max(change_id), 0) FROM service_change";

  private static final String OUT_OF_SERVICE =
      """
      SELECT s.device_id, s.state, c.change_id, c.changed_at
        FROM device_status s
        JOIN LATERAL (SELECT change_id, changed_at FROM service_change
                       WHERE device_id = s.device_id ORDER BY change_id DESC LIMIT 1) c ON true
       WHERE s.state IS NOT NULL
       ORDER BY s.device_id\
      """;

  /** A device's last change only: what was before it says nothing any more. */
  private static final String CHANGES =
      """
      SELECT c.device_id, c.becomes AS state, c.change_id, c.changed_at
        FROM service_change c
       WHERE c.change_id > :from AND c.change_id <= :to
         AND NOT EXISTS (SELECT FROM service_change later
                          WHERE later.device_id = c.device_id
                            AND later.change_id > c.change_id AND later.change_id <= :to)
       ORDER BY c.change_id\
      """;

  private final JdbcClient jdbc;
  private final TransactionTemplate atOneInstant;

  StatusHistory(JdbcClient jdbc, PlatformTransactionManager transactions) {
    this.jdbc = jdbc;
    this.atOneInstant = new TransactionTemplate(transactions);
    atOneInstant.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
    atOneInstant.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    atOneInstant.setReadOnly(true);
  }

  interface Reader {
    void read(ListedDevice device) throws IOException;
  }

  /** What reads at one instant. */
  interface Reading<T> {
    T read() throws IOException;
  }

  /**
   * Runs what reads; all of it sees the registry as it is at its first look. A change that commits
   * meanwhile has a higher number than that look's version.
   */
  <T> T atOneInstant(Reading<T> reading) throws IOException {
    try {
      return Objects.requireNonNull(
          atOneInstant.execute(
              status -> {
                try {
                  return reading.read();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }));
    } catch (UncheckedIOException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  long version() {
    return jdbc.sql(VERSION).query(Long.class).single();
  }

  /** All that are out of service, in the order of their ids. In a transaction, read as it goes. */
  void outOfService(Reader reader) {
    jdbc.sql(OUT_OF_SERVICE)
        .withFetchSize(FETCH_ROWS)
        .query(
            row -> {
              read(row, reader);
            });
  }

  /** What changed after a version, up to and with another. In a transaction, read as it goes. */
  void changes(long from, long to, Reader reader) {
    jdbc.sql(CHANGES)
        .withFetchSize(FETCH_ROWS)
        .param("from", from)
        .param("to", to)
        .query(
            row -> {
              read(row, reader);
            });
  }

  /** The first of what changed after a version, up to and with another. */
  List<ListedDevice> changes(long from, long to, int atMost) {
    return jdbc.sql(CHANGES + " LIMIT :atMost")
        .param("from", from)
        .param("to", to)
        .param("atMost", atMost)
        .query((row, number) -> device(row))
        .list();
  }

  Map<Status, Long> counts() {
    Map<Status, Long> counts = new TreeMap<>();
    jdbc.sql(
            """
            SELECT state, count(*) FROM device_status WHERE state IS NOT NULL GROUP BY state\
            """)
        .query(
            row -> {
              counts.merge(status(row.getString(1)), row.getLong(2), Long::sum);
            });
    return counts;
  }

  private static void read(ResultSet row, Reader reader) throws SQLException {
    try {
      reader.read(device(row));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ListedDevice device(ResultSet row) throws SQLException {
    return new ListedDevice(
        row.getObject("device_id", UUID.class),
        status(row.getString("state")),
        row.getLong("change_id"),
        row.getObject("changed_at", OffsetDateTime.class).toInstant());
  }

  /** What is neither revoked nor disabled is not out of service, whatever else it is. */
  private static Status status(@Nullable String state) {
    return switch (String.valueOf(state)) {
      case "REVOKED", "RETIRED" -> Status.REVOKED;
      case "DISABLED" -> Status.DISABLED;
      default -> Status.ACTIVE;
    };
  }
}
