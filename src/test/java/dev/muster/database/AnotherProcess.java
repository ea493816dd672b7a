package dev.muster.database;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A real second JVM that uses a folder's server until it is told to stop, or is killed. */
final class AnotherProcess implements AutoCloseable {

  private final Process process;
  private final BufferedReader output;

  private AnotherProcess(Process process) {
    this.process = process;
    this.output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  static AnotherProcess begin(Path directory) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(AnotherProcess.class.getName(), directory.toString()));
    return new AnotherProcess(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** Waits until it uses the server, and returns where that is. */
  String jdbcUrl() throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith("jdbc:")) {
        return line;
      }
    }
    throw new IOException("The other process ended without a server; its errors are above.");
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Lets it end by itself. */
  @Override
  public void close() throws IOException, InterruptedException {
    process.getOutputStream().close();
    process.waitFor();
  }

  public static void main(String[] arguments) throws IOException {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.startOrAttach(Path.of(arguments[0]))) {
      System.out.println(postgres.jdbcUrl());
      while (System.in.read() >= 0) {
        // until whoever started this closes it
      }
    }
  }
}
