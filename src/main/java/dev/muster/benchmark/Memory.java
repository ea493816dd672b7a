package dev.muster.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this process took at the most, as Linux counts it; elsewhere 0. */
final class Memory {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR_REFS = Path.of("/proc/self/clear_refs");

  private Memory() {}

  /** Starts counting anew. */
  static void forgetPeak() throws IOException {
    if (Files.isWritable(CLEAR_REFS)) {
      Files.writeString(CLEAR_REFS, "5");
    }
  }

  /** The peak of the resident set since then, in 10^6 bytes. */
  static long peakRssMb() throws IOException {
    if (!Files.isReadable(STATUS)) {
      return 0;
    }
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) * 1024 / 1_000_000)
        .findFirst()
        .orElse(0);
  }
}
