package dev.muster.registry;

import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.registry.DeviceEvent.Kind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Puts together what happened to a device, from everywhere that it is written down. */
final class DeviceHistory {

  private static final Map<String, String> CHANGES =
      Map.ofEntries(
          Map.entry("revoke", "Revoked"),
          Map.entry("disable", "Disabled"),
          Map.entry("enable", "Enabled"),
          Map.entry("restore", "Restored"),
          Map.entry("retire", "Retired"),
          Map.entry("empty", "Its data was removed"),
          Map.entry("free", "Left the registry, and its id was free again"),
          Map.entry("register", "Registered by hand"),
          Map.entry("locate", "Moved"),
          Map.entry("claim", "Its claim code was given"),
          Map.entry("token", "Was given a token"),
          Map.entry("update", "Updated"));

  /** What a manifest has changed, in words. */
  private static final String CHANGED =
      """
      (SELECT string_agg(CASE key WHEN '%s' THEN 'claim code'
                                  ELSE format('%%s from %%s to %%s', key, coalesce('“' || (value ->> 0) || '”', 'nothing'),
                                              coalesce('“' || (value ->> 1) || '”', 'nothing')) END,
                         ', ' ORDER BY key)
         FROM jsonb_each(c.changed))\
      """
          .formatted(ClaimCodes.COLUMN);

  /** The latest; ServiceRecords has all of them. */
  private static final int MOST_SERVICES = 200;

  private final JdbcClient jdbc;

  DeviceHistory(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Latest first. */
  List<DeviceEvent> of(KnownDevice device) {
    List<DeviceEvent> events = new ArrayList<>();
    if (device.known()) {
      manifest(device, events);
    }
    changes(device.id(), events);
    renewals(device, events);
    tokens(device.id(), events);
    moves(device.id(), events);
    services(device.id(), events);
    // Of what happened at the same time, what was added later came later.
    List<DeviceEvent> latestFirst = new ArrayList<>();
    for (int i = events.size() - 1; i >= 0; i--) {
      latestFirst.add(events.get(i));
    }
    latestFirst.sort(Comparator.comparing(DeviceEvent::at).reversed());
    return latestFirst;
  }

  private void manifest(KnownDevice device, List<DeviceEvent> events) {
    jdbc.sql(
            """
            SELECT m.manifest_id, m.name, m.factory, m.received_at, m.delivered_at,
                   s.token_expires_at IS NOT DISTINCT FROM 'epoch' AS no_token
              FROM manifest m
              LEFT JOIN device_status s ON s.device_id = ?
             WHERE m.manifest_id = ? AND NOT m.by_hand\
            """)
        .param(device.id())
        .param(device.manifestId())
        .query(
            row -> {
              int manifest = row.getInt("manifest_id");
              events.add(
                  new DeviceEvent(
                      at(row, "received_at"),
                      Kind.CAME,
                      "Came with manifest %s of factory %s, line %,d"
                          .formatted(
                              row.getString("name"), row.getString("factory"), device.line()),
                      null,
                      "factory " + row.getString("factory"),
                      manifest,
                      null));
              if (row.getTimestamp("delivered_at") != null) {
                events.add(
                    new DeviceEvent(
                        at(row, "delivered_at"),
                        Kind.DELIVERED,
                        row.getBoolean("no_token")
                            ? "The manifest's bundle was delivered, without a token for this"
                                + " device: it was out of service"
                            : "Its first token was delivered, in the manifest's bundle",
                        null,
                        null,
                        manifest,
                        null));
              }
            });
  }

  private void changes(UUID device, List<DeviceEvent> events) {
    jdbc.sql(
            """
            SELECT c.action, c.was, c.becomes, c.reason, c.actor, c.list_id, c.line, c.changed_at, l.name,
                   c.manifest_id, m.name AS manifest, %s AS changed
              FROM device_change c LEFT JOIN revocation_list l USING (list_id) LEFT JOIN manifest m USING (manifest_id)
             WHERE c.device_id = :device
               AND (:factory::text IS NULL
                    OR c.change_id > coalesce((SELECT max(change_id) FROM device_change f
                                                WHERE f.device_id = :device AND f.action = 'free'), 0))
             ORDER BY c.change_id\
            """
                .formatted(CHANGED))
        .param("device", device)
        // What another device of this id was is not for who has the id now.
        .param("factory", Callers.factory(Permission.DEVICE_READ))
        .query(
            row -> {
              String becomes = row.getString("becomes");
              String action = row.getString("action");
              String what = CHANGES.getOrDefault(action, capitalised(action));
              String list = row.getString("name");
              if (list != null) {
                what += " by revocation list %s, line %,d".formatted(list, row.getInt("line"));
              }
              String manifest = row.getString("manifest");
              if (manifest != null) {
                what +=
                    " by manifest %s, line %,d: %s"
                        .formatted(manifest, row.getInt("line"), row.getString("changed"));
              }
              if (row.getString("was") == null && "REVOKED".equals(becomes)) {
                what += ", before the registry knew it";
              }
              String reason = row.getString("reason");
              events.add(
                  new DeviceEvent(
                      at(row, "changed_at"),
                      kind(action),
                      what,
                      reason.isBlank() ? null : reason,
                      row.getString("actor"),
                      row.getObject("manifest_id", Integer.class),
                      row.getObject("list_id", Integer.class)));
            });
  }

  /**
   * Which devices a renewal had is forgotten when it is delivered; the last one is known by the
   * time at which its tokens end.
   */
  private void renewals(KnownDevice device, List<DeviceEvent> events) {
    jdbc.sql(
            """
            SELECT r.purpose, r.requested_at, r.delivered_at, r.tokens_expire_at
              FROM renewal r JOIN renewal_device d USING (renewal_id)
             WHERE d.device_id = :id AND r.abandoned_at IS NULL
             UNION
            SELECT r.purpose, r.requested_at, r.delivered_at, r.tokens_expire_at
              FROM renewal r JOIN device_status s ON s.token_expires_at = r.tokens_expire_at
             WHERE s.device_id = :id AND r.factory = :factory AND r.delivered_at IS NOT NULL\
            """)
        .param("id", device.id())
        .param("factory", device.factory())
        .query(
            row -> {
              String purpose =
                  switch (row.getString("purpose")) {
                    case "ROTATE" -> "because its hub's key is being rotated";
                    case "REASSIGN" -> "because it moves to another hub";
                    default -> "before its old one ends";
                  };
              Instant delivered = instant(row, "delivered_at");
              events.add(
                  new DeviceEvent(
                      delivered == null ? at(row, "requested_at") : delivered,
                      Kind.TOKEN,
                      (delivered == null
                              ? "A new token for it is being made, "
                              : "A new token for it was delivered, ")
                          + purpose,
                      null,
                      null,
                      null,
                      null));
            });
  }

  private void tokens(UUID device, List<DeviceEvent> events) {
    jdbc.sql("SELECT exchanged_at FROM device_status WHERE device_id = ?")
        .param(device)
        .query(
            row -> {
              Instant at = instant(row, "exchanged_at");
              if (at != null) {
                events.add(
                    new DeviceEvent(
                        at,
                        Kind.TOKEN,
                        "Was given a fresh token by itself",
                        null,
                        null,
                        null,
                        null));
              }
            });
    jdbc.sql("SELECT remote_address, first_at, at, times FROM token_report WHERE device_id = ?")
        .param(device)
        .query(
            row -> {
              events.add(
                  new DeviceEvent(
                      at(row, "at"),
                      Kind.WARNING,
                      "Presented an old token after it had been given a newer one, %s; an answer was lost, or somebody else holds a token of it"
                          .formatted(times(row.getLong("times"))),
                      null,
                      "from " + row.getString("remote_address"),
                      null,
                      null));
            });
  }

  private void moves(UUID device, List<DeviceEvent> events) {
    jdbc.sql(
            """
            SELECT h.name, f.left_at FROM former_hub f JOIN hub h USING (hub_id)
             WHERE f.device_id = ? ORDER BY f.left_at\
            """)
        .param(device)
        .query(
            row -> {
              events.add(
                  new DeviceEvent(
                      at(row, "left_at"),
                      Kind.MOVED,
                      "Left hub " + row.getString("name"),
                      null,
                      null,
                      null,
                      null));
            });
  }

  /** Of an installation, the change that it made is told. */
  private void services(UUID device, List<DeviceEvent> events) {
    jdbc
        .sql(
            """
            SELECT * FROM service_record WHERE device_id = ? AND NOT installed
             ORDER BY record_id DESC LIMIT %d\
            """
                .formatted(MOST_SERVICES))
        .param(device)
        .query(ServiceRecords::record)
        .list()
        .stream()
        .sorted(Comparator.comparing(ServiceRecord::number))
        .forEach(
            one ->
                events.add(
                    new DeviceEvent(
                        one.doneAt(),
                        Kind.SERVICED,
                        "Serviced: " + one.what(),
                        one.note(),
                        one.actor(),
                        null,
                        null)));
  }

  private static Kind kind(String action) {
    return switch (action) {
      case "revoke", "disable", "retire" -> Kind.OUT_OF_SERVICE;
      case "enable", "restore" -> Kind.BACK_IN_SERVICE;
      case "register" -> Kind.CAME;
      case "locate" -> Kind.MOVED;
      case "token" -> Kind.TOKEN;
      default -> Kind.OTHER;
    };
  }

  private static String times(long times) {
    return times == 1 ? "once" : "%,d times".formatted(times);
  }

  private static String capitalised(String word) {
    return word.isEmpty()
        ? word
        : word.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + word.substring(1);
  }

  private static Instant at(ResultSet row, String column) throws SQLException {
    return Objects.requireNonNull(instant(row, column));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    Timestamp timestamp = row.getTimestamp(column);
    return timestamp == null ? null : timestamp.toInstant();
  }
}
