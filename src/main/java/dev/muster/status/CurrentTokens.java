package dev.muster.status;

import dev.muster.credential.SigningKeys;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Single devices and the token that each of them was given last. */
@Component
public class CurrentTokens {

  /**
   * What decides whether a device gets a fresh token.
   *
   * @param hub the name of the hub that the device is assigned to
   * @param factory whose manifest brought it
   * @param exchangedAt when it last got a fresh token for an older one; null: never
   * @param heldExpiry a token that ends earlier is older than one that the device has got; one that
   *     ends later may be in a bundle that it has not got yet
   */
  public record Standing(
      DeviceState state,
      String hub,
      String factory,
      @Nullable Instant exchangedAt,
      @Nullable Instant heldExpiry) {}

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;

  CurrentTokens(JdbcTemplate jdbcTemplate) {
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
  }

  /** How a device stands now; empty when the registry does not know it. */
  public Optional<Standing> find(UUID device) {
    return jdbc.sql(
            """
            SELECT r.state, r.hub, r.factory, s.exchanged_at, coalesce(s.held_expires_at, m.tokens_expire_at) AS held_expires_at
              FROM registry r
              JOIN manifest m USING (manifest_id)
              LEFT JOIN device_status s USING (device_id)
             WHERE r.device_id = ?\
            """)
        .param(device)
        .query(CurrentTokens::standing)
        .optional();
  }

  /**
   * How a device stands, and will until the transaction that is under way ends: no device's status
   * changes meanwhile.
   *
   * @param patience how long to wait for others that change devices
   * @throws org.springframework.dao.PessimisticLockingFailureException when they took longer
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public Optional<Standing> hold(UUID device, Duration patience) {
    jdbcTemplate.execute(
        (ConnectionCallback<Boolean>)
            connection -> {
              try (Statement statement = connection.createStatement()) {
                statement.execute("SET LOCAL lock_timeout = " + patience.toMillis());
              }
              StatusLock.exclusive(connection);
              return true;
            });
    return find(device);
  }

  /**
   * Writes down that the device, which is held, gets a fresh token.
   *
   * @param keysAt as of which change of keys it is signed, see {@link SigningKeys}
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void exchanged(UUID device, Instant expiresAt, int keysAt, Instant at) {
    jdbc.sql(
            """
            INSERT INTO device_status
                   (device_id, changed_at, hub_id, token_expires_at, keys_at, exchanged_at, held_expires_at)
            SELECT device_id, :at, hub_id, :expiresAt, :keysAt, :at, :expiresAt FROM device WHERE device_id = :device
                ON CONFLICT (device_id) DO UPDATE
               SET (token_expires_at, keys_at, exchanged_at, held_expires_at)
                 = (excluded.token_expires_at, excluded.keys_at, excluded.exchanged_at, excluded.held_expires_at)\
            """)
        .param("device", device)
        .param("keysAt", keysAt)
        .param("expiresAt", Timestamp.from(expiresAt))
        .param("at", Timestamp.from(at))
        .update();
  }

  /**
   * Writes down that somebody was given a token for the device, which is held; its first one, when
   * it has none. It may exchange it at once.
   *
   * @param keysAt as of which change of keys it is signed, see {@link SigningKeys}
   * @param was the device's state before
   * @param actor who got it, for the history
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void given(
      UUID device, Instant expiresAt, int keysAt, Instant at, DeviceState was, String actor) {
    jdbc.sql(
            """
            WITH given AS (
                INSERT INTO device_status (device_id, changed_at, hub_id, token_expires_at, keys_at, held_expires_at)
                SELECT device_id, :at, hub_id, :expiresAt, :keysAt, :expiresAt FROM device WHERE device_id = :device
                    ON CONFLICT (device_id) DO UPDATE
                   SET (hub_id, token_expires_at, keys_at, held_expires_at)
                     = (excluded.hub_id, excluded.token_expires_at, excluded.keys_at, excluded.held_expires_at))
            INSERT INTO device_change (device_id, action, was, becomes, reason, actor, changed_at)
            VALUES (:device, 'token', :was::device_state, 'PROVISIONED', :reason, :actor, :at)\
            """)
        .param("device", device)
        .param("keysAt", keysAt)
        .param("expiresAt", Timestamp.from(expiresAt))
        .param("at", Timestamp.from(at))
        .param("was", was.name())
        .param("reason", "ends " + expiresAt)
        .param("actor", actor)
        .update();
  }

  private static Standing standing(ResultSet row, int number) throws SQLException {
    return new Standing(
        DeviceState.valueOf(row.getString("state")),
        row.getString("hub"),
        row.getString("factory"),
        instant(row.getTimestamp("exchanged_at")),
        instant(row.getTimestamp("held_expires_at")));
  }

  private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
    return timestamp == null ? null : timestamp.toInstant();
  }
}
