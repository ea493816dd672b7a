package dev.muster.bundle;

import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import dev.muster.store.Outbox;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The outbox as a folder: what is to appear is put together in a folder beside, on the same file
 * system, so that one rename makes it appear, whole or not at all.
 */
final class FolderPublication implements Publication {

  private final MusterHome home;

  FolderPublication(MusterHome home) {
    this.home = home;
  }

  private Path path(String target) {
    return home.root().resolve(target);
  }

  @Override
  public void begin(String name) throws IOException {
    SecretFile.createDirectories(workplace(name));
  }

  @Override
  public Path workplace(String name) {
    return home.staging().resolve(name);
  }

  /** Where it was written, it is staged. */
  @Override
  public void stage(String name, Path file) {}

  @Override
  public boolean isStaged(String name, String file, long bytes) throws IOException {
    Path staged = workplace(name).resolve(file);
    return Files.exists(staged) && Files.size(staged) == bytes;
  }

  @Override
  public void unstage(String name, String file) throws IOException {
    Files.deleteIfExists(workplace(name).resolve(file));
  }

  /** Also by a process that has come past its intent and knows nothing of this yet. */
  @Override
  public boolean withhold(Appearance what, String receipt) throws IOException {
    try {
      Files.move(workplace(what.name()), withheld(what.name()), StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      // Withheld before, or it appeared.
    }
    return Files.isDirectory(withheld(what.name()));
  }

  private Path withheld(String name) {
    return home.staging().resolve(name + ".withheld");
  }

  @Override
  public void once(
      Appearance what, @Nullable String intended, Filling filling, Consumer<String> intent)
      throws IOException {
    Path staging = workplace(what.name());
    Path target = path(what.target());
    if (Files.isDirectory(withheld(what.name()))) {
      Files.move(withheld(what.name()), staging, StandardCopyOption.ATOMIC_MOVE);
    }
    if (intended == null) {
      mustBeFree(target);
      try {
        SecretFile.createDirectories(staging);
        assemble(staging, what.staged());
        String receipt = filling.into(staging);
        SecretFile.createNew(staging.resolve(Outbox.RECEIPT), receipt + "\n");
        force(staging);
        force(home.staging());
        intent.accept(receipt);
      } catch (IOException | RuntimeException e) {
        removeIfOthersWereFaster(what.name(), target);
        throw e;
      }
    }
    if (intended == null || Files.isDirectory(staging)) {
      mustBeFree(target);
      SecretFile.createParent(target);
      try {
        Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (DirectoryNotEmptyException e) {
        throw PublicationException.inTheWay(target.toString());
      }
    }
    Path parent = target.resolveSibling(".");
    if (Files.isDirectory(parent)) {
      force(parent);
      force(home.outbox());
    }
    force(home.staging());
  }

  /**
   * Gives the finished parts their names in the bundle, and removes what killed executions left.
   * Begun before and broken off, it goes on.
   */
  private static void assemble(Path staging, Map<String, String> files) throws IOException {
    for (Map.Entry<String, String> file : files.entrySet()) {
      Path staged = staging.resolve(file.getValue());
      if (Files.exists(staged)) {
        Files.move(staged, staging.resolve(file.getKey()), StandardCopyOption.ATOMIC_MOVE);
      }
    }
    try (DirectoryStream<Path> others =
        Files.newDirectoryStream(
            staging, file -> !files.containsKey(String.valueOf(file.getFileName())))) {
      for (Path left : others) {
        Files.delete(left);
      }
    }
  }

  /** A process that was frozen while others made it appear goes on, and fills an empty folder. */
  private void removeIfOthersWereFaster(String name, Path target) throws IOException {
    if (Files.exists(target)) {
      remove(name);
    }
  }

  @Override
  public void remove(String name) throws IOException {
    for (Path folder : List.of(workplace(name), withheld(name))) {
      if (Files.isDirectory(folder)) {
        try (Stream<Path> files = Files.list(folder)) {
          for (Path file : files.toList()) {
            Files.deleteIfExists(file);
          }
        }
        Files.deleteIfExists(folder);
      }
    }
  }

  @Override
  public void check(String factory) {
    Path outbox = home.outbox().resolve(factory);
    String name = ".probe-" + UUID.randomUUID();
    Path probe = home.staging().resolve(name);
    try {
      SecretFile.createDirectories(probe);
      SecretFile.createDirectories(outbox);
      try {
        Files.move(probe, outbox.resolve(name), StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        throw new PublicationException(
            "%s is on another file system than %s, so bundles can't appear there at once. No token was issued. Put all of %s on one file system (see docs/operations.md, what lies where) and restart this execution."
                .formatted(outbox, home.staging(), home.outbox()),
            e);
      } finally {
        Files.deleteIfExists(probe);
        Files.deleteIfExists(outbox.resolve(name));
      }
    } catch (IOException e) {
      throw PublicationException.writing(outbox, e);
    }
  }

  private static void mustBeFree(Path target) {
    if (Files.exists(target)) {
      throw PublicationException.inTheWay(target.toString());
    }
  }

  /** Forces a directory's entries to disk. */
  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
