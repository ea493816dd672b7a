package dev.muster.blob;

import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.DownloadRetryOptions;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/** A blob as it was when it was opened, range by range, one of them in memory. */
final class RangesOfBlob extends InputStream {

  /** So much is in memory at a time. */
  static final int RANGE_BYTES = 4 << 20;

  private static final Duration FOR_A_RANGE = Duration.ofMinutes(2);

  /**
   * How often the rest of a range is asked for whose answer fell silent; each time is as many tries
   * as {@link BlobAccount} makes. Azure's client would do so five times, and a worker that the
   * store doesn't answer would keep its partition for two minutes.
   */
  private static final int MORE_TRIES = 1;

  private final BlobClient blob;
  private final String name;
  private final BlobRequestConditions unchanged;
  private final long length;
  private long offset;
  private byte[] range = {};
  private int at;

  RangesOfBlob(
      BlobClient blob, String name, BlobRequestConditions unchanged, long offset, long length) {
    this.blob = blob;
    this.name = name;
    this.unchanged = unchanged;
    this.offset = offset;
    this.length = length;
  }

  @Override
  public int read() throws IOException {
    return more() ? range[at++] & 0xFF : -1;
  }

  @Override
  public int read(byte[] target, int from, int bytes) throws IOException {
    if (bytes == 0) {
      return 0;
    }
    if (!more()) {
      return -1;
    }
    int some = Math.min(bytes, range.length - at);
    System.arraycopy(range, at, target, from, some);
    at += some;
    return some;
  }

  private boolean more() throws IOException {
    if (at < range.length) {
      return true;
    }
    if (offset >= length) {
      return false;
    }
    range = range(blob, name, unchanged, offset, length).toBytes();
    at = 0;
    offset += range.length;
    return range.length > 0;
  }

  /** The range that begins there, of a blob of this length. */
  static BinaryData range(
      BlobClient blob, String name, BlobRequestConditions unchanged, long offset, long length)
      throws StorageException {
    BlobRange range = new BlobRange(offset, Math.min(RANGE_BYTES, length - offset));
    return StorageException.unless(
        "Reading " + name,
        () ->
            blob.downloadContentWithResponse(
                    new DownloadRetryOptions().setMaxRetryRequests(MORE_TRIES),
                    unchanged,
                    range,
                    false,
                    FOR_A_RANGE,
                    Context.NONE)
                .getValue());
  }
}
