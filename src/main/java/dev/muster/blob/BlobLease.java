package dev.muster.blob;

import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.specialized.BlobLeaseClient;
import com.azure.storage.blob.specialized.BlobLeaseClientBuilder;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A claim on a blob, for as long as it is read: nobody else can claim or change it meanwhile. It
 * ends by itself soon after its process.
 */
final class BlobLease implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(BlobLease.class);

  private final BlobLeaseClient client;
  private final BlobAddress address;
  private final Duration duration;
  private long renewedAt;

  private BlobLease(BlobLeaseClient client, BlobAddress address, Duration duration) {
    this.client = client;
    this.address = address;
    this.duration = duration;
  }

  static BlobLease take(BlobClient blob, BlobAddress address, Duration duration)
      throws StorageException {
    BlobLease lease =
        new BlobLease(
            new BlobLeaseClientBuilder().blobClient(blob).buildClient(), address, duration);
    lease.renewedAt = System.nanoTime();
    StorageException.unless(
        "Claiming " + address, () -> lease.client.acquireLease((int) duration.toSeconds()));
    return lease;
  }

  /** Keeps it alive; to be called at least a few times within its duration. */
  void renewWhenDue() throws StorageException {
    if (System.nanoTime() - renewedAt > duration.dividedBy(3).toNanos()) {
      renew();
    }
  }

  /**
   * Makes sure that it is still held.
   *
   * @throws StorageException when it was broken
   */
  void renew() throws StorageException {
    long now = System.nanoTime();
    StorageException.unless("Reading " + address, client::renewLease);
    renewedAt = now;
  }

  @Override
  public void close() {
    try {
      StorageException.unless(
          "Releasing " + address,
          () -> {
            client.releaseLease();
            return true;
          });
    } catch (StorageException e) {
      LOG.info("blob=lease-not-released {}", e.getMessage()); // it ends by itself
    }
  }
}
