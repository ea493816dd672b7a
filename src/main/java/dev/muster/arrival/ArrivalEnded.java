package dev.muster.arrival;

import dev.muster.run.RunOutcome;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An arrival came to an end. Published in the transaction that records it, so that what listens
 * there and is durable neither misses one nor invents one.
 *
 * @param answer what its sender was told, and where
 * @param problem why it was refused or failed, as those are told who see the whole service; null
 *     when done
 * @param outcome of its run; null when it never came to one
 */
public record ArrivalEnded(
    Arrival arrival,
    Answer answer,
    @Nullable String problem,
    @Nullable RunOutcome outcome,
    Instant endedAt) {}
