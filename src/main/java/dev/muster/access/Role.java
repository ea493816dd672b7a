package dev.muster.access;

import static dev.muster.access.Permission.ARRIVAL_DECIDE;
import static dev.muster.access.Permission.ARRIVAL_READ;
import static dev.muster.access.Permission.AUDIT_READ;
import static dev.muster.access.Permission.BUNDLE_CONFIRM;
import static dev.muster.access.Permission.DEVICE_DISABLE;
import static dev.muster.access.Permission.DEVICE_INSTALL;
import static dev.muster.access.Permission.DEVICE_READ;
import static dev.muster.access.Permission.DEVICE_REVOKE;
import static dev.muster.access.Permission.DEVICE_SEEN;
import static dev.muster.access.Permission.EXECUTION_CONTROL;
import static dev.muster.access.Permission.EXECUTION_READ;
import static dev.muster.access.Permission.FACTORY_ADMINISTER;
import static dev.muster.access.Permission.FACTORY_READ;
import static dev.muster.access.Permission.FACTORY_TRUST;
import static dev.muster.access.Permission.HUB_READ;
import static dev.muster.access.Permission.HUB_REPAIR;
import static dev.muster.access.Permission.KEY_ROTATE;
import static dev.muster.access.Permission.LIST_READ;
import static dev.muster.access.Permission.LIST_SEND;
import static dev.muster.access.Permission.MANIFEST_READ;
import static dev.muster.access.Permission.MANIFEST_SEND;
import static dev.muster.access.Permission.NOTIFICATION_CONTROL;
import static dev.muster.access.Permission.NOTIFICATION_READ;
import static dev.muster.access.Permission.SCHEDULE_RUN;
import static dev.muster.access.Permission.SESSION_END;
import static dev.muster.access.Permission.TOKEN_ISSUE;
import static dev.muster.access.Permission.TOKEN_RENEW;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What an organisational account is. One account may have several. */
public enum Role {
  /** Installs devices in the field. */
  TECHNICIAN(EnumSet.of(DEVICE_READ, DEVICE_INSTALL, TOKEN_ISSUE)),

  /** Sends manifests and lists, and sees its own only. Bound to a factory. */
  FACTORY(
      EnumSet.of(
          MANIFEST_READ,
          MANIFEST_SEND,
          BUNDLE_CONFIRM,
          EXECUTION_READ,
          ARRIVAL_READ,
          DEVICE_READ,
          LIST_READ,
          LIST_SEND)),

  /** Keeps the work going. */
  OPERATOR(
      everythingReadAnd(
          MANIFEST_SEND,
          BUNDLE_CONFIRM,
          EXECUTION_CONTROL,
          ARRIVAL_DECIDE,
          DEVICE_SEEN,
          DEVICE_INSTALL,
          DEVICE_DISABLE,
          TOKEN_ISSUE,
          FACTORY_ADMINISTER,
          HUB_REPAIR,
          TOKEN_RENEW,
          SCHEDULE_RUN,
          NOTIFICATION_CONTROL)),

  /**
   * Takes devices out of service for good, brings them back, and has lists applied before the
   * night; rotates keys, changes factories'; ends sessions.
   */
  SECURITY_OFFICER(
      everythingReadAnd(
          DEVICE_DISABLE,
          DEVICE_REVOKE,
          LIST_SEND,
          FACTORY_ADMINISTER,
          FACTORY_TRUST,
          HUB_REPAIR,
          KEY_ROTATE,
          SCHEDULE_RUN,
          NOTIFICATION_CONTROL,
          SESSION_END)),

  /** Reads everything, changes nothing. */
  AUDITOR(everythingReadAnd());

  @SuppressWarnings("ImmutableEnumChecker") // handed out as a copy only
  private final Set<Permission> permissions;

  Role(Set<Permission> permissions) {
    this.permissions = permissions;
  }

  public Set<Permission> permissions() {
    return EnumSet.copyOf(permissions);
  }

  /** As the identity provider names it: {@code security-officer}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The role that the identity provider names so. */
  public static Optional<Role> of(String word) {
    return Arrays.stream(values()).filter(role -> role.word().equals(word)).findFirst();
  }

  private static Set<Permission> everythingReadAnd(Permission... more) {
    EnumSet<Permission> permissions =
        EnumSet.of(
            MANIFEST_READ,
            EXECUTION_READ,
            ARRIVAL_READ,
            DEVICE_READ,
            LIST_READ,
            FACTORY_READ,
            HUB_READ,
            NOTIFICATION_READ,
            AUDIT_READ);
    permissions.addAll(Arrays.asList(more));
    return permissions;
  }
}
