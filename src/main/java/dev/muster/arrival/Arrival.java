package dev.muster.arrival;

import dev.muster.manifest.Updates;
import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A manifest or a revocation list in the inbox.
 *
 * @param id its number, never used again
 * @param attempts how often it was tried and failed for a passing reason
 * @see NewArrival for the other components
 */
public record Arrival(
    long id,
    ArrivalKind kind,
    String source,
    String sourceId,
    String factory,
    String fileName,
    URI location,
    @Nullable String version,
    @Nullable String announcedSha256,
    @Nullable Long announcedRows,
    Instant arrivedAt,
    int attempts,
    boolean factoryKnown,
    @Nullable Sender sender,
    @Nullable Updates updates) {}
