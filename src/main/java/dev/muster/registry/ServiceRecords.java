package dev.muster.registry;

import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.export.Export;
import dev.muster.export.Period;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What was done to devices where they are: when, by whom, with a note. A caller that is bound to a
 * factory sees what was done to that factory's, and not by whom.
 */
@Guarded
@Component
public class ServiceRecords {

  public static final int LONGEST_WHAT = 100;
  public static final int LONGEST_NOTE = 1000;

  private static final int MOST_AT_ONCE = 1000;

  /** Clocks differ. */
  private static final Duration AHEAD = Duration.ofMinutes(5);

  private static final Instant EARLIEST = Instant.parse("1970-01-01T00:00:00Z");

  private final ServiceRecordTable table;
  private final JdbcClient jdbc;
  private final Clock clock;

  ServiceRecords(ServiceRecordTable table, JdbcClient jdbc, Clock clock) {
    this.table = table;
    this.jdbc = jdbc;
    this.clock = clock;
  }

  /**
   * Which records; null: any.
   *
   * @param mine only what the caller wrote
   * @param installed only installations; false: only what is none
   * @param done when it was done
   */
  public record Filter(
      @Nullable UUID device, boolean mine, @Nullable Boolean installed, Period done) {}

  /**
   * Writes down what was done to a device.
   *
   * @param what in a few words: {@code battery changed}
   * @param doneAt null: now
   * @throws RefusedException when there is no such device, or something can't be kept
   */
  @Requires(value = Permission.DEVICE_INSTALL, audit = "device.service")
  public ServiceRecord add(
      @Audited("device") UUID device,
      @Audited("what") String what,
      @Nullable String note,
      @Nullable Instant doneAt) {
    String done = kept("what was done", what, LONGEST_WHAT);
    if (done == null) {
      throw new RefusedException("Say what was done, in a few words: battery changed.");
    }
    String noted = kept("note", note, LONGEST_NOTE);
    if (doneAt != null
        && (doneAt.isAfter(clock.instant().plus(AHEAD)) || doneAt.isBefore(EARLIEST))) {
      throw new RefusedException("%s is no time at which it can have been done.".formatted(doneAt));
    }
    Device known =
        jdbc.sql(
                "SELECT factory, building, state = 'RETIRED' AS retired FROM registry WHERE"
                    + " device_id = ?")
            .param(device)
            .query(Device.class)
            .optional()
            .orElseThrow(() -> new UnknownDeviceException(device));
    Callers.mustSee(Permission.DEVICE_INSTALL, known.factory());
    Callers.mustWorkAt(known.building());
    if (known.retired()) {
      throw new RefusedException("This device is retired: nothing more is kept of it.");
    }
    long number = table.add(device, known.factory(), done, noted, doneAt);
    return jdbc.sql("SELECT * FROM service_record WHERE device_id = ? AND record_id = ?")
        .params(device, number)
        .query(ServiceRecords::record)
        .single();
  }

  private record Device(String factory, @Nullable String building, boolean retired) {}

  /**
   * Records, those that were written last first.
   *
   * @param before only those with a smaller number; null: from the newest
   */
  @Requires(Permission.DEVICE_READ)
  public List<ServiceRecord> page(Filter filter, @Nullable Long before, int limit) {
    List<String> conditions = new ArrayList<>(List.of("true"));
    Map<String, Object> values = new HashMap<>();
    if (before != null) {
      conditions.add("record_id < :before");
      values.put("before", before);
    }
    if (filter.device() != null) {
      conditions.add("device_id = :device");
      values.put("device", filter.device());
    }
    String factory = Callers.factory(Permission.DEVICE_READ);
    if (factory != null) {
      conditions.add("factory = :factory");
      values.put("factory", factory);
    }
    if (filter.mine()) {
      conditions.add("account = :account");
      values.put("account", Callers.current().account());
    }
    if (filter.installed() != null) {
      conditions.add(filter.installed() ? "installed" : "NOT installed");
    }
    filter.done().limit("done_at", conditions, values);
    List<ServiceRecord> found =
        jdbc.sql(
                "SELECT * FROM service_record WHERE %s ORDER BY record_id DESC LIMIT :limit"
                    .formatted(String.join(" AND ", conditions)))
            .params(values)
            .param("limit", limit)
            .query(ServiceRecords::record)
            .list();
    return factory == null ? found : found.stream().map(ServiceRecords::ofNobody).toList();
  }

  /** All records that are meant, to take away. */
  @Requires(Permission.DEVICE_READ)
  public Export<ServiceRecord, Long> all(Filter filter) {
    return Export.of(
        ServiceRecord.class,
        (before, limit) -> page(filter, before, Math.min(limit, MOST_AT_ONCE)),
        ServiceRecord::number);
  }

  /** What the caller has installed on this day (UTC), the last first. */
  @Requires(Permission.DEVICE_READ)
  public List<ServiceRecord> installedToday() {
    return page(
        new Filter(
            null, true, true, new Period(clock.instant().truncatedTo(ChronoUnit.DAYS), null)),
        null,
        MOST_AT_ONCE);
  }

  private static ServiceRecord ofNobody(ServiceRecord one) {
    return new ServiceRecord(
        one.number(),
        one.device(),
        one.doneAt(),
        one.installed(),
        one.what(),
        one.note(),
        null,
        one.recordedAt());
  }

  static ServiceRecord record(ResultSet row, int number) throws SQLException {
    return new ServiceRecord(
        row.getLong("record_id"),
        row.getObject("device_id", UUID.class),
        row.getTimestamp("done_at").toInstant(),
        row.getBoolean("installed"),
        row.getString("what"),
        row.getString("note"),
        row.getString("actor"),
        row.getTimestamp("recorded_at").toInstant());
  }

  private static @Nullable String kept(String name, @Nullable String value, int longest) {
    String text = value == null ? "" : value.replaceAll("\\p{Cntrl}+", " ").strip();
    if (text.length() > longest) {
      throw new RefusedException(
          "The text of '%s' has %,d characters; %,d are kept."
              .formatted(name, text.length(), longest));
    }
    return text.isEmpty() ? null : text;
  }
}
