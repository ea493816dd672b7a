package dev.muster.schedule;

/** A nightly run has ended; told in the transaction that records it. */
public record NightlyEnded(NightlyReport report) {}
