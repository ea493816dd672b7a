package dev.muster.seen;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.Set;
import java.util.UUID;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Writes down when devices were first and last seen. Said again, or in another order, it is the
 * same. A device that nobody has a token of can't give a sign of life: of it none is written down,
 * nor what was seen before its id became free: that was who had it then.
 */
@Component
@EnableConfigurationProperties(SeenProperties.class)
public class SignsOfLife {

  /**
   * A row that was there has an {@code xmax}, one that was added has none: so each is counted once,
   * whoever else sees the device at the same time. Everything in the order of its key, so that
   * those who do this side by side wait for each other and not in a circle.
   */
  private static final String WRITE =
      """
      WITH known AS MATERIALIZED (
          SELECT d.device_id, min(s.at) AS first_at, max(s.at) AS last_at, d.manifest_id
            FROM unnest(:devices::uuid[], :times::timestamptz[]) AS s (device_id, at)
            JOIN device d USING (device_id)
            JOIN manifest m USING (manifest_id)
            LEFT JOIN device_status t USING (device_id)
           WHERE NOT EXISTS (SELECT FROM device_change c
                              WHERE c.device_id = d.device_id AND c.action = 'free' AND c.changed_at > s.at)
             AND greatest(CASE WHEN m.delivered_at IS NOT NULL THEN coalesce(t.token_expires_at, m.tokens_expire_at)
                               ELSE t.token_expires_at END,
                          t.held_expires_at, t.issued_until) > 'epoch'
           GROUP BY d.device_id, d.manifest_id),
      written AS (
          INSERT INTO device_seen AS w (device_id, first_at, first_by, last_at, last_by)
          SELECT device_id, first_at, :by, last_at, :by FROM known ORDER BY device_id
              ON CONFLICT (device_id) DO UPDATE
             SET first_at = least(w.first_at, excluded.first_at),
                 first_by = CASE WHEN excluded.first_at < w.first_at THEN excluded.first_by ELSE w.first_by END,
                 last_at = greatest(w.last_at, excluded.last_at),
                 last_by = CASE WHEN excluded.last_at > w.last_at THEN excluded.last_by ELSE w.last_by END
           WHERE excluded.first_at < w.first_at
              OR (excluded.last_at > w.last_at AND excluded.last_at >= w.last_at + :resolution * interval '1 second')
          RETURNING device_id, xmax = 0 AS added),
      counted AS (
          INSERT INTO seen_count AS c (manifest_id, slot, devices)
          SELECT manifest_id, pg_backend_pid() % 64, count(*)
            FROM written JOIN known USING (device_id) WHERE added GROUP BY manifest_id ORDER BY manifest_id
              ON CONFLICT (manifest_id, slot) DO UPDATE SET devices = c.devices + excluded.devices)
      SELECT device_id FROM known\
      """;

  private final JdbcClient jdbc;
  private final SeenProperties properties;

  SignsOfLife(JdbcClient jdbc, SeenProperties properties) {
    this.jdbc = jdbc;
    this.properties = properties;
  }

  /**
   * Writes signs of life down, in the transaction that is under way or one of its own; a device may
   * be among them several times.
   *
   * @return the devices that are known, and that somebody has a token of
   */
  public Set<UUID> saw(Collection<Sighting> sightings, SeenBy by) {
    if (sightings.isEmpty()) {
      return Set.of();
    }
    return jdbc.sql(WRITE)
        .param("devices", sightings.stream().map(Sighting::device).toArray(UUID[]::new))
        .param(
            "times",
            sightings.stream().map(Sighting::at).map(Timestamp::from).toArray(Timestamp[]::new))
        .param("by", by.name())
        .param("resolution", properties.resolution().toSeconds())
        .query(UUID.class)
        .set();
  }

  /**
   * Devices leave the registry, in the transaction that is under way. That their manifest's were
   * seen stays true, as it stays true that they were accepted.
   */
  public void forget(String[] devices) {
    jdbc.sql("DELETE FROM device_seen WHERE device_id = ANY (?::uuid[])").param(devices).update();
  }

  /**
   * Devices exchange tokens for the first time. When the last time was, their status says: it is
   * not written here again.
   */
  public void exchangedFirst(Collection<UUID> devices, Instant at) {
    Set<UUID> unused =
        saw(devices.stream().map(device -> new Sighting(device, at)).toList(), SeenBy.EXCHANGE);
  }
}
