package dev.muster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/security.md says to be shown by a test is: each that it names is there. */
class SecurityDocumentTest {

  /** {@code `ApiTests.aMethod`}, {@code `ApiTests`}, or {@code `.aMethod`} of the class before. */
  private static final Pattern NAMED =
      Pattern.compile("`([A-Z][A-Za-z0-9]*Tests?)?(?:\\.([a-z][A-Za-z0-9]+))?`");

  @Test
  void everyTestThatIsNamedIsThere() throws Exception {
    Map<String, String> sources;
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      sources =
          files
              .filter(file -> file.toString().matches(".*Tests?\\.java"))
              .collect(
                  Collectors.toMap(
                      file -> String.valueOf(file.getFileName()).replace(".java", ""),
                      SecurityDocumentTest::read));
    }
    int seen = 0;
    for (String row : Files.readAllLines(Path.of("docs/security.md"))) {
      String type = "";
      for (MatchResult named : NAMED.matcher(row).results().toList()) {
        String next = named.group(1);
        if (next != null) {
          type = next;
        }
        if (!type.isEmpty()) {
          assertThat(sources).as(row).containsKey(type);
          String method = named.group(2);
          if (method != null) {
            assertThat(sources.get(type)).as(row).contains("void " + method + "(");
          }
          seen++;
        }
      }
    }
    assertThat(seen).isGreaterThan(100);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
