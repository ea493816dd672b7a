package dev.muster;

import dev.muster.MusterProcess.Result;
import dev.muster.database.EmbeddedPostgres;
import dev.muster.home.SecretFile;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * A home whose embedded PostgreSQL is unpacked, made and migrated already, a copy of one that is
 * made once for all tests: to make it takes six seconds of a processor, and some fifty homes are
 * needed. That it can be made out of nothing is for {@code database}'s own tests.
 */
public final class PreparedHome {

  private static final String POSTGRES = "postgres";
  private static final Path FOLDER = Path.of("target/prepared-home").toAbsolutePath();

  /**
   * Tests kill processes and servers, and never the power: what the operating system has is enough,
   * and nobody waits for the disk at each commit.
   */
  private static final List<String> FOR_TESTS =
      List.of("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off");

  private PreparedHome() {}

  /** Starts the database of a home, which is prepared when it has none yet. */
  public static EmbeddedPostgres database(Path home) throws IOException {
    return EmbeddedPostgres.startOrAttach(at(home).resolve(POSTGRES));
  }

  /** Prepares a home that has no database yet. */
  public static synchronized Path at(Path home) throws IOException {
    Path postgres = home.resolve(POSTGRES);
    if (!Files.exists(postgres)) {
      Path aside = home.resolve(POSTGRES + "-" + UUID.randomUUID());
      copy(made(), aside);
      try {
        Files.move(aside, postgres, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        delete(aside); // another process was first
      }
    }
    return home;
  }

  /** Once for all JVMs that run tests at the same time. */
  private static Path made() throws IOException {
    Files.createDirectories(FOLDER);
    Path made = FOLDER.resolve(migrations());
    try (RandomAccessFile lock = new RandomAccessFile(FOLDER.resolve("lock").toFile(), "rw")) {
      lock.getChannel().lock();
      if (!Files.exists(made)) {
        Path home = FOLDER.resolve("being-made");
        delete(home);
        Path aside = home.resolve(POSTGRES);
        make(home);
        hurry(aside);
        Files.delete(aside.resolve("data/postgresql.conf")); // it has the port
        Files.move(aside, made, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    return made;
  }

  private static void make(Path home) throws IOException {
    try {
      Result status = MusterProcess.untouched(home).run("status");
      if (status.exitCode() != 0) {
        throw new IllegalStateException(status.err());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  private static void hurry(Path database) throws IOException {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(database)) {
      FOR_TESTS.forEach(TestDatabase.jdbc(postgres)::execute);
    }
  }

  /** What the database is made of, in short. */
  private static String migrations() throws IOException {
    StringBuilder all = new StringBuilder(FOR_TESTS.toString());
    PathMatchingResourcePatternResolver resources = new PathMatchingResourcePatternResolver();
    for (String pattern : List.of("db/migration/*.sql", "dev/muster/run/HistorySchema.class")) {
      for (Resource part : resources.getResources("classpath:" + pattern)) {
        try (InputStream in = part.getInputStream()) {
          all.append(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
        }
      }
    }
    Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(jar -> jar.contains("postgres"))
        .forEach(all::append);
    return UUID.nameUUIDFromBytes(all.toString().getBytes(StandardCharsets.UTF_8)).toString();
  }

  /** The server's programs are linked where the disk is the same; they never change. */
  private static void copy(Path from, Path to) throws IOException {
    Path folder = Objects.requireNonNull(to.getParent());
    SecretFile.createDirectories(folder);
    boolean sameDisk = Files.getFileStore(from).equals(Files.getFileStore(folder));
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(visited, at(visited), StandardCopyOption.COPY_ATTRIBUTES);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            boolean program =
                !from.relativize(file).startsWith("data")
                    && file.getNameCount() > from.getNameCount() + 1;
            if (program && attributes.isRegularFile() && sameDisk) {
              Files.createLink(at(file), file);
            } else {
              Files.copy(
                  file, at(file), StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
            }
            return FileVisitResult.CONTINUE;
          }

          private Path at(Path path) {
            return to.resolve(from.relativize(path));
          }
        });
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> paths = Files.walk(folder)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
