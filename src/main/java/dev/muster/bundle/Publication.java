package dev.muster.bundle;

import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * Makes folders appear in the outbox: whole or not at all, once, and so that it is known of each
 * whether it may have appeared. What is to appear is put together in a folder beside, on the same
 * file system, so that one rename does it.
 */
@Component
public class Publication {

  private final MusterHome home;

  Publication(MusterHome home) {
    this.home = home;
  }

  /** Fills the folder that is to appear. */
  public interface Filling {
    void into(Path folder) throws IOException;
  }

  /** Where what is called so is put together, until it appears. */
  public Path staging(String name) {
    return home.staging().resolve(name);
  }

  /**
   * Sees to it that it does not appear any more, unless it did: also not by a process that has come
   * past its intent and knows nothing of this yet. {@link #once} undoes it.
   *
   * @return whether it certainly did not appear
   */
  public boolean withhold(String name) throws IOException {
    try {
      Files.move(staging(name), withheld(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      // Withheld before, or it appeared.
    }
    return Files.isDirectory(withheld(name));
  }

  private Path withheld(String name) {
    return home.staging().resolve(name + ".withheld");
  }

  /** Where a factory's folder of that name appears. */
  public Path outbox(String factory, String name) {
    return home.outbox().resolve(factory).resolve(name);
  }

  /**
   * Makes it appear, and returns when a power cut could not undo that. What was intended before, by
   * an execution that was killed, is not filled again: it appears now, or it did and somebody may
   * have taken it away since.
   *
   * @param name what it is called until it appears
   * @param intended whether {@code intent} was committed before
   * @param intent commits, in a transaction of its own, that it is about to appear
   * @throws IOException also when something else is in the way
   */
  public void once(String name, Path target, boolean intended, Filling filling, Runnable intent)
      throws IOException {
    Path staging = staging(name);
    if (Files.isDirectory(withheld(name))) {
      Files.move(withheld(name), staging, StandardCopyOption.ATOMIC_MOVE);
    }
    if (!intended) {
      mustBeFree(target);
      try {
        SecretFile.createDirectories(staging);
        filling.into(staging);
        force(staging);
        force(home.staging());
        intent.run();
      } catch (IOException | RuntimeException e) {
        removeIfOthersWereFaster(name, target);
        throw e;
      }
    }
    if (!intended || Files.isDirectory(staging)) {
      mustBeFree(target);
      SecretFile.createParent(target);
      try {
        Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (DirectoryNotEmptyException e) {
        throw inTheWay(target);
      }
    }
    Path parent = target.resolveSibling(".");
    if (Files.isDirectory(parent)) {
      force(parent);
      force(home.outbox());
    }
    force(home.staging());
  }

  /** A process that was frozen while others made it appear goes on, and fills an empty folder. */
  private void removeIfOthersWereFaster(String name, Path target) throws IOException {
    if (Files.exists(target)) {
      remove(name);
    }
  }

  /** Removes what was put together, if anything. */
  public void remove(String name) throws IOException {
    for (Path folder : List.of(staging(name), withheld(name))) {
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

  /**
   * Sees to it that what is put together can appear in a factory's folder.
   *
   * @throws IllegalStateException when it can't, with what to do
   */
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
      throw inTheWay(target);
    }
  }

  private static PublicationException inTheWay(Path target) {
    return new PublicationException(
        "%s is in the way: it holds another bundle. Move it elsewhere and restart this execution."
            .formatted(target),
        null);
  }

  /** Forces a directory's entries to disk. */
  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
