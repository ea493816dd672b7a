package dev.muster.bundle;

/**
 * A finished part of a bundle.
 *
 * @param name of its file
 * @param sha256 of the encrypted file, 64 hex digits
 * @param bytes of the encrypted file
 * @param devices how many tokens it holds
 */
public record BundlePart(String name, String sha256, long bytes, long devices) {}
