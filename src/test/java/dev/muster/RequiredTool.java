package dev.muster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs that a test needs, and that a developer's machine may not have; CI has them all. */
public final class RequiredTool {

  private RequiredTool() {}

  /**
   * Skips the test when there is no such program on the PATH; fails it when {@code
   * MUSTER_TESTS_REQUIRE_ALL} is {@code true}, as in {@code .ci/run}.
   *
   * @param oneOf programs of which any will do, the better ones first
   * @return the one that is there
   */
  public static Path orSkip(String... oneOf) {
    String message =
        "This test needs '%s', which is not on the PATH.".formatted(String.join("' or '", oneOf));
    Optional<Path> found = Arrays.stream(oneOf).flatMap(RequiredTool::onThePath).findFirst();
    if (Boolean.parseBoolean(System.getenv("MUSTER_TESTS_REQUIRE_ALL"))) {
      assertThat(found).as(message).isPresent();
    } else {
      assumeTrue(found.isPresent(), message);
    }
    return found.orElseThrow();
  }

  private static Stream<Path> onThePath(String tool) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(File.pathSeparator))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable);
  }
}
