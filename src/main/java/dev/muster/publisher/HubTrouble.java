package dev.muster.publisher;

import dev.muster.status.HubWork.Trouble;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A hub with which something is wrong as a whole.
 *
 * @param since when its last call did not go well
 */
public record HubTrouble(String hub, Trouble trouble, @Nullable Instant since) {}
