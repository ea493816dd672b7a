package dev.muster.status;

import dev.muster.database.TransactionLock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Hubs that devices have left. A token for one may still work there, so it is told what becomes of
 * the device, until the device is known to have its new token: then it is shut out there.
 */
@Component
public class FormerHubs {

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;

  FormerHubs(JdbcTemplate jdbcTemplate) {
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
  }

  /**
   * Devices of a factory that were at a hub, and whose token for it may still work there.
   *
   * @param unconfirmed how many are not confirmed to have the token for their new hub
   * @param closing how many are confirmed, and their old hub has not been told yet
   */
  public record Left(String hub, String factory, long unconfirmed, long closing) {}

  /** What was left and is not closed, by hub and factory. */
  public List<Left> left() {
    return jdbc.sql(
            """
            SELECT h.name AS hub, m.factory,
                   count(*) FILTER (WHERE f.closed_at IS NULL)     AS unconfirmed,
                   count(*) FILTER (WHERE f.closed_at IS NOT NULL) AS closing
              FROM former_hub f
              JOIN hub h USING (hub_id)
              JOIN device d USING (device_id)
              JOIN manifest m USING (manifest_id)
             WHERE f.closed_at IS NULL OR f.hub_due_at IS NOT NULL
             GROUP BY 1, 2 ORDER BY 1, 2\
            """)
        .query(Left.class)
        .list();
  }

  /**
   * Closes the hubs that devices have left: they have their new tokens, so each is to be shut out
   * where it was. Nobody has those of a bundle that is handed over and not delivered yet.
   *
   * @param factory one factory's devices only; null: all
   * @return how many
   */
  @Transactional
  public int confirm(@Nullable String factory, Instant at) {
    TransactionLock.DEVICE_STATUS.shared(jdbcTemplate);
    return jdbc.sql(
            """
            UPDATE former_hub f
               SET closed_at = :at, hub_due_at = now(), hub_attempts = 0, hub_problem = NULL
              FROM device d JOIN manifest m USING (manifest_id)
             WHERE f.closed_at IS NULL AND d.device_id = f.device_id
               AND NOT EXISTS (SELECT FROM renewal r WHERE r.renewal_id = f.renewal_id AND r.delivered_at IS NULL)
               AND (m.factory = :factory OR :factory::text IS NULL)\
            """)
        .param("at", at.atOffset(ZoneOffset.UTC))
        .param("factory", factory)
        .update();
  }

  /** As {@link #confirm(String, Instant)}, for the devices of one move: they have its tokens. */
  @Transactional
  public void confirm(int renewal, Instant at) {
    TransactionLock.DEVICE_STATUS.shared(jdbcTemplate);
    jdbc.sql(
            """
            UPDATE former_hub f
               SET closed_at = :at, hub_due_at = now(), hub_attempts = 0, hub_problem = NULL
             WHERE f.closed_at IS NULL AND f.renewal_id <= :renewal
               AND f.device_id IN (SELECT device_id FROM former_hub WHERE renewal_id = :renewal AND closed_at IS NULL)\
            """)
        .param("at", at.atOffset(ZoneOffset.UTC))
        .param("renewal", renewal)
        .update();
  }

  /**
   * Remembers the hubs that devices of a renewal leave, before anything of them is changed. What
   * such a hub is still to be told of a device, it is told there.
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void leave(RenewalPage devices, Instant at) {
    jdbc.sql(
            """
            INSERT INTO former_hub (device_id, hub_id, renewal_id, left_at, token_expires_at, hub_due_at)
            SELECT d.device_id, d.hub_id, r.renewal_id, :at, coalesce(s.token_expires_at, m.tokens_expire_at),
                   CASE WHEN s.hub_due_at IS NOT NULL THEN now() END
              FROM renewal_device r
              JOIN device d USING (device_id)
              JOIN manifest m USING (manifest_id)
              LEFT JOIN device_status s USING (device_id)
             WHERE %s AND r.hub_id <> d.hub_id
               AND (coalesce(s.token_expires_at, m.tokens_expire_at) <> 'epoch' OR s.hub_due_at IS NOT NULL)
             ORDER BY d.device_id
                ON CONFLICT (device_id, hub_id) DO UPDATE
               SET (renewal_id, left_at, token_expires_at, closed_at, hub_due_at, hub_attempts, hub_problem)
                 = (excluded.renewal_id, excluded.left_at, excluded.token_expires_at, NULL, excluded.hub_due_at, 0, NULL)\
            """
                .formatted(RenewalPage.ROWS))
        .params(devices.parameters())
        .param("at", at.atOffset(ZoneOffset.UTC))
        .update();
  }

  /**
   * Devices of a renewal are at their new hubs now. One that went out of service since its token
   * was made is to be shut out there, and one that comes back to a hub is to be restored there.
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void arrive(RenewalPage devices, Instant at) {
    jdbc.sql(
            """
            UPDATE device_status s
               SET changed_at = :at, hub_attempts = 0, hub_problem = NULL,
                   hub_due_at = CASE WHEN s.state IS NOT NULL
                                       OR EXISTS (SELECT FROM former_hub f
                                                   WHERE f.device_id = s.device_id AND f.hub_id = r.hub_id
                                                     AND (f.closed_at IS NOT NULL OR f.hub_due_at IS NOT NULL))
                                     THEN now() END
              FROM renewal_device r
             WHERE %s AND s.device_id = r.device_id
               AND (s.state IS NOT NULL OR s.hub_due_at IS NOT NULL
                    OR EXISTS (SELECT FROM former_hub f WHERE f.device_id = s.device_id AND f.hub_id = r.hub_id))\
            """
                .formatted(RenewalPage.ROWS))
        .params(devices.parameters())
        .param("at", at.atOffset(ZoneOffset.UTC))
        .update();
    jdbc.sql(
            """
            DELETE FROM former_hub f USING renewal_device r
             WHERE %s AND f.device_id = r.device_id AND f.hub_id = r.hub_id\
            """
                .formatted(RenewalPage.ROWS))
        .params(devices.parameters())
        .update();
  }
}
