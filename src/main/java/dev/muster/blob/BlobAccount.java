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
import org.jspecify.annotations.Nullable;
import org.springframework.util.function.SingletonSupplier;

/** The storage account. Connected to when it is first needed, which most commands never do. */
final class BlobAccount {

  private static final Duration TO_CONNECT = Duration.ofSeconds(10);
  private static final int TRIES = 3;

  /** For 4 MB at most, on a slow line. */
  private static final Duration FOR_ONE_TRY = Duration.ofSeconds(60);

  /**
   * All tries with an account that says nothing take less than a minute: then others go on with
   * what this process can't read or write.
   */
  private static final Duration SILENCE = Duration.ofSeconds(12);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final String settings;
  private final @Nullable String connectionString;
  private final @Nullable URI endpoint;
  private final SingletonSupplier<BlobServiceClient> client = SingletonSupplier.of(this::connect);

  /**
   * @param settings under which one of the two is set, such as {@code muster.blob}
   * @param connectionString with the account's key or a shared access signature
   * @param endpoint of the account, where Muster signs in as itself
   */
  BlobAccount(String settings, @Nullable String connectionString, @Nullable URI endpoint) {
    this.settings = settings;
    this.connectionString = connectionString;
    this.endpoint = endpoint;
  }

  /** Whether this is an account at all, as far as that is seen without asking it. */
  static void mustBeOne(
      String settings, @Nullable String connectionString, @Nullable URI endpoint) {
    if (connectionString != null && endpoint != null) {
      throw new IllegalArgumentException(
          "Set %1$s.connection-string or %1$s.endpoint, not both.".formatted(settings));
    }
    if (connectionString != null
        && !connectionString.matches("(?s).*\\b(AccountName|BlobEndpoint)=.*")) {
      throw new IllegalArgumentException(
          "%s.connection-string is not one of a storage account. Copy it from the account's access keys."
              .formatted(settings));
    }
    if (endpoint != null && (endpoint.getHost() == null || endpoint.getRawQuery() != null)) {
      throw new IllegalArgumentException(
          "%s.endpoint must be an address like https://ACCOUNT.blob.core.windows.net, without a signature."
              .formatted(settings));
    }
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
            .httpClient(
                new JdkHttpClientBuilder()
                    .connectionTimeout(TO_CONNECT)
                    .writeTimeout(SILENCE)
                    .responseTimeout(SILENCE)
                    .readTimeout(SILENCE)
                    .build())
            .retryOptions(
                new RequestRetryOptions(
                    RetryPolicyType.EXPONENTIAL,
                    TRIES,
                    FOR_ONE_TRY,
                    FIRST_PAUSE,
                    LONGEST_PAUSE,
                    null));
    if (endpoint != null) {
      return builder
          .endpoint(endpoint.toString())
          .credential(new DefaultAzureCredentialBuilder().build())
          .buildClient();
    }
    try {
      return builder.connectionString(connectionString).buildClient();
    } catch (RuntimeException e) {
      // What it says may quote the string.
      throw new IllegalStateException(
          "%s.connection-string can't be read (%s). Copy it from the account's access keys."
              .formatted(settings, e.getClass().getSimpleName()));
    }
  }
}
