package dev.muster.blob;

import com.azure.core.exception.ClientAuthenticationException;
import com.azure.storage.blob.models.BlobErrorCode;
import com.azure.storage.blob.models.BlobStorageException;
import dev.muster.home.FailureSentence;
import java.io.IOException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Storage did not do what it was asked for. Says so in its own words: the library's messages can
 * quote requests, and those can carry signatures.
 */
final class StorageException extends IOException {

  private static final Logger LOG = LoggerFactory.getLogger(StorageException.class);

  private static final Set<BlobErrorCode> GONE =
      Set.of(BlobErrorCode.BLOB_NOT_FOUND, BlobErrorCode.RESOURCE_NOT_FOUND);
  private static final Set<BlobErrorCode> LEASED =
      Set.of(
          BlobErrorCode.LEASE_ALREADY_PRESENT,
          BlobErrorCode.LEASE_ID_MISSING,
          BlobErrorCode.LEASE_ID_MISMATCH_WITH_LEASE_OPERATION,
          BlobErrorCode.LEASE_IS_BREAKING_AND_CANNOT_BE_ACQUIRED,
          BlobErrorCode.LEASE_IS_BROKEN_AND_CANNOT_BE_RENEWED,
          BlobErrorCode.LEASE_LOST,
          BlobErrorCode.LEASE_NOT_PRESENT_WITH_LEASE_OPERATION);
  private static final Set<BlobErrorCode> CHANGED =
      Set.of(BlobErrorCode.CONDITION_NOT_MET, BlobErrorCode.INVALID_RANGE);

  private final transient @Nullable BlobErrorCode code;

  private StorageException(String sentence, @Nullable BlobErrorCode code) {
    super(sentence);
    this.code = code;
  }

  /**
   * Asks storage for something.
   *
   * @param what is asked for and of which blob, as in "Reading manifests/fabrikam/line-7.csv"
   */
  static <T extends @Nullable Object> T unless(String what, Supplier<T> request)
      throws StorageException {
    try {
      return request.get();
    } catch (BlobStorageException e) {
      LOG.debug("{}", what, e);
      throw new StorageException(what + sentence(e), e.getErrorCode());
    } catch (RuntimeException e) {
      LOG.debug("{}", what, e);
      throw new StorageException(what + sentence(e), null);
    }
  }

  /** Whether there is no such blob, although there is its container. */
  boolean gone() {
    return code != null && GONE.contains(code);
  }

  /** Whether there is one already, where there was to be none. */
  boolean there() {
    return BlobErrorCode.BLOB_ALREADY_EXISTS.equals(code) || changed();
  }

  /** Whether there is no such container. */
  boolean noContainer() {
    return BlobErrorCode.CONTAINER_NOT_FOUND.equals(code);
  }

  /** Whether it is not the one any more that was meant. */
  boolean changed() {
    return code != null && CHANGED.contains(code);
  }

  private static String sentence(BlobStorageException e) {
    BlobErrorCode code = e.getErrorCode();
    if (code != null && LEASED.contains(code)) {
      return " has to wait: somebody else holds a lease on it, or has broken Muster's.";
    }
    if (BlobErrorCode.CONTAINER_NOT_FOUND.equals(code)) {
      return " failed: there is no such container. Create it, or name another in muster.blob, or in"
          + " muster.store.blob if it is Muster's own.";
    }
    String answer = " failed: Azure answered %d (%s).".formatted(e.getStatusCode(), code);
    return e.getStatusCode() == 401 || e.getStatusCode() == 403
        ? answer
            + " Muster signs in with the connection-string of muster.blob or muster.store.blob, or"
            + " else as itself and then needs the role Storage Blob Data Contributor."
        : answer;
  }

  private static String sentence(RuntimeException e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String name = root.getClass().getSimpleName();
    if (e instanceof ClientAuthenticationException) {
      return " failed: Muster could not sign in (%s). Give its process an identity, or set the connection-string of muster.blob or muster.store.blob."
          .formatted(name);
    }
    // What the client says itself may quote an address with a signature.
    Throwable network = e;
    while (network != null && !isOfNetwork(network)) {
      network = network.getCause();
    }
    Optional<String> known = network == null ? Optional.empty() : FailureSentence.known(network);
    return " failed: " + known.orElse(name + ".");
  }

  private static boolean isOfNetwork(Throwable cause) {
    return cause.getClass().getName().startsWith("java.")
        && (cause instanceof IOException
            || cause instanceof TimeoutException
            || cause instanceof UnresolvedAddressException);
  }
}
