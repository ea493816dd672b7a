package dev.muster.provisioning;

import dev.muster.home.MusterHome;
import dev.muster.home.SecretFile;
import dev.muster.registry.BundleParts;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * Where a bundle is put together, and where it then appears at once: both on one file system, so
 * that one rename does it.
 */
@Component
public class BundleFolder {

  private static final int SHA256_SHOWN = 12;

  private final MusterHome home;

  BundleFolder(MusterHome home) {
    this.home = home;
  }

  /**
   * What the folder is called: the manifest's name, and the first twelve digits of its content's
   * SHA-256.
   */
  static String name(RunParameters run) {
    return name(run.manifest(), run.sha256());
  }

  /** As above. */
  public static String name(String manifest, String sha256) {
    return manifest + "-" + sha256.substring(0, SHA256_SHOWN);
  }

  /** What a manifest's bundle is called until it is published. */
  static String bundle(int manifestId) {
    return Integer.toString(manifestId);
  }

  /** Where a bundle's finished parts wait for the others. */
  public Path staging(String bundle) throws IOException {
    Path folder = home.staging().resolve(bundle);
    SecretFile.createDirectories(folder);
    return folder;
  }

  Path outbox(RunParameters run) {
    return home.outbox().resolve(run.factory()).resolve(name(run));
  }

  /**
   * Gives the finished parts their names in the bundle, and removes what killed executions left.
   * Begun before and broken off, it goes on.
   *
   * @param otherwise what to do when a part is gone, as a sentence
   */
  public void assemble(String bundle, List<BundleParts.Part> parts, String otherwise)
      throws IOException {
    Path staging = staging(bundle);
    Set<String> names = new HashSet<>();
    for (BundleParts.Part part : parts) {
      Path file = staging.resolve(part.name());
      Path staged = staging.resolve(part.staged());
      if (Files.exists(staged)) {
        Files.move(staged, file, StandardCopyOption.ATOMIC_MOVE);
      } else if (!Files.exists(file)) {
        throw new IOException(
            "%s is gone, which held finished tokens. Nothing was delivered. %s"
                .formatted(staged, otherwise));
      }
      names.add(part.name());
    }
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(
            staging, file -> !names.contains(String.valueOf(file.getFileName())))) {
      for (Path left : files) {
        Files.delete(left);
      }
    }
  }

  /**
   * Makes what was put together appear in the outbox, and returns only when a power cut could not
   * undo it.
   */
  public void publish(String bundle, Path target) throws IOException {
    Path staging = staging(bundle);
    force(staging);
    SecretFile.createParent(target);
    Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
    force(target.resolveSibling("."));
  }

  /** Removes what was put together, if anything. */
  public void remove(String bundle) throws IOException {
    Path folder = home.staging().resolve(bundle);
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }

  /** Forces a directory's entries to disk. */
  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
