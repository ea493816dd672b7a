package dev.muster.bundle;

/** A bundle is in the outbox, and its devices have its tokens; in the transaction that says so. */
public record BundleDelivered(Bundle bundle) {}
