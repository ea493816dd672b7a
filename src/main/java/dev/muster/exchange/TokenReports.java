package dev.muster.exchange;

import dev.muster.registry.DevicesFreed;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Devices that presented an old token after a newer one had been issued. The answer with the newer
 * one may have been lost; or somebody else holds a token of the device.
 */
@Component
public class TokenReports {

  private static final Logger LOG = LoggerFactory.getLogger(TokenReports.class);

  /**
   * One device.
   *
   * @param presentedExpiry when the old token ends that it presented last
   * @param currentExpiry when the token ended that it should have had
   */
  public record Report(
      UUID deviceId,
      Instant presentedExpiry,
      Instant currentExpiry,
      String remoteAddress,
      Instant firstAt,
      Instant at,
      long times) {}

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;

  TokenReports(JdbcTemplate jdbcTemplate) {
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
  }

  @EventListener
  void freed(DevicesFreed freed) {
    jdbc.sql("DELETE FROM token_report WHERE device_id = ANY (?::uuid[])")
        .param(freed.devices())
        .update();
  }

  /** The devices that did so last, latest first. */
  public List<Report> latest(int limit) {
    return jdbc.sql("SELECT * FROM token_report ORDER BY at DESC, device_id LIMIT ?")
        .param(limit)
        .query(Report.class)
        .list();
  }

  /** A device that presents an old token now. */
  record OldToken(UUID device, Instant presentedExpiry, Instant currentExpiry, String remote) {}

  /** Reports devices, each once, in the transaction that is under way. */
  @Transactional(propagation = Propagation.MANDATORY)
  void report(Collection<OldToken> presented, Instant at) {
    if (presented.isEmpty()) {
      return;
    }
    int[] unused =
        jdbcTemplate.batchUpdate(
            """
            INSERT INTO token_report AS r
                   (device_id, presented_expiry, current_expiry, remote_address, first_at, at)
            VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (device_id) DO UPDATE
               SET presented_expiry = excluded.presented_expiry, current_expiry = excluded.current_expiry,
                   remote_address = excluded.remote_address, at = excluded.at, times = r.times + 1\
            """,
            presented.stream()
                .map(
                    old ->
                        new Object[] {
                          old.device(),
                          Timestamp.from(old.presentedExpiry()),
                          Timestamp.from(old.currentExpiry()),
                          old.remote(),
                          Timestamp.from(at),
                          Timestamp.from(at)
                        })
                .toList());
    presented.forEach(
        old ->
            LOG.warn(
                "exchange=old-token device={} presented={} current={} remote={}",
                old.device(),
                old.presentedExpiry(),
                old.currentExpiry(),
                old.remote()));
  }
}
