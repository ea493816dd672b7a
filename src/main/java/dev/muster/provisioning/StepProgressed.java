package dev.muster.provisioning;

/**
 * A step has come further.
 *
 * @param execution the job execution
 * @param step its name
 * @param more how much was done since the last such event: bytes in {@code receive}, rows in {@code
 *     load}, devices in {@code issue}
 * @param total how much there is to do in all
 */
public record StepProgressed(long execution, String step, long more, long total) {}
