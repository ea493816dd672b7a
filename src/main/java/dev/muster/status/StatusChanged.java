package dev.muster.status;

/** Devices were taken out of service or brought back. Published in the transaction that does it. */
public record StatusChanged(long devices) {}
