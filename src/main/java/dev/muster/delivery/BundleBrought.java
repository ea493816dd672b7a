package dev.muster.delivery;

import java.net.URI;
import java.time.Instant;

/**
 * A bundle is where its factory finds it. Published in the transaction that records it.
 *
 * @param purpose what it is for, such as {@code RENEW}
 * @param devices how many have a token in it
 * @param at where it was put: a folder, or an address
 */
public record BundleBrought(
    int id,
    String factory,
    String purpose,
    String bundle,
    long devices,
    URI at,
    Instant deliveredAt) {}
