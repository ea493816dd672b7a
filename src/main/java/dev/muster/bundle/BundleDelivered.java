package dev.muster.bundle;

import org.jspecify.annotations.Nullable;

/**
 * A bundle was published. Told in the transaction that writes it down.
 *
 * @param arrival what its factory sent and it is the answer to; null: it answers nothing
 */
public record BundleDelivered(Bundle bundle, @Nullable Long arrival) {}
