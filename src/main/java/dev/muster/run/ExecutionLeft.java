package dev.muster.run;

/**
 * This process works no more on an execution, and nobody else does either, or it ends: what it kept
 * for itself of its run is of no use any more.
 */
public record ExecutionLeft(long execution) {}
