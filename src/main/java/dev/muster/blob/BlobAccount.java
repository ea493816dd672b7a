package dev.muster.blob;

import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.springframework.util.function.SingletonSupplier;

/** The storage account. Connected to when it is first needed, which most commands never do. */
final class BlobAccount {

  private static final Duration TO_CONNECT = Duration.ofSeconds(10);
  private static final int TRIES = 3;
  private static final Duration FOR_ONE_TRY = Duration.ofSeconds(60);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final BlobProperties properties;
  private final SingletonSupplier<BlobServiceClient> client = SingletonSupplier.of(this::connect);

  BlobAccount(BlobProperties properties) {
    this.properties = properties;
  }

  BlobContainerClient container(String name) {
    return client.obtain().getBlobContainerClient(name);
  }

  BlobClient blob(BlobAddress address) {
    return container(address.container()).getBlobClient(address.name());
  }

  BlobAddress address(String container, String name) {
    return BlobAddress.of(uri(), container, name);
  }

  /**
   * The blob at this location, however it is encoded; empty when it is not one of this account's,
   * or not a blob as it is now but a snapshot or a version of it.
   */
  Optional<BlobAddress> address(URI location) {
    String scheme = location.getScheme();
    if (!("https".equalsIgnoreCase(scheme) || "http".equalsIgnoreCase(scheme))) {
      return Optional.empty();
    }
    URI account = uri();
    String path = location.getPath();
    String above = account.getPath() + "/";
    if (!account.getScheme().equalsIgnoreCase(scheme)
        || !account.getHost().equalsIgnoreCase(location.getHost())
        || port(account) != port(location)
        || location.getRawQuery() != null
        || !path.startsWith(above)) {
      return Optional.empty();
    }
    String[] containerAndName = path.substring(above.length()).split("/", 2);
    return containerAndName.length < 2 || containerAndName[1].isEmpty()
        ? Optional.empty()
        : Optional.of(address(containerAndName[0], containerAndName[1]));
  }

  /** Without a slash at its end, and without credentials. */
  private URI uri() {
    return URI.create(
        client.obtain().getAccountUrl().replaceFirst("[?].*", "").replaceFirst("/+$", ""));
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return "http".equalsIgnoreCase(uri.getScheme()) ? 80 : 443;
  }

  private BlobServiceClient connect() {
    BlobServiceClientBuilder builder =
        new BlobServiceClientBuilder()
            .httpClient(new JdkHttpClientBuilder().connectionTimeout(TO_CONNECT).build())
            .retryOptions(
                new RequestRetryOptions(
                    RetryPolicyType.EXPONENTIAL,
                    TRIES,
                    FOR_ONE_TRY,
                    FIRST_PAUSE,
                    LONGEST_PAUSE,
                    null));
    if (properties.endpoint() != null) {
      return builder
          .endpoint(properties.endpoint().toString())
          .credential(new DefaultAzureCredentialBuilder().build())
          .buildClient();
    }
    try {
      return builder.connectionString(properties.connectionString()).buildClient();
    } catch (RuntimeException e) {
      // What it says may quote the string.
      throw new IllegalStateException(
          "muster.blob.connection-string can't be read (%s). Copy it from the account's access keys."
              .formatted(e.getClass().getSimpleName()));
    }
  }
}
