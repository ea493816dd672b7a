package dev.muster.manifest;

/** What is to be done with one row. */
public sealed interface Verdict permits Accepted, Rejected {

  long line();
}
