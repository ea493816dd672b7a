package dev.muster.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DocumentationTest {

  private static final Pattern LINK = Pattern.compile("href=\"([^\"]+)\"");

  private final Documentation documentation = new Documentation();

  @Test
  void eachLinkFromOneDocumentToAnotherLeadsThere() throws IOException {
    int links = 0;
    for (String path : paths()) {
      for (String link : links(path)) {
        if (URI.create(link).isAbsolute()) {
          continue;
        }
        URI target = URI.create("/" + path).resolve(link);
        String file = target.getPath().substring(1);
        assertThat(Documentation.file(file).exists()).as("%s: %s", path, link).isTrue();
        if (target.getFragment() != null) {
          assertThat(documentation.find(file).orElseThrow().html())
              .as("%s: %s", path, link)
              .contains("id=\"" + target.getFragment() + "\"");
        }
        links++;
      }
    }
    assertThat(links).isGreaterThan(100);
  }

  @Test
  void nothingOfADocumentIsRunAndNoStyleIsItsOwn() throws IOException {
    for (String path : paths()) {
      assertThat(documentation.find(path).orElseThrow().html())
          .as(path)
          .isNotBlank()
          .doesNotContain("<script", "style=", "<img", "<!--", "<th></th>");
    }
  }

  @Test
  void onlyDocumentsAreFound() {
    for (String path :
        List.of("docs/openapi.json", "../application.yml", "docs/../README.md", "")) {
      assertThat(documentation.find(path)).as(path).isEmpty();
    }
  }

  private List<String> links(String path) {
    return LINK.matcher(documentation.find(path).orElseThrow().html())
        .results()
        .map((MatchResult found) -> found.group(1))
        .toList();
  }

  private static List<String> paths() throws IOException {
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      List<String> paths =
          Stream.concat(Stream.of("README.md"), docs.map(Path::toString))
              .filter(path -> path.endsWith(".md"))
              .toList();
      assertThat(paths).hasSizeGreaterThan(60);
      return paths;
    }
  }
}
