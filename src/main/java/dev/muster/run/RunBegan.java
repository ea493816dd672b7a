package dev.muster.run;

/** A run began, on this thread. Published before its first step. */
public record RunBegan(long execution) {}
