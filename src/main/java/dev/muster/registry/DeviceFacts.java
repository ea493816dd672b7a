package dev.muster.registry;

import dev.muster.seen.SeenBy;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of one device.
 *
 * @param gateway the device that it stands behind
 * @param attributes what its manifest says beyond the columns that have a meaning, as a JSON object
 * @param bundle with which the token came that it has; null: it has none, or exchanged it since, or
 *     somebody made it one by hand
 * @param devicesBehind how many devices stand behind it
 * @param changedAt when it last went out of service or came back; null: never
 * @param exchangedAt when it last got a fresh token for an old one; null: never
 * @param firstSeenBy who saw its first sign of life; null: it never gave any
 * @param refused exchanges that it was refused, by reason, the latest first
 * @param untold hubs that have not confirmed how it stands
 * @param formerHubs hubs that it was at before, where a token of it may still work
 */
public record DeviceFacts(
    KnownDevice device,
    @Nullable String hardwareRevision,
    @Nullable UUID gateway,
    @Nullable String attributes,
    @Nullable Integer bundle,
    long devicesBehind,
    @Nullable Instant changedAt,
    @Nullable Instant exchangedAt,
    @Nullable SeenBy firstSeenBy,
    @Nullable SeenBy lastSeenBy,
    List<RefusedExchange> refused,
    List<Untold> untold,
    List<FormerHub> formerHubs) {

  public DeviceFacts {
    refused = List.copyOf(refused);
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

  /**
   * Exchanges that were refused for one reason. Only those of tokens whose signature is genuine: of
   * any other it isn't known whose they are.
   *
   * @param reason a word, as the log and the metrics have it
   */
  public record RefusedExchange(String reason, long times, Instant firstAt, Instant lastAt) {}

  /** A hub that the device left. */
  public record FormerHub(String hub, Instant leftAt, Instant tokenExpiresAt) {}
}
