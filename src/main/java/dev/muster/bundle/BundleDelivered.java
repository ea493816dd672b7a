package dev.muster.bundle;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A bundle was published. Told in the transaction that writes it down.
 *
 * @param answersArrival whether it is the answer to what its factory sent, and goes back that way
 * @param oldTokensEnd when the first of the tokens ends that its own replace; null: they replace
 *     none
 */
public record BundleDelivered(
    Bundle bundle, boolean answersArrival, @Nullable Instant oldTokensEnd) {}
