package dev.muster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Runs a program to its end, with input, and keeps what it said. */
public final class RunProgram {

  private RunProgram() {}

  /** What the program said; its output as bytes, because it may be a bundle. */
  public static final class Result {

    private final int exitCode;
    private final byte[] stdout;
    private final String stderr;

    private Result(int exitCode, byte[] stdout, String stderr) {
      this.exitCode = exitCode;
      this.stdout = stdout;
      this.stderr = stderr;
    }

    public int exitCode() {
      return exitCode;
    }

    public byte[] stdout() {
      return stdout.clone();
    }

    public String text() {
      return new String(stdout, StandardCharsets.UTF_8);
    }

    public String stderr() {
      return stderr;
    }
  }

  /** Skips the test when the program is not there. */
  public static Result run(List<String> command, byte[] input) throws IOException {
    RequiredTool.orSkip(command.get(0));
    Process process = new ProcessBuilder(command).start();
    CompletableFuture<byte[]> stdout = reading(process.getInputStream());
    CompletableFuture<byte[]> stderr = reading(process.getErrorStream());
    try (var stdin = process.getOutputStream()) {
      stdin.write(input);
    } catch (IOException e) {
      // it ended without reading all of it; its exit code tells
    }
    return new Result(
        process.onExit().join().exitValue(),
        stdout.join(),
        new String(stderr.join(), StandardCharsets.UTF_8));
  }

  /** Sends a signal to a process, by the signal's name. */
  public static void signal(String signal, ProcessHandle process) throws IOException {
    Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
    if (kill.onExit().join().exitValue() != 0) {
      throw new IOException("No SIG" + signal + " could be sent to " + process.pid());
    }
  }

  private static CompletableFuture<byte[]> reading(InputStream stream) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (stream) {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
