package dev.muster.registry;

import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.export.Export;
import dev.muster.export.Export.Part;
import dev.muster.registry.DeviceFacts.FormerHub;
import dev.muster.registry.DeviceFacts.RefusedExchange;
import dev.muster.registry.DeviceFacts.Untold;
import dev.muster.registry.DeviceSearch.Seen;
import dev.muster.registry.DeviceSearch.Standing;
import dev.muster.seen.SeenBy;
import dev.muster.status.DeviceState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Finds devices. A caller that is bound to a factory finds that factory's only.
 *
 * <p>No B-tree stands by: on a million devices each would cost the bulk load a fifth. What no index
 * finds is looked for from the newest rows to the oldest, or the other way round, as far as a
 * moment's time goes; whoever asks may go on from there. What each chunk brought ({@code
 * loaded_lines}) says where rows lie, and which need not be looked at.
 */
@Guarded
@Component
public class KnownDevices {

  /** Each part reads all of the chunk again that its devices lie in, so few are dear. */
  public static final int MOST_AT_ONCE = 5000;

  private static final int CHUNKS_AT_FIRST = 50;
  private static final int CHUNKS_AT_ONCE = 2000;

  /** How many devices are looked through at a time, behind the first chunk. */
  private static final long SMALLEST_WINDOW = 10_000;

  private static final long LARGEST_WINDOW = 500_000;

  /** What looking through a window is to take, as the one before it went. */
  private static final Duration A_WINDOW = Duration.ofMillis(20);

  /** How many times as large as the one before it a window may be, which may have been lucky. */
  private static final int FASTER = 3;

  /** When no further window is begun; but at least one is. */
  private static final Duration LONG_ENOUGH = Duration.ofMillis(100);

  private static final String ONE =
      """
      SELECT coalesce(r.device_id, s.device_id) AS device_id, coalesce(r.state, s.state) AS state,
             coalesce(r.revoking, false) AS revoking, r.token_expires_at, r.hub, r.serial_number, r.model,
             r.building, r.room, r.factory, r.manifest_id, r.manifest, r.line, r.first_seen_at, r.last_seen_at
        FROM (SELECT * FROM registry WHERE device_id = :id) r
        FULL JOIN (SELECT * FROM device_status WHERE device_id = :id) s ON true
       WHERE r.device_id IS NOT NULL OR s.state IS NOT NULL\
      """;

  /**
   * Only what is looked for is said, so that the plan is made for that; and only what is shown is
   * joined. {@code + 0}: or else, where manifests are joined, each one's rows may be looked up by
   * themselves in the order of its index, through the whole of the block-range index.
   */
  private static final String ROWS =
      """
      WITH chosen AS MATERIALIZED (
          SELECT d.device_id, d.manifest_id, d.line FROM device d
           WHERE %1$s
           ORDER BY d.manifest_id + 0 %2$s, d.line %2$s LIMIT :limit)
      SELECT r.* FROM chosen c JOIN LATERAL (SELECT * FROM registry WHERE device_id = c.device_id) r ON true
       ORDER BY c.manifest_id %2$s, c.line %2$s\
      """;

  /** By id: those of the registry, and those that only a revocation list named. */
  private static final String BY_ID =
      """
      WITH chosen AS MATERIALIZED (
          (SELECT d.device_id FROM device d
            WHERE d.device_id BETWEEN :first AND :last AND %s ORDER BY d.device_id LIMIT :limit)
           UNION ALL
          (SELECT s.device_id FROM device_status s
            WHERE s.hub_id IS NULL AND s.state IS NOT NULL AND s.device_id BETWEEN :first AND :last AND %s
            ORDER BY s.device_id LIMIT :limit)
           ORDER BY device_id LIMIT :limit)
      SELECT c.device_id, coalesce(r.state, s.state) AS state, coalesce(r.revoking, false) AS revoking,
             r.token_expires_at, r.hub, r.serial_number, r.model, r.building, r.room, r.factory, r.manifest_id,
             r.manifest, r.line, r.first_seen_at, r.last_seen_at
        FROM chosen c
        LEFT JOIN LATERAL (SELECT * FROM registry WHERE device_id = c.device_id) r ON true
        LEFT JOIN device_status s ON s.device_id = c.device_id
       ORDER BY c.device_id\
      """;

  private static final String OF_FACTORY =
      "d.manifest_id IN (SELECT manifest_id FROM manifest WHERE factory = :factory)";

  private static final String AT_HUB = "d.hub_id = (SELECT hub_id FROM hub WHERE name = :hub)";

  /**
   * What became of the device {@code d}. One value of one row, so that each device's row is looked
   * up: joined, the status of all devices there are would be read for some thousand of them.
   */
  private static final String STATUS =
      "(SELECT s.%s FROM device_status s WHERE s.device_id = d.device_id)";

  /** When the token ends that it has, or would have; the epoch: it has none. As the view says. */
  private static final String TOKEN_ENDS =
      """
      coalesce(%s, (SELECT CASE WHEN m.delivered_at IS NULL THEN 'epoch' ELSE m.tokens_expire_at END
                      FROM manifest m WHERE m.manifest_id = d.manifest_id))\
      """
          .formatted(STATUS.formatted("token_expires_at"));

  /** With which bundle the token came that it has; null: with none. */
  private static final String BUNDLE =
      """
      coalesce(%s, CASE WHEN %s IS NULL
                        THEN (SELECT m.bundle_id FROM manifest m
                               WHERE m.manifest_id = d.manifest_id AND m.delivered_at IS NOT NULL) END)\
      """
          .formatted(STATUS.formatted("token_bundle"), STATUS.formatted("token_expires_at"));

  private static final String FIRST_SEEN =
      "(SELECT w.first_at FROM device_seen w WHERE w.device_id = d.device_id)";

  /** Whether it last exchanged its token then is looked up only where the rest leaves it open. */
  private static final String LAST_SEEN_BEFORE =
      """
      (SELECT w.last_at < :seenBefore AND NOT coalesce(%s >= :seenBefore, false)
         FROM device_seen w WHERE w.device_id = d.device_id)\
      """
          .formatted(STATUS.formatted("exchanged_at"));

  private static final String OUT = STATUS.formatted("state") + " = :state::device_state";

  private static final String IN_SERVICE = STATUS.formatted("state") + " IS NULL";

  private static final String UNCONFIRMED =
      """
      d.device_id IN (SELECT device_id FROM device_status WHERE state IS NOT NULL AND hub_due_at IS NOT NULL
                       UNION ALL
                      SELECT f.device_id FROM former_hub f JOIN device_status s USING (device_id)
                       WHERE s.state IS NOT NULL AND f.hub_due_at IS NOT NULL)\
      """;

  /** The same, of one device after the other. */
  private static final String ITS_UNCONFIRMED =
      STATUS.formatted(
          """
          state IS NOT NULL
          AND (s.hub_due_at IS NOT NULL
               OR EXISTS (SELECT FROM former_hub f WHERE f.device_id = s.device_id AND f.hub_due_at IS NOT NULL))\
          """);

  /** So many that hubs have not confirmed are looked at at once. */
  private static final int FEW = 10_000;

  private static final String OUT_OF_SERVICE =
      """
      WITH chosen AS MATERIALIZED (
          SELECT device_id, state FROM device_status
           WHERE %s AND (:after::uuid IS NULL OR device_id > :after::uuid)
           ORDER BY device_id LIMIT :limit)
      SELECT s.device_id, s.state, coalesce(r.revoking, false) AS revoking, r.token_expires_at, r.hub,
             r.serial_number, r.model, r.building, r.room, r.factory, r.manifest_id, r.manifest, r.line,
             r.first_seen_at, r.last_seen_at
        FROM chosen s LEFT JOIN LATERAL (SELECT * FROM registry WHERE device_id = s.device_id) r ON true
       ORDER BY s.device_id\
      """;

  /**
   * Where the next devices lie, chunk by chunk, and whether any of them can be meant: of a manifest
   * whose tokens were not delivered somebody may have given a device one all the same. Of one that
   * was withdrawn some devices may have stayed, anywhere in it.
   */
  private static final String CHUNKS =
      """
      SELECT c.manifest_id, c.first_line, c.last_line, c.devices,
             c.here
             AND (:factory::text IS NULL OR m.factory = :factory::text)
             AND (:state::text IS DISTINCT FROM 'PROVISIONED' OR m.delivered_at IS NOT NULL OR m.by_hand
                  OR m.manifest_id IN (SELECT manifest_id FROM token_withheld))
             AND (:state::text IS DISTINCT FROM 'REGISTERED' OR m.delivered_at IS NULL
                  OR m.manifest_id IN (SELECT manifest_id FROM token_withheld)) AS meant
        FROM ((SELECT manifest_id, first_line, max(last_line) AS last_line, sum(devices) AS devices,
                      bool_or(:hub::text IS NULL OR hub_id = (SELECT hub_id FROM hub WHERE name = :hub::text)) AS here
                 FROM loaded_lines
                WHERE devices > 0 AND (:manifest::integer IS NULL OR manifest_id = :manifest::integer) AND %1$s
                GROUP BY 1, 2 ORDER BY 1 %3$s, 2 %3$s LIMIT :limit)
               UNION ALL
              (SELECT manifest_id, 0, 2147483647, 0, true FROM manifest
                WHERE withdrawn_at IS NOT NULL AND (:manifest::integer IS NULL OR manifest_id = :manifest::integer)
                  AND %2$s
                ORDER BY 1 %3$s LIMIT :limit)) c
        JOIN manifest m USING (manifest_id)
       ORDER BY c.manifest_id %3$s, c.first_line %3$s LIMIT :limit\
      """;

  private final JdbcClient jdbc;
  private final Duration longEnough;

  @Autowired
  KnownDevices(JdbcClient jdbc) {
    this(jdbc, LONG_ENOUGH);
  }

  KnownDevices(JdbcClient jdbc, Duration longEnough) {
    this.jdbc = jdbc;
    this.longEnough = longEnough;
  }

  /**
   * Finds devices, those that came last first; those that are out of service, or whose ids begin
   * alike, by their id. Where it takes long to find any, fewer come than were asked for, or none:
   * then it goes on behind {@code next} all the same.
   *
   * @param after {@code next} of the part before; null: from the beginning
   * @param limit 1 to {@link #MOST_AT_ONCE}
   * @throws IllegalArgumentException when {@code after} is none
   */
  @Requires(Permission.DEVICE_READ)
  public Part<KnownDevice, String> find(DeviceSearch search, @Nullable String after, int limit) {
    if (search.bundle() == null) {
      return found(search, after, limit);
    }
    return narrowed(search, search.bundle())
        .map(narrowed -> found(narrowed, after, limit))
        .orElse(none());
  }

  /** Only the bundle's factory has devices with its tokens; only its manifest, if it is of one. */
  private Optional<DeviceSearch> narrowed(DeviceSearch search, int bundle) {
    record Of(String factory, @Nullable Integer manifest) {}
    return jdbc.sql(
            """
            SELECT b.factory, m.manifest_id AS manifest
              FROM bundle b LEFT JOIN manifest m USING (bundle_id) WHERE bundle_id = ?\
            """)
        .param(bundle)
        .query(Of.class)
        .optional()
        .filter(of -> search.factory() == null || search.factory().equals(of.factory()))
        .filter(
            of ->
                search.manifest() == null
                    || of.manifest() == null
                    || search.manifest().equals(of.manifest()))
        .map(
            of ->
                search.among(
                    of.factory(), of.manifest() == null ? search.manifest() : of.manifest()));
  }

  private Part<KnownDevice, String> found(DeviceSearch search, @Nullable String after, int limit) {
    int most = Math.max(1, Math.min(limit, MOST_AT_ONCE));
    Place place = Place.of(after);
    Standing standing = search.standing();
    boolean outOfService =
        standing == Standing.DISABLED
            || standing == Standing.REVOKED
            || standing == Standing.RETIRED
            || standing == Standing.REVOKING
            || standing == Standing.UNKNOWN;
    String own = Callers.factory(Permission.DEVICE_READ);
    if (own != null && search.factory() != null && !own.equals(search.factory())) {
      return none();
    }
    String factory = own == null ? search.factory() : own;
    boolean among =
        search.readsRows() || search.manifest() != null || search.hub() != null || factory != null;
    if (search.id() != null) {
      return byId(search, search.id(), factory, among, place, most);
    }
    if (outOfService && !among) {
      return outOfService(Objects.requireNonNull(standing), place, most);
    }
    if (standing == Standing.UNKNOWN) {
      return none(); // nobody's, and nothing is known of it
    }
    Asked asked = asked(search, factory);
    boolean indexed =
        search.serialNumber() != null
            || search.gateway() != null
            || asked.conditions().contains(UNCONFIRMED);
    return indexed
        ? page(rows(asked, search, place, most + 1), most, false)
        : through(asked, search, factory, place, most);
  }

  /**
   * As many as are asked for, however long it takes to find them.
   *
   * @param limit 1 to {@link #MOST_AT_ONCE}
   */
  @Requires(Permission.DEVICE_READ)
  public List<KnownDevice> first(DeviceSearch search, int limit) {
    List<KnownDevice> found = new ArrayList<>();
    String after = null;
    do {
      Part<KnownDevice, String> part = find(search, after, limit - found.size());
      found.addAll(part.rows());
      after = part.next();
    } while (after != null && found.size() < limit);
    return found;
  }

  /**
   * How many devices manifests brought to the registry that are meant, where that is known without
   * counting them: of all, of a factory, a manifest, a hub. Those that stayed when their manifest
   * was withdrawn are not among them.
   *
   * @return null when they would have to be counted
   */
  @Requires(Permission.DEVICE_READ)
  public @Nullable Long total(DeviceSearch search) {
    if (search.id() != null || search.standing() != null || search.readsRows()) {
      return null;
    }
    return jdbc.sql(
            """
            SELECT coalesce(sum(l.devices), 0) FROM loaded_lines l JOIN manifest m USING (manifest_id)
             WHERE (:mine::text IS NULL OR m.factory = :mine::text)
               AND (:factory::text IS NULL OR m.factory = :factory::text)
               AND (:manifest::integer IS NULL OR m.manifest_id = :manifest::integer)
               AND (:hub::text IS NULL OR l.hub_id = (SELECT hub_id FROM hub WHERE name = :hub::text))\
            """)
        .param("mine", Callers.factory(Permission.DEVICE_READ))
        .param("factory", search.factory())
        .param("manifest", search.manifest())
        .param("hub", search.hub())
        .query(Long.class)
        .single();
  }

  /** All devices that are meant, to take away. */
  @Requires(Permission.DEVICE_READ)
  public Export<KnownDevice, String> all(DeviceSearch search) {
    return Export.of(KnownDevice.class, after -> find(search, after, MOST_AT_ONCE));
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

  private static Part<KnownDevice, String> none() {
    return new Part<>(List.of(), null);
  }

  /** What is asked of a device {@code d}. */
  private record Asked(List<String> conditions, Map<String, Object> values) {}

  private Asked asked(DeviceSearch search, @Nullable String factory) {
    Map<String, Object> values = new HashMap<>();
    List<String> conditions = new ArrayList<>();
    put(search.serialNumber(), "serial", "d.serial_number = :serial", values, conditions);
    put(search.building(), "building", "d.building = :building", values, conditions);
    put(search.room(), "room", "d.room = :room", values, conditions);
    put(search.manifest(), "manifest", "d.manifest_id = :manifest", values, conditions);
    put(search.bundle(), "bundle", BUNDLE + " = :bundle", values, conditions);
    put(search.model(), "model", "d.model = :model", values, conditions);
    put(search.gateway(), "gateway", "d.gateway_id = :gateway", values, conditions);
    put(search.hub(), "hub", AT_HUB, values, conditions);
    put(factory, "factory", OF_FACTORY, values, conditions);
    if (search.attribute() != null) {
      put(search.attribute().name(), "name", "d.attributes ->> :name = :value", values, conditions);
      values.put("value", search.attribute().value());
    }
    put(utc(search.tokenEnds().from()), "from", TOKEN_ENDS + " >= :from", values, conditions);
    put(utc(search.tokenEnds().until()), "end", TOKEN_ENDS + " < :end", values, conditions);
    if (search.readsTokens()) {
      conditions.add(TOKEN_ENDS + " <> 'epoch'");
    }
    if (search.seen() != null) {
      conditions.add(FIRST_SEEN + (search.seen() == Seen.NEVER ? " IS NULL" : " IS NOT NULL"));
    }
    put(utc(search.seenBefore()), "seenBefore", LAST_SEEN_BEFORE, values, conditions);
    Standing standing = search.standing();
    if (standing != null) {
      switch (standing) {
        case REGISTERED -> conditions.add(TOKEN_ENDS + " = 'epoch' AND " + IN_SERVICE);
        case PROVISIONED -> conditions.add(TOKEN_ENDS + " <> 'epoch' AND " + IN_SERVICE);
        case REVOKING -> conditions.add(fewUnconfirmed() ? UNCONFIRMED : ITS_UNCONFIRMED);
        case UNKNOWN -> conditions.add("false");
        case DISABLED, REVOKED, RETIRED -> put(standing.name(), "state", OUT, values, conditions);
      }
    }
    return new Asked(conditions, values);
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

  private List<KnownDevice> rows(Asked asked, DeviceSearch search, Place place, int limit) {
    List<String> conditions = new ArrayList<>(asked.conditions());
    Map<String, Object> values = new HashMap<>(asked.values());
    if (place.manifest() != null && place.line() != null) {
      conditions.add(
          "(d.manifest_id, d.line) %s (:placeManifest, :placeLine)"
              .formatted(search.oldestFirst() ? ">" : "<"));
      values.put("placeManifest", place.manifest());
      values.put("placeLine", place.line());
    }
    return jdbc.sql(
            ROWS.formatted(
                conditions.isEmpty() ? "true" : String.join("\n AND ", conditions),
                search.oldestFirst() ? "ASC" : "DESC"))
        .params(values)
        .param("limit", limit)
        .query(KnownDevices::device)
        .list();
  }

  private Part<KnownDevice, String> byId(
      DeviceSearch search,
      DeviceIds ids,
      @Nullable String factory,
      boolean among,
      Place place,
      int limit) {
    Asked asked = asked(search, factory);
    List<String> conditions = new ArrayList<>(asked.conditions());
    Map<String, Object> values = new HashMap<>(asked.values());
    String behind = "true";
    if (place.device() != null) {
      behind = "device_id > :after";
      values.put("after", place.device());
    }
    conditions.add(place.device() == null ? behind : "d." + behind);
    Standing standing = search.standing();
    String unknown =
        among
            ? "false"
            : standing == null || standing == Standing.UNKNOWN
                ? "true"
                : standing == Standing.DISABLED
                        || standing == Standing.REVOKED
                        || standing == Standing.RETIRED
                    ? "s.state = :state::device_state"
                    : "false";
    List<KnownDevice> found =
        jdbc.sql(
                BY_ID.formatted(
                    String.join("\n AND ", conditions),
                    unknown + (place.device() == null ? "" : " AND s." + behind)))
            .params(values)
            .param("first", ids.first())
            .param("last", ids.last())
            .param("limit", limit + 1)
            .query(KnownDevices::device)
            .list();
    return page(found, limit, true);
  }

  private Part<KnownDevice, String> outOfService(Standing standing, Place place, int limit) {
    String which =
        switch (standing) {
          case UNKNOWN -> "hub_id IS NULL AND state IS NOT NULL";
          case REVOKING ->
              fewUnconfirmed()
                  ? UNCONFIRMED.replace("d.", "")
                  : """
                  state IS NOT NULL
                  AND (hub_due_at IS NOT NULL
                       OR device_id IN (SELECT device_id FROM former_hub WHERE hub_due_at IS NOT NULL))\
                  """;
          case DISABLED -> "state = 'DISABLED'";
          case RETIRED -> "state = 'RETIRED'";
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

  private boolean fewUnconfirmed() {
    return jdbc.sql(
                "SELECT count(*) FROM (SELECT FROM device_status WHERE hub_due_at IS NOT NULL LIMIT"
                    + " ?) AS pending")
            .param(FEW + 1)
            .query(Long.class)
            .single()
        <= FEW;
  }

  /**
   * Some lines of a manifest.
   *
   * @param meant whether a device of them can be meant
   */
  private record Chunk(int manifest, int firstLine, int lastLine, long devices, boolean meant) {}

  /** From chunk to chunk, several at a time where nothing is found for long. */
  private Part<KnownDevice, String> through(
      Asked asked, DeviceSearch search, @Nullable String factory, Place place, int limit) {
    long began = System.nanoTime();
    List<KnownDevice> found = new ArrayList<>();
    Place next = place;
    long window = 0;
    int fetched = CHUNKS_AT_FIRST;
    while (true) {
      List<Chunk> chunks = chunks(search, factory, next, fetched);
      for (int i = 0; i < chunks.size(); i++) {
        Chunk from = chunks.get(i);
        if (from.meant()) {
          if (!next.equals(place) && System.nanoTime() - began > longEnough.toNanos()) {
            return new Part<>(found, next.toString());
          }
          int first = i;
          i = windowEnd(chunks, i, window);
          long looking = System.nanoTime();
          found.addAll(
              rows(
                  within(asked, from, chunks.get(i), search.oldestFirst()),
                  search,
                  next,
                  limit + 1 - found.size()));
          if (found.size() > limit) {
            return page(found, limit, false);
          }
          window = window(devices(chunks.subList(first, i + 1)), System.nanoTime() - looking);
        }
        Chunk last = chunks.get(i);
        next =
            new Place(
                null, last.manifest(), search.oldestFirst() ? last.lastLine() : last.firstLine());
      }
      if (chunks.size() < fetched) {
        return page(found, limit, false);
      }
      fetched = CHUNKS_AT_ONCE;
    }
  }

  private static long window(long looked, long nanoseconds) {
    long fit = looked * A_WINDOW.toNanos() / Math.max(1, nanoseconds);
    return Math.min(LARGEST_WINDOW, Math.max(SMALLEST_WINDOW, Math.min(fit, looked * FASTER)));
  }

  /** The last chunk that is looked through together with this one. */
  private static int windowEnd(List<Chunk> chunks, int from, long window) {
    int end = from;
    long devices = chunks.get(from).devices();
    for (int i = from + 1; i < chunks.size(); i++) {
      devices += chunks.get(i).devices();
      if (devices > window) {
        break;
      }
      if (chunks.get(i).meant()) {
        end = i;
      }
    }
    return end;
  }

  private static long devices(List<Chunk> chunks) {
    return chunks.stream().mapToLong(Chunk::devices).sum();
  }

  private static Asked within(Asked asked, Chunk from, Chunk to, boolean oldestFirst) {
    Chunk low = oldestFirst ? from : to;
    Chunk high = oldestFirst ? to : from;
    List<String> conditions = new ArrayList<>(asked.conditions());
    Map<String, Object> values = new HashMap<>(asked.values());
    // The first is what the block-range index finds.
    conditions.add("d.manifest_id BETWEEN :low AND :high");
    conditions.add(
        low.manifest() == high.manifest()
            ? "d.line BETWEEN :lowLine AND :highLine"
            : "(d.manifest_id, d.line) >= (:low, :lowLine) AND (d.manifest_id, d.line) <= (:high,"
                + " :highLine)");
    values.put("low", low.manifest());
    values.put("lowLine", low.firstLine());
    values.put("high", high.manifest());
    values.put("highLine", high.lastLine());
    return new Asked(conditions, values);
  }

  private List<Chunk> chunks(DeviceSearch search, @Nullable String factory, Place next, int limit) {
    boolean begun = next.manifest() != null;
    boolean up = search.oldestFirst();
    Standing standing = search.standing();
    String chunk =
        up
            ? "manifest_id >= :placeManifest AND (manifest_id, last_line) > (:placeManifest,"
                + " :placeLine)"
            : "(manifest_id, first_line) < (:placeManifest, :placeLine)";
    String withdrawn =
        up
            ? "manifest_id >= :placeManifest AND (manifest_id, 2147483647) > (:placeManifest,"
                + " :placeLine)"
            : "(manifest_id, 0) < (:placeManifest, :placeLine)";
    Map<String, @Nullable Object> values = new HashMap<>();
    values.put("placeManifest", next.manifest());
    values.put("placeLine", next.line());
    values.put("manifest", search.manifest());
    values.put("factory", factory);
    values.put("hub", search.hub());
    values.put("state", standing == null ? null : standing.name());
    return jdbc.sql(
            CHUNKS.formatted(
                begun ? chunk : "true", begun ? withdrawn : "true", up ? "ASC" : "DESC"))
        .params(values)
        .param("limit", limit)
        .query(
            (row, number) ->
                new Chunk(
                    row.getInt(1), row.getInt(2), row.getInt(3), row.getLong(4), row.getBoolean(5)))
        .list();
  }

  private static Part<KnownDevice, String> page(List<KnownDevice> found, int limit, boolean byId) {
    if (found.size() <= limit) {
      return new Part<>(found, null);
    }
    KnownDevice last = found.get(limit - 1);
    Place place =
        byId ? new Place(last.id(), null, null) : new Place(null, last.manifestId(), last.line());
    return new Part<>(found.subList(0, limit), place.toString());
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
        @Nullable Integer bundle,
        @Nullable Instant changedAt,
        @Nullable Instant exchangedAt,
        @Nullable SeenBy firstSeenBy,
        @Nullable SeenBy lastSeenBy) {}
    Own own =
        jdbc.sql(
                """
                SELECT d.hardware_revision, d.gateway_id, nullif(d.attributes - :claimCode, '{}')::text, %s,
                       (SELECT max(changed_at) FROM device_change c WHERE c.device_id = x.id) AS changed_at,
                       s.exchanged_at, w.first_by,
                       CASE WHEN s.exchanged_at >= w.last_at THEN 'EXCHANGE' ELSE w.last_by END AS last_by
                  FROM (SELECT :id::uuid AS id) x
                  LEFT JOIN device d ON d.device_id = x.id
                  LEFT JOIN device_status s ON s.device_id = x.id
                  LEFT JOIN device_seen w ON w.device_id = x.id\
                """
                    .formatted(BUNDLE))
            .param("claimCode", ClaimCodes.COLUMN)
            .param("id", device.id())
            .query(
                (row, number) ->
                    new Own(
                        row.getString(1),
                        row.getObject(2, UUID.class),
                        row.getString(3),
                        row.getObject(4, Integer.class),
                        instant(row, 5),
                        instant(row, 6),
                        seenBy(row.getString(7)),
                        seenBy(row.getString(8))))
            .single();
    List<RefusedExchange> refused =
        jdbc.sql(
                """
                SELECT reason, times, first_at, last_at FROM exchange_refusal
                 WHERE device_id = :id ORDER BY last_at DESC\
                """)
            .param("id", device.id())
            .query(RefusedExchange.class)
            .list();
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
        own.bundle(),
        behind,
        own.changedAt(),
        own.exchangedAt(),
        own.firstSeenBy(),
        own.lastSeenBy(),
        refused,
        untold,
        formerHubs);
  }

  private static @Nullable SeenBy seenBy(@Nullable String word) {
    return word == null ? null : SeenBy.valueOf(word);
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
        row.getObject("line", Integer.class),
        instant(row, "first_seen_at"),
        instant(row, "last_seen_at"));
  }

  private static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }

  private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
    Timestamp timestamp = row.getTimestamp(column);
    return timestamp == null ? null : timestamp.toInstant();
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    return instant(row, row.findColumn(column));
  }
}
