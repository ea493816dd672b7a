package dev.muster.run;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.batch.core.BatchStatus;

/**
 * A run of any job came to an end in this process.
 *
 * @param factory whose it was; null: nobody's in particular
 * @param sha256 of what was run; null when that is no file
 */
public record RunEnded(
    String job,
    BatchStatus status,
    @Nullable String factory,
    @Nullable String sha256,
    Duration duration) {}
