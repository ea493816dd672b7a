package dev.muster.renewal;

import dev.muster.credential.TokenLifetimes;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
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
 * switched off or fail, their factory was removed, or no bundle is ever made for them, as for those
 * that were registered by hand.
 */
@Component
public class EndingTokens {

  private static final Logger LOG = LoggerFactory.getLogger(EndingTokens.class);

  private static final int MOST_NAMED = 20;

  /** A manifest is named again after this part of the time within which tokens end. */
  private static final int QUIET = 2;

  /**
   * One that was asked for longer ago and is not delivered failed each night since; where less than
   * twice that is left, it is half of what is.
   */
  private static final Duration ON_ITS_WAY = Duration.ofDays(2);

  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final RenewalProperties properties;
  private final TokenLifetimes lifetimes;
  private final Factories factories;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  EndingTokens(
      JdbcClient jdbc,
      TransactionOperations transaction,
      RenewalProperties properties,
      TokenLifetimes lifetimes,
      Factories factories,
      ApplicationEventPublisher events,
      Clock clock) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.properties = properties;
    this.lifetimes = lifetimes;
    this.factories = factories;
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
          Untils untils = untils(now);
          Map<String, List<OfManifest>> ending = find(now, untils);
          ending.forEach((whose, manifests) -> tell(whose, manifests, now, untils.of(whose)));
        });
  }

  /**
   * Up to which end tokens are told of.
   *
   * @param usual where a factory has no lifetime of its own
   */
  private record Untils(Instant usual, Map<String, Instant> own) {
    Instant of(String factory) {
      return own.getOrDefault(factory, usual);
    }

    Instant latest() {
      return own.values().stream().reduce(usual, (one, two) -> one.isAfter(two) ? one : two);
    }
  }

  private Untils untils(Instant now) {
    Map<String, Instant> own = new LinkedHashMap<>();
    for (Factory factory : factories.all()) {
      Duration lifetime = factory.tokenLifetime();
      if (lifetime != null) {
        own.put(factory.id(), now.plus(properties.warnWithin(lifetime)));
      }
    }
    return new Untils(now.plus(properties.warnWithin(lifetimes.ofRenewals())), own);
  }

  /**
   * Manifests by factory, and how many of their devices' tokens end. Most devices have the token
   * that their manifest brought; only those that something happened to are looked at one by one.
   */
  private Map<String, List<OfManifest>> find(Instant now, Untils untils) {
    Map<String, List<OfManifest>> ending = new LinkedHashMap<>();
    jdbc.sql(
            """
            WITH own (factory, until) AS MATERIALIZED (SELECT * FROM unnest(:factories::text[], :untils::timestamptz[])),
            listed AS MATERIALIZED (
                SELECT * FROM
                       (SELECT m.manifest_id, m.factory, m.name, m.delivered_at, m.tokens_expire_at, n.told_at,
                               greatest(:now::timestamptz, n.told_until) AS after, coalesce(o.until, :until) AS until
                          FROM manifest m
                          LEFT JOIN token_end_notice n USING (manifest_id)
                          LEFT JOIN own o ON o.factory = m.factory) w
                 WHERE told_at IS NULL OR told_at <= :now::timestamptz - (until - :now::timestamptz) / :quiet),
            soon AS MATERIALIZED (
                SELECT manifest_id, tokens_expire_at AS ends
                  FROM listed WHERE delivered_at IS NOT NULL AND tokens_expire_at > after AND tokens_expire_at <= until),
            on_its_way AS MATERIALIZED (
                SELECT device_id FROM renewal_device JOIN renewal r USING (renewal_id) LEFT JOIN own o ON o.factory = r.factory
                 WHERE r.requested_at > :now::timestamptz
                         - least(make_interval(secs => :onItsWay), (coalesce(o.until, :until) - :now::timestamptz) / 2)),
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
                 WHERE s.state IS NULL AND s.token_expires_at > :now AND s.token_expires_at <= :latest -- so that few are joined
                   AND s.token_expires_at > l.after AND s.token_expires_at <= l.until
                   AND NOT EXISTS (SELECT FROM on_its_way r WHERE r.device_id = s.device_id)
                 GROUP BY 1, 2),
            counted AS (
                SELECT manifest_id, ends, sum(devices) AS devices FROM ending GROUP BY 1, 2 HAVING sum(devices) > 0)
            SELECT l.factory, l.manifest_id, l.name, sum(c.devices) AS devices, min(c.ends) AS first_end
              FROM counted c JOIN listed l USING (manifest_id)
             GROUP BY 1, 2, 3 ORDER BY 1, 5, 2\
            """)
        .param("now", utc(now))
        .param("until", utc(untils.usual()))
        .param("factories", untils.own().keySet().toArray(String[]::new))
        .param(
            "untils", untils.own().values().stream().map(Instant::toString).toArray(String[]::new))
        .param("latest", utc(untils.latest()))
        .param("onItsWay", ON_ITS_WAY.toSeconds())
        .param("quiet", QUIET)
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

  private void tell(String factory, List<OfManifest> manifests, Instant now, Instant until) {
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
