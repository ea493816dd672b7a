package dev.muster.watching;

import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;

/**
 * When the tokens of devices in service end: counted, or, where too many devices have a status of
 * their own for that, estimated.
 */
final class TokenEnds {

  /**
   * A manifest's tokens all end at once, but those of devices that have got a token of their own
   * since, or are out of service: exact, and each of these is looked at.
   */
  private static final String COUNTED =
      """
      WITH soon AS MATERIALIZED (
          SELECT manifest_id, tokens_expire_at FROM manifest
           WHERE delivered_at IS NOT NULL AND tokens_expire_at >= :from AND tokens_expire_at < :until
             AND (:factory::text IS NULL OR factory = :factory::text)),
      loaded AS (
          SELECT manifest_id, sum(devices) AS devices FROM loaded_lines JOIN soon USING (manifest_id) GROUP BY 1),
      otherwise AS (
          SELECT d.manifest_id, count(*) AS devices
            FROM device_status s
           CROSS JOIN LATERAL (SELECT manifest_id FROM device d WHERE d.device_id = s.device_id OFFSET 0) d
            JOIN soon m USING (manifest_id)
           WHERE s.state IS NOT NULL OR s.token_expires_at IS NOT NULL GROUP BY 1),
      ending AS (
          SELECT m.tokens_expire_at AS at, coalesce(l.devices, 0) - coalesce(o.devices, 0) AS devices
            FROM soon m LEFT JOIN loaded l USING (manifest_id) LEFT JOIN otherwise o USING (manifest_id)
           UNION ALL
          SELECT s.token_expires_at, count(*) FROM device_status s
           WHERE s.state IS NULL AND s.hub_id IS NOT NULL
             AND s.token_expires_at > 'epoch' AND s.token_expires_at >= :from AND s.token_expires_at < :until
             AND (:factory::text IS NULL
                  OR (SELECT m.factory FROM device d JOIN manifest m USING (manifest_id)
                       WHERE d.device_id = s.device_id) = :factory::text)
           GROUP BY 1)
      %s\
      """;

  /**
   * Where many have changed, blocks of devices are looked at, as chance has it. Nothing is taken
   * off anything, so where none ends, none is said to.
   */
  private static final String SAMPLED =
      """
      WITH ending AS (
          SELECT coalesce(s.token_expires_at, m.tokens_expire_at) AS at, count(*) * 100 / :percent AS devices
            FROM device d TABLESAMPLE SYSTEM (:percent)
            JOIN manifest m USING (manifest_id)
            LEFT JOIN device_status s USING (device_id)
           WHERE s.state IS NULL AND (m.delivered_at IS NOT NULL OR s.token_expires_at IS NOT NULL)
             AND coalesce(s.token_expires_at, m.tokens_expire_at) > 'epoch'
             AND coalesce(s.token_expires_at, m.tokens_expire_at) >= :from
             AND coalesce(s.token_expires_at, m.tokens_expire_at) < :until
             AND (:factory::text IS NULL OR m.factory = :factory::text)
           GROUP BY 1)
      %s\
      """;

  private final JdbcClient jdbc;
  private final @Nullable Double percent;

  /**
   * @param percent of the devices that are looked at; null: only those that have changed
   */
  private TokenEnds(JdbcClient jdbc, @Nullable Double percent) {
    this.jdbc = jdbc;
    this.percent = percent;
  }

  /** As large as the registry is now. */
  static TokenEnds of(JdbcClient jdbc) {
    boolean many = Sample.percent(jdbc, "device_status") < 100;
    return new TokenEnds(jdbc, many ? Double.valueOf(Sample.percent(jdbc, "device")) : null);
  }

  boolean estimated() {
    return percent != null && percent < 100;
  }

  /**
   * Looks them up.
   *
   * @param result of {@code ending}, with the columns {@code at} and {@code devices}
   * @param factory whose devices; null: anybody's
   */
  StatementSpec query(String result, Instant from, Instant until, @Nullable String factory) {
    StatementSpec query =
        jdbc.sql((percent == null ? COUNTED : SAMPLED).formatted(result))
            .param("from", from.atOffset(ZoneOffset.UTC))
            .param("until", until.atOffset(ZoneOffset.UTC))
            .param("factory", factory);
    return percent == null ? query : query.param("percent", percent);
  }
}
