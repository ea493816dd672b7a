package dev.muster.status;

import dev.muster.database.TransactionLock;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Devices and the token that each of them was given last. */
@Component
public class CurrentTokens {

  /**
   * What decides whether a device gets a fresh token.
   *
   * @param factory whose manifest brought it
   * @param exchangedAt when it last got a fresh token for an older one; null: never
   * @param heldExpiry a token that ends earlier is older than one that the device has got; one that
   *     ends later may be in a bundle that it has not got yet
   * @param issuedUntil the end of the token of all its tokens that ends last
   */
  public record Standing(
      DeviceState state,
      String hub,
      String factory,
      @Nullable Instant exchangedAt,
      @Nullable Instant heldExpiry,
      Instant issuedUntil) {}

  /**
   * Longer than what others do with a device of its own takes; shorter than what anybody notices.
   */
  private static final Duration A_MOMENT = Duration.ofMillis(20);

  private static final String LOCK =
      "SELECT device_id AS held FROM device WHERE device_id = ANY (?::uuid[]) ORDER BY device_id"
          + " FOR NO KEY UPDATE";

  private static final String FIND =
      """
      SELECT r.device_id, r.state, r.hub, r.factory, s.exchanged_at,
             coalesce(s.held_expires_at, m.tokens_expire_at) AS held_expires_at,
             coalesce(s.issued_until, m.tokens_expire_at) AS issued_until
        FROM registry r
        JOIN manifest m USING (manifest_id)
        LEFT JOIN device_status s USING (device_id)
       WHERE r.device_id = ANY (?::uuid[])\
      """;

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;
  private final ChangeHistory history;

  CurrentTokens(JdbcTemplate jdbcTemplate, ChangeHistory history) {
    this.jdbcTemplate = jdbcTemplate;
    this.history = history;
    this.jdbc = JdbcClient.create(jdbcTemplate);
  }

  /** How a device stands now; empty when the registry does not know it. */
  public Optional<Standing> find(UUID device) {
    return Optional.ofNullable(find(List.of(device)).get(device));
  }

  /** How devices stand now; without those that the registry does not know. */
  public Map<UUID, Standing> find(Collection<UUID> devices) {
    Map<UUID, Standing> standings = new HashMap<>();
    jdbc.sql(FIND)
        .param(array(devices))
        .query(
            row -> {
              standings.put(row.getObject("device_id", UUID.class), standing(row));
            });
    return standings;
  }

  /**
   * How a device stands; until the transaction that is under way ends, it stays at its hub, nobody
   * else gives it a token, and no key changes. Whether it goes out of service meanwhile, {@link
   * #exchanged} and {@link #given} tell.
   *
   * @param patience how long to wait for others that change the device, here and there
   * @throws org.springframework.dao.PessimisticLockingFailureException when they took longer
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public Optional<Standing> hold(UUID device, Duration patience) {
    return Optional.ofNullable(hold(List.of(device), "", patience, patience).get(device));
  }

  /**
   * As {@link #hold}, for several devices, without those that others change just now. They are not
   * waited for, here or later in the transaction: whoever holds many devices would hold them up.
   *
   * @param patience how long to wait for changes of keys
   * @throws org.springframework.dao.PessimisticLockingFailureException when they took longer
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public Map<UUID, Standing> holdThoseFree(Collection<UUID> devices, Duration patience) {
    return hold(devices, " SKIP LOCKED", patience, A_MOMENT);
  }

  /** In one message to the database, of which each statement sees what was done before it. */
  private Map<UUID, Standing> hold(
      Collection<UUID> devices, String which, Duration forKeys, Duration forDevices) {
    String sql =
        String.join(
            ";",
            "SET LOCAL lock_timeout = " + forKeys.toMillis(),
            TransactionLock.SIGNING_KEYS.sharing(),
            "SET LOCAL lock_timeout = " + forDevices.toMillis(),
            LOCK + which,
            FIND);
    Map<UUID, Standing> standings = new HashMap<>();
    return Objects.requireNonNull(
        jdbcTemplate.execute(
            sql,
            (PreparedStatement statement) -> {
              Array ids = statement.getConnection().createArrayOf("uuid", array(devices));
              statement.setArray(1, ids);
              statement.setArray(2, ids);
              Set<UUID> held = new HashSet<>();
              boolean isRows = statement.execute();
              while (isRows || statement.getUpdateCount() >= 0) {
                if (isRows) {
                  ResultSet rows = statement.getResultSet();
                  String first = rows.getMetaData().getColumnLabel(1);
                  while (rows.next()) {
                    if (first.equals("held")) {
                      held.add(rows.getObject(1, UUID.class));
                    } else if (first.equals("device_id")) {
                      standings.put(rows.getObject(1, UUID.class), standing(rows));
                    }
                  }
                }
                isRows = statement.getMoreResults();
              }
              standings.keySet().retainAll(held);
              return standings;
            }));
  }

  /**
   * Writes down that devices, which are held, get fresh tokens for older ones.
   *
   * @param keysAt as of which change of keys they are signed
   * @return which of them may have theirs: not those that went out of service
   * @throws org.springframework.dao.PessimisticLockingFailureException when others change one of
   *     them for too long
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public Set<UUID> exchanged(Collection<UUID> devices, Instant expiresAt, int keysAt, Instant at) {
    return save(devices, expiresAt, keysAt, at, true);
  }

  /**
   * Writes down that somebody was given a token for the device, which is held; its first one, when
   * it has none. It may exchange it at once.
   *
   * @param keysAt as of which change of keys it is signed
   * @return whether it may have it: false when the device went out of service
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public boolean given(
      UUID device, Instant expiresAt, int keysAt, Instant at, DeviceState was, String actor) {
    if (was == DeviceState.REGISTERED) {
      aheadOfItsManifest(device);
    }
    boolean inService = !save(List.of(device), expiresAt, keysAt, at, false).isEmpty();
    if (inService) {
      history.add(device, "token", was, DeviceState.PROVISIONED, "ends " + expiresAt, actor, at);
    }
    return inService;
  }

  /**
   * Who looks for devices with a token passes over manifests of which none has one. Written before
   * the device's status, as a list does: so neither waits for the other in a circle.
   */
  private void aheadOfItsManifest(UUID device) {
    jdbc.sql(
            """
            INSERT INTO token_withheld (manifest_id)
            SELECT m.manifest_id FROM device d JOIN manifest m USING (manifest_id)
             WHERE d.device_id = ? AND m.delivered_at IS NULL AND NOT m.by_hand
                ON CONFLICT DO NOTHING\
            """)
        .param(device)
        .update();
  }

  private Set<UUID> save(
      Collection<UUID> devices, Instant expiresAt, int keysAt, Instant at, boolean exchanged) {
    return jdbc.sql(
            """
            INSERT INTO device_status AS s
                   (device_id, changed_at, hub_id, token_expires_at, keys_at, exchanged_at, held_expires_at, issued_until)
            SELECT d.device_id, :at, d.hub_id, :expiresAt, :keysAt, CASE WHEN :exchanged THEN :at::timestamptz END,
                   :expiresAt, greatest(m.tokens_expire_at, :expiresAt)
              FROM device d JOIN manifest m USING (manifest_id)
             WHERE d.device_id = ANY (:devices::uuid[]) ORDER BY d.device_id
                ON CONFLICT (device_id) DO UPDATE
               SET (hub_id, token_expires_at, token_bundle, keys_at, exchanged_at, held_expires_at, issued_until)
                 = (excluded.hub_id, excluded.token_expires_at, NULL, excluded.keys_at,
                    coalesce(excluded.exchanged_at, s.exchanged_at), excluded.held_expires_at,
                    greatest(coalesce(s.issued_until, excluded.issued_until), excluded.token_expires_at))
             WHERE s.state IS NULL
            RETURNING s.device_id\
            """)
        .param("devices", array(devices))
        .param("keysAt", keysAt)
        .param("exchanged", exchanged)
        .param("expiresAt", Timestamp.from(expiresAt))
        .param("at", Timestamp.from(at))
        .query(UUID.class)
        .set();
  }

  private static UUID[] array(Collection<UUID> devices) {
    return devices.toArray(UUID[]::new);
  }

  /**
   * Writes down which token devices of a renewal have now that its bundle is published; in the
   * transaction that is under way. A token that a device had beside it counts on, if it ends later,
   * unless it is of another key or for another hub: then it is on its way out.
   *
   * <p>Devices exchange theirs meanwhile: where one of them has since this statement began, what it
   * wrote is what counts.
   *
   * @param bundle the bundle's number
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void handedOver(
      RenewalPage devices, int bundle, Instant expiresAt, int keysAt, Instant at) {
    jdbc.sql(
            """
            INSERT INTO device_status AS s
                   (device_id, changed_at, hub_id, token_expires_at, token_bundle, keys_at, held_expires_at, issued_until)
            SELECT d.device_id, :at, r.hub_id,
                   CASE WHEN r.hub_id = d.hub_id AND coalesce(t.keys_at, m.keys_at) >= h.key_since
                        THEN greatest(coalesce(t.token_expires_at, m.tokens_expire_at), :expiresAt)
                        ELSE :expiresAt END,
                   :bundle, :keysAt, least(coalesce(t.held_expires_at, m.tokens_expire_at), :expiresAt),
                   greatest(coalesce(t.issued_until, m.tokens_expire_at), :expiresAt)
              FROM renewal_device r
              JOIN device d USING (device_id)
              JOIN manifest m USING (manifest_id)
              JOIN hub h ON h.hub_id = d.hub_id
              LEFT JOIN device_status t USING (device_id)
             WHERE %s ORDER BY d.device_id
                ON CONFLICT (device_id) DO UPDATE
               SET (hub_id, token_expires_at, token_bundle, keys_at, held_expires_at, issued_until)
                 = (excluded.hub_id,
                    CASE WHEN s.hub_id = excluded.hub_id
                          AND s.keys_at >= (SELECT key_since FROM hub WHERE hub_id = s.hub_id)
                         THEN greatest(s.token_expires_at, excluded.token_expires_at)
                         ELSE excluded.token_expires_at END,
                    excluded.token_bundle, excluded.keys_at,
                    CASE WHEN s.held_expires_at IS NULL THEN excluded.held_expires_at
                         ELSE least(s.held_expires_at, :expiresAt) END,
                    greatest(s.issued_until, excluded.issued_until))\
            """
                .formatted(RenewalPage.ROWS))
        .params(devices.parameters())
        .param("bundle", bundle)
        .param("at", Timestamp.from(at))
        .param("expiresAt", Timestamp.from(expiresAt))
        .param("keysAt", keysAt)
        .update();
  }

  private static Standing standing(ResultSet row) throws SQLException {
    return new Standing(
        DeviceState.valueOf(row.getString("state")),
        row.getString("hub"),
        row.getString("factory"),
        instant(row.getTimestamp("exchanged_at")),
        instant(row.getTimestamp("held_expires_at")),
        row.getTimestamp("issued_until").toInstant());
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }
}
