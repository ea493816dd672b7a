package dev.muster.registry;

import dev.muster.status.RenewalPage;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Assigns devices of a renewal to the hubs that their new tokens are for. */
@Component
public class DeviceMoves {

  private final JdbcClient jdbc;

  DeviceMoves(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Keeps the devices where they are until the transaction that is under way ends: none of them
   * exchanges a token meanwhile. Before any row of {@code device_status} is touched, see {@link
   * dev.muster.database.TransactionLock}.
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void hold(RenewalPage devices) {
    long unused =
        jdbc.sql(
                """
                SELECT count(*) FROM (SELECT d.device_id FROM device d JOIN renewal_device r USING (device_id)
                                       WHERE %s ORDER BY d.device_id FOR NO KEY UPDATE OF d) AS held\
                """
                    .formatted(RenewalPage.ROWS))
            .params(devices.parameters())
            .query(Long.class)
            .single();
  }

  /** Assigns them, in the transaction that is under way. */
  @Transactional(propagation = Propagation.MANDATORY)
  public void move(RenewalPage devices) {
    jdbc.sql(
            """
            WITH moved AS (
                SELECT l.manifest_id, l.first_line, max(l.last_line) AS last_line,
                       d.hub_id AS was, r.hub_id AS becomes, count(DISTINCT d.device_id) AS devices
                  FROM renewal_device r
                  JOIN device d USING (device_id)
                  JOIN loaded_lines l
                    ON l.manifest_id = d.manifest_id AND d.line BETWEEN l.first_line AND l.last_line
                 WHERE %s AND r.hub_id <> d.hub_id
                 GROUP BY 1, 2, 4, 5),
            change AS (
                SELECT manifest_id, first_line, last_line, was AS hub_id, -devices AS devices FROM moved
                 UNION ALL
                SELECT manifest_id, first_line, last_line, becomes, devices FROM moved)
            INSERT INTO loaded_lines AS l (manifest_id, first_line, last_line, hub_id, devices)
            SELECT manifest_id, first_line, max(last_line), hub_id, sum(devices) FROM change GROUP BY 1, 2, 4
                ON CONFLICT (manifest_id, first_line, hub_id) DO UPDATE SET devices = l.devices + excluded.devices\
            """
                .formatted(RenewalPage.ROWS))
        .params(devices.parameters())
        .update();
    jdbc.sql(
            """
            UPDATE device d SET hub_id = r.hub_id FROM renewal_device r
             WHERE %s AND d.device_id = r.device_id AND d.hub_id <> r.hub_id\
            """
                .formatted(RenewalPage.ROWS))
        .params(devices.parameters())
        .update();
  }
}
