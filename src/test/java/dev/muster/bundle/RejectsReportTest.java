package dev.muster.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import com.opencsv.CSVReader;
import com.opencsv.CSVReaderBuilder;
import com.opencsv.RFC4180ParserBuilder;
import com.opencsv.exceptions.CsvException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RejectsReportTest {

  private final Path file;

  RejectsReportTest(@TempDir Path folder) {
    file = folder.resolve("rejects.csv");
  }

  @Test
  void aRefusedRowIsALine() throws IOException {
    try (RejectsReport report = new RejectsReport(file)) {
      report.add(7, "abc", "MALFORMED_ID", "device_id", "This is no GUID.");
    }

    assertThat(Files.readString(file))
        .isEqualTo(
            String.join(
                "\r\n",
                "\uFEFFline,device_id,code,column,message",
                "7,abc,MALFORMED_ID,device_id,This is no GUID.",
                ""));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void commasQuotesAndOtherScriptsComeBackAsTheyWere() throws IOException, CsvException {
    String message = "Model \"Nordlicht, groß\" 温度計 is too long";
    try (RejectsReport report = new RejectsReport(file)) {
      report.add(2, "a\\b", "TOO_LONG", "model", message);
    }

    assertThat(rows().get(1)).containsExactly("2", "a\\b", "TOO_LONG", "model", message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "=cmd|' /C calc'!A0",
        " =1",
        "\u00A0=1",
        "\uFEFF=1",
        "\u200B\u200B@x",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "%0A",
        "|x"
      })
  void aCellThatCouldBecomeAFormulaGetsAnApostrophe(String cell) throws Exception {
    try (RejectsReport report = new RejectsReport(file)) {
      report.add(2, cell, "MALFORMED_ID", cell, cell);
    }

    assertThat(rows().get(1))
        .containsExactly("2", "'" + cell, "MALFORMED_ID", "'" + cell, "'" + cell);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\t=1", "\r=1", "\n=1", "\u0000=1", "\u0085=1"})
  void aControlCharacterBeforeAFormulaBecomesVisible(String cell) {
    String safe = RejectsReport.safe(cell);

    assertThat(safe).endsWith("=1").doesNotContainPattern("\\p{Cntrl}|\u0085");
    assertThat(safe.charAt(0)).isIn('␉', '␍', '␊', '␀', '\uFFFD');
  }

  /** Where a semicolon separates cells, it does so in the middle of a comma's cell too. */
  @Test
  void aSemicolonStartsNoFormulaEither() {
    assertThat(RejectsReport.safe("a;=1;b")).isEqualTo("a;'=1;b");
    assertThat(RejectsReport.safe("a; \"=1")).isEqualTo("a; \"'=1");
    assertThat(RejectsReport.safe("a;;@x")).isEqualTo("a;;'@x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "a=b", "1-2", "a;b", "'quoted'", "0f1e2d3c-4b5a", "Line 3: x"})
  void ordinaryCellsStayAsTheyAre(String cell) {
    assertThat(RejectsReport.safe(cell)).isEqualTo(cell);
  }

  @Test
  void controlCharactersAreShownAsTheirPictures() {
    assertThat(RejectsReport.safe("a\u0000b\u001Bc\u007Fd\u009Be\nf"))
        .isEqualTo("a␀b␛c␡d\uFFFDe␊f");
  }

  @Test
  void aLoneSurrogateDoesNotBreakTheFile() throws Exception {
    try (RejectsReport report = new RejectsReport(file)) {
      report.add(2, "a\uD800b", "MALFORMED_ID", "device_id", "No GUID: 📟");
    }

    assertThat(rows().get(1)).contains("a\uFFFDb", "No GUID: 📟");
  }

  @Test
  void anEarlierReportIsReplaced() throws Exception {
    Files.writeString(file, "earlier\n".repeat(1000));

    try (RejectsReport report = new RejectsReport(file)) {
      report.add(2, "x", "MALFORMED_ID", "device_id", "No GUID.");
    }

    assertThat(rows()).hasSize(2);
  }

  private List<String[]> rows() throws IOException, CsvException {
    try (CSVReader reader =
        new CSVReaderBuilder(Files.newBufferedReader(file))
            .withCSVParser(new RFC4180ParserBuilder().build())
            .build()) {
      return reader.readAll();
    }
  }
}
