package dev.muster.blob;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The storage account whose manifests are taken. Nothing of this is there unless one of the first
 * two is set.
 *
 * @param connectionString with the account's key or a shared access signature
 * @param endpoint of the account, such as {@code https://fabrikam.blob.core.windows.net}; signs in
 *     with the process's own identity ({@code DefaultAzureCredential})
 * @param container whose manifests are taken as they come
 * @param revocationsContainer whose revocation lists are taken as they come
 * @param furtherContainers whose manifests are taken only when a message announces them
 * @param outboxContainer where the answers go
 * @param sweep how often the container is listed
 * @param quiet how long a blob must not have changed before it is taken, by Muster's own clock
 * @param lease for how long a manifest is claimed while it is read; renewed until it is
 * @param deleteWhenDone whether manifests that are done are deleted, with their signatures
 */
@ConfigurationProperties(BlobProperties.SETTINGS)
record BlobProperties(
    @Nullable String connectionString,
    @Nullable URI endpoint,
    @DefaultValue("manifests") String container,
    @DefaultValue("revocations") String revocationsContainer,
    @DefaultValue List<String> furtherContainers,
    @DefaultValue("outbox") String outboxContainer,
    @DefaultValue("1m") Duration sweep,
    @DefaultValue("30s") Duration quiet,
    @DefaultValue("15s") Duration lease,
    @DefaultValue("false") boolean deleteWhenDone) {

  static final String SETTINGS = "muster.blob";

  private static final Duration SHORTEST_LEASE = Duration.ofSeconds(15);
  private static final Duration LONGEST_LEASE = Duration.ofSeconds(60);
  private static final Duration LONGEST_QUIET = Duration.ofHours(1);

  BlobProperties {
    if (connectionString != null && connectionString.isBlank()) {
      connectionString = null;
    }
    BlobAccount.mustBeOne(SETTINGS, connectionString, endpoint);
    if (lease.compareTo(SHORTEST_LEASE) < 0 || lease.compareTo(LONGEST_LEASE) > 0) {
      throw new IllegalArgumentException(
          "muster.blob.lease must be between 15s and 60s: Azure grants no others.");
    }
    if (sweep.isNegative() || sweep.isZero()) {
      throw new IllegalArgumentException("muster.blob.sweep must be longer than nothing.");
    }
    if (quiet.isNegative() || quiet.compareTo(LONGEST_QUIET) > 0) {
      throw new IllegalArgumentException("muster.blob.quiet must be between 0s and 1h.");
    }
    if (outboxContainer.equals(container)
        || outboxContainer.equals(revocationsContainer)
        || furtherContainers.contains(outboxContainer)) {
      throw new IllegalArgumentException(
          "muster.blob.outbox-container must be another container than those of manifests and"
              + " lists.");
    }
    furtherContainers = List.copyOf(furtherContainers);
  }

  /** Whether what lies in this container is taken at all. */
  boolean isSource(String name) {
    return isSwept(name) || furtherContainers.contains(name);
  }

  /** What lies in this container, by the name of its kind; null: either. */
  @Nullable String kind(String name) {
    if (container.equals(revocationsContainer) || !isSwept(name)) {
      return null;
    }
    return name.equals(container) ? "MANIFEST" : "REVOCATIONS";
  }

  /** Whether what lies in this container is taken without being announced. */
  boolean isSwept(String name) {
    return name.equals(container) || name.equals(revocationsContainer);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "BlobProperties[" + container + "]";
  }
}
