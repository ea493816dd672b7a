package dev.muster.registry;

import dev.muster.access.Callers;
import dev.muster.database.TransactionLock;
import dev.muster.registry.RetiredProperties.AfterId;
import dev.muster.seen.SignsOfLife;
import dev.muster.status.ChangeHistory;
import dev.muster.status.DeviceState;
import dev.muster.status.StatusAction;
import dev.muster.status.StatusChanges;
import dev.muster.status.StatusVerdict;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Devices that were scrapped. They are out of service at once; their data goes when it has been
 * kept long enough, and their id with it where ids become free.
 */
@Component
@EnableConfigurationProperties(RetiredProperties.class)
public class RetiredDevices {

  /** How many go in one transaction, which holds the lock of all changes. */
  private static final int AT_ONCE = 500;

  /** Clocks differ: a token that has ended here may be good elsewhere for a while. */
  private static final Duration ENDED_SINCE = Duration.ofDays(1);

  private static final String DUE =
      """
      SELECT device_id FROM retired_device
       WHERE retired_at <= :before AND NOT emptied ORDER BY retired_at LIMIT :most\
      """;

  /**
   * Nothing may be left that means the device by its id: no token of it, no hub that it was at, no
   * device behind it, no run that counts it, no entry of a list whose time is to come.
   */
  private static final String FREEABLE =
      """
      SELECT d.device_id, r.retired_at FROM retired_device r
        JOIN device d USING (device_id)
        JOIN manifest m USING (manifest_id)
        JOIN device_status s USING (device_id)
       WHERE r.emptied AND r.retired_at <= :before AND (r.retired_at, r.device_id) > (:after, :afterDevice)
         AND (m.delivered_at IS NOT NULL OR m.by_hand)
         AND greatest(s.token_expires_at, s.held_expires_at, s.issued_until, m.tokens_expire_at) < :ended
         AND NOT EXISTS (SELECT FROM former_hub f WHERE f.device_id = d.device_id)
         AND NOT EXISTS (SELECT FROM renewal_device n WHERE n.device_id = d.device_id)
         AND NOT EXISTS (SELECT FROM device b WHERE b.gateway_id = d.device_id)
         AND NOT EXISTS (SELECT FROM revocation_entry e WHERE e.device_id = d.device_id)
       ORDER BY r.retired_at, r.device_id LIMIT :most\
      """;

  private final StatusChanges changes;
  private final ChangeHistory history;
  private final SignsOfLife signs;
  private final RetiredProperties properties;
  private final JdbcTemplate jdbcTemplate;
  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  RetiredDevices(
      StatusChanges changes,
      ChangeHistory history,
      SignsOfLife signs,
      RetiredProperties properties,
      JdbcTemplate jdbcTemplate,
      PlatformTransactionManager transactions,
      ApplicationEventPublisher events,
      Clock clock) {
    this.changes = changes;
    this.history = history;
    this.signs = signs;
    this.properties = properties;
    this.jdbcTemplate = jdbcTemplate;
    this.jdbc = JdbcClient.create(jdbcTemplate);
    this.transaction = new TransactionTemplate(transactions);
    this.events = events;
    this.clock = clock;
  }

  StatusVerdict retire(UUID device, String reason, String actor) {
    return Objects.requireNonNull(
        transaction.execute(
            status -> {
              StatusVerdict verdict = changes.change(device, StatusAction.RETIRE, reason, actor);
              if (verdict.changed()) {
                jdbc.sql("INSERT INTO retired_device (device_id, retired_at) VALUES (?, ?)")
                    .params(device, Timestamp.from(clock.instant()))
                    .update();
              }
              return verdict;
            }));
  }

  /**
   * Removes the data of those that have been kept long enough, and makes ids free, where they
   * become so. Stopped in the middle, it goes on with what is left.
   *
   * @return how many devices' data was removed
   */
  public long removeDue() {
    Instant before = clock.instant().minus(properties.keep());
    long removed = 0;
    for (int some = AT_ONCE; some == AT_ONCE; removed += some) {
      some = Objects.requireNonNull(transaction.execute(status -> empty(before)));
    }
    if (properties.ids() == AfterId.FREE) {
      // Each goes on behind the last one's: those that can't be free yet are passed once a night.
      Freeable last = new Freeable(new UUID(0, 0), Instant.EPOCH);
      List<Freeable> freed;
      do {
        Freeable after = last;
        freed = Objects.requireNonNull(transaction.execute(status -> free(before, after)));
        last = freed.isEmpty() ? after : freed.get(freed.size() - 1);
      } while (freed.size() == AT_ONCE);
    }
    return removed;
  }

  private int empty(Instant before) {
    TransactionLock.DEVICE_STATUS.exclusive(jdbcTemplate);
    List<UUID> due =
        jdbc.sql(DUE)
            .param("before", Timestamp.from(before))
            .param("most", AT_ONCE)
            .query(UUID.class)
            .list();
    String[] devices = due.stream().map(UUID::toString).toArray(String[]::new);
    jdbc.sql(
            """
            UPDATE device SET serial_number = NULL, model = NULL, hardware_revision = NULL, building = NULL, room = NULL,
                              attributes = NULL, gateway_id = NULL
             WHERE device_id = ANY (?::uuid[])\
            """)
        .param(devices)
        .update();
    jdbc.sql("DELETE FROM service_record WHERE device_id = ANY (?::uuid[])")
        .param(devices)
        .update();
    jdbc.sql("DELETE FROM device_update WHERE device_id = ANY (?::uuid[])").param(devices).update();
    jdbc.sql(
            properties.ids() == AfterId.FREE
                ? "UPDATE retired_device SET emptied = true WHERE device_id = ANY (?::uuid[])"
                : "DELETE FROM retired_device WHERE device_id = ANY (?::uuid[])")
        .param(devices)
        .update();
    for (UUID device : due) {
      history.add(
          device,
          "empty",
          DeviceState.RETIRED,
          DeviceState.RETIRED,
          "",
          Callers.current().name(),
          clock.instant());
    }
    return due.size();
  }

  private record Freeable(UUID deviceId, Instant retiredAt) {}

  /** Frees some behind one. */
  private List<Freeable> free(Instant before, Freeable after) {
    TransactionLock.DEVICE_STATUS.exclusive(jdbcTemplate);
    List<Freeable> some =
        jdbc.sql(FREEABLE)
            .param("before", Timestamp.from(before))
            .param("after", Timestamp.from(after.retiredAt()))
            .param("afterDevice", after.deviceId())
            .param("ended", Timestamp.from(clock.instant().minus(ENDED_SINCE)))
            .param("most", AT_ONCE)
            .query(Freeable.class)
            .list();
    List<UUID> due = some.stream().map(Freeable::deviceId).toList();
    String[] devices = due.stream().map(UUID::toString).toArray(String[]::new);
    changes.free(due, Callers.current().name());
    signs.forget(devices);
    events.publishEvent(new DevicesFreed(devices));
    jdbc.sql(
            """
            UPDATE loaded_lines l SET devices = l.devices - gone.devices
              FROM (SELECT c.manifest_id, c.first_line, c.hub_id, count(*) AS devices
                      FROM device d
                      JOIN loaded_lines c ON c.manifest_id = d.manifest_id AND c.hub_id = d.hub_id
                                         AND d.line BETWEEN c.first_line AND c.last_line
                     WHERE d.device_id = ANY (?::uuid[]) GROUP BY 1, 2, 3) AS gone
             WHERE (l.manifest_id, l.first_line, l.hub_id) = (gone.manifest_id, gone.first_line, gone.hub_id)\
            """)
        .param(devices)
        .update();
    jdbc.sql("DELETE FROM device_claim WHERE device_id = ANY (?::uuid[])").param(devices).update();
    jdbc.sql("DELETE FROM device WHERE device_id = ANY (?::uuid[])").param(devices).update();
    jdbc.sql("DELETE FROM retired_device WHERE device_id = ANY (?::uuid[])")
        .param(devices)
        .update();
    return some;
  }
}
