package dev.muster.exchange;

import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.Requires;
import dev.muster.export.Export;
import dev.muster.export.Period;
import dev.muster.registry.DevicesFreed;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Devices that presented an old token after a newer one had been issued. The answer with the newer
 * one may have been lost; or somebody else holds a token of the device. A caller that is bound to a
 * factory sees its devices only.
 */
@Guarded
@Component
public class TokenReports {

  private static final Logger LOG = LoggerFactory.getLogger(TokenReports.class);

  /**
   * Which reports; null: any.
   *
   * @param at when the device did so last
   */
  public record Filter(@Nullable UUID device, @Nullable String factory, Period at) {}

  /**
   * One device.
   *
   * @param factory null: it came with no manifest that there is
   * @param presentedExpiry when the old token ends that it presented last
   * @param currentExpiry when the token ended that it should have had
   */
  public record Report(
      UUID deviceId,
      @Nullable String factory,
      Instant presentedExpiry,
      Instant currentExpiry,
      String remoteAddress,
      Instant firstAt,
      Instant at,
      long times) {

    /** Where it stands among others. */
    public Place place() {
      return new Place(at, deviceId);
    }
  }

  /** A place among the reports, latest first; of two of the same moment, by device. */
  public record Place(Instant at, UUID device) {

    /**
     * As {@link #toString} wrote it.
     *
     * @throws IllegalArgumentException when it did not
     */
    public static Place of(String text) {
      int end = text.indexOf('_');
      if (end < 0) {
        throw new IllegalArgumentException("There is no such place.");
      }
      return new Place(
          Instant.EPOCH.plus(Long.parseLong(text.substring(0, end)), ChronoUnit.MICROS),
          UUID.fromString(text.substring(end + 1)));
    }

    @Override
    public String toString() {
      return ChronoUnit.MICROS.between(Instant.EPOCH, at) + "_" + device;
    }
  }

  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;

  TokenReports(JdbcTemplate jdbcTemplate) {
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
  }

  @EventListener
  void freed(DevicesFreed freed) {
    jdbc.sql("DELETE FROM token_report WHERE device_id = ANY (?::uuid[])")
        .param(freed.devices())
        .update();
  }

  /**
   * Devices that did so, whichever did so last first.
   *
   * @param before only what stands behind this place; null: from the latest
   */
  @Requires(Permission.DEVICE_READ)
  public List<Report> page(Filter filter, @Nullable Place before, int limit) {
    List<String> conditions = new ArrayList<>(List.of("true"));
    Map<String, Object> values = new HashMap<>();
    if (before != null) {
      conditions.add("(t.at, t.device_id) < (:beforeAt, :beforeDevice)");
      values.put("beforeAt", before.at().atOffset(ZoneOffset.UTC));
      values.put("beforeDevice", before.device());
    }
    if (filter.device() != null) {
      conditions.add("t.device_id = :device");
      values.put("device", filter.device());
    }
    if (filter.factory() != null) {
      conditions.add("m.factory = :factory");
      values.put("factory", filter.factory());
    }
    String own = Callers.factory(Permission.DEVICE_READ);
    if (own != null) {
      conditions.add("m.factory = :own");
      values.put("own", own);
    }
    filter.at().limit("t.at", conditions, values);
    return jdbc.sql(
            """
            SELECT t.*, m.factory
              FROM token_report t LEFT JOIN device d USING (device_id) LEFT JOIN manifest m USING (manifest_id)
             WHERE %s ORDER BY t.at DESC, t.device_id DESC LIMIT :limit\
            """
                .formatted(String.join(" AND ", conditions)))
        .params(values)
        .param("limit", limit)
        .query(Report.class)
        .list();
  }

  /** All reports that are meant, to take away. */
  @Requires(Permission.DEVICE_READ)
  public Export<Report, Place> all(Filter filter) {
    return Export.of(Report.class, (before, limit) -> page(filter, before, limit), Report::place);
  }

  /** A device that presents an old token now. */
  record OldToken(UUID device, Instant presentedExpiry, Instant currentExpiry, String remote) {}

  /** Reports devices, each once, in the transaction that is under way. */
  @Transactional(propagation = Propagation.MANDATORY)
  void report(Collection<OldToken> presented, Instant at) {
    if (presented.isEmpty()) {
      return;
    }
    int[] unused =
        jdbcTemplate.batchUpdate(
            """
            INSERT INTO token_report AS r
                   (device_id, presented_expiry, current_expiry, remote_address, first_at, at)
            VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (device_id) DO UPDATE
               SET presented_expiry = excluded.presented_expiry, current_expiry = excluded.current_expiry,
                   remote_address = excluded.remote_address, at = excluded.at, times = r.times + 1\
            """,
            presented.stream()
                .map(
                    old ->
                        new Object[] {
                          old.device(),
                          Timestamp.from(old.presentedExpiry()),
                          Timestamp.from(old.currentExpiry()),
                          old.remote(),
                          Timestamp.from(at),
                          Timestamp.from(at)
                        })
                .toList());
    presented.forEach(
        old ->
            LOG.warn(
                "exchange=old-token device={} presented={} current={} remote={}",
                old.device(),
                old.presentedExpiry(),
                old.currentExpiry(),
                old.remote()));
  }
}
