package dev.muster.blob;

import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobListDetails;
import com.azure.storage.blob.models.ListBlobsOptions;
import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Drop;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.NewArrival;
import dev.muster.arrival.NewArrival.Said;
import dev.muster.arrival.Source;
import java.io.IOException;
import java.net.URI;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down the manifests that lie in the container, however it is heard of them: what is listed
 * and what is noticed has the same source id, so it arrives once.
 */
class BlobSource {

  static final Source BLOB = new Source("blob");

  private static final Logger LOG = LoggerFactory.getLogger(BlobSource.class);

  private static final int MOST_ODD_NAMES = 1000;

  private final BlobAccount account;
  private final BlobProperties properties;
  private final Inbox inbox;

  /** What was said already to lie where no manifest does. */
  private final Set<String> oddNames = ConcurrentHashMap.newKeySet();

  BlobSource(BlobAccount account, BlobProperties properties, Inbox inbox) {
    this.account = account;
    this.properties = properties;
    this.inbox = inbox;
  }

  /**
   * Somebody says that a blob was created. When this returns, the notice may be acknowledged.
   *
   * @param etag of the blob, with or without quotes; null when the notice does not say it
   * @return whether a new manifest has arrived; if not, it had already, or the blob is none
   * @throws IOException when that can't be told now; the notice must come again
   */
  boolean notice(URI url, @Nullable String etag) throws IOException {
    Optional<BlobAddress> address = account.address(url).filter(this::isSwept);
    if (address.isEmpty()) {
      odd(
          "%s://%s%s".formatted(url.getScheme(), url.getHost(), url.getPath()),
          "notices of it come, but it is in neither container '%s' nor '%s' of the account that is configured"
              .formatted(properties.container(), properties.revocationsContainer()));
      return false;
    }
    if (etag == null || etag.isBlank()) {
      return look(address.get()).map(this::receive).orElse(false);
    }
    return receive(address.get(), SeenBlob.unquoted(etag));
  }

  /** The blob as it is now; empty when it is gone. */
  Optional<SeenBlob> look(BlobAddress address) throws StorageException {
    try {
      return Optional.of(
          SeenBlob.asked(
              address,
              StorageException.unless(
                  "Looking at " + address, () -> account.blob(address).getProperties())));
    } catch (StorageException e) {
      if (e.gone()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The blob as a list shows it. */
  Optional<SeenBlob> listed(BlobAddress address) throws StorageException {
    ListBlobsOptions only =
        new ListBlobsOptions()
            .setPrefix(address.name())
            .setMaxResultsPerPage(1)
            .setDetails(new BlobListDetails().setRetrieveMetadata(true));
    // Names that it begins come behind it.
    return StorageException.unless(
        "Looking at " + address,
        () ->
            account.container(address.container()).listBlobs(only, null).stream()
                .findFirst()
                .filter(item -> item.getName().equals(address.name()))
                .map(item -> SeenBlob.listed(address, item)));
  }

  boolean receive(SeenBlob seen) {
    return !seen.answered() && receive(seen.address(), seen.version());
  }

  /**
   * Goes through the containers once, page by page. Notices are faster, but they can be late, lost,
   * or not configured; a list misses nothing.
   *
   * @return how many new manifests and lists have arrived
   */
  int sweep(BooleanSupplier ending) throws StorageException {
    int added = sweep(properties.container(), ending);
    try {
      added += sweep(properties.revocationsContainer(), ending);
    } catch (StorageException e) {
      if (!e.noContainer()) {
        throw e;
      }
      // nobody sends lists over this account
    }
    return added;
  }

  private int sweep(String container, BooleanSupplier ending) throws StorageException {
    String what = "Listing container " + container;
    ListBlobsOptions all =
        new ListBlobsOptions().setDetails(new BlobListDetails().setRetrieveMetadata(true));
    Iterator<BlobItem> items =
        StorageException.unless(
            what, () -> account.container(container).listBlobs(all, null).iterator());
    int added = 0;
    while (!ending.getAsBoolean() && StorageException.unless(what, items::hasNext)) {
      BlobItem item = StorageException.unless(what, items::next);
      if (receive(SeenBlob.listed(account.address(container, item.getName()), item))) {
        added++;
      }
    }
    return added;
  }

  /** Whether manifests are taken from there without being announced. */
  boolean isSwept(BlobAddress address) {
    return properties.isSwept(address.container());
  }

  private boolean receive(BlobAddress address, String version) {
    String[] factoryAndFile = address.name().split("/", -1);
    if (factoryAndFile.length != 2
        || factoryAndFile[0].isEmpty()
        || !Drop.isFile(factoryAndFile[1])) {
      if (!address.name().endsWith(Drop.SIGNATURE)) {
        odd(address.toString(), "it is not FACTORY/NAME.csv or FACTORY/NAME.csv.gz");
      }
      return false;
    }
    boolean added =
        inbox.receive(
            new NewArrival(
                address.container().equals(properties.revocationsContainer())
                    ? ArrivalKind.REVOCATIONS
                    : ArrivalKind.MANIFEST,
                BLOB,
                address.uri() + "@" + version,
                factoryAndFile[0],
                factoryAndFile[1],
                address.uri(),
                version,
                Said.NOTHING));
    if (added) {
      LOG.info("arrival=received source=blob blob={} version={}", address, version);
    }
    return added;
  }

  /** Once for each, or the log would be full of it. */
  private void odd(String name, String why) {
    if (oddNames.size() < MOST_ODD_NAMES && oddNames.add(name)) {
      LOG.warn("blob=ignored blob={}: {}.", name, why);
      if (oddNames.size() == MOST_ODD_NAMES) {
        LOG.warn("blob=ignored More of these are not logged.");
      }
    }
  }
}
