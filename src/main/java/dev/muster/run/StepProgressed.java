package dev.muster.run;

/**
 * A step has come further.
 *
 * @param execution the job execution
 * @param more how much was done since the last such event, in what the step counts
 * @param total how much there is to do in all
 */
public record StepProgressed(long execution, RunStep step, long more, long total) {}
