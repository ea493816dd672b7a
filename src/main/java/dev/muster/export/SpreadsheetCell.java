package dev.muster.export;

import java.util.regex.Pattern;

/**
 * A cell of a table that is safe to open in a spreadsheet. It can't become a formula (an apostrophe
 * is put before it), and control characters are shown as their pictures.
 *
 * @see <a href="https://owasp.org/www-community/attacks/CSV_Injection">CSV injection</a>
 */
public final class SpreadsheetCell {

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

  private SpreadsheetCell() {}

  /** A cell that a spreadsheet takes as text on one line, never as a formula. */
  public static String safe(String cell) {
    StringBuilder visible = new StringBuilder(cell.length());
    cell.codePoints().map(SpreadsheetCell::visible).forEach(visible::appendCodePoint);
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
