package dev.muster.run;

/**
 * Published when an operator takes a run back, in the transaction that does it.
 *
 * @param arrival what it ran for
 */
public record RunWithdrawn(long execution, long arrival) {}
