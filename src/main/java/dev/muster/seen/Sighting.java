package dev.muster.seen;

import java.time.Instant;
import java.util.UUID;

/** A device gave a sign of life. */
public record Sighting(UUID device, Instant at) {}
