package dev.muster.registry;

import dev.muster.credential.SigningKeys;
import dev.muster.manifest.ManifestHeader;
import dev.muster.manifest.Updates;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A manifest that the registry has, or had until it was withdrawn.
 *
 * @param sha256 of its content, 64 hex digits
 * @param name as its sender called it
 * @param columns its columns in file order, by their normalised names
 * @param rows how many rows of data it has
 * @param blankRows how many lines had nothing in any field, and were no rows
 * @param warnings sentences on what was taken, and looks like a mistake
 * @param tokensExpireAt when all its devices' tokens end: fixed when the manifest came, and set
 *     anew when they would have ended before its bundle was published; whole seconds
 * @param keysAt as of which change of keys its tokens are signed, see {@link SigningKeys}; null
 *     until it is settled
 * @param bundle the number of its bundle; null until it is begun
 * @param deliveredAt when its bundle was delivered, which made its devices PROVISIONED
 * @param outbox the key of the folder of its bundle
 * @param receipt the receipt as JSON
 * @param updates what it may change of devices that are there
 */
public record Manifest(
    int id,
    String factory,
    String sha256,
    String name,
    List<String> columns,
    long rows,
    long blankRows,
    List<String> warnings,
    Instant receivedAt,
    Instant tokensExpireAt,
    @Nullable Integer keysAt,
    @Nullable Integer bundle,
    @Nullable Instant deliveredAt,
    @Nullable String outbox,
    @Nullable String receipt,
    @Nullable Instant withdrawnAt,
    Updates updates) {

  /** The columns that Muster does not know, and kept as attributes. */
  public List<String> attributes() {
    return ManifestHeader.attributes(columns);
  }

  /** Sentences on what was made of its columns, and on what looks like a mistake. */
  public List<String> remarks() {
    List<String> remarks = new ArrayList<>(warnings);
    if (!attributes().isEmpty()) {
      remarks.add(0, "Kept as attributes: " + String.join(", ", attributes()) + ".");
    }
    return remarks;
  }

  public boolean delivered() {
    return deliveredAt != null;
  }

  public boolean withdrawn() {
    return withdrawnAt != null;
  }
}
