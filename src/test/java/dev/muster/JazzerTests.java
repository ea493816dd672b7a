package dev.muster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fuzzing, guided by what an input reaches, for as long as there is time: 10 s a reader in CI, and
 * longer by docs/fuzz.sh. It begins with the files that there are, and with the same seed each
 * time.
 */
@Tag("slow")
class JazzerTests {

  private static final int SECONDS =
      Integer.getInteger(
          "muster.fuzz.seconds",
          Boolean.parseBoolean(System.getenv("MUSTER_TESTS_REQUIRE_ALL")) ? 10 : 2);

  /** Long beyond what any of it takes on a busy machine. */
  private static final int PATIENCE_SECONDS = SECONDS + 300;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "manifest.ReceiverFuzz",
        "manifest.RecordCursorFuzz",
        "manifest.HeaderFuzz",
        "manifest.RevocationListFuzz",
        "kafka.AnnouncementFuzz"
      })
  void whatJazzerThinksOfIsReadToItsEndOrRefusedInASentence(String reader, TestReporter reporter)
      throws Exception {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                // It is over before the second compiler has paid off, as other tests are
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=dev.muster." + reader,
                "--instrumentation_includes=dev.muster.**",
                // It has no field any more when Jazzer has instrumented it.
                "--instrumentation_excludes=dev.muster.manifest.ManifestFormat",
                "--custom_hook_excludes=**",
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-seed=1",
                "-max_len=20000",
                "-len_control=0",
                "-timeout=120",
                "-max_total_time=" + SECONDS,
                "-print_final_stats=1",
                Files.createDirectory(folder.resolve("corpus")).toString(),
                seeds().toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      String said = Files.readString(output);
      assertThat(process.exitValue()).as("%s%n%s", said, input()).isZero();
      String inputs =
          said.lines()
              .filter(line -> line.startsWith("stat::number_of_executed_units"))
              .findFirst()
              .orElseThrow();
      assertThat(Long.parseLong(inputs.replaceAll("\\D", ""))).isPositive();
      reporter.publishEntry(reader, inputs);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private Path seeds() throws IOException {
    Path seeds = Files.createDirectory(folder.resolve("seeds"));
    for (String from : List.of("src/test/resources/cases", "sample-manifests")) {
      try (Stream<Path> files = Files.walk(Path.of(from))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Files.copy(file, seeds.resolve(file.toString().replace('/', '-')));
        }
      }
    }
    for (int i = 0; i < FuzzTests.EVENTS.size(); i++) {
      Files.writeString(seeds.resolve("event-" + i), FuzzTests.EVENTS.get(i), UTF_8);
    }
    return seeds;
  }

  /** What it did not stand, in Base64 as Jazzer wrote it down in the class that repeats it. */
  private String input() throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
        found.add(Files.readString(file));
      }
    }
    return String.join("\n", found);
  }
}
