package dev.muster.provisioning;

/**
 * Published when a factory has withdrawn a manifest of its own.
 *
 * @param arrival what brought it
 */
public record ManifestTakenBack(long arrival) {}
