package dev.muster.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That the benchmark of pages runs, and that no page fails over what it fills the registry with.
 */
@Tag("slow")
class PageBenchmarkTests {

  @Test
  void everyPageAnswersOverAFilledRegistry(@TempDir Path folder) throws Exception {
    Path home = folder.resolve("home");

    Result result = new MusterProcess(home).run("benchmark", "4000", "--pages", "--requests", "2");

    assertThat(result.exitCode()).as(result.err()).isZero();
    Stream<String> rows = result.out().lines().filter(line -> line.startsWith("| `/"));
    assertThat(rows.filter(row -> row.contains("answered")))
        .as("a hub whose key is not being rotated has no such page")
        .allMatch(row -> row.startsWith("| `/hubs/{}/rotation` (answered 409)"));
    assertThat(result.out()).contains("| `/` |", "| `/devices?serial={}` |", "| `/account` |");
    assertThat(home.resolve("benchmark")).doesNotExist();
  }
}
