package dev.muster.registry;

import dev.muster.database.CopyRows;
import dev.muster.database.CopyStream;
import dev.muster.manifest.Accepted;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.Updates;
import dev.muster.manifest.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
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
      CREATE TEMPORARY TABLE checked (LIKE device, creates boolean, changes jsonb) ON COMMIT DROP;
      CREATE TEMPORARY TABLE faulty (line integer, device_id text, code text, column_name text, value text, message text)
      ON COMMIT DROP\
      """;

  private static final String COPY_CHECKED =
      "COPY checked (" + DeviceChunk.COLUMNS + ", creates, changes) FROM STDIN (FORMAT binary)";

  private static final String COPY_FAULTY = "COPY faulty FROM STDIN (FORMAT binary)";

  /** Whether the device {@code d} is one that the factory's row may find unchanged, or change. */
  private static final String OWN =
      "m.factory = w.factory AND m.delivered_at IS NOT NULL AND NOT m.by_hand AND s.state IS NULL";

  /** Each row beside what is there: {@code d}, and {@code u}, what it would change of that. */
  private static final String JUDGED =
      """
       FROM (SELECT checked.*, min(line) OVER (PARTITION BY device_id) AS first_line FROM checked) i
      CROSS JOIN (SELECT :factory::text AS factory, :reader::text AS reader, :updates::text AS updates) w
      %s JOIN device d USING (device_id)
       LEFT JOIN device_status s USING (device_id)
       LEFT JOIN manifest m ON m.manifest_id = d.manifest_id
       LEFT JOIN LATERAL (%s) AS u ON i.changes IS NOT NULL AND %s
      """;

  private static String judged(String join) {
    return JUDGED.formatted(
        join,
        DeviceValues.changes(
            "SELECT * FROM jsonb_each_text(i.changes)", "w.updates = 'VALUES_AND_PLACES'"),
        OWN);
  }

  /**
   * The same verdicts and sentences as DeviceLoader's, which gets them from the rows themselves.
   */
  private static final String REJECTS =
"""
      SELECT line, device_id, code, column_name, value, message FROM faulty
      UNION ALL
      SELECT i.line, i.device_id::text,
             CASE WHEN i.line > i.first_line AND (d.device_id IS NULL OR u.changed IS NOT NULL) THEN 'DUPLICATE_IN_MANIFEST'
                  WHEN m.factory <> w.reader AND NOT m.by_hand      THEN 'ALREADY_REGISTERED'
                  WHEN s.state IS NOT NULL                          THEN 'REVOKED_DEVICE'
                  WHEN d.device_id IS NULL                          THEN 'UNKNOWN_DEVICE'
                  ELSE                                                   'ALREADY_REGISTERED' END,
             coalesce(changed.name, 'device_id'), coalesce(changed.now, i.device_id::text),
             CASE WHEN i.line > i.first_line AND (d.device_id IS NULL OR u.changed IS NOT NULL)
                  THEN format('This device_id is already on line %s of this manifest; the first one counts.', i.first_line)
                  WHEN m.factory <> w.reader AND NOT m.by_hand
                  THEN 'This device is already in the registry.'
"""
          + DeviceLoader.WHY_REGISTERED
          + " END"
          + judged("LEFT")
          + " LEFT JOIN LATERAL ("
          + DeviceLoader.FIRST_DIFFERENCE
          + """
            ) AS changed ON i.changes IS NULL AND s.state IS NULL AND NOT m.by_hand AND m.factory = w.factory
          WHERE (d.device_id IS NOT NULL OR s.state IS NOT NULL OR i.line > i.first_line OR NOT i.creates)
            AND (%s AND CASE WHEN i.changes IS NULL THEN %s
                             ELSE u.changed IS NULL OR i.line = i.first_line END) IS NOT TRUE
          ORDER BY 1\
          """
              .formatted(OWN, DeviceLoader.SAME_VALUES);

  private static final String COUNTS =
      "SELECT count(*) FILTER (WHERE u.changed IS NULL AND (i.changes IS NOT NULL OR "
          + DeviceLoader.SAME_VALUES
          + """
          )) AS unchanged,
                 count(*) FILTER (WHERE u.changed IS NOT NULL AND i.line = i.first_line) AS updated,
                 count(*) FILTER (WHERE u.place_kept) AS places_kept
          """
          + judged("")
          + " WHERE "
          + OWN;

  /**
   * What would become of rows whose devices are there already.
   *
   * @param unchanged they have the same values, and came from the same factory
   * @param updated they would be changed
   * @param placesKept they would stay where somebody has put them, though the row says otherwise
   */
  public record Found(long unchanged, long updated, long placesKept) {}

  /** Where verdicts come from; null at the end. */
  public interface Verdicts {
    @Nullable Verdict next() throws IOException;
  }

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;

  DryRun(DataSource dataSource) {
    jdbcTemplate = new JdbcTemplate(dataSource);
    jdbcTemplate.setFetchSize(FETCH_ROWS);
    jdbc = JdbcClient.create(jdbcTemplate);
  }

  /**
   * Hands over the rejects in the order of their lines.
   *
   * @param factory whose manifest it is; null when that is not known, and no row can be unchanged
   * @param reader who is told; of others' devices it hears nothing but that they are there. Null:
   *     whoever sees all
   * @param updates what it may change
   */
  @Transactional
  public Found judge(
      @Nullable String factory,
      @Nullable String reader,
      Updates updates,
      Verdicts verdicts,
      Consumer<Rejected> rejects) {
    jdbcTemplate.execute(TEMPORARY_TABLES);
    jdbcTemplate.execute((ConnectionCallback<Boolean>) connection -> copy(connection, verdicts));
    Map<String, @Nullable Object> asked = new HashMap<>();
    asked.put("factory", factory);
    asked.put("reader", reader);
    asked.put("updates", updates.name());
    jdbc.sql(REJECTS)
        .params(asked)
        .query(
            row -> {
              rejects.accept(Rejects.rejected(row));
            });
    return jdbc.sql(COUNTS)
        .params(asked)
        .query(
            (row, number) ->
                new Found(
                    row.getLong("unchanged"), row.getLong("updated"), row.getLong("places_kept")))
        .single();
  }

  private static boolean copy(Connection connection, Verdicts verdicts) throws SQLException {
    CopyRows checked = new CopyRows();
    CopyRows faulty = new CopyRows();
    try {
      for (Verdict verdict = verdicts.next(); verdict != null; verdict = verdicts.next()) {
        if (verdict instanceof Accepted device) {
          DeviceChunk.encode(device, 0, (short) 0, checked, 2);
          checked.bool(device.creates());
          checked.jsonb(device.changes());
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
