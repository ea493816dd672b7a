package dev.muster.delivery;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Nobody has fetched a bundle for long, or its old tokens are about to end. Published in the
 * transaction that writes down that it was said.
 *
 * @param delivered what was said when it was delivered
 * @param oldTokensEnd when the first of the tokens ends that its own replace; null: they replace
 *     none
 */
public record BundleUnfetched(
    BundleBrought delivered, @Nullable Instant oldTokensEnd, Instant since) {}
