package dev.muster.manifest;

/** What is to be done with one row. */
public sealed interface Verdict permits Accepted, Rejected {

  /** The physical line on which the row begins, the first of the file being 1. */
  long line();
}
