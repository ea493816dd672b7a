package dev.muster.bundle;

import java.nio.file.Path;

/**
 * A bundle that answers no arrival lies in the outbox. Published in the transaction that records
 * it, so that what listens there and is durable neither misses one nor invents one.
 *
 * @param purpose what it is for, such as {@code RENEW}
 * @param folder in which it lies
 * @param devices how many have a token in it
 */
public record BundlePublished(String factory, String purpose, Path folder, long devices) {}
