package dev.muster.store;

import dev.muster.home.MusterHome;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;

/**
 * What appeared in the outbox, for who hands it on: wherever it lies, as a folder of files here.
 */
@Component
public class Outbox {

  private final ObjectStore store;
  private final MusterHome home;

  Outbox(ObjectStore store, MusterHome home) {
    this.store = store;
    this.home = home;
  }

  /**
   * What appeared there.
   *
   * @param address as it was written down: a path, or a container's
   */
  public Folder at(String address) {
    return new Folder(address);
  }

  /** Whether this is an address of Muster's own, which says nothing to strangers. */
  public boolean holds(String address) {
    return address.startsWith("file:") || (!store.isHome() && store.key(address).isPresent());
  }

  /** Does something with files that lie in a folder of this machine. */
  public interface Work<T> {
    T with(Path folder) throws IOException;
  }

  /** One folder of the outbox. */
  public final class Folder {

    private final String address;
    private final Optional<String> key;

    private Folder(String address) {
      this.address = address;
      this.key = store.isHome() ? Optional.empty() : store.key(address);
    }

    /** As it is written down. */
    public String address() {
      return address;
    }

    /** As others are told. */
    public URI uri() {
      return key.isPresent() ? URI.create(address) : Path.of(address).toUri();
    }

    public String name() {
      return key.isPresent()
          ? key.get().substring(key.get().lastIndexOf('/') + 1)
          : String.valueOf(Path.of(address).getFileName());
    }

    /** Whether something of it is still there. */
    public boolean isThere() throws IOException {
      return key.isPresent()
          ? !store.list(key.get() + "/").isEmpty()
          : Files.exists(Path.of(address));
    }

    /** Opens one file. */
    public InputStream open(String file) throws IOException {
      return key.isPresent()
          ? store.read(key.get() + "/" + file, 0)
          : Files.newInputStream(Path.of(address).resolve(file));
    }

    /** Hands over its files; what was brought here for that is removed afterwards. */
    public <T> T here(Work<T> work) throws IOException {
      if (key.isEmpty()) {
        return work.with(Path.of(address));
      }
      Path brought = home.spool().resolve("outbox").resolve(UUID.randomUUID().toString());
      Path folder = brought.resolve(name());
      try {
        for (ObjectStore.Stored file : store.list(key.get() + "/")) {
          store.fetch(file.key(), folder.resolve(file.name()));
        }
        return work.with(folder);
      } finally {
        FileSystemUtils.deleteRecursively(brought);
      }
    }

    @Override
    public String toString() {
      return address;
    }
  }
}
