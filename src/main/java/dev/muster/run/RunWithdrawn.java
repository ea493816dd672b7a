package dev.muster.run;

/** Published when an operator takes a run back, in the transaction that does it. */
public record RunWithdrawn(long execution, long arrival) {}
