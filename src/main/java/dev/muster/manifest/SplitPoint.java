package dev.muster.manifest;

/**
 * Where a record begins, so that a manifest can safely be cut.
 *
 * @param offset in bytes from the start of the unpacked file
 * @param line the physical line there, the first being 1
 */
public record SplitPoint(long offset, long line) {}
