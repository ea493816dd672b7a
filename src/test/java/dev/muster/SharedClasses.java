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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * What Muster's processes in tests share, so that each starts in 3 instead of 5 seconds of a
 * processor: archives of their loaded classes (JEP 350), one of the service's and one of the
 * others'. Such an archive knows jars only, so the folders of the class path become one.
 */
final class SharedClasses {

  private static final long PATIENCE_SECONDS = 180;

  private final Path folder = Path.of("target/shared-classes").toAbsolutePath();
  private final List<String> classPath =
      List.of(System.getProperty("java.class.path").split(File.pathSeparator));
  private final boolean service;
  private final Path jar;
  private final Path archive;

  private SharedClasses(boolean service) throws IOException {
    this.service = service;
    String name = "classes-" + Runtime.version() + "-" + Integer.toHexString(contents().hashCode());
    jar = folder.resolve(name + ".jar");
    archive = folder.resolve(name + (service ? "-serve" : "") + ".jsa");
  }

  /**
   * Options for {@code java}: the class path, and the archive of it. A JVM that can't use all of
   * the archive, as from 25 on with native access, would say so on standard output.
   */
  static List<String> options(List<String> jvmOptions, boolean service)
      throws IOException, InterruptedException {
    SharedClasses shared = new SharedClasses(service);
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
          if (!Files.exists(jar)) {
            makeJar();
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
            "-cp",
            jarsOnly(),
            "dev.muster.Muster"));
    command.addAll(
        service ? List.of("serve") : List.of("provision", "sample-manifests/thermostats.csv"));
    Path log = folder.resolve("making.log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (service) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!process.waitFor(50, TimeUnit.MILLISECONDS)
            && !Files.readString(log).contains("People sign in")
            && System.nanoTime() < deadline) {}
        process.destroy();
      }
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || !Files.exists(made)) {
        throw new IllegalStateException("No archive of classes could be made; see " + log);
      }
    } finally {
      process.destroyForcibly();
    }
    Files.move(made, archive, StandardCopyOption.ATOMIC_MOVE);
  }

  private String jarsOnly() {
    List<String> jars = new ArrayList<>(List.of(jar.toString()));
    classPath.stream().filter(entry -> !Files.isDirectory(Path.of(entry))).forEach(jars::add);
    return String.join(File.pathSeparator, jars);
  }

  private void makeJar() throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      Set<String> written = new HashSet<>();
      for (Path root : folders()) {
        for (Path path : in(root)) {
          boolean isFolder = Files.isDirectory(path);
          String name =
              root.relativize(path).toString().replace(File.separatorChar, '/')
                  + (isFolder ? "/" : ""); // Spring looks for the folders of packages
          if (written.add(name)) {
            out.putNextEntry(new JarEntry(name));
            if (!isFolder) {
              Files.copy(path, out);
            }
          }
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
