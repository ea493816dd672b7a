package dev.muster.credential;

import java.util.List;

/**
 * Issues devices' credentials for one hub, with one key, until one time. A credential is a function
 * of these and the device alone: made again, it is the same to the byte.
 *
 * <p>Called once for each device of a bundle. Not thread-safe.
 */
public interface Issuer {

  /** The columns that it writes, the same for all issuers of a kind. */
  List<String> columns();

  /** The most bytes that {@link #write} writes. */
  int maxLength();

  /**
   * Writes a device's columns as CSV, in ASCII and without quotes: between the comma behind the
   * device's id and the end of the line.
   *
   * @param target with room for {@link #maxLength()} bytes
   * @return the index behind the last byte
   */
  int write(long guidHigh, long guidLow, byte[] target, int offset);
}
