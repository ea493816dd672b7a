package dev.muster.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Muster may lie below a path of its server or its proxy: pages say no address without it. */
class TemplateAddressesTest {

  private static final Path TEMPLATES = Path.of("src/main/resources/templates");

  /** An address that is put together outside of {@code @{…}}, or written out. */
  private static final Pattern BARE =
      Pattern.compile("(?:href|action|src|hx-[a-z]+)=(?:\"?\\$\\{[^\"}]*'/|\"/(?!/))[^\"]*\"?");

  @Test
  void eachAddressIsBelowWhereMusterLies() throws IOException {
    List<Path> pages;
    try (Stream<Path> files = Files.list(TEMPLATES)) {
      pages = files.filter(file -> file.toString().endsWith(".html")).toList();
    }
    assertThat(pages).hasSizeGreaterThan(40);
    for (Path page : pages) {
      assertThat(BARE.matcher(Files.readString(page)).results().map(found -> found.group()))
          .as(page.toString())
          .isEmpty();
    }
  }
}
