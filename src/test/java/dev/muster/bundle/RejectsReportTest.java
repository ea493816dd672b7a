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
