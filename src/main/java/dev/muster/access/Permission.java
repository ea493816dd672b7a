package dev.muster.access;

import java.util.Locale;

/** One thing that somebody may do. Whatever changes something leaves an entry in the audit. */
public enum Permission {
  /** Sees manifests, what their runs came to, their refused rows and their bundles. */
  MANIFEST_READ(false),
  /** Sends manifests, and tries them without loading anything. */
  MANIFEST_SEND(true),
  /** Says that devices have the tokens of a bundle. */
  BUNDLE_CONFIRM(true),
  /** Sees job executions. */
  EXECUTION_READ(false),
  /** Restarts, stops, abandons and withdraws runs. */
  EXECUTION_CONTROL(true),
  /** Sees what arrived. */
  ARRIVAL_READ(false),
  /** Retries and dismisses what arrived. */
  ARRIVAL_DECIDE(true),
  /** Sees devices and their history. */
  DEVICE_READ(false),
  /** Says when devices were seen at their hub. */
  DEVICE_SEEN(true),
  /** Registers devices, and says in which building and room they are. */
  DEVICE_INSTALL(true),
  /** Disables and enables devices. */
  DEVICE_DISABLE(true),
  /** Revokes and restores devices. */
  DEVICE_REVOKE(true),
  /** Gets a device's token. */
  TOKEN_ISSUE(true),
  /** Sees revocation lists. */
  LIST_READ(false),
  /** Sends revocation lists. */
  LIST_SEND(true),
  /** Sees factories. */
  FACTORY_READ(false),
  /** Adds, changes and removes factories, but for what {@link #FACTORY_TRUST} is about. */
  FACTORY_ADMINISTER(true),
  /** Changes to whose keys bundles are encrypted, who signs, and whose devices a list may name. */
  FACTORY_TRUST(true),
  /** Sees hubs, and how rotations stand. */
  HUB_READ(false),
  /** Compares hubs with the registry, repairs them, moves devices between them. */
  HUB_REPAIR(true),
  /** Rotates hubs' keys. */
  KEY_ROTATE(true),
  /** Renews tokens before they end. */
  TOKEN_RENEW(true),
  /** Does by hand what runs by the clock. */
  SCHEDULE_RUN(true),
  /** Sees who is notified of what, by webhook and by mail. */
  NOTIFICATION_READ(false),
  /** Has notifications sent again, and ends mails to people. */
  NOTIFICATION_CONTROL(true),
  /** Sees the audit. */
  AUDIT_READ(false),
  /** Sees who is signed in, and ends others' sessions; everybody does that with their own. */
  SESSION_END(true);

  private final boolean changes;

  Permission(boolean changes) {
    this.changes = changes;
  }

  /** Whether something is different afterwards, or somebody holds a token. */
  public boolean changes() {
    return changes;
  }

  /** As the audit and error messages name it: {@code device.revoke}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '.');
  }
}
