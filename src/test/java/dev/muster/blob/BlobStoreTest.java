package dev.muster.blob;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.store.ObjectStore;
import dev.muster.store.ObjectStoreContract;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BlobStoreTest extends ObjectStoreContract {

  private static @Nullable Azurite azurite;

  @BeforeAll
  static void start() throws Exception {
    azurite = Azurite.start("muster");
  }

  @AfterAll
  static void stop() throws Exception {
    if (azurite != null) {
      azurite.close();
    }
  }

  @Override
  protected ObjectStore store() {
    return store("muster");
  }

  @Test
  void aContainerThatIsNotThereIsSaidInASentence() {
    assertThatThrownBy(() -> store("nowhere").check())
        .hasMessageContaining("Muster's store is container nowhere (muster.store.blob)")
        .hasMessageContaining("there is no such container. Create it");
  }

  @Test
  void aSignatureIsRefusedBecauseNothingCouldBeCopiedWithIt() {
    assertThatThrownBy(
            () ->
                new BlobStoreProperties(
                    "BlobEndpoint=https://a.blob.core.windows.net;SharedAccessSignature=sv=1&sig=x",
                    null,
                    "muster"))
        .hasMessageContaining("shared access signature")
        .hasMessageNotContaining("sig=x");
  }

  private static BlobStore store(String container) {
    if (azurite == null) {
      throw new IllegalStateException("Azurite was not started.");
    }
    return new BlobStore(
        new BlobAccount("muster.store.blob", azurite.connectionString(), null), container);
  }
}
