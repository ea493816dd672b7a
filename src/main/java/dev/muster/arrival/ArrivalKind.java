package dev.muster.arrival;

/** What arrives. */
public enum ArrivalKind {
  /** Devices to be provisioned. */
  MANIFEST,
  /** Devices to be taken out of service, or to be brought back. */
  REVOCATIONS
}
