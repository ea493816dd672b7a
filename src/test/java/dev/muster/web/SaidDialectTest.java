package dev.muster.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.language.KnownSentences;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.thymeleaf.context.Context;
import org.thymeleaf.spring6.SpringTemplateEngine;

class SaidDialectTest {

  private static final Map<String, String> EMPTY =
      Map.of(
          "en", "File '%s' is empty.",
          "de", "Datei '%s' ist leer.",
          "fr", "Le fichier '%s' est vide.");

  private final SpringTemplateEngine engine = new SpringTemplateEngine();

  SaidDialectTest() {
    engine.addDialect(new SaidDialect(KnownSentences.of(List.of(EMPTY))));
  }

  @Test
  void whatIsKnownIsSaidInTheReadersLanguageAndNoLongerMarkedAsEnglish() {
    assertThat(shown(Locale.GERMAN, "File 'a<b' is empty."))
        .isEqualTo("<p class=\"x\">Datei &#39;a&lt;b&#39; ist leer.</p>");
    assertThat(shown(Locale.CANADA_FRENCH, "File 'a' is empty.")).contains("est vide");
    assertThat(shown(Locale.GERMAN, "File 'a\u202Eb\n' is empty.")).contains("a\\u202Eb\u240A");
  }

  @Test
  void whatIsNotKnownStaysEnglishAndMarked() {
    for (Locale reader : List.of(Locale.GERMAN, Locale.ENGLISH, Locale.JAPANESE)) {
      assertThat(shown(reader, "File a is full."))
          .isEqualTo("<p class=\"x\" lang=\"en\">File a is full.</p>");
    }
    assertThat(shown(Locale.UK, "File 'a' is empty.")).contains("lang=\"en\"", "is empty");
  }

  /** What a page says itself is in the reader's language already. */
  @Test
  void whatIsNotMarkedIsShownAsItIs() {
    assertThat(
            shown(
                Locale.GERMAN,
                "<p th:lang=\"${null}\" said:text=\"${said}\"></p>",
                "File 'a' is empty."))
        .isEqualTo("<p>File &#39;a&#39; is empty.</p>");
    assertThat(
            shown(
                Locale.GERMAN,
                "<p th:lang=\"${'en'}\" said:text=\"${said}\"></p>",
                "File '' is empty."))
        .isEqualTo("<p>Datei &#39;&#39; ist leer.</p>");
  }

  /** Somebody's own words are in whatever language they are. */
  @Test
  void aNoteIsNeverMarked() {
    String note = "<p said:note=\"${said}\"></p>";
    assertThat(shown(Locale.GERMAN, note, "staubig")).isEqualTo("<p>staubig</p>");
    assertThat(shown(Locale.GERMAN, note, "File '' is empty.")).contains("ist leer");
  }

  @Test
  void isCutInTheReadersLanguage() {
    assertThat(
            shown(
                Locale.GERMAN,
                "<td lang=\"en\" said:text=\"${said}\" said:most=\"10\"></td>",
                "File 'a' is empty."))
        .isEqualTo("<td>Datei &#39;a&#39;…</td>");
    assertThat(
            shown(
                Locale.GERMAN,
                "<td lang=\"en\" said:text=\"${said}\" said:most=\"10\"></td>",
                null))
        .isEqualTo("<td lang=\"en\"></td>");
  }

  private String shown(Locale reader, String said) {
    return shown(reader, "<p class=\"x\" lang=\"en\" said:text=\"${said}\"></p>", said);
  }

  private String shown(Locale reader, String template, @Nullable String said) {
    Context context = new Context(reader);
    context.setVariable("said", said);
    return engine.process(template, context);
  }
}
