package dev.muster.home;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The folder below which Muster writes everything.
 *
 * @param root {@code MUSTER_HOME}; {@code var} in the project's folder by default
 */
public record MusterHome(Path root) {

  public MusterHome {
    root = root.toAbsolutePath().normalize();
  }

  /** A path below it, with slashes, as what all instances have in common is called. */
  public Optional<String> key(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    return absolute.startsWith(root)
        ? Optional.of(root.relativize(absolute).toString().replace('\\', '/'))
        : Optional.empty();
  }

  /** That of this process, for who has no application that could be asked. */
  public static MusterHome ofProcess() {
    return new MusterHome(Path.of(System.getProperty("muster.home", "var")));
  }

  /** Manifests that are being provisioned. */
  public Path spool() {
    return root.resolve("spool");
  }

  /** Bundles, ready for their factories. */
  public Path outbox() {
    return root.resolve("outbox");
  }

  /**
   * Bundles that are being put together; on the outbox's file system, so that a rename can publish
   * them.
   */
  public Path staging() {
    return outbox().resolve(".staging");
  }

  /** Where factories drop manifests, each in a folder of its own. */
  public Path inbox() {
    return root.resolve("inbox");
  }

  /** Where factories drop revocation lists, each in a folder of its own. */
  public Path revocations() {
    return root.resolve("revocations");
  }

  /** What was uploaded over HTTP, until it is done. */
  public Path uploads() {
    return root.resolve("uploads");
  }

  /** Dropped manifests and lists that are done. */
  public Path archive() {
    return root.resolve("archive");
  }

  /** What was refused, and why. */
  public Path refused() {
    return root.resolve("refused");
  }

  /** The log, also its older files. */
  public Path log() {
    return root.resolve("log");
  }

  /** Development's keys. */
  public Path keys() {
    return root.resolve("keys");
  }

  /** The embedded PostgreSQL. */
  public Path postgres() {
    return root.resolve("postgres");
  }
}
