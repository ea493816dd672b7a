package dev.muster.arrival;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An arrival came to an end. Published in the transaction that records it, so that what listens
 * there and is durable neither misses one nor invents one.
 *
 * @param arrival its number
 * @param sha256 of the content; null when it was never read
 * @param rows null when it was refused before they were counted
 * @param bundle where the bundle lies: a folder, or an address; null unless done
 * @param problem why it was refused or failed, as a sentence; null when done
 */
public record ArrivalEnded(
    long arrival,
    String source,
    String sourceId,
    String factory,
    String fileName,
    Answer.Verdict verdict,
    @Nullable String sha256,
    @Nullable Long execution,
    @Nullable Long rows,
    @Nullable Long accepted,
    @Nullable Long rejected,
    Map<String, Long> rejectedByCode,
    @Nullable String bundle,
    @Nullable String problem,
    Instant endedAt) {}
