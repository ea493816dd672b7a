package dev.muster.registry;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something that was done to a device where it is.
 *
 * @param number grows with each that is written
 * @param installed written when the device was installed; then the note is its place
 * @param actor who wrote it; null: not told to who is not of the operator
 * @param recordedAt when that was
 */
public record ServiceRecord(
    long number,
    UUID device,
    Instant doneAt,
    boolean installed,
    String what,
    @Nullable String note,
    @Nullable String actor,
    Instant recordedAt) {}
