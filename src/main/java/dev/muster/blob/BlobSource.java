package dev.muster.blob;

import dev.muster.arrival.Inbox;
import dev.muster.arrival.NewArrival;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down the manifests that lie in the container, however it is heard of them: what is listed
 * and what is noticed has the same source id, so it arrives once.
 */
public class BlobSource {

  /** What this source is called in the inbox. */
  public static final String NAME = "blob";

  private static final Logger LOG = LoggerFactory.getLogger(BlobSource.class);

  private static final Pattern MANIFEST =
      Pattern.compile("(?<factory>[^/]+)/(?<file>[^/]+\\.csv(\\.gz)?)", Pattern.CASE_INSENSITIVE);
  private static final String SIGNATURE = ".sig";
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
  public boolean notice(URI url, @Nullable String etag) throws IOException {
    Optional<BlobAddress> address = account.address(url).filter(this::isSwept);
    if (address.isEmpty()) {
      odd(
          "%s://%s%s".formatted(url.getScheme(), url.getHost(), url.getPath()),
          "notices of it come, but it is not in container '%s' of the account that is configured"
              .formatted(properties.container()));
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

  boolean receive(SeenBlob seen) {
    return !seen.answered() && receive(seen.address(), seen.version());
  }

  /** Whether manifests are taken from there without being announced. */
  boolean isSwept(BlobAddress address) {
    return address.container().equals(properties.container());
  }

  private boolean receive(BlobAddress address, String version) {
    Matcher manifest = MANIFEST.matcher(address.name());
    if (!manifest.matches()) {
      if (!address.name().endsWith(SIGNATURE)) {
        odd(address.toString(), "it is not FACTORY/NAME.csv or FACTORY/NAME.csv.gz");
      }
      return false;
    }
    boolean added =
        inbox.receive(
            new NewArrival(
                NAME,
                address.uri() + "@" + version,
                manifest.group("factory"),
                manifest.group("file"),
                address.uri(),
                version,
                null,
                null,
                null));
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
