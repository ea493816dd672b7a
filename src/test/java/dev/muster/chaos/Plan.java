package dev.muster.chaos;

import java.util.List;

/**
 * A campaign, which repeats itself from its seed, but for the instants.
 *
 * @param round after how many faults nothing is done until all is quiet
 * @param instances how many services work at a time
 * @param rows how many rows a manifest has at least; at most three times as many
 * @param zones in which of these time zones an instance is, like {@code Asia/Tokyo}
 * @param clocks by how many of these seconds an instance's clock is ahead
 * @param messages whether some manifests come as messages, by a broker
 * @param factories that send; with {@code fabrikam}, which the first run makes, for one
 */
record Plan(
    int faults,
    long seed,
    int round,
    int instances,
    int rows,
    List<Fault> kinds,
    List<String> zones,
    List<Integer> clocks,
    boolean messages,
    List<String> factories) {}
