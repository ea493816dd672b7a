package dev.muster.run;

/**
 * A step has come further.
 *
 * @param more how much was done since the last such event, in what the step counts
 */
public record StepProgressed(long execution, RunStep step, long more, long total) {}
