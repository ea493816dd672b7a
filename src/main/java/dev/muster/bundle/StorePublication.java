package dev.muster.bundle;

import dev.muster.home.FailureSentence;
import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import dev.muster.store.ObjectStore;
import dev.muster.store.ObjectStore.Stored;
import dev.muster.store.Outbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

/**
 * The outbox in a store that knows no rename: what is staged is copied to where it appears, and the
 * receipt comes last. Everything that appears is staged before the intent, and the receipt is
 * committed with it: so from the intent on, whoever comes by makes it appear, and all of them write
 * the same.
 */
final class StorePublication implements Publication {

  /** Below which key everything lies that is staged. */
  static final String STAGING = Outbox.BELOW + ".staging/";

  private final ObjectStore store;
  private final MusterHome home;
  private final Path workplace;

  /**
   * @param workplace a folder of this process only
   */
  StorePublication(ObjectStore store, MusterHome home, Path workplace) {
    this.store = store;
    this.home = home;
    this.workplace = workplace;
  }

  private static String staging(String name) {
    return STAGING + name + "/";
  }

  /** What is beside the parts is that of one receipt: another process may write another. */
  private static String beside(String name, String receipt) {
    return staging(name)
        + "beside/"
        + UUID.nameUUIDFromBytes(receipt.getBytes(StandardCharsets.UTF_8))
        + "/";
  }

  @Override
  public void begin(String name) {}

  @Override
  public Path workplace(String name) throws IOException {
    SecretFile.createDirectories(workplace);
    return workplace; // of all bundles: who works on a part does not see the end of its bundle
  }

  @Override
  public void stage(String name, Path file) throws IOException {
    try {
      store.put(staging(name) + file.getFileName(), file);
    } finally {
      Files.deleteIfExists(file); // what could not be staged is made again, by whoever is free
    }
  }

  @Override
  public boolean isStaged(String name, String file, long bytes) throws IOException {
    return store.find(staging(name) + file).filter(found -> found.bytes() == bytes).isPresent();
  }

  @Override
  public void unstage(String name, String file) throws IOException {
    store.delete(staging(name) + file);
  }

  @Override
  public boolean withhold(Appearance what, String receipt) throws IOException {
    appear(what, receipt);
    return false;
  }

  @Override
  public void once(
      Appearance what, @Nullable String intended, Filling filling, Consumer<String> intent)
      throws IOException {
    String receipt = intended;
    if (receipt == null) {
      if (appeared(what)) {
        throw PublicationException.inTheWay(store.address(what.target()));
      }
      receipt = fill(what, filling);
      intent.accept(receipt);
    }
    appear(what, receipt);
  }

  private String fill(Appearance what, Filling filling) throws IOException {
    Path folder = home.staging().resolve(what.name() + "-" + UUID.randomUUID());
    SecretFile.createDirectories(folder);
    try {
      String receipt = filling.into(folder);
      for (Path file : files(folder)) {
        store.put(beside(what.name(), receipt) + file.getFileName(), file);
      }
      return receipt;
    } finally {
      FileSystemUtils.deleteRecursively(folder);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private void appear(Appearance what, String receipt) throws IOException {
    if (!appeared(what)) {
      try {
        copy(what, receipt);
      } catch (NoSuchFileException e) {
        if (!appeared(what)) {
          throw e;
        }
        // another was faster, and has removed what was staged
      }
    }
    remove(what.name());
  }

  private void copy(Appearance what, String receipt) throws IOException {
    for (Map.Entry<String, String> file : what.staged().entrySet()) {
      store.copy(staging(what.name()) + file.getValue(), what.target() + "/" + file.getKey());
    }
    for (Stored beside : store.list(beside(what.name(), receipt))) {
      store.copy(beside.key(), what.target() + "/" + beside.name());
    }
    store.put(
        what.target() + "/" + Outbox.RECEIPT, (receipt + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private boolean appeared(Appearance what) throws IOException {
    return store.find(what.target() + "/" + Outbox.RECEIPT).isPresent();
  }

  @Override
  public void remove(String name) throws IOException {
    store.deleteAll(staging(name));
  }

  /** That it can be reached; what goes wrong later is tried again. */
  @Override
  public void check(String factory) {
    try {
      boolean unused = store.find(Outbox.BELOW + factory).isPresent();
    } catch (IOException e) {
      throw new PublicationException(
          "%s No token was issued. Restart this execution when the store can be reached."
              .formatted(FailureSentence.of(e)),
          e);
    }
  }
}
