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

  private static final Pattern NARROW = Pattern.compile("<main [^>]*class=\"narrow\"");

  /** A sentence that does not depend on what is shown. */
  private static final Pattern HELP =
      Pattern.compile("<p class=\"(?:hint|lead)\"(?![^>]*\\sth:if=)");

  /** Thymeleaf lets none in there, which shows only when the page comes to that line. */
  private static final Pattern BEAN_IN_A_LABEL = Pattern.compile("th:aria-[a-z]+=\"[^\"]*\\$\\{@");

  /** On a phone a cell is a grid, in which that is a row of its own. */
  private static final Pattern BREAK_IN_A_CELL = Pattern.compile("<td(?:(?!</td>).)*<br>");

  /** Muster may lie below a path of its server or its proxy. */
  @Test
  void eachAddressIsBelowWhereMusterLies() throws IOException {
    assertNowhere(BARE);
  }

  @Test
  void noCellBreaksItsLine() throws IOException {
    assertThat("<td>1<br>2</td>").containsPattern(BREAK_IN_A_CELL);
    assertNowhere(BREAK_IN_A_CELL);
  }

  @Test
  void noLabelAsksABean() throws IOException {
    assertThat("th:aria-label=\"#{a(${@show.number(n)})}\"").containsPattern(BEAN_IN_A_LABEL);
    assertNowhere(BEAN_IN_A_LABEL);
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

  /** But for narrow ones: they ask or say one thing, and that is all they show. */
  @Test
  void eachPageSaysWhatItIsWhateverItShows() throws IOException {
    assertThat("<p class=\"hint\" th:if=\"${some}\">").doesNotContainPattern(HELP);
    int looked = 0;
    for (Path page : templates()) {
      String markup = Files.readString(page);
      if (markup.contains("~{layout :: page(") && !NARROW.matcher(markup).find()) {
        assertThat(markup).as(page.toString()).containsPattern(HELP);
        looked++;
      }
    }
    assertThat(looked).isGreaterThan(20);
  }

  private static List<Path> templates() throws IOException {
    List<Path> templates;
    try (Stream<Path> files = Files.list(TEMPLATES)) {
      templates = files.filter(file -> file.toString().endsWith(".html")).toList();
    }
    assertThat(templates).hasSizeGreaterThan(40);
    return templates;
  }

  private static void assertNowhere(Pattern pattern) throws IOException {
    for (Path page : templates()) {
      assertThat(pattern.matcher(Files.readString(page)).results().map(found -> found.group()))
          .as(page.toString())
          .isEmpty();
    }
  }
}
