package dev.muster.renewal;

import dev.muster.access.Callers;
import dev.muster.credential.HubNumbers;
import dev.muster.credential.KeyInUse;
import dev.muster.credential.SigningKeys;
import dev.muster.credential.sas.Hub;
import dev.muster.database.TransactionLock;
import dev.muster.delivery.BundleConfirmed;
import dev.muster.delivery.Confirmations;
import dev.muster.renewal.RotationStatus.Bundle;
import dev.muster.renewal.RotationStatus.FactoryShare;
import dev.muster.renewal.RotationStatus.ManifestUnderWay;
import dev.muster.run.OperationRefusedException;
import dev.muster.store.Outbox;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Moves hubs from one of their keys to the other, in the right order: everything that is issued is
 * signed with the other key, devices get new tokens, their factories confirm, and only then may the
 * old key go.
 */
@Component
public class KeyRotations {

  private static final String SELECT =
      """
      SELECT rotation_id AS id, hub_id, h.name AS hub, from_key AS "from", to_key AS "to", switched,
             started_at, done_at
        FROM key_rotation JOIN hub h USING (hub_id)\
      """;

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;
  private final SigningKeys signingKeys;
  private final HubNumbers hubNumbers;
  private final Confirmations confirmations;
  private final Outbox outbox;

  KeyRotations(
      JdbcTemplate jdbcTemplate,
      SigningKeys signingKeys,
      HubNumbers hubNumbers,
      Confirmations confirmations,
      Outbox outbox) {
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
    this.signingKeys = signingKeys;
    this.hubNumbers = hubNumbers;
    this.confirmations = confirmations;
    this.outbox = outbox;
  }

  /** The hub's rotation that is under way. */
  public Optional<KeyRotation> underWay(String hub) {
    return last(hub).filter(rotation -> rotation.doneAt() == null);
  }

  /** The hub's last rotation, done or not. */
  public Optional<KeyRotation> last(String hub) {
    return jdbc.sql(SELECT + " WHERE h.name = ? ORDER BY rotation_id DESC LIMIT 1")
        .param(hub)
        .query(KeyRotation.class)
        .optional();
  }

  /** All rotations that are under way, in the order of their hubs' names. */
  public List<KeyRotation> underWay() {
    return jdbc.sql(SELECT + " WHERE done_at IS NULL ORDER BY h.name")
        .query(KeyRotation.class)
        .list();
  }

  /**
   * Starts a rotation, unless one is under way: from its commit on, all that fixes its keys is
   * signed with the other one.
   *
   * @param compromised whether what the former key signed is good no more from then on
   * @throws OperationRefusedException when the other key is not configured
   */
  @Transactional
  public KeyRotation start(Hub hub, Instant at, boolean compromised) {
    // Held before anybody looks, so that two at once start one.
    TransactionLock.SIGNING_KEYS.exclusive(jdbcTemplate);
    KeyRotation rotation = underWay(hub.name()).orElseGet(() -> begin(hub, at));
    if (compromised) {
      signingKeys.endFormer(rotation.hubId());
    }
    return rotation;
  }

  private KeyRotation begin(Hub hub, Instant at) {
    KeyInUse to = signingKeys.look().inUse(hub.name()).other();
    if (to == KeyInUse.SECONDARY && hub.secondaryKey() == null) {
      throw new OperationRefusedException(
          "Hub %s has no secondary key to move to. Set the secondary-key beside its primary-key under muster.hubs, restart every instance, and say this again."
              .formatted(hub.name()));
    }
    short hubId = hubNumbers.assign(List.of(hub.name())).get(0);
    int switched = signingKeys.change(hubId, to);
    jdbc.sql(
            """
            INSERT INTO key_rotation (hub_id, from_key, to_key, switched, started_at)
            VALUES (?, ?, ?, ?, ?)\
            """)
        .params(hubId, to.other().name(), to.name(), switched, at.atOffset(ZoneOffset.UTC))
        .update();
    KeyRotation rotation = underWay(hub.name()).orElseThrow();
    addBundlesThatTookDevicesAway(rotation);
    return rotation;
  }

  /**
   * Devices that have left the hub are another's, but until it is confirmed that they have their
   * tokens for that one, they live by those of the old key.
   */
  private void addBundlesThatTookDevicesAway(KeyRotation rotation) {
    jdbc.sql(
            """
            INSERT INTO rotation_bundle (rotation_id, renewal_id, devices)
            SELECT :rotation, r.renewal_id, count(*)
              FROM former_hub f JOIN renewal r USING (renewal_id)
             WHERE f.hub_id = :hub AND f.closed_at IS NULL AND f.token_expires_at <> 'epoch'
             GROUP BY 2\
            """)
        .param("rotation", rotation.id())
        .param("hub", rotation.hubId())
        .update();
  }

  /**
   * Writes down that devices have the tokens of the bundles that were delivered so far.
   *
   * @param factory one factory's only; null: all
   * @return how many bundles were not confirmed before
   */
  @Transactional
  public int confirm(KeyRotation rotation, @Nullable String factory, Instant at) {
    List<Integer> unconfirmed =
        jdbc.sql(
                """
                SELECT r.bundle_id FROM rotation_bundle b JOIN renewal r USING (renewal_id)
                 WHERE b.rotation_id = :rotation AND b.confirmed_at IS NULL AND r.delivered_at IS NOT NULL
                   AND (r.factory = :factory OR :factory::text IS NULL)\
                """)
            .param("rotation", rotation.id())
            .param("factory", factory)
            .query(Integer.class)
            .list();
    unconfirmed.forEach(bundle -> confirmations.confirm(bundle, Callers.current().name(), at));
    return unconfirmed.size();
  }

  /** Whoever confirms a bundle, and wherever: rotations that wait for it go on. */
  @EventListener
  void confirmed(BundleConfirmed confirmed) {
    jdbc.sql(
            """
            UPDATE rotation_bundle b SET confirmed_at = ?
              FROM renewal r
             WHERE r.bundle_id = ? AND b.renewal_id = r.renewal_id AND b.confirmed_at IS NULL\
            """)
        .params(confirmed.at().atOffset(ZoneOffset.UTC), confirmed.bundle())
        .update();
  }

  /** Ends a rotation: from here on, a token of the old key is none. */
  @Transactional
  public void done(KeyRotation rotation, Instant at) {
    TransactionLock.SIGNING_KEYS.exclusive(jdbcTemplate);
    int ended =
        jdbc.sql("UPDATE key_rotation SET done_at = ? WHERE rotation_id = ? AND done_at IS NULL")
            .params(at.atOffset(ZoneOffset.UTC), rotation.id())
            .update();
    if (ended == 1) { // or the hub may be in its next one already
      signingKeys.endFormer(rotation.hubId());
    }
  }

  /** How far it is, seen at one moment. */
  @Transactional(readOnly = true, isolation = Isolation.REPEATABLE_READ)
  public RotationStatus status(KeyRotation rotation) {
    Map<String, Counts> counts = counts(rotation);
    Map<String, Long> underWay = bundlesUnderWay(rotation);
    Map<String, List<Bundle>> bundles = bundles(rotation);
    Set<String> names = new TreeSet<>(counts.keySet());
    names.addAll(underWay.keySet());
    names.addAll(bundles.keySet());
    List<FactoryShare> factories =
        names.stream()
            .map(
                name -> {
                  Counts count = counts.getOrDefault(name, new Counts(name, 0, 0, 0, 0));
                  return new FactoryShare(
                      name,
                      count.devices(),
                      count.devices() - count.old(),
                      count.old(),
                      count.withoutBundle(),
                      count.disabled(),
                      underWay.getOrDefault(name, 0L),
                      bundles.getOrDefault(name, List.of()));
                })
            .toList();
    List<ManifestUnderWay> manifests = manifestsUnderWay(rotation);
    boolean ready = inTheWay(factories, manifests).isEmpty();
    return new RotationStatus(
        rotation.hub(),
        rotation.from(),
        rotation.to(),
        rotation.startedAt(),
        rotation.doneAt(),
        factories,
        manifests,
        ready,
        next(rotation, factories, manifests, ready));
  }

  /** What needs the old key still, as sentences that name no commands. */
  static List<String> inTheWay(List<FactoryShare> factories, List<ManifestUnderWay> manifests) {
    List<String> sentences = new ArrayList<>();
    for (ManifestUnderWay manifest : manifests) {
      sentences.add(
          "Manifest %s of factory %s is under way and signs with it."
              .formatted(manifest.manifest(), manifest.factory()));
    }
    for (FactoryShare share : factories) {
      if (share.bundlesUnderWay() > 0) {
        sentences.add(
            "What is made for factory %s is not delivered yet.".formatted(share.factory()));
      }
      if (share.underOldKey() > 0) {
        sentences.add(
            "Devices of factory %s have tokens of the old key only: %,d."
                .formatted(share.factory(), share.underOldKey()));
      }
      if (share.toConfirm()) {
        sentences.add(
            "Factory %s has not confirmed that its devices have theirs."
                .formatted(share.factory()));
      }
    }
    return sentences;
  }

  /** What to do next, as sentences that name no commands: pages and programs say it, too. */
  private static List<String> next(
      KeyRotation rotation,
      List<FactoryShare> factories,
      List<ManifestUnderWay> manifests,
      boolean ready) {
    List<String> next = new ArrayList<>();
    if (rotation.doneAt() != null) {
      return next;
    }
    if (!manifests.isEmpty()) {
      next.add(
          "Manifests are under way that sign with the old key. Wait until they are delivered, or"
              + " restart or withdraw them; then go on with the rotation.");
    }
    if (factories.stream()
        .anyMatch(f -> f.underOldKey() > f.withoutBundle() || f.bundlesUnderWay() > 0)) {
      next.add("Devices wait for tokens of the new key. Go on with the rotation to make them.");
    }
    long withoutBundle = factories.stream().mapToLong(FactoryShare::withoutBundle).sum();
    if (withoutBundle > 0) {
      next.add(
          "%,d devices have tokens of the old key, and no bundle brings them new ones: they were registered by hand, or their manifest is not delivered. Each gets one when it exchanges its token, or from the page of the device."
              .formatted(withoutBundle));
    }
    for (FactoryShare factory : factories) {
      if (factory.toConfirm()) {
        next.add(
            "Once the devices of factory %s have the tokens of its bundles, confirm that they have."
                .formatted(factory.factory()));
      }
    }
    if (ready) {
      next.add(
          "The old (%1$s) key of hub %2$s may be regenerated now; afterwards put the new one into muster.hubs as the %1$s-key of %2$s, restart every instance, and end the rotation."
              .formatted(rotation.from().word(), rotation.hub()));
    }
    long disabled = factories.stream().mapToLong(FactoryShare::disabledUnderOldKey).sum();
    if (disabled > 0) {
      next.add(
          "%,d disabled devices have tokens of the old key and get none now. Once they are enabled, going on with the rotation gives them one, or renewing after it is done."
              .formatted(disabled));
    }
    return next;
  }

  private record Counts(
      String factory, long devices, long old, long withoutBundle, long disabled) {}

  private Map<String, Counts> counts(KeyRotation rotation) {
    Map<String, Counts> counts = new TreeMap<>();
    jdbc.sql(
            """
            SELECT m.factory,
                   count(*) FILTER (WHERE s.state IS NULL) AS devices,
                   count(*) FILTER (WHERE s.state IS NULL
                                      AND coalesce(s.keys_at, m.keys_at) < :switched) AS old,
                   count(*) FILTER (WHERE s.state IS NULL AND m.delivered_at IS NULL
                                      AND coalesce(s.keys_at, m.keys_at) < :switched) AS without_bundle,
                   count(*) FILTER (WHERE s.state = 'DISABLED'
                                      AND coalesce(s.keys_at, m.keys_at) < :switched) AS disabled
              FROM manifest m
              JOIN device d USING (manifest_id)
              LEFT JOIN device_status s USING (device_id)
             WHERE d.hub_id = :hub AND (m.delivered_at IS NOT NULL OR s.token_expires_at IS NOT NULL)
               AND coalesce(s.token_expires_at, m.tokens_expire_at) <> 'epoch'
             GROUP BY m.factory\
            """)
        .param("switched", rotation.switched())
        .param("hub", rotation.hubId())
        .query(Counts.class)
        .list()
        .forEach(count -> counts.put(count.factory(), count));
    return counts;
  }

  private Map<String, Long> bundlesUnderWay(KeyRotation rotation) {
    Map<String, Long> counts = new TreeMap<>();
    jdbc.sql(
            """
            SELECT r.factory, count(*) FROM renewal r
             WHERE r.delivered_at IS NULL AND r.abandoned_at IS NULL
               AND (r.hub_id = :hub
                    OR EXISTS (SELECT FROM renewal_device d
                                WHERE d.renewal_id = r.renewal_id AND d.hub_id = :hub)
                    OR EXISTS (SELECT FROM rotation_bundle b
                                WHERE b.renewal_id = r.renewal_id AND b.rotation_id = :rotation))
             GROUP BY 1\
            """)
        .param("hub", rotation.hubId())
        .param("rotation", rotation.id())
        .query(
            row -> {
              counts.put(row.getString(1), row.getLong(2));
            });
    return counts;
  }

  /** Somebody may have confirmed one just when the rotation that waits for it began. */
  private Map<String, List<Bundle>> bundles(KeyRotation rotation) {
    Map<String, List<Bundle>> bundles = new TreeMap<>();
    jdbc.sql(
            """
            SELECT r.factory, b.renewal_id, r.outbox, b.devices, coalesce(b.confirmed_at, d.confirmed_at)
              FROM rotation_bundle b
              JOIN renewal r USING (renewal_id)
              LEFT JOIN delivery d USING (bundle_id)
             WHERE b.rotation_id = ? AND r.delivered_at IS NOT NULL ORDER BY b.renewal_id\
            """)
        .param(rotation.id())
        .query(
            row -> {
              bundles
                  .computeIfAbsent(row.getString(1), unseen -> new ArrayList<>())
                  .add(
                      new Bundle(
                          row.getInt(2),
                          outbox.at(row.getString(3)).address(),
                          row.getLong(4),
                          instant(row.getTimestamp(5))));
            });
    return bundles;
  }

  private List<ManifestUnderWay> manifestsUnderWay(KeyRotation rotation) {
    return jdbc.sql(
            """
            SELECT m.factory, m.name AS manifest, sum(l.devices) AS devices
              FROM manifest m JOIN loaded_lines l USING (manifest_id)
             WHERE m.delivered_at IS NULL AND m.withdrawn_at IS NULL AND m.keys_at < :switched
               AND l.hub_id = :hub
             GROUP BY m.manifest_id ORDER BY m.manifest_id\
            """)
        .param("switched", rotation.switched())
        .param("hub", rotation.hubId())
        .query(ManifestUnderWay.class)
        .list();
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }
}
