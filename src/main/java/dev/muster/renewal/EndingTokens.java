package dev.muster.renewal;

import dev.muster.renewal.TokensEnding.OfManifest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Says, once, that tokens of devices in service end and that nothing renews them: renewals are
 * switched off or fail, or their factory was removed.
 */
@Component
public class EndingTokens {

  private static final Logger LOG = LoggerFactory.getLogger(EndingTokens.class);

  private static final int MOST_NAMED = 20;

  /** A manifest is named again after this part of the time within which tokens end. */
  private static final int QUIET = 2;

  /** One that was asked for longer ago and is not delivered failed each night since. */
  private static final Duration ON_ITS_WAY = Duration.ofDays(2);

  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final RenewalProperties properties;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  EndingTokens(
      JdbcClient jdbc,
      TransactionOperations transaction,
      RenewalProperties properties,
      ApplicationEventPublisher events,
      Clock clock) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.properties = properties;
    this.events = events;
    this.clock = clock;
  }

  /** Looks, and says it of each factory of which it was not said. */
  public void tell() {
    tell(clock.instant());
  }

  void tell(Instant now) {
    transaction.executeWithoutResult(
        status -> {
          Map<String, List<OfManifest>> ending = find(now);
          ending.forEach((factory, manifests) -> tell(factory, manifests, now));
        });
  }

  /**
   * Manifests by factory, and how many of their devices' tokens end. Most devices have the token
   * that their manifest brought; only those that something happened to are looked at one by one.
   */
  private Map<String, List<OfManifest>> find(Instant now) {
    Map<String, List<OfManifest>> ending = new LinkedHashMap<>();
    jdbc.sql(
            """
            WITH listed AS MATERIALIZED (
                SELECT m.manifest_id, m.factory, m.name, m.tokens_expire_at, greatest(:now::timestamptz, n.told_until) AS after
                  FROM manifest m LEFT JOIN token_end_notice n USING (manifest_id)
                 WHERE m.delivered_at IS NOT NULL AND (n.told_at IS NULL OR n.told_at <= :quiet)),
            soon AS MATERIALIZED (
                SELECT manifest_id, tokens_expire_at AS ends FROM listed WHERE tokens_expire_at > after AND tokens_expire_at <= :until),
            on_its_way AS MATERIALIZED (
                SELECT device_id FROM renewal_device JOIN renewal r USING (renewal_id) WHERE r.requested_at > :fresh),
            otherwise AS MATERIALIZED (
                SELECT device_id FROM device_status WHERE state IS NOT NULL OR token_expires_at IS NOT NULL
                 UNION SELECT device_id FROM on_its_way),
            ending AS (
                SELECT s.manifest_id, s.ends, sum(l.devices) AS devices FROM soon s JOIN loaded_lines l USING (manifest_id) GROUP BY 1, 2
                 UNION ALL
                SELECT s.manifest_id, s.ends, -count(*)
                  FROM soon s JOIN device d USING (manifest_id) JOIN otherwise o USING (device_id) GROUP BY 1, 2
                 UNION ALL
                SELECT d.manifest_id, s.token_expires_at, count(*)
                  FROM device_status s JOIN device d USING (device_id) JOIN listed l ON l.manifest_id = d.manifest_id
                 WHERE s.state IS NULL AND s.token_expires_at > l.after AND s.token_expires_at <= :until
                   AND NOT EXISTS (SELECT FROM on_its_way r WHERE r.device_id = s.device_id)
                 GROUP BY 1, 2),
            counted AS (
                SELECT manifest_id, ends, sum(devices) AS devices FROM ending GROUP BY 1, 2 HAVING sum(devices) > 0)
            SELECT l.factory, l.manifest_id, l.name, sum(c.devices) AS devices, min(c.ends) AS first_end
              FROM counted c JOIN listed l USING (manifest_id)
             GROUP BY 1, 2, 3 ORDER BY 1, 5, 2\
            """)
        .param("now", utc(now))
        .param("until", utc(now.plus(properties.warnWithin())))
        .param("fresh", utc(now.minus(ON_ITS_WAY)))
        .param("quiet", utc(now.minus(properties.warnWithin().dividedBy(QUIET))))
        .query(
            row -> {
              ending
                  .computeIfAbsent(row.getString("factory"), unseen -> new ArrayList<>())
                  .add(
                      new OfManifest(
                          row.getInt("manifest_id"),
                          row.getString("name"),
                          row.getLong("devices"),
                          row.getTimestamp("first_end").toInstant()));
            });
    return ending;
  }

  private void tell(String factory, List<OfManifest> manifests, Instant now) {
    Instant until = now.plus(properties.warnWithin());
    for (OfManifest manifest : manifests) {
      jdbc.sql(
              """
              INSERT INTO token_end_notice (manifest_id, told_at, told_until) VALUES (:manifest, :now, :until)
              ON CONFLICT (manifest_id) DO UPDATE SET told_at = :now, told_until = :until\
              """)
          .param("manifest", manifest.id())
          .param("now", utc(now))
          .param("until", utc(until))
          .update();
    }
    long devices = manifests.stream().mapToLong(OfManifest::devices).sum();
    events.publishEvent(
        new TokensEnding(
            factory,
            devices,
            manifests.get(0).firstEnd(),
            manifests.stream().limit(MOST_NAMED).toList(),
            manifests.size(),
            until,
            now));
    LOG.warn(
        "tokens=ending factory={} devices={} first={}",
        factory,
        devices,
        manifests.get(0).firstEnd());
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
