package dev.muster.upload;

import dev.muster.access.Permission;
import dev.muster.bundle.Purpose;
import dev.muster.status.DeviceState;
import dev.muster.status.StatusAction;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What can be done to devices that somebody chose. */
public enum Deed {
  /** Out of service for a time. */
  DISABLE(StatusAction.DISABLE, null),
  /** Back in service, if disabled. */
  ENABLE(StatusAction.ENABLE, null),
  /** Out of service for good. */
  REVOKE(StatusAction.REVOKE, null),
  /** Back in service, if revoked. */
  RESTORE(StatusAction.RESTORE, null),
  /** A new token, in a bundle for each factory. */
  RENEW(null, Purpose.RENEW),
  /** To the hub where the weights want it; a token for that first. */
  MOVE(null, Purpose.REASSIGN);

  private final @Nullable StatusAction status;
  private final @Nullable Purpose purpose;

  Deed(@Nullable StatusAction status, @Nullable Purpose purpose) {
    this.status = status;
    this.purpose = purpose;
  }

  /** As it is written. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The deed of this word. */
  public static Deed of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }

  /** As a revocation list has it; null: it gives devices tokens. */
  @Nullable StatusAction status() {
    return status;
  }

  /** What its bundles are for; null: it gives no tokens. */
  @Nullable Purpose purpose() {
    return purpose;
  }

  /** What it takes to do that. */
  public Permission permission() {
    return status != null
        ? status.permission()
        : purpose == Purpose.REASSIGN ? Permission.HUB_REPAIR : Permission.TOKEN_RENEW;
  }

  /** Whether it can change a device that stands so; null: that is in no registry. */
  boolean appliesTo(@Nullable DeviceState state) {
    return switch (this) {
      case REVOKE -> state != DeviceState.RETIRED;
      case DISABLE -> state != DeviceState.REVOKED && state != DeviceState.RETIRED;
      case ENABLE -> state == DeviceState.DISABLED;
      case RESTORE -> state == DeviceState.REVOKED;
      case RENEW, MOVE -> state == DeviceState.PROVISIONED;
    };
  }
}
