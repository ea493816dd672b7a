package dev.muster.registry;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of one device.
 *
 * @param gateway the device that it stands behind
 * @param attributes what its manifest says beyond the columns that have a meaning, as a JSON object
 * @param devicesBehind how many devices stand behind it
 * @param changedAt when it last went out of service or came back; null: never
 * @param exchangedAt when it last got a fresh token for an old one; null: never
 * @param untold hubs that have not confirmed how it stands
 * @param formerHubs hubs that it was at before, where a token of it may still work
 */
public record DeviceFacts(
    KnownDevice device,
    @Nullable String hardwareRevision,
    @Nullable UUID gateway,
    @Nullable String attributes,
    long devicesBehind,
    @Nullable Instant changedAt,
    @Nullable Instant exchangedAt,
    List<Untold> untold,
    List<FormerHub> formerHubs) {

  public DeviceFacts {
    untold = List.copyOf(untold);
    formerHubs = List.copyOf(formerHubs);
  }

  /**
   * A hub that is still to be told.
   *
   * @param attempts how often telling failed
   * @param problem how the last time; null: it has not been tried
   */
  public record Untold(String hub, Instant dueAt, int attempts, @Nullable String problem) {}

  /** A hub that the device left. */
  public record FormerHub(String hub, Instant leftAt, Instant tokenExpiresAt) {}
}
