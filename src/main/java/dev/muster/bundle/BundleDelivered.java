package dev.muster.bundle;

/**
 * A bundle was published. Told in the transaction that writes it down.
 *
 * @param answersArrival whether it is the answer to what its factory sent, and goes back that way
 */
public record BundleDelivered(Bundle bundle, boolean answersArrival) {}
