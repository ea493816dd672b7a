package dev.muster.registry;

import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.credential.sas.Placement;
import dev.muster.database.TransactionLock;
import dev.muster.manifest.Column;
import dev.muster.status.ChangeHistory;
import dev.muster.status.DeviceState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Devices where they are installed: those that a manifest brought get their building and room here,
 * and those that none brought are registered by hand.
 */
@Guarded
@Component
public class Installations {

  /**
   * What stands for the factory of devices that were registered by hand. No factory can be called
   * so: ids have no spaces.
   */
  public static final String BY_HAND = "by hand";

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final UUID NIL = new UUID(0, 0);
  private static final UUID MAX = new UUID(-1, -1);

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;
  private final Placement placement;
  private final ChangeHistory history;
  private final ServiceRecordTable services;
  private final ClaimCodes claims;
  private final TransactionTemplate transaction;
  private final Clock clock;

  Installations(
      JdbcTemplate jdbcTemplate,
      Placement placement,
      ChangeHistory history,
      ServiceRecordTable services,
      ClaimCodes claims,
      PlatformTransactionManager transactions,
      Clock clock) {
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
    this.placement = placement;
    this.history = history;
    this.services = services;
    this.claims = claims;
    this.transaction = new TransactionTemplate(transactions);
    this.clock = clock;
  }

  /**
   * What became of it.
   *
   * @param registered the device was unknown before
   */
  public record Installation(InstalledDevice device, boolean registered) {}

  /** How many characters a building's or a room's name may have; the shorter of the two. */
  @Requires(value = Permission.DEVICE_INSTALL, readOnly = true)
  public int longestName() {
    return Math.min(Column.BUILDING.maxLength(), Column.ROOM.maxLength());
  }

  /** A device, as far as the caller may see it. */
  @Requires(Permission.DEVICE_READ)
  public Optional<InstalledDevice> find(UUID device) {
    return known(device)
        .filter(found -> Callers.current().sees(Permission.DEVICE_READ, found.factory()));
  }

  /**
   * Says where a device is, and registers it first when nobody knows it.
   *
   * @param building null or blank: not known
   * @param room null or blank: not known
   * @throws RefusedException when the device is to stay out of service, a value can't be kept, or
   *     devices are being loaded or changed for too long
   */
  @Requires(value = Permission.DEVICE_INSTALL, audit = "device.install")
  public Installation install(
      @Audited("device") UUID device,
      @Audited("building") @Nullable String building,
      @Audited("room") @Nullable String room) {
    return installed(device, building, room, null);
  }

  /**
   * As {@link #install}, and gives the device's claim code for it: both are done, or neither.
   *
   * @param code null: none is asked for
   */
  @Requires(value = Permission.DEVICE_INSTALL, audit = "device.install")
  public Installation claimAndInstall(
      @Audited("device") UUID device,
      @Nullable String code,
      @Audited("building") @Nullable String building,
      @Audited("room") @Nullable String room) {
    return installed(device, building, room, code);
  }

  private Installation installed(
      UUID device, @Nullable String building, @Nullable String room, @Nullable String code) {
    if (device.equals(NIL) || device.equals(MAX)) {
      throw new RefusedException(
          "%s is reserved and names no device. Read the id on the device again.".formatted(device));
    }
    Place place = new Place(kept(Column.BUILDING, building), kept(Column.ROOM, room));
    Callers.mustWorkAt(place.building());
    try {
      return Objects.requireNonNull(
          transaction.execute(
              status -> {
                hold();
                if (code != null) {
                  claims.claim(device, code);
                }
                Installation done = install(device, place);
                services.addInstallation(device, done.device().factory(), place.toString());
                return done;
              }));
    } catch (PessimisticLockingFailureException e) {
      throw new RefusedException(
          "Devices are being loaded or changed just now. Nothing was changed; try again in a"
              + " minute.");
    }
  }

  private record Place(@Nullable String building, @Nullable String room) {

    static Place of(InstalledDevice device) {
      return new Place(device.building(), device.room());
    }

    @Nullable String value(String column) {
      return column.equals(Column.BUILDING.header())
          ? building
          : column.equals(Column.ROOM.header()) ? room : null;
    }

    @Override
    public String toString() {
      StringJoiner words = new StringJoiner(", ").setEmptyValue("no place");
      if (building != null) {
        words.add("building " + building);
      }
      if (room != null) {
        words.add("room " + room);
      }
      return words.toString();
    }
  }

  private Installation install(UUID device, Place place) {
    Optional<InstalledDevice> found = known(device);
    if (found.isEmpty()) {
      register(device, place);
      return new Installation(known(device).orElseThrow(), true);
    }
    InstalledDevice before = found.get();
    Callers.mustSee(Permission.DEVICE_INSTALL, before.factory());
    if (before.building() != null) {
      Callers.mustWorkAt(before.building());
    }
    if (before.state() == DeviceState.RETIRED) {
      throw new RefusedException("This device is retired: nothing brings it back.");
    }
    if (claims.wanted(device)) {
      throw ClaimCodes.missing();
    }
    if (!place.equals(Place.of(before))) {
      jdbc.sql("UPDATE device SET building = ?, room = ? WHERE device_id = ?")
          .param(place.building())
          .param(place.room())
          .param(device)
          .update();
      remember(
          device,
          "locate",
          before.state(),
          before.state(),
          "from %s to %s".formatted(Place.of(before), place));
    }
    return new Installation(known(device).orElseThrow(), false);
  }

  private void register(UUID device, Place place) {
    Callers.mustSee(Permission.DEVICE_INSTALL, BY_HAND);
    jdbc.sql("SELECT state FROM device_status WHERE device_id = ? AND state IS NOT NULL")
        .param(device)
        .query(String.class)
        .optional()
        .ifPresent(
            state -> {
              throw new RefusedException(
                  state.equals("REVOKED")
                      ? "This device was revoked before it came. Registering does not bring it"
                          + " back; restore it first."
                      : "This device was disabled before it came. Registering does not bring it"
                          + " back; enable it first.");
            });
    short hub =
        placement
            .within(List.of(), null)
            .hubOf(device.getMostSignificantBits(), device.getLeastSignificantBits(), place::value);
    Instant now = clock.instant();
    jdbc.sql(
            """
            WITH place AS (
                INSERT INTO loaded_lines (manifest_id, first_line, last_line, hub_id, devices)
                SELECT :manifest, line, line, :hub, 1
                  FROM (SELECT coalesce(max(first_line), 0) + 1 AS line
                          FROM loaded_lines WHERE manifest_id = :manifest) AS next
                RETURNING first_line)
            INSERT INTO device (device_id, manifest_id, line, hub_id, building, room)
            SELECT :device, :manifest, first_line, :hub, :building, :room FROM place\
            """)
        .param("device", device)
        .param("manifest", manifest(now))
        .param("hub", hub)
        .param("building", place.building())
        .param("room", place.room())
        .update();
    remember(device, "register", null, DeviceState.REGISTERED, place.toString());
  }

  /** The manifest that nobody sent; a new one when another has come since. */
  private int manifest(Instant now) {
    return jdbc.sql(
            """
            SELECT manifest_id FROM (SELECT * FROM manifest ORDER BY manifest_id DESC LIMIT 1) AS newest
             WHERE by_hand\
            """)
        .query(Integer.class)
        .optional()
        .orElseGet(
            () ->
                jdbc.sql(
                        """
                        INSERT INTO manifest (factory, sha256, name, columns, rows, received_at, tokens_expire_at, by_hand)
                        VALUES (:factory, encode(sha256(gen_random_uuid()::text::bytea), 'hex'),
                                'registered by hand', '{}', 0, :now, 'epoch', true)
                        RETURNING manifest_id\
                        """)
                    .param("factory", BY_HAND)
                    .param("now", Timestamp.from(now))
                    .query(Integer.class)
                    .single());
  }

  private void hold() {
    jdbcTemplate.execute("SET LOCAL lock_timeout = " + PATIENCE.toMillis());
    TransactionLock.DEVICE_STATUS.exclusive(jdbcTemplate);
  }

  private void remember(
      UUID device, String action, @Nullable DeviceState was, DeviceState becomes, String reason) {
    history.add(device, action, was, becomes, reason, Callers.current().name(), clock.instant());
  }

  private Optional<InstalledDevice> known(UUID device) {
    return jdbc.sql(
            """
            SELECT device_id, state, revoking, building, room, serial_number, model, hub, factory, token_expires_at
              FROM registry WHERE device_id = ?\
            """)
        .param(device)
        .query(Installations::device)
        .optional();
  }

  private static InstalledDevice device(ResultSet row, int number) throws SQLException {
    Timestamp expires = row.getTimestamp("token_expires_at");
    return new InstalledDevice(
        row.getObject("device_id", UUID.class),
        DeviceState.valueOf(row.getString("state")),
        row.getBoolean("revoking"),
        row.getString("building"),
        row.getString("room"),
        row.getString("serial_number"),
        row.getString("model"),
        row.getString("hub"),
        row.getString("factory"),
        expires == null ? null : expires.toInstant());
  }

  /** As a manifest's fields are: short, on one line, and nothing rather than empty. */
  private static @Nullable String kept(Column column, @Nullable String value) {
    if (value == null || value.isBlank()) {
      return null;
    }
    String text = value.strip();
    if (text.length() > column.maxLength()) {
      throw new RefusedException(
          "The %s has %d characters; at most %d can be kept."
              .formatted(column.header(), text.length(), column.maxLength()));
    }
    if (text.codePoints().anyMatch(Character::isISOControl)) {
      throw new RefusedException(
          "The %s holds a control character. Write it as one line of text."
              .formatted(column.header()));
    }
    return text;
  }
}
