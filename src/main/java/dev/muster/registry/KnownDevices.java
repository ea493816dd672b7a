package dev.muster.registry;

import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.export.Export;
import dev.muster.registry.DeviceFacts.FormerHub;
import dev.muster.registry.DeviceFacts.Untold;
import dev.muster.registry.DeviceSearch.Standing;
import dev.muster.status.DeviceState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Finds devices. A caller that is bound to a factory finds that factory's only.
 *
 * <p>No B-tree stands by: on a million devices each would cost the bulk load a fifth. Where rows
 * must be looked through, they are once; otherwise what each chunk brought ({@code loaded_lines})
 * says where the next devices lie.
 */
@Guarded
@Component
public class KnownDevices {

  private static final int MOST_AT_ONCE = 1000;
  private static final int CHUNKS_AT_ONCE = 60;
  private static final int LOOKS = 20;

  private static final String COLUMNS =
      """
      r.device_id, r.state, r.revoking, r.token_expires_at, r.hub, r.serial_number, r.model, r.building, r.room,
      r.factory, r.manifest_id, r.manifest, r.line
      """;

  private static final String ONE =
      """
      SELECT coalesce(r.device_id, s.device_id) AS device_id, coalesce(r.state, s.state) AS state,
             coalesce(r.revoking, false) AS revoking, r.token_expires_at, r.hub, r.serial_number, r.model,
             r.building, r.room, r.factory, r.manifest_id, r.manifest, r.line
        FROM (SELECT * FROM registry WHERE device_id = :id) r
        FULL JOIN (SELECT * FROM device_status WHERE device_id = :id) s ON true
       WHERE r.device_id IS NOT NULL OR s.state IS NOT NULL\
      """;

  /**
   * Newest first, looking through the rows of all devices once. Only what is looked for is said, so
   * that the plan is made for that; and only what is shown is joined.
   */
  private static final String THROUGH_ROWS =
      """
      WITH chosen AS MATERIALIZED (
          SELECT d.device_id, d.manifest_id, d.line FROM device d
           WHERE %s
           ORDER BY d.manifest_id DESC, d.line DESC LIMIT :limit)
      SELECT r.* FROM chosen c JOIN LATERAL (SELECT * FROM registry WHERE device_id = c.device_id) r ON true
       ORDER BY c.manifest_id DESC, c.line DESC\
      """;

  private static final String OF_FACTORY =
      "d.manifest_id IN (SELECT manifest_id FROM manifest WHERE factory = :factory)";

  private static final String OUT =
      """
      EXISTS (SELECT FROM device_status s WHERE s.device_id = d.device_id AND s.state = :state::device_state)\
      """;

  private static final String IN =
      """
      (SELECT r.state FROM registry r WHERE r.device_id = d.device_id) = :state::device_state\
      """;

  private static final String UNCONFIRMED =
      """
      d.device_id IN (SELECT device_id FROM device_status WHERE state IS NOT NULL AND hub_due_at IS NOT NULL
                       UNION ALL
                      SELECT f.device_id FROM former_hub f JOIN device_status s USING (device_id)
                       WHERE s.state IS NOT NULL AND f.hub_due_at IS NOT NULL)\
      """;

  private static final String OUT_OF_SERVICE =
      """
      WITH chosen AS MATERIALIZED (
          SELECT device_id, state FROM device_status
           WHERE %s AND (:after::uuid IS NULL OR device_id > :after::uuid)
           ORDER BY device_id LIMIT :limit)
      SELECT s.device_id, s.state, coalesce(r.revoking, false) AS revoking, r.token_expires_at, r.hub,
             r.serial_number, r.model, r.building, r.room, r.factory, r.manifest_id, r.manifest, r.line
        FROM chosen s LEFT JOIN LATERAL (SELECT * FROM registry WHERE device_id = s.device_id) r ON true
       ORDER BY s.device_id\
      """;

  /** Where the next devices lie: chunks that brought any, newest first. */
  private static final String CHUNKS =
      """
      SELECT l.manifest_id, l.first_line, max(l.last_line) AS last_line, sum(l.devices) AS devices
        FROM loaded_lines l
        JOIN manifest m USING (manifest_id)
       WHERE (:beforeManifest::integer IS NULL
              OR (l.manifest_id, l.first_line) < (:beforeManifest::integer, :beforeLine::integer))
         AND (:manifest::integer IS NULL OR l.manifest_id = :manifest::integer)
         AND (:factory::text IS NULL OR m.factory = :factory::text)
         AND (:state::text IS DISTINCT FROM 'PROVISIONED' OR m.delivered_at IS NOT NULL OR m.by_hand)
         AND (:state::text IS DISTINCT FROM 'REGISTERED' OR m.delivered_at IS NULL
              OR m.manifest_id IN (SELECT d.manifest_id FROM device_status s JOIN device d USING (device_id)
                                    WHERE s.state IS NULL AND s.token_expires_at = 'epoch'))
         AND l.devices > 0
       GROUP BY l.manifest_id, l.first_line
       ORDER BY l.manifest_id DESC, l.first_line DESC LIMIT :limit\
      """;

  private static final String IN_CHUNK =
      "SELECT "
          + COLUMNS
          + """
            FROM registry r
           WHERE r.manifest_id = :manifest AND r.line BETWEEN :first AND :last
             AND (:state::text IS NULL OR r.state = :state::device_state)
           ORDER BY r.line DESC LIMIT :limit\
          """;

  private final JdbcClient jdbc;

  KnownDevices(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Some of the devices that were found.
   *
   * @param next where to go on; null: there are no more
   */
  public record Page(List<KnownDevice> devices, @Nullable String next) {
    public Page {
      devices = List.copyOf(devices);
    }
  }

  /**
   * Finds devices, those that came last first; those that are out of service by their id.
   *
   * @param after {@link Page#next()} of the page before; null: from the beginning
   * @param limit 1 to 1,000
   * @throws IllegalArgumentException when {@code after} is none
   */
  @Requires(Permission.DEVICE_READ)
  public Page find(DeviceSearch search, @Nullable String after, int limit) {
    int most = Math.max(1, Math.min(limit, MOST_AT_ONCE));
    Place place = Place.of(after);
    if (search.id() != null && search.gateway() == null) {
      return new Page(
          device(search.id()).filter(device -> meets(device, search)).stream().toList(), null);
    }
    Standing standing = search.standing();
    boolean outOfService =
        standing == Standing.DISABLED
            || standing == Standing.REVOKED
            || standing == Standing.REVOKING
            || standing == Standing.UNKNOWN;
    String own = Callers.factory(Permission.DEVICE_READ);
    if (own != null && search.factory() != null && !own.equals(search.factory())) {
      return new Page(List.of(), null);
    }
    String factory = own == null ? search.factory() : own;
    boolean among = search.readsRows() || search.manifest() != null || factory != null;
    if (outOfService && !among) {
      return outOfService(Objects.requireNonNull(standing), place, most);
    }
    if (standing == Standing.UNKNOWN) {
      return new Page(List.of(), null); // nobody's, and nothing is known of it
    }
    return search.readsRows() || outOfService
        ? throughRows(search, factory, place, most)
        : byChunk(search, factory, place, most);
  }

  /** All devices that are meant, to take away. */
  @Requires(Permission.DEVICE_READ)
  public Export<KnownDevice, String> all(DeviceSearch search) {
    return Export.of(
        KnownDevice.class,
        after -> {
          Page page = find(search, after, MOST_AT_ONCE);
          return new Export.Part<>(page.devices(), page.next());
        });
  }

  /** All that is known of a device; empty when neither registry nor a list knows it. */
  @Requires(Permission.DEVICE_READ)
  public Optional<DeviceFacts> one(UUID id) {
    return device(id).map(this::facts);
  }

  /** What happened to a device, latest first. */
  @Requires(Permission.DEVICE_READ)
  public List<DeviceEvent> history(UUID id) {
    String factory = Callers.factory(Permission.DEVICE_READ);
    return device(id)
        .map(device -> new DeviceHistory(jdbc).of(device))
        .map(
            events ->
                factory == null ? events : events.stream().map(one -> one.seenBy(factory)).toList())
        .orElse(List.of());
  }

  private Optional<KnownDevice> device(UUID id) {
    return jdbc.sql(ONE)
        .param("id", id)
        .query(KnownDevices::device)
        .optional()
        .filter(device -> Callers.current().sees(Permission.DEVICE_READ, device.factory()));
  }

  private static boolean meets(KnownDevice device, DeviceSearch search) {
    Standing standing = search.standing();
    boolean stands =
        standing == null
            || switch (standing) {
              case REVOKING -> device.revoking();
              case UNKNOWN -> !device.known();
              default -> device.state() == DeviceState.valueOf(standing.name());
            };
    return stands
        && (search.serialNumber() == null || search.serialNumber().equals(device.serialNumber()))
        && (search.manifest() == null || search.manifest().equals(device.manifestId()))
        && (search.building() == null || search.building().equals(device.building()))
        && (search.room() == null || search.room().equals(device.room()))
        && (search.factory() == null || search.factory().equals(device.factory()))
        && (search.model() == null || search.model().equals(device.model()));
  }

  private Page throughRows(DeviceSearch search, @Nullable String factory, Place place, int limit) {
    Map<String, Object> values = new HashMap<>();
    List<String> conditions = new ArrayList<>();
    put(search.id(), "id", "d.device_id = :id", values, conditions);
    put(search.serialNumber(), "serial", "d.serial_number = :serial", values, conditions);
    put(search.building(), "building", "d.building = :building", values, conditions);
    put(search.room(), "room", "d.room = :room", values, conditions);
    put(search.manifest(), "manifest", "d.manifest_id = :manifest", values, conditions);
    put(search.model(), "model", "d.model = :model", values, conditions);
    put(search.gateway(), "gateway", "d.gateway_id = :gateway", values, conditions);
    put(factory, "factory", OF_FACTORY, values, conditions);
    if (place.manifest() != null && place.line() != null) {
      conditions.add("(d.manifest_id, d.line) < (:beforeManifest, :beforeLine)");
      values.put("beforeManifest", place.manifest());
      values.put("beforeLine", place.line());
    }
    Standing standing = search.standing();
    if (standing == Standing.REVOKING) {
      conditions.add(UNCONFIRMED);
    } else if (standing != null) {
      boolean out = standing == Standing.DISABLED || standing == Standing.REVOKED;
      put(standing.name(), "state", out ? OUT : IN, values, conditions);
    }
    List<KnownDevice> found =
        jdbc.sql(THROUGH_ROWS.formatted(String.join("\n AND ", conditions)))
            .params(values)
            .param("limit", limit + 1)
            .query(KnownDevices::device)
            .list();
    return page(found, limit, false);
  }

  private static void put(
      @Nullable Object value,
      String name,
      String condition,
      Map<String, Object> values,
      List<String> conditions) {
    if (value != null) {
      values.put(name, value);
      conditions.add(condition);
    }
  }

  private Page outOfService(Standing standing, Place place, int limit) {
    String which =
        switch (standing) {
          case UNKNOWN -> "hub_id IS NULL AND state IS NOT NULL";
          case REVOKING ->
              """
              state IS NOT NULL
              AND (hub_due_at IS NOT NULL OR device_id IN (SELECT device_id FROM former_hub WHERE hub_due_at IS NOT NULL))\
              """;
          case DISABLED -> "state = 'DISABLED'";
          default -> "state = 'REVOKED'";
        };
    List<KnownDevice> found =
        jdbc.sql(OUT_OF_SERVICE.formatted(which))
            .param("after", place.device())
            .param("limit", limit + 1)
            .query(KnownDevices::device)
            .list();
    return page(found, limit, true);
  }

  private record Chunk(int manifest, int firstLine, int lastLine, long devices) {}

  private Page byChunk(DeviceSearch search, @Nullable String factory, Place place, int limit) {
    String state = search.standing() == null ? null : search.standing().name();
    List<KnownDevice> found = new ArrayList<>();
    Place next = place;
    for (int look = 0; look < LOOKS; look++) {
      List<Chunk> chunks = chunks(search, factory, next, state);
      for (Chunk chunk : chunks) {
        boolean cut = Objects.equals(place.manifest(), chunk.manifest());
        int last =
            cut
                ? Math.min(chunk.lastLine(), Objects.requireNonNull(place.line()) - 1)
                : chunk.lastLine();
        found.addAll(inChunk(chunk, last, state, limit + 1 - found.size()));
        if (found.size() > limit) {
          return page(found, limit, false);
        }
        next = new Place(null, chunk.manifest(), chunk.firstLine());
      }
      if (chunks.size() < CHUNKS_AT_ONCE) {
        return page(found, limit, false);
      }
    }
    // Long stretches without any that is looked for: whoever asks may go on.
    return new Page(found, next.toString());
  }

  private List<Chunk> chunks(
      DeviceSearch search, @Nullable String factory, Place next, @Nullable String state) {
    return jdbc.sql(CHUNKS)
        .param("beforeManifest", next.manifest())
        .param("beforeLine", next.line())
        .param("manifest", search.manifest())
        .param("factory", factory)
        .param("state", state)
        .param("limit", CHUNKS_AT_ONCE)
        .query(
            (row, number) -> new Chunk(row.getInt(1), row.getInt(2), row.getInt(3), row.getLong(4)))
        .list();
  }

  private List<KnownDevice> inChunk(Chunk chunk, int last, @Nullable String state, int limit) {
    return jdbc.sql(IN_CHUNK)
        .param("manifest", chunk.manifest())
        .param("first", chunk.firstLine())
        .param("last", last)
        .param("state", state)
        .param("limit", limit)
        .query(KnownDevices::device)
        .list();
  }

  private static Page page(List<KnownDevice> found, int limit, boolean byId) {
    if (found.size() <= limit) {
      return new Page(found, null);
    }
    KnownDevice last = found.get(limit - 1);
    Place place =
        byId ? new Place(last.id(), null, null) : new Place(null, last.manifestId(), last.line());
    return new Page(found.subList(0, limit), place.toString());
  }

  /** Behind which device a page begins. */
  private record Place(@Nullable UUID device, @Nullable Integer manifest, @Nullable Integer line) {

    static Place of(@Nullable String text) {
      if (text == null || text.isBlank()) {
        return new Place(null, null, null);
      }
      String[] parts = text.split("\\.", 2);
      try {
        return parts.length == 2
            ? new Place(null, Integer.valueOf(parts[0]), Integer.valueOf(parts[1]))
            : new Place(UUID.fromString(text), null, null);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("'" + text + "' is no place in a list of devices.", e);
      }
    }

    @Override
    public String toString() {
      return device == null ? manifest + "." + line : device.toString();
    }
  }

  private DeviceFacts facts(KnownDevice device) {
    record Own(
        @Nullable String revision,
        @Nullable UUID gateway,
        @Nullable String attributes,
        @Nullable Instant changedAt,
        @Nullable Instant exchangedAt) {}
    Own own =
        jdbc.sql(
                """
                SELECT d.hardware_revision, d.gateway_id, d.attributes::text,
                       (SELECT max(changed_at) FROM device_change c WHERE c.device_id = x.id) AS changed_at,
                       s.exchanged_at
                  FROM (SELECT :id::uuid AS id) x
                  LEFT JOIN device d ON d.device_id = x.id
                  LEFT JOIN device_status s ON s.device_id = x.id\
                """)
            .param("id", device.id())
            .query(
                (row, number) ->
                    new Own(
                        row.getString(1),
                        row.getObject(2, UUID.class),
                        row.getString(3),
                        instant(row, 4),
                        instant(row, 5)))
            .single();
    List<Untold> untold =
        jdbc.sql(
                """
                SELECT h.name, w.hub_due_at, w.hub_attempts, w.hub_problem
                  FROM (SELECT hub_id, hub_due_at, hub_attempts, hub_problem FROM device_status WHERE device_id = :id
                         UNION ALL
                        SELECT hub_id, hub_due_at, hub_attempts, hub_problem FROM former_hub WHERE device_id = :id) w
                  JOIN hub h USING (hub_id)
                 WHERE w.hub_due_at IS NOT NULL ORDER BY h.name\
                """)
            .param("id", device.id())
            .query(
                (row, number) ->
                    new Untold(
                        row.getString(1),
                        Objects.requireNonNull(instant(row, 2)),
                        row.getInt(3),
                        row.getString(4)))
            .list();
    List<FormerHub> formerHubs =
        jdbc.sql(
                """
                SELECT h.name, f.left_at, f.token_expires_at FROM former_hub f JOIN hub h USING (hub_id)
                 WHERE f.device_id = :id ORDER BY f.left_at DESC\
                """)
            .param("id", device.id())
            .query(
                (row, number) ->
                    new FormerHub(
                        row.getString(1),
                        Objects.requireNonNull(instant(row, 2)),
                        Objects.requireNonNull(instant(row, 3))))
            .list();
    long behind =
        jdbc.sql(
                """
                SELECT count(*) FROM device d JOIN manifest m USING (manifest_id)
                 WHERE d.gateway_id = :id AND (:factory::text IS NULL OR m.factory = :factory)\
                """)
            .param("id", device.id())
            .param("factory", Callers.factory(Permission.DEVICE_READ))
            .query(Long.class)
            .single();
    return new DeviceFacts(
        device,
        own.revision(),
        own.gateway(),
        own.attributes(),
        behind,
        own.changedAt(),
        own.exchangedAt(),
        untold,
        formerHubs);
  }

  private static KnownDevice device(ResultSet row, int number) throws SQLException {
    String state = row.getString("state");
    Timestamp expires = row.getTimestamp("token_expires_at");
    return new KnownDevice(
        Objects.requireNonNull(row.getObject("device_id", UUID.class)),
        state == null ? null : DeviceState.valueOf(state),
        row.getBoolean("revoking"),
        expires == null ? null : expires.toInstant(),
        row.getString("hub"),
        row.getString("serial_number"),
        row.getString("model"),
        row.getString("building"),
        row.getString("room"),
        row.getString("factory"),
        row.getObject("manifest_id", Integer.class),
        row.getString("manifest"),
        row.getObject("line", Integer.class));
  }

  private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
    Timestamp timestamp = row.getTimestamp(column);
    return timestamp == null ? null : timestamp.toInstant();
  }
}
