package dev.muster.blob;

import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.core.util.polling.LongRunningOperationStatus;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.ListBlobsOptions;
import com.azure.storage.blob.options.BlobUploadFromFileOptions;
import dev.muster.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A container as the store: a key is the name of a blob in it. */
final class BlobStore implements ObjectStore {

  /** Metadata that are written anew so that a blob counts as changed. */
  private static final Map<String, String> RENEWED = Map.of("muster", "renewed");

  private static final Duration BETWEEN_LOOKS_AT_A_COPY = Duration.ofMillis(200);
  private static final Duration FOR_A_COPY = Duration.ofMinutes(10);

  private final BlobAccount account;
  private final String container;

  BlobStore(BlobAccount account, String container) {
    this.account = account;
    this.container = container;
  }

  /**
   * Makes sure that it is there and this process may use it.
   *
   * @throws StorageException when not, with what to do
   */
  void check() throws StorageException {
    StorageException.unless(
        "Muster's store is container %s (muster.store.blob). Reaching it".formatted(container),
        () -> account.container(container).getProperties());
  }

  @Override
  public boolean isHome() {
    return false;
  }

  @Override
  public void put(String key, Path file) throws IOException {
    upload(key, file, null);
  }

  @Override
  public void put(String key, byte[] content) throws IOException {
    StorageException.unless(
        "Uploading " + named(key),
        () -> {
          blob(key).upload(BinaryData.fromBytes(content), true);
          return true;
        });
  }

  @Override
  public void putIfAbsent(String key, Path file) throws IOException {
    while (!renewed(key)) {
      try {
        upload(key, file, new BlobRequestConditions().setIfNoneMatch("*"));
        return;
      } catch (StorageException e) {
        if (!e.there()) {
          throw e;
        }
      }
    }
  }

  private boolean renewed(String key) throws StorageException {
    try {
      return StorageException.unless(
          "Renewing " + named(key),
          () -> {
            blob(key).setMetadata(RENEWED);
            return true;
          });
    } catch (StorageException e) {
      if (e.gone()) {
        return false;
      }
      throw e;
    }
  }

  private void upload(String key, Path file, @Nullable BlobRequestConditions conditions)
      throws StorageException {
    StorageException.unless(
        "Uploading " + named(key),
        () ->
            blob(key)
                .uploadFromFileWithResponse(
                    new BlobUploadFromFileOptions(file.toString())
                        .setParallelTransferOptions(BlobOutbox.IN_BLOCKS)
                        .setRequestConditions(conditions),
                    null,
                    Context.NONE));
  }

  @Override
  public void copy(String from, String to) throws IOException {
    String what = "Copying %s to %s".formatted(named(from), named(to));
    BlobClient source = blob(from);
    try {
      LongRunningOperationStatus ended =
          StorageException.unless(
              what,
              () ->
                  blob(to)
                      .beginCopy(source.getBlobUrl(), BETWEEN_LOOKS_AT_A_COPY)
                      .waitForCompletion(FOR_A_COPY)
                      .getStatus());
      if (!ended.equals(LongRunningOperationStatus.SUCCESSFULLY_COMPLETED)) {
        throw new IOException("%s did not come to its end: %s.".formatted(what, ended));
      }
    } catch (StorageException e) {
      throw e.gone() ? new NoSuchFileException(named(from)) : e;
    }
  }

  @Override
  public Optional<Stored> find(String key) throws IOException {
    try {
      com.azure.storage.blob.models.BlobProperties there =
          StorageException.unless("Looking at " + named(key), blob(key)::getProperties);
      return Optional.of(
          new Stored(
              key,
              there.getBlobSize(),
              there.getLastModified().toInstant(),
              SeenBlob.unquoted(there.getETag())));
    } catch (StorageException e) {
      if (e.gone()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public List<Stored> list(String folder) throws IOException {
    String what = "Listing " + named(folder);
    List<Stored> found = new ArrayList<>();
    Iterator<BlobItem> items =
        StorageException.unless(
            what,
            () ->
                account
                    .container(container)
                    .listBlobs(new ListBlobsOptions().setPrefix(folder), null)
                    .iterator());
    while (StorageException.unless(what, items::hasNext)) {
      BlobItem item = StorageException.unless(what, items::next);
      found.add(
          new Stored(
              item.getName(),
              item.getProperties().getContentLength(),
              item.getProperties().getLastModified().toInstant(),
              SeenBlob.unquoted(item.getProperties().getETag())));
    }
    return found;
  }

  @Override
  public InputStream read(String key, long offset) throws IOException {
    Stored there = find(key).orElseThrow(() -> new NoSuchFileException(named(key)));
    return new RangesOfBlob(blob(key), named(key), unchanged(there), offset, there.bytes());
  }

  @Override
  public void delete(String key) throws IOException {
    StorageException.unless("Deleting " + named(key), blob(key)::deleteIfExists);
  }

  @Override
  public void deleteUnchanged(Stored seen) throws IOException {
    try {
      StorageException.unless(
          "Deleting " + named(seen.key()),
          () ->
              blob(seen.key())
                  .deleteIfExistsWithResponse(null, unchanged(seen), null, Context.NONE));
    } catch (StorageException e) {
      if (!e.changed()) {
        throw e;
      }
    }
  }

  @Override
  public String address(String key) {
    return account.address(container, key).uri().toString();
  }

  private static BlobRequestConditions unchanged(Stored seen) {
    return new BlobRequestConditions().setIfMatch("\"" + seen.version() + "\"");
  }

  private BlobClient blob(String key) {
    return account.container(container).getBlobClient(key);
  }

  private String named(String key) {
    return container + "/" + key;
  }
}
