package dev.muster.registry;

import dev.muster.database.TransactionLock;
import dev.muster.status.ChangeHistory;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * What a manifest is to change of devices that are there. Chunks put it by, and it is written when
 * the manifest's bundle is published: one that is withdrawn before has changed nothing.
 */
@Component
public class DeviceUpdates {

  /**
   * What became so since it was put by is left out. In the order of their ids, so that two
   * manifests don't wait for each other. With another claim code, a device is to be claimed anew.
   */
  private static final String APPLY =
      """
      WITH staged AS (
          DELETE FROM device_update
           WHERE manifest_id = :manifest AND line > :after AND line <= :last
          RETURNING *),
      held AS MATERIALIZED (
          SELECT d.*, u.line AS at_line, u.changed AS wanted
            FROM staged u JOIN device d USING (device_id)
           WHERE NOT EXISTS (SELECT FROM device_status s WHERE s.device_id = d.device_id AND s.state = 'RETIRED')
           ORDER BY d.device_id FOR UPDATE OF d),
      judged AS MATERIALIZED (
          SELECT d.device_id, d.at_line, c.changed
            FROM held d
            JOIN manifest here ON here.manifest_id = :manifest
           CROSS JOIN LATERAL (%s) AS c
           WHERE c.changed IS NOT NULL),
      written AS (
          UPDATE device d
             SET %s
            FROM judged j WHERE d.device_id = j.device_id),
      unclaimed AS (
          DELETE FROM device_claim c USING judged j
           WHERE c.device_id = j.device_id AND jsonb_exists(j.changed, '%s'))
      INSERT INTO changed_device (device_id, line, changed) SELECT device_id, at_line, changed FROM judged\
      """
          .formatted(
              DeviceValues.changes(
                  "SELECT key, value ->> 1 FROM jsonb_each(d.wanted)", DeviceLoader.PLACES_TOO),
              DeviceValues.ASSIGNMENTS,
              ClaimCodes.COLUMN);

  /** Whoever changes one of them meanwhile waits for all. */
  private static final int AT_ONCE = 10_000;

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;
  private final ChangeHistory history;

  DeviceUpdates(JdbcTemplate jdbcTemplate, ChangeHistory history) {
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
    this.history = history;
  }

  /**
   * Writes what the manifest is to change, a page at a time.
   *
   * @return does the next page in the transaction that is under way, and says whether there was
   *     one; who changes one of these devices waits for it
   */
  public Supplier<Boolean> apply(Manifest manifest, Instant at) {
    AtomicInteger line = new AtomicInteger();
    return () -> {
      Optional<Integer> last = lastOfPage(manifest.id(), line.get());
      last.ifPresent(
          end -> {
            apply(manifest, line.get(), end, at);
            line.set(end);
          });
      return last.isPresent();
    };
  }

  private Optional<Integer> lastOfPage(int manifestId, int after) {
    return jdbc.sql(
            """
            SELECT max(line) FROM (SELECT line FROM device_update WHERE manifest_id = ? AND line > ?
                                    ORDER BY line LIMIT ?) AS page\
            """)
        .params(manifestId, after, AT_ONCE)
        .query((row, number) -> Optional.ofNullable(row.getObject(1, Integer.class)))
        .single();
  }

  private void apply(Manifest manifest, int after, int last, Instant at) {
    // Whoever puts a device somewhere, or claims it, is done before the next statement looks, or
    // comes behind it
    TransactionLock.DEVICE_STATUS.shared(jdbcTemplate);
    history.expectUpdates();
    jdbc.sql(APPLY)
        .param("manifest", manifest.id())
        .param("after", after)
        .param("last", last)
        .update();
    history.addUpdates(manifest.id(), "factory " + manifest.factory(), at);
  }

  /** How many devices it is to change, as far as it has been read. */
  public long waiting(int manifestId) {
    return jdbc.sql("SELECT count(*) FROM device_update WHERE manifest_id = ?")
        .param(manifestId)
        .query(Long.class)
        .single();
  }

  /** How many devices stay where somebody has put them, though it says otherwise. */
  public long placesKept(int manifestId) {
    return jdbc.sql("SELECT coalesce(sum(places_kept), 0) FROM loaded_lines WHERE manifest_id = ?")
        .param(manifestId)
        .query(Long.class)
        .single();
  }

  /**
   * Rejects the rows that would change a device anew, and names the lines that count. Said twice it
   * is the same; in a transaction of its own, see {@link Manifests#nameFirstLines}.
   */
  @Transactional(propagation = Propagation.REQUIRES_NEW)
  public void rejectRepeats(int manifestId) {
    jdbc.sql(
            """
            WITH later AS (
                DELETE FROM device_update u USING device_update f
                 WHERE u.manifest_id = :manifest AND f.manifest_id = :manifest
                   AND u.device_id = f.device_id AND u.line > f.line
                RETURNING u.line, u.device_id)
            INSERT INTO reject (manifest_id, line, device_id, code, column_name, value, message)
            SELECT :manifest, line, device_id::text, 'DUPLICATE_IN_MANIFEST', 'device_id', device_id::text, '' FROM later\
            """)
        .param("manifest", manifestId)
        .update();
    jdbc.sql(
            """
            UPDATE reject r
               SET code = CASE WHEN r.line > first.line THEN 'DUPLICATE_IN_MANIFEST' ELSE 'UNKNOWN_DEVICE' END,
                   column_name = 'device_id', value = r.device_id,
                   message = CASE WHEN r.line > first.line
                                  THEN format('This device_id is already on line %%s of this manifest; the first one counts.', first.line)
                                  ELSE %s END
              FROM (SELECT device_id, line FROM device_update WHERE manifest_id = :manifest
                    UNION ALL
                    SELECT d.device_id, d.line FROM device d WHERE d.manifest_id = :manifest
                       AND d.device_id::text IN (SELECT device_id FROM reject
                                                  WHERE manifest_id = :manifest AND code IN ('UNKNOWN_DEVICE', 'DUPLICATE_IN_MANIFEST'))) AS first
             WHERE r.manifest_id = :manifest AND r.device_id = first.device_id::text
               AND (r.code = 'DUPLICATE_IN_MANIFEST'
                    OR r.code IN ('ALREADY_REGISTERED', 'UNKNOWN_DEVICE') AND r.line > first.line)\
            """
                .formatted(DeviceLoader.NO_SUCH_DEVICE))
        .param("manifest", manifestId)
        .update();
  }
}
