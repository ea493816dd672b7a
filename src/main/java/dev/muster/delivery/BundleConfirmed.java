package dev.muster.delivery;

import java.time.Instant;

/**
 * It was said of a bundle that its tokens are in their devices. Published in the transaction that
 * writes it down, once a bundle.
 */
public record BundleConfirmed(int bundle, Instant at) {}
