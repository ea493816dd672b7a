package dev.muster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A real file system in memory that a test can fill, mounted at a folder. Only root can. */
public final class SmallDisk implements AutoCloseable {

  private static final int LARGE_BLOCK_BYTES = 1 << 20;

  private final Path folder;

  private SmallDisk(Path folder) {
    this.folder = folder;
  }

  /**
   * Mounts one. Skips the test where that is not allowed; fails it when {@code
   * MUSTER_TESTS_REQUIRE_ALL} is {@code true}, as in {@code .ci/run}.
   */
  public static SmallDisk mount(Path folder, int megabytes)
      throws IOException, InterruptedException {
    RequiredTool.orSkip("mount");
    Files.createDirectories(folder);
    boolean mounted =
        run(
            "mount",
            "-t",
            "tmpfs",
            "-o",
            "mode=0700,size=" + megabytes + "m",
            "tmpfs",
            folder.toString());
    String message = "This test mounts a small disk, which only root can.";
    if (Boolean.parseBoolean(System.getenv("MUSTER_TESTS_REQUIRE_ALL"))) {
      assertThat(mounted).as(message).isTrue();
    } else {
      assumeTrue(mounted, message);
    }
    return new SmallDisk(folder);
  }

  /** Leaves not a byte. */
  public void fill() throws IOException {
    try (OutputStream out = Files.newOutputStream(filler())) {
      for (int size = LARGE_BLOCK_BYTES; size >= 1; size /= LARGE_BLOCK_BYTES / 4096) {
        writeUntilFull(out, new byte[size]);
      }
    }
  }

  private static void writeUntilFull(OutputStream out, byte[] block) throws IOException {
    try {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left on device")) {
        throw e;
      }
    }
  }

  /** Gives the space back. */
  public void free() throws IOException {
    Files.deleteIfExists(filler());
  }

  private Path filler() {
    return folder.resolve("filler");
  }

  @Override
  public void close() throws IOException, InterruptedException {
    // Lazily: what a test left running must not keep the disk of a test that is over.
    run("umount", "-l", folder.toString());
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }
}
