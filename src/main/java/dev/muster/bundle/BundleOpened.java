package dev.muster.bundle;

import java.time.Instant;

/**
 * The account of a bundle's own factory has opened a part of it: so it has fetched it.
 *
 * @param by the account
 */
public record BundleOpened(int bundle, String by, Instant at) {}
