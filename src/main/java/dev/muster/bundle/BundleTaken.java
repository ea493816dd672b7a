package dev.muster.bundle;

import java.time.Instant;

/**
 * The account of a bundle's own factory has taken a part of it, or all: so it has fetched it.
 *
 * @param by the account
 */
public record BundleTaken(int bundle, String by, Instant at) {}
