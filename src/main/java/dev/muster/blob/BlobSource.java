package dev.muster.blob;

import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobListDetails;
import com.azure.storage.blob.models.ListBlobsOptions;
import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Drop;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.NewArrival;
import dev.muster.arrival.NewArrival.Said;
import dev.muster.arrival.NoticedPlace.Notice;
import dev.muster.arrival.Quiet;
import dev.muster.arrival.Source;
import dev.muster.arrival.Untaken;
import dev.muster.arrival.UntakenFiles;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
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

  private final Quiet unchanged;
  private final UntakenFiles untaken;

  /** What its sender may still be writing. Nothing is written to it, not even a lease. */
  private final Set<BlobAddress> growing = ConcurrentHashMap.newKeySet();

  /** What was said already to be noticed where no manifest is taken. */
  private final Set<String> oddNames = ConcurrentHashMap.newKeySet();

  BlobSource(BlobAccount account, BlobProperties properties, Inbox inbox, Clock clock) {
    this(account, properties, inbox, clock, System::nanoTime);
  }

  BlobSource(
      BlobAccount account,
      BlobProperties properties,
      Inbox inbox,
      Clock clock,
      LongSupplier nanoTime) {
    this.account = account;
    this.properties = properties;
    this.inbox = inbox;
    unchanged = new Quiet(nanoTime);
    untaken = new UntakenFiles(BLOB, inbox, clock);
  }

  /**
   * Somebody says that a blob was created. When this returns, the notice may be acknowledged.
   *
   * @param notice whose version is the blob's ETag, with or without quotes
   * @throws IOException when that can't be told now; the notice must come again
   */
  void notice(Notice notice) throws IOException {
    URI url = notice.location();
    Optional<BlobAddress> address = account.address(url).filter(this::isSwept);
    if (address.isEmpty()) {
      odd(
          "%s://%s%s".formatted(url.getScheme(), url.getHost(), url.getPath()),
          "notices of it come, but it is in neither container '%s' nor '%s' of the account that is configured"
              .formatted(properties.container(), properties.revocationsContainer()));
      return;
    }
    Optional<SeenBlob> seen = look(address.get());
    if (seen.isPresent()) {
      boolean unused = receive(seen.get(), notice.whole() && seen.get().isNoticedBy(notice));
    }
  }

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

  /** Takes it when its sender is done with it, now or later. */
  boolean saw(SeenBlob seen) {
    return receive(seen, false);
  }

  /** Looks once more at what may have been written still when it was last seen. */
  void lookAgain(BooleanSupplier ending) throws StorageException {
    for (BlobAddress address : List.copyOf(growing)) {
      if (ending.getAsBoolean()) {
        return;
      }
      Optional<SeenBlob> seen = look(address);
      if (seen.isEmpty()) {
        growing.remove(address);
      } else {
        boolean unused = saw(seen.get());
      }
    }
  }

  /**
   * Goes through the containers once, page by page. Notices are faster, but they can be late, lost,
   * or not configured; a list misses nothing.
   *
   * @return how many new manifests and lists have arrived
   */
  int sweep(BooleanSupplier ending) throws StorageException {
    Set<URI> open = new HashSet<>();
    List<Untaken> left = new ArrayList<>();
    int added = sweep(properties.container(), open, left, ending);
    try {
      added += sweep(properties.revocationsContainer(), open, left, ending);
    } catch (StorageException e) {
      if (!e.noContainer()) {
        throw e;
      }
      // nobody sends lists over this account
    }
    if (!ending.getAsBoolean()) {
      growing.forEach(address -> open.add(address.uri())); // also what came meanwhile
      unchanged.retain(open);
      untaken.saw(left);
    }
    return added;
  }

  private int sweep(String container, Set<URI> open, List<Untaken> left, BooleanSupplier ending)
      throws StorageException {
    String what = "Listing container " + container;
    ListBlobsOptions all =
        new ListBlobsOptions().setDetails(new BlobListDetails().setRetrieveMetadata(true));
    Iterator<BlobItem> items =
        StorageException.unless(
            what, () -> account.container(container).listBlobs(all, null).iterator());
    int added = 0;
    while (!ending.getAsBoolean() && StorageException.unless(what, items::hasNext)) {
      BlobItem item = StorageException.unless(what, items::next);
      SeenBlob seen = SeenBlob.listed(account.address(container, item.getName()), item);
      if (!seen.answered()) {
        open.add(seen.address().uri());
      }
      if (saw(seen)) {
        added++;
      } else if (left.size() <= UntakenFiles.MOST) {
        untaken(seen).ifPresent(left::add);
      }
    }
    return added;
  }

  /** Whether manifests are taken from there without being announced. */
  boolean isSwept(BlobAddress address) {
    return properties.isSwept(address.container());
  }

  /**
   * @param whole whether it is known to have been put there in one piece
   */
  private boolean receive(SeenBlob seen, boolean whole) {
    BlobAddress address = seen.address();
    if (seen.answered()) {
      growing.remove(address);
      return false;
    }
    String[] factoryAndFile = address.name().split("/", -1);
    if (factoryAndFile.length != 2
        || factoryAndFile[0].isEmpty()
        || !Drop.isFile(factoryAndFile[1])) {
      return false;
    }
    if (!(whole && seen.length() > 0) && !complete(seen)) {
      growing.add(address);
      return false;
    }
    growing.remove(address);
    String version = seen.version();
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
                seen.length(),
                Said.NOTHING));
    if (added) {
      LOG.info("arrival=received source=blob blob={} version={}", address, version);
    }
    return added;
  }

  /** An empty one was created, and is not written yet. */
  private boolean complete(SeenBlob seen) {
    Duration quiet = quiet(seen);
    return seen.length() > 0 && quiet.compareTo(properties.quiet()) >= 0;
  }

  private Duration quiet(SeenBlob seen) {
    return unchanged.of(seen.address().uri(), seen.version() + "-" + seen.length());
  }

  /** What is said of a blob that is not taken; nothing of one that was, or will be. */
  private Optional<Untaken> untaken(SeenBlob seen) {
    String path = seen.address().name();
    String name = path.substring(path.lastIndexOf('/') + 1);
    String place =
        seen.address().container() + "/" + path.substring(0, path.length() - name.length());
    String[] parts = path.split("/", -1);
    String factory = parts[0];
    if (seen.answered() || seen.isFolder() || Drop.isBeside(name)) {
      return Optional.empty();
    }
    if (parts.length == 1 || factory.isEmpty()) {
      return Optional.of(Untaken.ofNobody(place, name));
    }
    if (parts.length > 2) {
      return Optional.of(Untaken.below(place, name, factory, false));
    }
    if (!Drop.isFile(name)) {
      return Optional.of(Untaken.named(place, name, factory));
    }
    return seen.length() == 0
            && quiet(seen).compareTo(properties.quiet().multipliedBy(Untaken.LONG_EMPTY)) > 0
        ? Optional.of(Untaken.empty(place, name, factory))
        : Optional.empty();
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
