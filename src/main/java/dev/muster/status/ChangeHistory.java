package dev.muster.status;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The history of single devices, as far as it is not about service: that is {@link StatusChanges}'.
 */
@Component
public class ChangeHistory {

  private final JdbcClient jdbc;

  ChangeHistory(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Makes the temporary table {@code changed_device} (device_id, line, changed), which {@link
   * #addUpdates} reads; it is there until the end of the transaction.
   */
  public void expectUpdates() {
    jdbc.sql(
            """
            CREATE TEMPORARY TABLE changed_device (device_id uuid, line integer, changed jsonb) ON COMMIT DROP\
            """)
        .update();
  }

  /**
   * Adds what a manifest has changed of devices, as {@code changed_device} says, in the transaction
   * that is under way.
   *
   * @param actor whose manifest it is
   */
  public void addUpdates(int manifestId, String actor, Instant at) {
    jdbc.sql(
            """
            INSERT INTO device_change (device_id, action, was, becomes, reason, actor, manifest_id, line, changed, changed_at)
            SELECT c.device_id, 'update', r.state, r.state, '', :actor, :manifest, c.line, c.changed, :at
              FROM changed_device c JOIN registry r USING (device_id)
             ORDER BY c.device_id\
            """)
        .param("manifest", manifestId)
        .param("actor", actor)
        .param("at", Timestamp.from(at))
        .update();
  }

  /**
   * Adds what happened to a device, in the transaction that is under way.
   *
   * @param action a word; none of {@link StatusAction}'s
   * @param was null: the registry did not know the device
   */
  public void add(
      UUID device,
      String action,
      @Nullable DeviceState was,
      DeviceState becomes,
      String reason,
      String actor,
      Instant at) {
    jdbc.sql(
            """
            INSERT INTO device_change (device_id, action, was, becomes, reason, actor, changed_at)
            VALUES (:device, :action, :was::device_state, :becomes::device_state, :reason, :actor, :at)\
            """)
        .param("device", device)
        .param("action", action)
        .param("was", was == null ? null : was.name())
        .param("becomes", becomes.name())
        .param("reason", reason)
        .param("actor", actor)
        .param("at", Timestamp.from(at))
        .update();
  }
}
