package dev.muster.renewal;

import dev.muster.bundle.Purpose;
import dev.muster.credential.SigningKeys;
import dev.muster.database.TransactionLock;
import dev.muster.registry.DeviceMoves;
import dev.muster.registry.DeviceRange;
import dev.muster.status.CurrentTokens;
import dev.muster.status.FormerHubs;
import dev.muster.status.RenewalPage;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** The renewals there are, and the devices of those that are under way. */
@Component
public class Renewals {

  private static final int FETCH_ROWS = 10_000;

  /** Whoever changes one of them meanwhile waits for all. */
  private static final int HANDED_OVER_AT_ONCE = 10_000;

  /** Devices with the token that they were given last, or should have been. */
  private static final String GIVEN =
      """
        FROM manifest m
        JOIN device d USING (manifest_id)
        JOIN hub h USING (hub_id)
        LEFT JOIN device_status s USING (device_id)
        LEFT JOIN renewal_device r USING (device_id)
       WHERE m.delivered_at IS NOT NULL AND (m.factory = :factory OR :factory::text IS NULL)\
      """;

  /**
   * Its token ends soon; it has none, because it was out of service when its manifest was
   * delivered; or it is of a key that is no more.
   */
  private static final String ENDS_SOON =
      """
       AND (coalesce(s.token_expires_at, m.tokens_expire_at) < :endsBefore
            OR coalesce(s.keys_at, m.keys_at) < h.valid_since)\
      """;

  /** Somebody chose it. */
  static final String CHOSEN =
      " AND d.device_id IN (SELECT device_id FROM renewal_choice WHERE choice = :choice)";

  /** Its token is of a key that its hub leaves, or left. */
  private static final String OF_OLD_KEY =
      """
       AND d.hub_id = :hub AND coalesce(s.token_expires_at, m.tokens_expire_at) <> 'epoch'
       AND coalesce(s.keys_at, m.keys_at) < h.key_since\
      """;

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;
  private final SigningKeys signingKeys;
  private final Reassignments reassignments;
  private final CurrentTokens currentTokens;
  private final FormerHubs formerHubs;
  private final DeviceMoves deviceMoves;

  Renewals(
      JdbcTemplate jdbcTemplate,
      SigningKeys signingKeys,
      Reassignments reassignments,
      CurrentTokens currentTokens,
      FormerHubs formerHubs,
      DeviceMoves deviceMoves) {
    this.jdbcTemplate = new JdbcTemplate(Objects.requireNonNull(jdbcTemplate.getDataSource()));
    this.jdbcTemplate.setFetchSize(FETCH_ROWS);
    this.jdbc = JdbcClient.create(jdbcTemplate);
    this.signingKeys = signingKeys;
    this.reassignments = reassignments;
    this.currentTokens = currentTokens;
    this.formerHubs = formerHubs;
    this.deviceMoves = deviceMoves;
  }

  /**
   * For which devices a renewal is asked.
   *
   * @param hub {@code ROTATE}: the number of the hub whose key changes; {@code REASSIGN}: of the
   *     one that is drained, null when all are rebalanced
   * @param endsBefore {@code RENEW}: for devices whose token ends before this; null of chosen ones
   * @param to {@code REASSIGN} of chosen ones: the number of the hub that they are sent to
   * @param choice {@code RENEW} or {@code REASSIGN}: of which chosen devices; null: of all
   */
  public record Asked(
      Purpose purpose,
      @Nullable Short hub,
      @Nullable Short to,
      @Nullable Instant endsBefore,
      @Nullable UUID choice) {

    public static Asked endingBefore(Instant time) {
      return new Asked(Purpose.RENEW, null, null, time, null);
    }

    public static Asked ofOldKey(short hub) {
      return new Asked(Purpose.ROTATE, hub, null, null, null);
    }

    /** {@code drained}: the number of the hub that they are to leave; null: all are rebalanced. */
    public static Asked toMove(@Nullable Short drained) {
      return new Asked(Purpose.REASSIGN, drained, null, null, null);
    }

    /**
     * Of devices that somebody chose; {@code REASSIGN}: to a hub, or where the weights want them.
     */
    public static Asked ofChosen(Purpose purpose, UUID choice, @Nullable Short to) {
      return new Asked(purpose, null, to, null, choice);
    }
  }

  /** Requests a renewal. */
  public Renewal add(String factory, Asked asked, Instant at, Instant tokensExpireAt) {
    return jdbc.sql(
            """
            INSERT INTO renewal (factory, purpose, hub_id, to_hub, ends_before, choice, requested_at, tokens_expire_at)
            VALUES (:factory, :purpose, :hub, :to, :endsBefore, :choice, :at, :tokensExpireAt) RETURNING renewal_id AS id, *\
            """)
        .param("factory", factory)
        .param("purpose", asked.purpose().name())
        .param("hub", asked.hub())
        .param("to", asked.to())
        .param("endsBefore", utc(asked.endsBefore()))
        .param("choice", asked.choice())
        .param("at", utc(at))
        .param("tokensExpireAt", utc(tokensExpireAt))
        .query(Renewal.class)
        .single();
  }

  public Renewal get(int id) {
    return jdbc.sql("SELECT renewal_id AS id, * FROM renewal WHERE renewal_id = ?")
        .param(id)
        .query(Renewal.class)
        .single();
  }

  Renewal ofBundle(int bundle) {
    return jdbc.sql("SELECT renewal_id AS id, * FROM renewal WHERE bundle_id = ?")
        .param(bundle)
        .query(Renewal.class)
        .single();
  }

  /** Fixes which bundle is for it. */
  void begun(int renewal, int bundle) {
    jdbc.sql("UPDATE renewal SET bundle_id = ? WHERE renewal_id = ?")
        .params(bundle, renewal)
        .update();
  }

  /** Renewals that were begun and are not delivered, oldest first. */
  public List<Renewal> unfinished() {
    return jdbc.sql(
            """
            SELECT renewal_id AS id, * FROM renewal WHERE delivered_at IS NULL AND abandoned_at IS NULL
             ORDER BY renewal_id\
            """)
        .query(Renewal.class)
        .list();
  }

  /**
   * For which devices a renewal is due, factory by factory.
   *
   * @param factory one factory only; null: all
   */
  public List<DueDevices> due(Asked asked, @Nullable String factory) {
    if (asked.purpose() == Purpose.REASSIGN) {
      return reassignments.due(asked.hub(), asked.choice(), asked.to(), factory);
    }
    return jdbc.sql(
            """
            SELECT m.factory,
                   count(*) FILTER (WHERE s.state IS NULL AND r.device_id IS NULL)     AS ready,
                   count(*) FILTER (WHERE s.state IS NULL AND r.device_id IS NOT NULL) AS under_way,
                   count(*) FILTER (WHERE s.state = 'DISABLED')                        AS disabled,
                   count(*) FILTER (WHERE s.state IN ('REVOKED', 'RETIRED'))           AS revoked
            """
                + GIVEN
                + condition(asked.purpose(), asked.choice())
                + " GROUP BY m.factory ORDER BY m.factory")
        .param("factory", factory)
        .param("hub", asked.hub())
        .param("endsBefore", utc(asked.endsBefore()))
        .param("choice", asked.choice())
        .query(
            (row, number) ->
                new DueDevices(
                    row.getString("factory"),
                    row.getLong("ready"),
                    row.getLong("under_way"),
                    row.getLong("disabled"),
                    row.getLong("revoked"),
                    0,
                    0,
                    Map.of()))
        .list();
  }

  /**
   * Selects the devices that get a new token, sorted into parts, and fixes the keys that sign them;
   * in the transaction that is under way. A device is in one renewal at a time.
   *
   * @param partDevices how many devices a part has
   * @return how many were selected
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public long select(Renewal renewal, int partDevices) {
    int keysAt = signingKeys.hold();
    long selected =
        renewal.purpose() == Purpose.REASSIGN
            ? reassignments.select(renewal, partDevices)
            : selectDue(renewal, partDevices);
    jdbc.sql(
            """
            UPDATE renewal
               SET selected_at = now(), keys_at = :keysAt, devices = :devices,
                   parts = (SELECT coalesce(max(part), 1) FROM renewal_device WHERE renewal_id = :renewal)
             WHERE renewal_id = :renewal\
            """)
        .param("renewal", renewal.id())
        .param("keysAt", keysAt)
        .param("devices", selected)
        .update();
    return selected;
  }

  private long selectDue(Renewal renewal, int partDevices) {
    return jdbc.sql(
            """
            INSERT INTO renewal_device (device_id, renewal_id, part, hub_id)
            SELECT d.device_id, :renewal, (row_number() OVER (ORDER BY d.device_id) - 1) / :partDevices + 1, d.hub_id
            """
                + GIVEN
                + " AND s.state IS NULL AND r.device_id IS NULL"
                + condition(renewal.purpose(), renewal.choice())
                + " ORDER BY d.device_id ON CONFLICT DO NOTHING")
        .param("renewal", renewal.id())
        .param("partDevices", partDevices)
        .param("factory", renewal.factory())
        .param("hub", renewal.hubId())
        .param("endsBefore", utc(renewal.endsBefore()))
        .param("choice", renewal.choice())
        .update();
  }

  /**
   * Takes devices that are disabled or revoked by now out of a part that is about to be made.
   *
   * @return how many
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public int leaveOutShutOut(int renewal, int part) {
    return jdbc.sql(
            """
            DELETE FROM renewal_device r USING device_status s
             WHERE r.renewal_id = ? AND r.part = ? AND s.device_id = r.device_id AND s.state IS NOT NULL\
            """)
        .params(renewal, part)
        .update();
  }

  /** The devices of a part, in the order of their GUIDs, with the hub that their token is for. */
  public DeviceRange devices(int renewal, int part) {
    DeviceRange devices = new DeviceRange();
    jdbcTemplate.query(
        "SELECT device_id, hub_id FROM renewal_device WHERE renewal_id = ? AND part = ? ORDER BY 1",
        row -> {
          UUID device = Objects.requireNonNull(row.getObject(1, UUID.class));
          devices.add(
              device.getMostSignificantBits(), device.getLeastSignificantBits(), row.getShort(2));
        },
        renewal,
        part);
    return devices;
  }

  /** How many devices of a renewal that is under way get a token for which hub. */
  public Map<String, Long> devicesByHub(int renewal) {
    Map<String, Long> counts = new TreeMap<>();
    jdbc.sql(
            """
            SELECT h.name, count(*) FROM renewal_device r JOIN hub h USING (hub_id)
             WHERE r.renewal_id = ? GROUP BY 1\
            """)
        .param(renewal)
        .query(
            row -> {
              counts.put(row.getString(1), row.getLong(2));
            });
    return counts;
  }

  /**
   * When the first of the tokens ends that its devices have now; null when none has one.
   *
   * @param renewal before any of them is handed over
   */
  public @Nullable Instant oldTokensEnd(int renewal) {
    return jdbc.sql(
            """
            SELECT min(nullif(coalesce(s.token_expires_at, m.tokens_expire_at), 'epoch'))
              FROM renewal_device r
              JOIN device d USING (device_id)
              JOIN manifest m USING (manifest_id)
              LEFT JOIN device_status s USING (device_id)
             WHERE r.renewal_id = ?\
            """)
        .param(renewal)
        .query((row, number) -> Optional.ofNullable(row.getTimestamp(1)).map(Timestamp::toInstant))
        .single()
        .orElse(null);
  }

  /**
   * Writes down which token its devices have now that its bundle is published, a page at a time;
   * they are in the renewal no more.
   *
   * @return does the next page in the transaction that is under way, and says whether there was
   *     one; who changes one of these devices waits for it
   */
  public Supplier<Boolean> handOver(Renewal renewal, Instant at, Instant tokensExpireAt) {
    AtomicReference<Place> place = new AtomicReference<>(Place.BEGINNING);
    return () -> {
      TransactionLock.DEVICE_STATUS.shared(jdbcTemplate);
      int unused = signingKeys.hold();
      Optional<Next> next = next(renewal.id(), Objects.requireNonNull(place.get()));
      next.ifPresent(
          found -> {
            handOver(renewal, found.devices(), at, tokensExpireAt);
            place.set(found.end());
          });
      return next.isPresent();
    };
  }

  /**
   * Behind which device the next page begins: the rows of those before are gone, but their entries
   * in the index stay as long as the step's own transaction does, and each page would pass them
   * all.
   */
  private record Place(int part, UUID device) {
    static final Place BEGINNING = new Place(0, new UUID(0, 0));
  }

  private record Next(RenewalPage devices, Place end) {}

  /** Its devices are in the order of their GUIDs, part after part. */
  private Optional<Next> next(int renewal, Place place) {
    return jdbc.sql(
            """
            WITH page AS MATERIALIZED (
                SELECT part, device_id FROM renewal_device
                 WHERE renewal_id = :renewal AND (part, device_id) > (:part, :device)
                 ORDER BY part, device_id LIMIT :most)
            SELECT first.device_id, last.device_id, last.part
              FROM (SELECT device_id FROM page ORDER BY device_id LIMIT 1) AS first,
                   (SELECT device_id, part FROM page ORDER BY device_id DESC LIMIT 1) AS last\
            """)
        .param("renewal", renewal)
        .param("part", place.part())
        .param("device", place.device())
        .param("most", HANDED_OVER_AT_ONCE)
        .query(
            (row, number) -> {
              UUID last = row.getObject(2, UUID.class);
              return new Next(
                  new RenewalPage(renewal, row.getObject(1, UUID.class), last),
                  new Place(row.getInt(3), last));
            })
        .optional();
  }

  private void handOver(Renewal renewal, RenewalPage devices, Instant at, Instant tokensExpireAt) {
    boolean moves = renewal.purpose() == Purpose.REASSIGN;
    if (moves) {
      deviceMoves.hold(devices);
    }
    jdbc.sql(
            """
            INSERT INTO rotation_bundle AS b (rotation_id, renewal_id, devices)
            SELECT k.rotation_id, r.renewal_id, count(*)
              FROM renewal_device r
              JOIN device d USING (device_id)
              JOIN manifest m USING (manifest_id)
              LEFT JOIN device_status s USING (device_id)
              JOIN key_rotation k ON k.hub_id = d.hub_id AND k.done_at IS NULL
             WHERE %s AND coalesce(s.keys_at, m.keys_at) < k.switched
               AND (r.hub_id <> d.hub_id OR :keysAt >= k.switched)
             GROUP BY 1, 2
                ON CONFLICT (rotation_id, renewal_id) DO UPDATE SET devices = b.devices + excluded.devices\
            """
                .formatted(RenewalPage.ROWS))
        .params(devices.parameters())
        .param("keysAt", renewal.keysAt())
        .update();
    if (moves) {
      formerHubs.leave(devices, at);
    }
    currentTokens.handedOver(
        devices,
        Objects.requireNonNull(renewal.bundleId()),
        tokensExpireAt,
        Objects.requireNonNull(renewal.keysAt()),
        at);
    if (moves) {
      formerHubs.arrive(devices, at);
      deviceMoves.move(devices);
    }
    jdbc.sql("DELETE FROM renewal_device r WHERE " + RenewalPage.ROWS)
        .params(devices.parameters())
        .update();
  }

  /**
   * Writes down that the bundle is delivered, in the transaction that is under way; what its
   * devices have was {@linkplain #handOver handed over} before.
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void deliver(
      int renewal, Instant at, Instant tokensExpireAt, String outbox, String receipt) {
    jdbc.sql("UPDATE renewal SET tokens_expire_at = ? WHERE renewal_id = ?")
        .params(tokensExpireAt.atOffset(ZoneOffset.UTC), renewal)
        .update();
    end(renewal, at, outbox, receipt);
  }

  /** Ends a renewal for which no device was left. */
  @Transactional(propagation = Propagation.MANDATORY)
  public void endedEmpty(int renewal, Instant at) {
    end(renewal, at, null, null);
  }

  /** Gives a renewal up: its devices can be selected again. Nothing happens to a delivered one. */
  @Transactional
  public void abandon(int renewal, Instant at) {
    int changed =
        jdbc.sql(
                "UPDATE renewal SET abandoned_at = ? WHERE renewal_id = ? AND delivered_at IS NULL")
            .params(at.atOffset(ZoneOffset.UTC), renewal)
            .update();
    if (changed == 1) {
      jdbc.sql("DELETE FROM renewal_device WHERE renewal_id = ?").param(renewal).update();
      dropChoice(renewal);
    }
  }

  private void end(int renewal, Instant at, @Nullable String outbox, @Nullable String receipt) {
    int changed =
        jdbc.sql(
                """
                UPDATE renewal SET delivered_at = :at, outbox = :outbox, receipt = :receipt::json
                 WHERE renewal_id = :renewal AND delivered_at IS NULL AND abandoned_at IS NULL
                   AND NOT EXISTS (SELECT FROM renewal_device WHERE renewal_id = :renewal)\
                """)
            .param("renewal", renewal)
            .param("at", utc(at))
            .param("outbox", outbox)
            .param("receipt", receipt)
            .update();
    if (changed != 1) {
      throw new IllegalStateException(
          "Renewal %d is delivered or given up already, or has devices left; nothing was changed."
              .formatted(renewal));
    }
    dropChoice(renewal);
  }

  /** What somebody chose is kept as long as a renewal of it goes on. */
  private void dropChoice(int renewal) {
    jdbc.sql(
            """
            DELETE FROM renewal_choice c USING renewal r
             WHERE r.renewal_id = ? AND c.choice = r.choice
               AND NOT EXISTS (SELECT FROM renewal other
                                WHERE other.choice = r.choice AND other.renewal_id <> r.renewal_id
                                  AND other.delivered_at IS NULL AND other.abandoned_at IS NULL)\
            """)
        .param(renewal)
        .update();
  }

  /** Adds to the devices that somebody chose; each is kept once. */
  public void choose(UUID choice, List<UUID> devices) {
    jdbcTemplate.batchUpdate(
        "INSERT INTO renewal_choice (choice, device_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        devices,
        1000,
        (statement, device) -> {
          statement.setObject(1, choice);
          statement.setObject(2, device);
        });
  }

  /** Whether a renewal of chosen devices was requested, whatever became of it. */
  public boolean requested(UUID choice) {
    return jdbc.sql("SELECT EXISTS (SELECT FROM renewal WHERE choice = ?)")
        .param(choice)
        .query(Boolean.class)
        .single();
  }

  /** The choices of which devices are kept. */
  public List<UUID> choices() {
    return jdbc.sql(
            """
            WITH RECURSIVE kept AS (
                (SELECT choice FROM renewal_choice ORDER BY choice LIMIT 1)
                 UNION ALL
                SELECT (SELECT c.choice FROM renewal_choice c WHERE c.choice > kept.choice ORDER BY c.choice LIMIT 1)
                  FROM kept WHERE kept.choice IS NOT NULL)
            SELECT choice FROM kept WHERE choice IS NOT NULL\
            """)
        .query(UUID.class)
        .list();
  }

  /** Forgets a choice that nobody goes on with. */
  public void forget(UUID choice) {
    jdbc.sql(
            """
            DELETE FROM renewal_choice
             WHERE choice = :choice
               AND NOT EXISTS (SELECT FROM renewal
                                WHERE choice = :choice AND delivered_at IS NULL AND abandoned_at IS NULL)\
            """)
        .param("choice", choice)
        .update();
  }

  private static String condition(Purpose purpose, @Nullable UUID choice) {
    if (choice != null) {
      return CHOSEN;
    }
    return switch (purpose) {
      case RENEW -> ENDS_SOON;
      case ROTATE -> OF_OLD_KEY;
      case REASSIGN, PROVISION -> throw new IllegalArgumentException("See Reassignments.");
    };
  }

  private static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }
}
