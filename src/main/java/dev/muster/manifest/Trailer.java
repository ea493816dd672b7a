package dev.muster.manifest;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The last row, which says how many rows stand above it: {@code # rows=1234}, in whatever a
 * spreadsheet or a report generator makes of that.
 */
final class Trailer {

  /** What of a file's end is looked at. */
  static final int TAIL_BYTES = 4096;

  private static final int MAX_LENGTH = 1000;
  private static final int SHOWN = 60;

  private static final Pattern UNDRESSED = Pattern.compile("[\\s\\p{Z}\\p{Cf}\"\\u001A]+");
  private static final Pattern EMPTY_FIELDS = Pattern.compile("[,;|]+$");
  private static final Pattern ROWS =
      Pattern.compile(
          "#rows?[=:]\\+?(\\d{1,18}|\\d{1,3}(?:[,.'’_]\\d{3}){1,5})", Pattern.CASE_INSENSITIVE);

  private Trailer() {}

  /**
   * How many rows the record says there are.
   *
   * @throws ManifestRefusedException when it does not say that: a guard that is not understood must
   *     not be passed over
   */
  static long rows(RecordCursor record) throws ManifestRefusedException {
    int length = record.end() - record.start();
    Matcher rows =
        bare(RecordFields.shown(record.buffer(), record.start(), record.end(), MAX_LENGTH));
    if (length > MAX_LENGTH || !rows.matches()) {
      throw new ManifestRefusedException(
          RefusalCode.UNREADABLE_TRAILER,
          "Line %d begins with '#', but is not the trailer '# rows=1234': '%s'. Mend or remove it. A row of data can't begin with '#'; if it is one, put another column first."
              .formatted(
                  record.line(),
                  RecordFields.shown(record.buffer(), record.start(), record.end(), SHOWN)));
    }
    return Long.parseLong(rows.group(1).replaceAll("\\D", ""));
  }

  /**
   * Whether a file with this end has its trailer. One that is not followed by a line end may still
   * be written: {@code # rows=1} of {@code # rows=100}.
   */
  static boolean ends(byte[] tail) {
    String text = new String(tail, StandardCharsets.ISO_8859_1);
    int last = text.lastIndexOf('\n');
    String lines = last < 0 ? "" : text.substring(0, last).stripTrailing();
    return text.substring(last + 1).isBlank()
        && bare(lines.substring(lines.lastIndexOf('\n') + 1)).matches();
  }

  private static Matcher bare(String line) {
    return ROWS.matcher(
        EMPTY_FIELDS.matcher(UNDRESSED.matcher(line).replaceAll("")).replaceAll(""));
  }
}
