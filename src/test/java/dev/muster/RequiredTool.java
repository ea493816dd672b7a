package dev.muster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Programs that a test needs, and that a developer's machine may not have; CI has them all. */
public final class RequiredTool {

  private RequiredTool() {}

  /**
   * Skips the test when there is no such program on the PATH; fails it when {@code
   * MUSTER_TESTS_REQUIRE_ALL} is {@code true}, as in {@code .ci/run}.
   */
  public static void orSkip(String tool) {
    String message = "This test needs '%s', which is not on the PATH.".formatted(tool);
    if (Boolean.parseBoolean(System.getenv("MUSTER_TESTS_REQUIRE_ALL"))) {
      assertThat(isThere(tool)).as(message).isTrue();
    } else {
      assumeTrue(isThere(tool), message);
    }
  }

  private static boolean isThere(String tool) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(File.pathSeparator))
        .filter(folder -> !folder.isEmpty())
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
  }
}
