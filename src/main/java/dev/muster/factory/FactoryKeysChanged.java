package dev.muster.factory;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who opens a factory's bundles, or whose word its lists are, is another from now on; told in the
 * transaction that changes it.
 *
 * @param before null: it was not a factory before
 */
public record FactoryKeysChanged(
    String factory, @Nullable FactoryKeys before, FactoryKeys after, Instant at) {}
