package dev.muster.export;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a whole report looks in a spreadsheet, {@code RejectsReportTest} shows. */
class SpreadsheetCsvTest {

  @ParameterizedTest
  @ValueSource(strings = {"\t=1", "\r=1", "\n=1", "\u0000=1", "\u0085=1"})
  void aControlCharacterBeforeAFormulaBecomesVisible(String cell) {
    String safe = SpreadsheetCsv.safe(cell);

    assertThat(safe).endsWith("=1").doesNotContainPattern("\\p{Cntrl}|\u0085");
    assertThat(safe.charAt(0)).isIn('␉', '␍', '␊', '␀', '\uFFFD');
  }

  /** Where a semicolon separates cells, it does so in the middle of a comma's cell too. */
  @Test
  void aSemicolonStartsNoFormulaEither() {
    assertThat(SpreadsheetCsv.safe("a;=1;b")).isEqualTo("a;'=1;b");
    assertThat(SpreadsheetCsv.safe("a; \"=1")).isEqualTo("a; \"'=1");
    assertThat(SpreadsheetCsv.safe("a;;@x")).isEqualTo("a;;'@x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "a=b", "1-2", "a;b", "'quoted'", "0f1e2d3c-4b5a", "Line 3: x"})
  void ordinaryCellsStayAsTheyAre(String cell) {
    assertThat(SpreadsheetCsv.safe(cell)).isEqualTo(cell);
  }

  @Test
  void controlCharactersAreShownAsTheirPictures() {
    assertThat(SpreadsheetCsv.safe("a\u0000b\u001Bc\u007Fd\u009Be\nf"))
        .isEqualTo("a␀b␛c␡d\uFFFDe␊f");
  }
}
