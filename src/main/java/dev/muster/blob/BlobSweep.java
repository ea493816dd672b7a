package dev.muster.blob;

import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobListDetails;
import com.azure.storage.blob.models.ListBlobsOptions;
import java.util.Iterator;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Lists the container again and again. Notices are faster, but they can be late, lost, or not
 * configured; a list misses nothing.
 */
class BlobSweep implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(BlobSweep.class);

  private final BlobAccount account;
  private final BlobProperties properties;
  private final BlobSource source;

  private volatile @Nullable ScheduledExecutorService sweeping;

  BlobSweep(BlobAccount account, BlobProperties properties, BlobSource source) {
    this.account = account;
    this.properties = properties;
    this.source = source;
  }

  @Override
  public void start() {
    ScheduledExecutorService executor =
        Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "blob-sweep"));
    sweeping = executor;
    ScheduledFuture<?> unused =
        executor.scheduleWithFixedDelay(
            this::sweepSafely, 0, properties.sweep().toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void stop() {
    ScheduledExecutorService executor = sweeping;
    if (executor != null) {
      sweeping = null;
      executor.shutdown();
    }
  }

  @Override
  public boolean isRunning() {
    return sweeping != null;
  }

  private void sweepSafely() {
    try {
      sweep(() -> !isRunning());
    } catch (StorageException | RuntimeException e) {
      LOG.warn("blob=not-swept {}", e.toString());
    }
  }

  /**
   * Goes through the container once, page by page.
   *
   * @return how many new manifests have arrived
   */
  int sweep(BooleanSupplier ending) throws StorageException {
    String what = "Listing container " + properties.container();
    ListBlobsOptions all =
        new ListBlobsOptions().setDetails(new BlobListDetails().setRetrieveMetadata(true));
    Iterator<BlobItem> items =
        StorageException.unless(
            what, () -> account.container(properties.container()).listBlobs(all, null).iterator());
    int added = 0;
    while (!ending.getAsBoolean() && StorageException.unless(what, items::hasNext)) {
      BlobItem item = StorageException.unless(what, items::next);
      BlobAddress address = account.address(properties.container(), item.getName());
      if (source.receive(SeenBlob.listed(address, item))) {
        added++;
      }
    }
    return added;
  }
}
