package dev.muster.bundle;

import com.opencsv.CSVWriter;
import com.opencsv.ICSVWriter;
import dev.muster.home.SecretFile;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The report of the rows that were refused: CSV (RFC 4180) that is safe to open in a spreadsheet.
 * No cell can become a formula, and no control character gets through.
 *
 * @see <a href="https://owasp.org/www-community/attacks/CSV_Injection">CSV injection</a>
 */
public final class RejectsReport implements AutoCloseable {

  private static final String STARTS_A_FORMULA = "=+-@＝＋－＠|%";

  private final FileChannel channel;
  private final CSVWriter csv;

  /**
   * @param file replaced when it is there
   */
  public RejectsReport(Path file) throws IOException {
    Files.deleteIfExists(file);
    channel = SecretFile.open(file);
    csv =
        new CSVWriter(
            new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8)),
            ICSVWriter.DEFAULT_SEPARATOR,
            ICSVWriter.DEFAULT_QUOTE_CHARACTER,
            ICSVWriter.DEFAULT_QUOTE_CHARACTER,
            ICSVWriter.RFC4180_LINE_END);
    write("line", "device_id", "code", "column", "message");
  }

  public void add(long line, String deviceId, String code, String column, String message)
      throws IOException {
    write(Long.toString(line), deviceId, code, column, message);
  }

  private void write(String... cells) throws IOException {
    String[] safe = new String[cells.length];
    for (int i = 0; i < cells.length; i++) {
      safe[i] = safe(cells[i]);
    }
    csv.writeNext(safe, false);
    if (csv.checkError()) {
      throw new IOException("The report of rejected rows can't be written.", csv.getException());
    }
  }

  static String safe(String cell) {
    StringBuilder visible = new StringBuilder(cell.length());
    cell.codePoints()
        .forEach(c -> visible.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c));
    String text = visible.toString();
    String bare = text.replace("\uFEFF", "").strip();
    return !bare.isEmpty() && STARTS_A_FORMULA.indexOf(bare.charAt(0)) >= 0 ? "'" + text : text;
  }

  /** When this returns, the report is on disk. */
  @Override
  public void close() throws IOException {
    csv.flush();
    channel.force(true);
    csv.close();
  }
}
