package dev.muster.registry;

import dev.muster.credential.SigningKeys;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A manifest that the registry has, or had until it was withdrawn.
 *
 * @param sha256 of its content, 64 hex digits
 * @param name as its sender called it
 * @param columns its columns in file order, by their normalised names
 * @param rows how many rows of data it has
 * @param tokensExpireAt when all its devices' tokens end: fixed when the manifest came, whole
 *     seconds
 * @param keysAt as of which change of keys its tokens are signed, see {@link SigningKeys}; null
 *     until it is settled
 * @param deliveredAt when its bundle was delivered, which made its devices PROVISIONED
 * @param outbox the folder of its bundle
 * @param receipt the receipt as JSON
 */
public record Manifest(
    int id,
    String factory,
    String sha256,
    String name,
    List<String> columns,
    long rows,
    Instant receivedAt,
    Instant tokensExpireAt,
    @Nullable Integer keysAt,
    @Nullable Instant deliveredAt,
    @Nullable String outbox,
    @Nullable String receipt,
    @Nullable Instant withdrawnAt) {

  public boolean delivered() {
    return deliveredAt != null;
  }

  public boolean withdrawn() {
    return withdrawnAt != null;
  }
}
