package dev.muster.registry;

import dev.muster.access.Caller;
import dev.muster.access.Callers;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Writes service records, in the caller's name. */
@Component
class ServiceRecordTable {

  private static final String INSTALLED = "installed";

  /** Who keeps a place and then asks for the token has installed the device once. */
  private static final Duration THE_SAME = Duration.ofHours(12);

  private final JdbcClient jdbc;
  private final Clock clock;

  ServiceRecordTable(JdbcClient jdbc, Clock clock) {
    this.jdbc = jdbc;
    this.clock = clock;
  }

  /** Returns its number. */
  long add(
      UUID device, String factory, String what, @Nullable String note, @Nullable Instant doneAt) {
    Instant now = clock.instant();
    Caller caller = Callers.current();
    return jdbc.sql(
            """
            INSERT INTO service_record (device_id, factory, installed, done_at, what, note, actor, account, recorded_at)
            VALUES (:device, :factory, false, :done, :what, :note, :actor, :account, :now) RETURNING record_id\
            """)
        .param("device", device)
        .param("factory", factory)
        .param("done", Timestamp.from(doneAt == null ? now : doneAt))
        .param("what", what)
        .param("note", note)
        .param("actor", caller.name())
        .param("account", caller.account())
        .param("now", Timestamp.from(now))
        .query(Long.class)
        .single();
  }

  /** Unless the device's last one says the same: behind one at another place it is one more. */
  void addInstallation(UUID device, String factory, String place) {
    Instant now = clock.instant();
    Caller caller = Callers.current();
    jdbc.sql(
            """
            INSERT INTO service_record (device_id, factory, installed, done_at, what, note, actor, account, recorded_at)
            SELECT :device, :factory, true, :now, :what, :place, :actor, :account, :now
             WHERE NOT EXISTS (SELECT FROM (SELECT account, note, done_at FROM service_record
                                             WHERE device_id = :device AND installed
                                             ORDER BY record_id DESC LIMIT 1) AS last
                                WHERE account = :account AND note = :place AND done_at > :since)\
            """)
        .param("device", device)
        .param("factory", factory)
        .param("what", INSTALLED)
        .param("place", place)
        .param("actor", caller.name())
        .param("account", caller.account())
        .param("now", Timestamp.from(now))
        .param("since", Timestamp.from(now.minus(THE_SAME)))
        .update();
  }
}
