package dev.muster.renewal;

import dev.muster.credential.KeyInUse;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A hub's move from one of its two keys to the other.
 *
 * @param from the key that is to be regenerated in the end
 * @param to the key that signs from the start of the rotation on
 * @param switched the change of keys that it began with, see {@link
 *     dev.muster.credential.SigningKeys}
 * @param doneAt when an operator said that it is done; null while it is under way
 */
public record KeyRotation(
    int id,
    short hubId,
    String hub,
    KeyInUse from,
    KeyInUse to,
    int switched,
    Instant startedAt,
    @Nullable Instant doneAt) {}
