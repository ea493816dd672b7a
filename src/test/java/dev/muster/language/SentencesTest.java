package dev.muster.language;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.language.Sentences.Sentence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What services say is found again in what it was made of, and said in the reader's language. */
class SentencesTest {

  private static final Sentences SENTENCES =
      of(
          "Nothing would change. Choose other devices.",
          "Nichts würde sich ändern. Wählen Sie andere Geräte.",
          "List %d waits for nobody's approval.",
          "Liste %d wartet auf niemandes Freigabe.",
          "%,d devices of factory '%s' change, at most %d%% may.",
          "Bei Fabrik '%2$s' ändern sich %1$,d Geräte, höchstens %3$d%% dürfen es.",
          "The row has no %s.",
          "Die Zeile hat kein %s.",
          "It failed: %s",
          "Fehlgeschlagen: %s",
          "the database is away",
          "die Datenbank ist weg");

  private static final List<Sentence> ALL = Sentences.read();

  private static final Path SOURCES = Path.of("src/main/java/dev/muster");

  /** Of the command line and the API's description, which are English. */
  private static final Set<String> ENGLISH = Set.of("cli", "api", "benchmark");

  /** What people are told who did something, or whose file it was: a class and its first words. */
  private static final Pattern REFUSAL =
      Pattern.compile(
          "(?:new"
              + " (?:Refused|OperationRefused|NotRunnable|NotThere|NotPermitted|ArrivalRefused|ManifestRefused)Exception"
              + "|Why\\.(?:said|inTheWay))\\(\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

  /** "from %s to %s", which somebody may have written as well. */
  private static final Set<String> IN_PIECES = Set.of("from building", "from no place to");

  private static final Pattern JOINED = Pattern.compile("\"\\s*\\+\\s*\"");

  @Test
  void isSaidInTheReadersLanguageWithWhatWasPutIn() {
    assertThat(german("Nothing would change. Choose other devices."))
        .isEqualTo("Nichts würde sich ändern. Wählen Sie andere Geräte.");
    assertThat(german("List 4711 waits for nobody's approval."))
        .isEqualTo("Liste 4711 wartet auf niemandes Freigabe.");
    assertThat(german("1,234,567 devices of factory 'a% $1' change, at most 5% may."))
        .isEqualTo("Bei Fabrik 'a% $1' ändern sich 1.234.567 Geräte, höchstens 5% dürfen es.");
  }

  @Test
  void severalSentencesAndThoseThatQuoteOthers() {
    assertThat(german("List 1 waits for nobody's approval. It failed: the database is away"))
        .isEqualTo("Liste 1 wartet auf niemandes Freigabe. Fehlgeschlagen: die Datenbank ist weg");
    assertThat(german("The row has no model. The row has no id. It failed: %s"))
        .isEqualTo("Die Zeile hat kein model. Die Zeile hat kein id. Fehlgeschlagen: %s");
    assertThat(german("It failed: EOFException in row 3"))
        .isEqualTo("Fehlgeschlagen: EOFException in row 3");
    assertThat(german("1 devices of factory 'the database is away' change, at most 1% may."))
        .as("a name")
        .contains("'the database is away'");
  }

  @Test
  void whatIsNotKnownAsAWholeIsLeft() {
    for (String other :
        List.of(
            "",
            "List x waits for nobody's approval.",
            "List 1 waits for nobody's approval. And more.",
            "More. List 1 waits for nobody's approval.")) {
      assertThat(SENTENCES.in(Language.DE, other)).as(other).isEmpty();
    }
  }

  /** What somebody typed may be said as well. */
  @Test
  void aTextThatIsMadeToBeLookedAtForEverIsNot() {
    String endless = "It failed: a. ".repeat(2_000) + "\0";
    assertThat(SENTENCES.in(Language.DE, endless).orElse("")).endsWith("\0");
  }

  @Test
  void eachSentenceIsInAllLanguagesWithTheSameParameters() {
    Set<String> seen = new TreeSet<>();
    for (Sentence sentence : ALL) {
      String english = sentence.in(Language.EN);
      assertThat(seen.add(english)).as("twice: %s", english).isTrue();
      assertThat(String.join("", sentence.literals()).strip()).as(english).hasSizeGreaterThan(3);
      for (Language language : Language.values()) {
        assertThat(sentence.in(language)).as(english).isNotBlank().isNotEqualTo("null");
        assertThat(parameters(sentence.in(language)))
            .as("%s in %s", english, language)
            .isEqualTo(parameters(english));
      }
      assertThat(sentence.in(Language.FR)).doesNotContainPattern(French.BREAKING_SPACE);
    }
    assertThat(seen).hasSizeGreaterThan(200);
  }

  @Test
  void noSentenceIsTakenForAnother() {
    Sentences sentences = new Sentences();
    for (Sentence sentence : ALL) {
      for (Language language : List.of(Language.DE, Language.FR)) {
        assertThat(sentences.in(language, filled(sentence, Language.EN)))
            .hasValue(filled(sentence, language));
      }
    }
  }

  private static String filled(Sentence sentence, Language language) {
    var places = Sentences.PARAMETER.matcher(sentence.in(language));
    StringBuilder text = new StringBuilder();
    while (places.find()) {
      places.appendReplacement(
          text,
          places.group(2) == null
              ? "%"
              : switch (places.group(2)) {
                case "s" -> "Xy7";
                case "d" -> "7";
                default -> "%,d".formatted(123);
              });
    }
    return places.appendTail(text).toString();
  }

  /** A sentence that was changed there is to be changed here. */
  @Test
  void eachSentenceIsSaidSomewhere() throws IOException {
    StringBuilder sources = new StringBuilder();
    for (Path file : sources()) {
      sources.append(joined(Files.readString(file)));
    }
    sources.append(sources.toString().replace("''", "'")); // of SQL
    String code = sources.toString();
    List<String> unsaid = new ArrayList<>();
    for (Sentence sentence : ALL) {
      sentence.literals().stream()
          .map(String::strip)
          .filter(literal -> literal.length() >= 12 && !IN_PIECES.contains(literal))
          .map(literal -> literal.replace("\\", "\\\\").replace("\"", "\\\""))
          .filter(literal -> !code.contains(literal) && !code.contains(literal.replace("%", "%%")))
          .forEach(literal -> unsaid.add(sentence.in(Language.EN) + " – " + literal));
    }
    assertThat(unsaid).isEmpty();
  }

  @Test
  void eachRefusalIsInAllLanguages() throws IOException {
    List<String> known = ALL.stream().map(sentence -> sentence.in(Language.EN)).toList();
    List<String> missing = new ArrayList<>();
    for (Path file : sources()) {
      Matcher refusal = REFUSAL.matcher(joined(Files.readString(file)));
      while (refusal.find()) {
        String begin = refusal.group(1).replace("\\\"", "\"").replace("\\\\", "\\");
        if (begin.contains(" ") && known.stream().noneMatch(one -> one.startsWith(begin))) {
          missing.add(file.getFileName() + ": " + begin);
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !ENGLISH.contains(SOURCES.relativize(file).getName(0).toString()))
          .sorted()
          .toList();
    }
  }

  private static String joined(String source) {
    return JOINED.matcher(source).replaceAll("");
  }

  /** In the order of what is put in. */
  private static List<String> parameters(String text) {
    var matcher = Sentences.PARAMETER.matcher(text);
    List<String> parameters = new ArrayList<>();
    int next = 1;
    while (matcher.find()) {
      if (matcher.group(2) != null) {
        String number = matcher.group(1);
        parameters.add((number == null ? next++ : number) + matcher.group(2));
      }
    }
    return parameters.stream().sorted().toList();
  }

  private static String german(String english) {
    return SENTENCES.in(Language.DE, english).orElseThrow();
  }

  private static Sentences of(String... pairs) {
    List<Map<String, String>> sentences = new ArrayList<>();
    for (int i = 0; i < pairs.length; i += 2) {
      sentences.add(Map.of("en", pairs[i], "de", pairs[i + 1], "fr", pairs[i + 1]));
    }
    return KnownSentences.of(sentences);
  }
}
