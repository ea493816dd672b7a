package dev.muster.registry;

import dev.muster.access.Audited;
import dev.muster.access.Callers;
import dev.muster.access.Guarded;
import dev.muster.access.Permission;
import dev.muster.access.RefusedException;
import dev.muster.access.Requires;
import dev.muster.status.StatusAction;
import dev.muster.status.StatusChanges;
import dev.muster.status.StatusVerdict;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Takes single devices out of service, and brings them back, on somebody's word. Their hubs and the
 * deny list are told as after any other change.
 */
@Guarded
@Component
public class DevicesInService {

  private final StatusChanges changes;
  private final RetiredDevices retired;
  private final JdbcClient jdbc;

  DevicesInService(StatusChanges changes, RetiredDevices retired, JdbcClient jdbc) {
    this.changes = changes;
    this.retired = retired;
    this.jdbc = jdbc;
  }

  /**
   * Takes a device out of service for a time.
   *
   * @param reason for the history
   * @throws RefusedException when that does not apply to it, or there is no such device
   */
  @Requires(value = Permission.DEVICE_DISABLE, audit = "device.disable")
  public void disable(@Audited("device") UUID device, @Audited("reason") String reason) {
    change(device, StatusAction.DISABLE, reason);
  }

  /** Brings a disabled device back. As {@link #disable}. */
  @Requires(value = Permission.DEVICE_DISABLE, audit = "device.enable")
  public void enable(@Audited("device") UUID device, @Audited("reason") String reason) {
    change(device, StatusAction.ENABLE, reason);
  }

  /** Takes a device out of service for good. As {@link #disable}. */
  @Requires(value = Permission.DEVICE_REVOKE, audit = "device.revoke")
  public void revoke(@Audited("device") UUID device, @Audited("reason") String reason) {
    change(device, StatusAction.REVOKE, reason);
  }

  /** Brings a revoked device back. As {@link #disable}. */
  @Requires(value = Permission.DEVICE_REVOKE, audit = "device.restore")
  public void restore(@Audited("device") UUID device, @Audited("reason") String reason) {
    change(device, StatusAction.RESTORE, reason);
  }

  /**
   * Takes a scrapped device out of service; nothing brings it back, and its data is removed after a
   * time. As {@link #disable}.
   */
  @Requires(value = Permission.DEVICE_REVOKE, audit = "device.retire", fresh = true)
  public void retire(@Audited("device") UUID device, @Audited("reason") String reason) {
    change(device, StatusAction.RETIRE, reason);
  }

  private record Owner(@Nullable String factory) {}

  private void change(UUID device, StatusAction action, String reason) {
    String why = Reason.of(reason);
    Owner owner =
        owner(device)
            .orElseThrow(
                () ->
                    new UnknownDeviceException(
                        device, "A revocation list can name it before it comes."));
    Callers.mustSee(action.permission(), owner.factory());
    if (action == StatusAction.RETIRE && owner.factory() == null) {
      throw new RefusedException(
          "A revocation list named device %s, and it never came: there is nothing to retire."
              .formatted(device));
    }
    String actor = Callers.current().name();
    StatusVerdict verdict =
        action == StatusAction.RETIRE
            ? retired.retire(device, why, actor)
            : changes.change(device, action, why, actor);
    if (!verdict.changed()) {
      throw new RefusedException(sentence(device, action, verdict));
    }
  }

  /** Whose it is; empty when neither the registry nor a list knows it. */
  private Optional<Owner> owner(UUID device) {
    return jdbc.sql(
            """
            SELECT m.factory FROM device d JOIN manifest m USING (manifest_id) WHERE d.device_id = :id
             UNION ALL
            SELECT NULL FROM device_status s
             WHERE s.device_id = :id AND s.hub_id IS NULL AND s.state IS NOT NULL
               AND NOT EXISTS (SELECT FROM device d WHERE d.device_id = :id)\
            """)
        .param("id", device)
        .query((row, number) -> new Owner(row.getString(1)))
        .optional();
  }

  private static String sentence(UUID device, StatusAction action, StatusVerdict verdict) {
    return switch (verdict) {
      case RETIRED_DEVICE -> "Device %s is retired: nothing brings it back.".formatted(device);
      case REVOKED_DEVICE -> "Device %s is revoked; only restore brings it back.".formatted(device);
      case DISABLED_DEVICE ->
          "Device %s is disabled, not revoked; enable brings it back.".formatted(device);
      default ->
          switch (action) {
            case RETIRE -> "Device %s is retired already.".formatted(device);
            case REVOKE -> "Device %s is revoked already, or retired.".formatted(device);
            case DISABLE -> "Device %s is disabled already, or retired.".formatted(device);
            case ENABLE -> "Device %s is in service; there is nothing to enable.".formatted(device);
            case RESTORE ->
                "Device %s is in service; there is nothing to restore.".formatted(device);
          };
    };
  }
}
