package dev.muster.manifest;

/** What is to be done with one row of a revocation list. */
public sealed interface RevocationVerdict permits RevocationEntry, Rejected {

  long line();
}
