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
   * Adds what happened to a device, in the transaction that is under way.
   *
   * @param action a word; none of {@link StatusAction}'s
   * @param was null: the registry did not know the device
   * @param actor who did it
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
