package dev.muster.manifest;

/** What is to be done with one row of a revocation list. */
public sealed interface RevocationVerdict permits RevocationEntry, Rejected {

  /** The physical line on which the row begins, the first of the file being 1. */
  long line();
}
