package dev.muster.export;

import com.opencsv.CSVWriter;
import com.opencsv.ICSVWriter;
import java.io.IOException;
import java.io.Writer;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * A table as CSV (RFC 4180, UTF-8) that is safe to open in a spreadsheet, with all its letters. No
 * cell can become a formula (an apostrophe is put before it), and control characters are shown as
 * their pictures.
 *
 * @see <a href="https://owasp.org/www-community/attacks/CSV_Injection">CSV injection</a>
 */
public final class SpreadsheetCsv {

  /** What spreadsheets take for the beginning of a formula; East Asian ones in full width too. */
  private static final String FORMULA = "[=+\\-@＝＋－＠|%]";

  /**
   * What some of them pass over at the beginning of a cell: blanks, and characters without width.
   */
  private static final String PASSED_OVER = "[\\s\\p{Z}\\p{Cf}]*";

  /**
   * Where a formula would begin: at the beginning of the cell, and behind a semicolon, which starts
   * a new cell for those whose country separates cells by it, whatever the quotes say.
   */
  private static final Pattern BEFORE_A_FORMULA =
      Pattern.compile("(^|;[\\s\\p{Z}\\p{Cf}\"]*)(?=" + PASSED_OVER + FORMULA + ")");

  private static final int CONTROL_PICTURES = 0x2400;
  private static final int DELETE = 0x7F;
  private static final int DELETE_PICTURE = 0x2421;
  private static final int REPLACEMENT = 0xFFFD;

  /** Without it spreadsheets on Windows read UTF-8 as windows-1252. */
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final CSVWriter csv;

  /**
   * Begins a table.
   *
   * @param writer which stays the caller's, to flush and to close
   */
  public SpreadsheetCsv(Writer writer) throws IOException {
    writer.write(BYTE_ORDER_MARK);
    csv =
        new CSVWriter(
            writer,
            ICSVWriter.DEFAULT_SEPARATOR,
            ICSVWriter.DEFAULT_QUOTE_CHARACTER,
            ICSVWriter.DEFAULT_QUOTE_CHARACTER,
            ICSVWriter.RFC4180_LINE_END);
  }

  /** Adds a row. */
  public void write(String... cells) throws IOException {
    csv.writeNext(Arrays.stream(cells).map(SpreadsheetCsv::safe).toArray(String[]::new), false);
    // Not checkError(), which would flush, and so write to the file for every row.
    IOException failure = csv.getException();
    if (failure != null) {
      throw failure;
    }
  }

  /** A cell that a spreadsheet takes as text on one line, never as a formula. */
  public static String safe(String cell) {
    StringBuilder visible = new StringBuilder(cell.length());
    cell.codePoints().map(SpreadsheetCsv::visible).forEach(visible::appendCodePoint);
    return BEFORE_A_FORMULA.matcher(visible).replaceAll("$1'");
  }

  /** A control character's picture (Unicode's block U+2400), and a lone surrogate's replacement. */
  private static int visible(int character) {
    if (character < ' ') {
      return CONTROL_PICTURES + character;
    }
    if (character == DELETE) {
      return DELETE_PICTURE;
    }
    boolean unprintable =
        Character.isISOControl(character) || Character.getType(character) == Character.SURROGATE;
    return unprintable ? REPLACEMENT : character;
  }
}
