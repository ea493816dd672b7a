package dev.muster;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What Muster's processes in tests share, so that each starts in 3 instead of 5 seconds of a
 * processor: an archive of the classes that a command and the service load (JEP 350). Such an
 * archive knows jars only, so the folders of the class path become one.
 */
final class SharedClasses {

  private static final long PATIENCE_SECONDS = 600;

  private final Path folder = Path.of("target/shared-classes").toAbsolutePath();
  private final List<String> classPath =
      List.of(System.getProperty("java.class.path").split(File.pathSeparator));
  private final String name;
  private final Path archive;

  private SharedClasses() throws IOException {
    name = "classes-" + Runtime.version() + "-" + Integer.toHexString(contents().hashCode());
    archive = folder.resolve(name + ".jsa");
  }

  /**
   * Options for {@code java}: the class path, and the archive of it. A JVM that can't use all of
   * the archive, as from 25 on with native access, would say so on standard output.
   */
  static List<String> options(List<String> jvmOptions) throws IOException, InterruptedException {
    SharedClasses shared = new SharedClasses();
    shared.make(jvmOptions);
    return List.of(
        "-XX:SharedArchiveFile=" + shared.archive,
        "-Xshare:auto",
        "-Xlog:disable",
        "-cp",
        shared.jarsOnly());
  }

  /** Once for all JVMs that run tests at the same time. */
  private void make(List<String> jvmOptions) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    try (RandomAccessFile lock = new RandomAccessFile(folder.resolve("lock").toFile(), "rw")) {
      synchronized (SharedClasses.class) {
        lock.getChannel().lock();
        if (!Files.exists(archive)) {
          for (Path root : folders()) {
            makeJar(root);
          }
          makeArchive(jvmOptions);
        }
      }
    }
  }

  private void makeArchive(List<String> jvmOptions) throws IOException, InterruptedException {
    Path home = folder.resolve("home-" + UUID.randomUUID());
    Path made = folder.resolve(archive.getFileName() + ".new");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.addAll(
        List.of(
            "-XX:ArchiveClassesAtExit=" + made,
            "-Dmuster.home=" + home,
            "-Dserver.port=0",
            "-Dspring.profiles.active=dev",
            "-cp",
            jarsOnly(),
            SharedClasses.class.getName()));
    Path log = folder.resolve("making.log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (!process.waitFor(50, TimeUnit.MILLISECONDS)
          && !Files.readString(log).contains("People sign in")
          && System.nanoTime() < deadline) {}
      process.destroy();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || !Files.exists(made)) {
        throw new IllegalStateException("No archive of classes could be made; see " + log);
      }
    } finally {
      process.destroyForcibly();
    }
    Files.move(made, archive, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Loads what commands load, and then what the service does, until it is told to end. */
  public static void main(String[] none) {
    if (Muster.run("provision", "sample-manifests/thermostats.csv") == 0) {
      System.exit(Muster.run("serve"));
    }
  }

  private String jarsOnly() {
    return classPath.stream()
        .map(Path::of)
        .map(entry -> Files.isDirectory(entry) ? jar(entry) : entry)
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private Path jar(Path root) {
    return folder.resolve(name + "-" + folders().indexOf(root) + ".jar");
  }

  private void makeJar(Path root) throws IOException {
    if (Files.exists(jar(root))) {
      return;
    }
    try (OutputStream file = Files.newOutputStream(jar(root));
        JarOutputStream out = new JarOutputStream(file)) {
      for (Path path : in(root)) {
        boolean isFolder = Files.isDirectory(path);
        out.putNextEntry(
            new JarEntry(
                root.relativize(path).toString().replace(File.separatorChar, '/')
                    + (isFolder ? "/" : ""))); // Spring looks for the folders of packages
        if (!isFolder) {
          Files.copy(path, out);
        }
      }
    }
  }

  /** What is in the folders, by name, size and time: another build has another archive. */
  private String contents() throws IOException {
    StringBuilder contents = new StringBuilder(System.getProperty("java.class.path"));
    for (Path root : folders()) {
      for (Path path : in(root)) {
        contents
            .append(path)
            .append(Files.size(path))
            .append(Files.getLastModifiedTime(path).toMillis());
      }
    }
    byte[] bytes = contents.toString().getBytes(StandardCharsets.UTF_8);
    return UUID.nameUUIDFromBytes(bytes).toString();
  }

  private List<Path> folders() {
    return classPath.stream().map(Path::of).filter(Files::isDirectory).toList();
  }

  private static List<Path> in(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      return paths.filter(path -> !path.equals(root)).sorted().toList();
    }
  }
}
