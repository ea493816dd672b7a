package dev.muster.store;

import dev.muster.home.MusterHome;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;

/**
 * What appeared in the outbox, for who hands it on or tells of it: wherever it lies, as a folder of
 * files here. What is written down of it is its key: the same for all instances, whatever they call
 * the store, and wherever their homes are.
 */
@Component
public class Outbox {

  /** Below which key everything lies that appeared there. */
  public static final String BELOW = "outbox/";

  /** What is in each folder there, and tells of the rest: it is there only when that is. */
  public static final String RECEIPT = "receipt.json";

  private final ObjectStore store;
  private final MusterHome home;

  Outbox(ObjectStore store, MusterHome home) {
    this.store = store;
    this.home = home;
  }

  /**
   * What appeared there.
   *
   * @param key below which it lies
   */
  public Folder at(String key) {
    return new Folder(key);
  }

  /**
   * Whether what was brought somewhere stays here: what is written down of its place is a key then,
   * which says nothing to strangers.
   */
  public static boolean holds(String place) {
    return place.startsWith(BELOW);
  }

  /** Where it is found, as others are told: what stays here, or was brought elsewhere. */
  public URI uri(String place) {
    return holds(place) ? at(place).uri() : URI.create(place);
  }

  /** Does something with files that lie in a folder of this machine. */
  public interface Work<T> {
    T with(Path folder) throws IOException;
  }

  /** One folder of the outbox. */
  public final class Folder {

    private final String key;

    private Folder(String key) {
      this.key = key;
    }

    /** As it is written down. */
    public String key() {
      return key;
    }

    /** As people of this machine are told: a path, or a URL. */
    public String address() {
      return store.address(key);
    }

    /** As others are told; a folder's on a disk ends with a slash, also when it was taken away. */
    public URI uri() {
      if (!store.isHome()) {
        return URI.create(address());
      }
      String uri = Path.of(address()).toUri().toString();
      return URI.create(uri.endsWith("/") ? uri : uri + "/");
    }

    public String name() {
      return key.substring(key.lastIndexOf('/') + 1);
    }

    /** Whether something of it is still there. */
    public boolean isThere() throws IOException {
      return !store.list(key + "/").isEmpty();
    }

    /** Whether this file is still there. */
    public boolean holds(String file) throws IOException {
      return store.find(key + "/" + file).isPresent();
    }

    /** Opens one file. */
    public InputStream open(String file) throws IOException {
      return store.read(key + "/" + file, 0);
    }

    /** Hands over its files; what was brought here for that is removed afterwards. */
    public <T> T here(Work<T> work) throws IOException {
      if (store.isHome()) {
        return work.with(Path.of(address()));
      }
      Path brought = home.spool().resolve("outbox").resolve(UUID.randomUUID().toString());
      Path folder = brought.resolve(name());
      try {
        for (ObjectStore.Stored file : store.list(key + "/")) {
          store.fetch(file.key(), folder.resolve(file.name()));
        }
        return work.with(folder);
      } finally {
        FileSystemUtils.deleteRecursively(brought);
      }
    }

    @Override
    public String toString() {
      return key;
    }
  }
}
