package dev.muster.database;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs the server's programs, as root too, and makes sense of it when one fails. */
final class PostgresPrograms {

  private static final int LOG_LINES_SHOWN = 15;
  private static final List<String> INTO_NAMESPACE = List.of("unshare", "-U");

  private final Path folder;
  private final Path programs;
  private final Path log;

  PostgresPrograms(Path folder, Path programs, Path log) {
    this.folder = folder;
    this.programs = programs;
    this.log = log;
  }

  /**
   * Runs one to its end. PostgreSQL refuses to run as root, so root enters a user namespace first,
   * where it is nobody.
   *
   * @throws IOException when it does not end well; with what it said and the end of the server's
   *     log
   */
  void run(String program, String... arguments) throws IOException {
    // A file, for a server that pg_ctl starts would keep a pipe open.
    Path output = Files.createTempFile(folder, program, ".out");
    try {
      boolean root = belongsToRoot(output);
      List<String> command = new ArrayList<>(root ? INTO_NAMESPACE : List.of());
      command.add(programs.resolve("bin").resolve(program).toString());
      command.addAll(List.of(arguments));
      if (root && !canEnterNamespace()) {
        throw new IOException(
            "PostgreSQL refuses to run as root, and 'unshare -U', by which root becomes nobody,"
                + " does not work here. Run Muster as another user, or set spring.datasource.url to"
                + " a PostgreSQL 18 of your own.");
      }
      int exit = execute(command, output.toFile());
      if (exit != 0) {
        throw new IOException(
            "The embedded PostgreSQL in %s can't run: %s ended with %d.%n%s%n%sSee %s; or set spring.datasource.url to a PostgreSQL 18 of your own."
                .formatted(folder, program, exit, read(output).strip(), endOfLog(), log));
      }
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private boolean canEnterNamespace() throws IOException {
    List<String> probe = new ArrayList<>(INTO_NAMESPACE);
    probe.add("true");
    try {
      return execute(probe, new File("/dev/null")) == 0;
    } catch (UnavailableException e) {
      return false;
    }
  }

  private static int execute(List<String> command, File output) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output)
            .redirectInput(new File("/dev/null"));
    // The settings of the user's own PostgreSQL and language are not for this one.
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("LC_ALL", "C");
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UnavailableException(e);
    }
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IOException(command + " was interrupted.", e);
    }
  }

  /** Who made a file a moment ago is who runs this. */
  private static boolean belongsToRoot(Path file) throws IOException {
    return file.getFileSystem().supportedFileAttributeViews().contains("unix")
        && Files.getAttribute(file, "unix:uid").equals(0);
  }

  private String endOfLog() throws IOException {
    if (!Files.exists(log)) {
      return "";
    }
    List<String> lines = read(log).lines().toList();
    return String.join(
            "\n", lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size()))
        + "\n";
  }

  /** What a file says, even if some of it isn't UTF-8. */
  static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  private static final class UnavailableException extends IOException {
    UnavailableException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }
}
