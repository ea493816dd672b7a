package dev.muster.provisioning;

/**
 * A manifest's bundle is where its factory gets it. Published in the transaction that marks it,
 * once.
 *
 * @param devices how many of its devices are provisioned
 */
public record ManifestDelivered(String factory, long devices) {}
