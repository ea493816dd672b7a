package dev.muster.blob;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The container that instances with a home each have in common. The folder {@code MUSTER_HOME} is
 * the store unless one of the first two is set.
 *
 * @param connectionString with the account's key
 * @param endpoint of the account, such as {@code https://contoso.blob.core.windows.net}; signs in
 *     with the process's own identity ({@code DefaultAzureCredential})
 * @param container of Muster's own: no factory may reach it
 */
@ConfigurationProperties(BlobStoreProperties.SETTINGS)
record BlobStoreProperties(
    @Nullable String connectionString,
    @Nullable URI endpoint,
    @DefaultValue("muster") String container) {

  static final String SETTINGS = "muster.store.blob";

  BlobStoreProperties {
    if (connectionString != null && connectionString.isBlank()) {
      connectionString = null;
    }
    BlobAccount.mustBeOne(SETTINGS, connectionString, endpoint);
    if (connectionString != null && connectionString.contains("SharedAccessSignature=")) {
      throw new IllegalArgumentException(
          "muster.store.blob.connection-string has a shared access signature, with which blobs"
              + " can't be copied. Use one with the account's key, or set"
              + " muster.store.blob.endpoint.");
    }
    if (!container.matches("[a-z0-9](-?[a-z0-9]){2,62}")) {
      throw new IllegalArgumentException(
          "muster.store.blob.container must be 3 to 63 lower-case letters, digits and single"
              + " hyphens.");
    }
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "BlobStoreProperties[" + container + "]";
  }
}
