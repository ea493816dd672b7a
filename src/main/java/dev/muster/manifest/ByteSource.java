package dev.muster.manifest;

import java.io.IOException;

/** Where a manifest's bytes come from: a stream that may also refuse them. */
interface ByteSource {

  /**
   * Reads some bytes, as {@link java.io.InputStream#read(byte[], int, int)} does.
   *
   * @return how many, or -1 at the end
   * @throws ManifestRefusedException when what was read can't be part of a manifest
   */
  int read(byte[] target, int offset, int length) throws IOException, ManifestRefusedException;
}
