package dev.muster.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What no template may say, whatever its page shows. */
class TemplatesTest {

  private static final Path TEMPLATES = Path.of("src/main/resources/templates");

  /** An address that is put together outside of {@code @{…}}, or written out. */
  private static final Pattern BARE =
      Pattern.compile("(?:href|action|src|hx-[a-z]+)=(?:\"?\\$\\{[^\"}]*'/|\"/(?!/))[^\"]*\"?");

  private static final Pattern COMPARED =
      Pattern.compile("\\}\\s*(?:[=!]=|(?:eq|ne|neq|gt|lt|ge|le)\\b|&[lg]t;)\\s*\\$\\{");

  /** Muster may lie below a path of its server or its proxy. */
  @Test
  void eachAddressIsBelowWhereMusterLies() throws IOException {
    assertNowhere(BARE);
  }

  /**
   * Outside of {@code ${…}} it is Thymeleaf that compares, and of two texts that can be read as
   * numbers it compares those: revision 1.1 is 1.10 (Thymeleaf 3.1.5; see {@code
   * findings/thymeleaf-revision-1.1-is-1.10.sh}).
   */
  @Test
  void twoValuesAreComparedByTheLanguageThatTakesTextsForTexts() throws IOException {
    assertThat("th:selected=\"${one} == ${chosen}\"").containsPattern(COMPARED);
    assertNowhere(COMPARED);
  }

  private static void assertNowhere(Pattern pattern) throws IOException {
    List<Path> pages;
    try (Stream<Path> files = Files.list(TEMPLATES)) {
      pages = files.filter(file -> file.toString().endsWith(".html")).toList();
    }
    assertThat(pages).hasSizeGreaterThan(40);
    for (Path page : pages) {
      assertThat(pattern.matcher(Files.readString(page)).results().map(found -> found.group()))
          .as(page.toString())
          .isEmpty();
    }
  }
}
