package dev.muster.manifest;

/**
 * How large a manifest may be.
 *
 * @param maxBytes of its content, unpacked
 * @param maxLineBytes of one record; a quoted field may hold line breaks, and the record is what
 *     counts
 */
public record ReceiveLimits(long maxBytes, int maxLineBytes) {

  /** 1 MiB. */
  public static final int MAX_LINE_BYTES = 1 << 20;

  public ReceiveLimits(long maxBytes) {
    this(maxBytes, MAX_LINE_BYTES);
  }
}
