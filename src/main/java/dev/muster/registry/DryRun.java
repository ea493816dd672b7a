package dev.muster.registry;

import dev.muster.database.CopyRows;
import dev.muster.database.CopyStream;
import dev.muster.manifest.Accepted;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * Judges rows against each other and against the registry as a load would, and changes nothing: it
 * all happens in temporary tables, so it needs no memory to speak of, and locks nobody out.
 */
@Component
public class DryRun {

  private static final int FETCH_ROWS = 10_000;
  private static final int FLUSH_BYTES = 1 << 18;

  private static final String TEMPORARY_TABLES =
      """
      CREATE TEMPORARY TABLE checked (LIKE device) ON COMMIT DROP;
      CREATE TEMPORARY TABLE faulty (line integer, device_id text, code text, column_name text, value text, message text)
      ON COMMIT DROP\
      """;

  private static final String COPY_CHECKED =
      "COPY checked (" + DeviceChunk.COLUMNS + ") FROM STDIN (FORMAT binary)";

  private static final String COPY_FAULTY = "COPY faulty FROM STDIN (FORMAT binary)";

  /**
   * The same verdicts and sentences as DeviceLoader's, which gets them from the rows themselves.
   */
  private static final String REJECTS =
      """
      SELECT line, device_id, code, column_name, value, message FROM faulty
      UNION ALL
      SELECT i.line, i.device_id::text,
             CASE WHEN i.line > i.first_line AND d.device_id IS NULL THEN 'DUPLICATE_IN_MANIFEST'
                  WHEN m.factory <> w.factory AND NOT m.by_hand      THEN 'ALREADY_REGISTERED'
                  WHEN s.state IS NOT NULL                           THEN 'REVOKED_DEVICE'
                  ELSE                                                    'ALREADY_REGISTERED' END,
             coalesce(changed.name, 'device_id'), coalesce(changed.now, i.device_id::text),
             CASE WHEN i.line > i.first_line AND d.device_id IS NULL
                  THEN format('This device_id is already on line %s of this manifest; the first one counts.', i.first_line)
                  WHEN m.factory <> w.factory AND NOT m.by_hand
                  THEN 'This device is already in the registry.'
      """
          + DeviceLoader.WHY_REGISTERED
          + """
                      END
            FROM (SELECT checked.*, min(line) OVER (PARTITION BY device_id) AS first_line FROM checked) i
            LEFT JOIN device d USING (device_id)
            LEFT JOIN device_status s USING (device_id)
            LEFT JOIN manifest m ON m.manifest_id = d.manifest_id
            CROSS JOIN (SELECT ?::text AS factory) w
            LEFT JOIN LATERAL (
          """
          + DeviceLoader.FIRST_DIFFERENCE
          + """
            ) AS changed ON s.state IS NULL AND NOT m.by_hand AND m.factory = ?
           WHERE (d.device_id IS NOT NULL OR s.state IS NOT NULL OR i.line > i.first_line)
             AND (m.factory = ? AND m.delivered_at IS NOT NULL AND NOT m.by_hand AND s.state IS NULL AND
          """
          + DeviceLoader.SAME_VALUES
          + """
             ) IS NOT TRUE
          ORDER BY 1\
          """;

  private static final String UNCHANGED =
      """
      SELECT count(*)
        FROM checked i
        JOIN device d USING (device_id)
        JOIN manifest m ON m.manifest_id = d.manifest_id
        LEFT JOIN device_status s USING (device_id)
       WHERE m.factory = ? AND m.delivered_at IS NOT NULL AND NOT m.by_hand AND s.state IS NULL AND
      """
          + DeviceLoader.SAME_VALUES;

  /** Where verdicts come from; null at the end. */
  public interface Verdicts {
    @Nullable Verdict next() throws IOException;
  }

  private final JdbcTemplate jdbc;

  DryRun(DataSource dataSource) {
    jdbc = new JdbcTemplate(dataSource);
    jdbc.setFetchSize(FETCH_ROWS);
  }

  /**
   * Hands over the rejects in the order of their lines.
   *
   * @param factory whose manifest it is; null when that is not known, and no row can be unchanged
   * @param reader who is told; of others' devices it hears nothing but that they are there. Null:
   *     whoever sees all
   * @return how many rows are in the registry already, from that factory and with the same values
   */
  @Transactional
  public long judge(
      @Nullable String factory,
      @Nullable String reader,
      Verdicts verdicts,
      Consumer<Rejected> rejects) {
    jdbc.execute(TEMPORARY_TABLES);
    jdbc.execute((ConnectionCallback<Boolean>) connection -> copy(connection, verdicts));
    jdbc.query(
        REJECTS,
        row -> {
          rejects.accept(Rejects.rejected(row));
        },
        reader,
        factory,
        factory);
    return Objects.requireNonNull(jdbc.queryForObject(UNCHANGED, Long.class, factory));
  }

  private static boolean copy(Connection connection, Verdicts verdicts) throws SQLException {
    CopyRows checked = new CopyRows();
    CopyRows faulty = new CopyRows();
    try {
      for (Verdict verdict = verdicts.next(); verdict != null; verdict = verdicts.next()) {
        if (verdict instanceof Accepted device) {
          DeviceChunk.encode(device, 0, (short) 0, checked);
        } else if (verdict instanceof Rejected reject) {
          faulty.startRow(6);
          Rejects.encode(reject, faulty);
        }
        if (checked.size() > FLUSH_BYTES) {
          flush(connection, COPY_CHECKED, checked);
        }
        if (faulty.size() > FLUSH_BYTES) {
          flush(connection, COPY_FAULTY, faulty);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    flush(connection, COPY_CHECKED, checked);
    flush(connection, COPY_FAULTY, faulty);
    return true;
  }

  private static void flush(Connection connection, String sql, CopyRows rows) throws SQLException {
    CopyStream.copy(connection, sql, rows);
    rows.clear();
  }
}
