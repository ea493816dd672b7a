package dev.muster.renewal;

import dev.muster.bundle.Purpose;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * New tokens for devices of one factory, in one bundle.
 *
 * @param hubId {@code ROTATE}: the hub whose key changes; {@code REASSIGN}: the hub that is
 *     drained, null when all are rebalanced
 * @param toHub the hub that chosen devices are sent to; null: where the weights want them
 * @param choice of which chosen devices it is; null: of all that are due
 * @param endsBefore {@code RENEW} of all: for devices whose token ends before this; otherwise null
 * @param requestedAt whole microseconds, as the database has it
 * @param tokensExpireAt when its tokens end: fixed when it is requested, and set anew when they
 *     would have ended before its bundle was published; whole seconds
 * @param keysAt as of which change of keys its tokens are signed; null until devices are selected
 * @param bundleId the number of its bundle; null until devices are selected
 * @param parts how many its bundle has; null until devices are selected
 * @param devices how many were selected; null until they are
 * @param abandonedAt when it was given up; null: it was not
 * @param outbox the key of the folder of its bundle; null before it is delivered, or when no device
 *     was left
 * @param receipt as JSON
 */
public record Renewal(
    int id,
    String factory,
    Purpose purpose,
    @Nullable Short hubId,
    @Nullable Short toHub,
    @Nullable UUID choice,
    @Nullable Instant endsBefore,
    Instant requestedAt,
    Instant tokensExpireAt,
    @Nullable Integer keysAt,
    @Nullable Integer bundleId,
    @Nullable Integer parts,
    @Nullable Long devices,
    @Nullable Instant deliveredAt,
    @Nullable Instant abandonedAt,
    @Nullable String outbox,
    @Nullable String receipt) {

  /** What its bundle is called. */
  public String bundle() {
    return "renewal-" + id;
  }

  Duration tokenLifetime() {
    return Duration.between(requestedAt, tokensExpireAt);
  }

  public boolean selected() {
    return keysAt != null;
  }
}
