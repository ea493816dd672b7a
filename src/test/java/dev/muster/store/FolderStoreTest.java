package dev.muster.store;

import dev.muster.home.MusterHome;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class FolderStoreTest extends ObjectStoreContract {

  @TempDir private static Path home;

  @Override
  protected ObjectStore store() {
    return new FolderStore(new MusterHome(home));
  }
}
