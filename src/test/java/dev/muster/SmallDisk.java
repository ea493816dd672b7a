package dev.muster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** A real file system in memory that a test can fill, mounted at a folder. Only root can. */
public final class SmallDisk implements AutoCloseable {

  private final Path folder;
  private final int megabytes;

  private SmallDisk(Path folder, int megabytes) {
    this.folder = folder;
    this.megabytes = megabytes;
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
    return new SmallDisk(folder, megabytes);
  }

  /** Leaves not a byte. */
  public void fill() throws IOException, InterruptedException {
    leave(0);
  }

  /** Leaves so many bytes, in pages: the disk becomes as large as what is on it and these. */
  public void leave(long bytes) throws IOException, InterruptedException {
    FileStore disk = Files.getFileStore(folder);
    if (disk.getTotalSpace() == disk.getUnallocatedSpace()) {
      Files.write(filler(), new byte[1]); // a disk of no bytes would be one without an end
    }
    for (int tries = 0; tries < 100; tries++) {
      if (resize(Long.toString(disk.getTotalSpace() - disk.getUnallocatedSpace() + bytes))) {
        return;
      }
      // Something was written in between
    }
    throw new IOException("The disk at " + folder + " can't be filled.");
  }

  /** Gives the space back. */
  public void free() throws IOException, InterruptedException {
    assertThat(resize(megabytes + "m")).isTrue();
    Files.deleteIfExists(filler());
  }

  private Path filler() {
    return folder.resolve("filler");
  }

  private boolean resize(String size) throws IOException, InterruptedException {
    return run("mount", "-o", "remount,size=" + size, folder.toString());
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
