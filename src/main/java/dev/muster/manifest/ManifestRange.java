package dev.muster.manifest;

/**
 * A run of whole records.
 *
 * @param offset of its first byte in the unpacked file
 * @param end the offset behind its last byte
 * @param line the physical line on which it begins
 */
public record ManifestRange(long offset, long end, long line) {}
