package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.manifest.PlainReader.Row;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Of any text the header has the columns that a plain reader finds under the first separator that
 * gives it a device's id, and no column is left out.
 */
public final class HeaderFuzz {

  private HeaderFuzz() {}

  /** Called by Jazzer, see docs/fuzz.sh, and by FuzzTests. */
  public static void fuzzerTestOneInput(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try {
      String whole = read(text, new ByteArrayInputStream(bytes), ManifestFormat.NONE);
      assertThat(read(text, new Pieces(bytes), ManifestFormat.NONE)).isEqualTo(whole);
      read(text, new ByteArrayInputStream(bytes), ReceivedFile.AGREED);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String read(String text, InputStream in, ManifestFormat format)
      throws IOException {
    RecordCursor cursor = new RecordCursor(in::read, 0, 1, ReceiveLimits.MAX_LINE_BYTES);
    HeaderReader reader = new HeaderReader(cursor, format);
    ManifestHeader header;
    try {
      header = reader.read();
    } catch (ManifestRefusedException e) {
      assertThat(e.getMessage()).isNotBlank().hasSizeLessThanOrEqualTo(1000);
      return e.code() + " " + e.getMessage();
    }
    List<String> columns = header.columns();
    assertThat(columns).filteredOn(name -> !name.isEmpty()).doesNotHaveDuplicates();
    assertThat(columns).filteredOn(name -> name.equals("device_id")).hasSize(1);
    assertThat(columns.size()).isEqualTo(cursor.fields()); // in few words when it fails
    assertThat(header.asSent()).hasSameSizeAs(columns);
    assertThat(header.doubts()).allMatch(doubt -> doubt.length() <= 1000);
    if (format.equals(ManifestFormat.NONE) && !text.toLowerCase(Locale.ROOT).contains("sep=")) {
      Row first = firstUnderFirstSeparator(text, header.separator());
      if (first != null) {
        assertThat(columns)
            .isEqualTo(first.fields().stream().map(ColumnNames::normalised).toList());
        assertThat(cursor.line()).isEqualTo(first.line());
      }
    }
    return header.toString();
  }

  /** Unless quotes stand in the blank rows above it, of which each separator makes other ones. */
  private static @Nullable Row firstUnderFirstSeparator(String text, Separator found) {
    for (Separator separator : Separator.values()) {
      List<Row> rows = PlainReader.rows(text, separator, 1).rows();
      int at = 0;
      while (at < rows.size() && isBlankUnderAny(rows.get(at).text())) {
        if (rows.get(at).text().contains("\"")) {
          return null;
        }
        at++;
      }
      if (separator == found) {
        return rows.get(at);
      }
      assertThat(at < rows.size() && isPlainHeader(rows.get(at))).isFalse();
    }
    return null;
  }

  /** One that nothing is wrong with, so that no further separator is tried. */
  private static boolean isPlainHeader(Row row) {
    List<String> names = row.fields().stream().map(ColumnNames::normalised).toList();
    return names.contains("device_id")
        && !row.malformed()
        && names.size() <= Column.MAX_COLUMNS
        && names.stream().distinct().count() == names.size()
        && names.stream().allMatch(name -> name.matches("[a-z0-9_]{1,64}"));
  }

  private static boolean isBlankUnderAny(String text) {
    return text.chars().allMatch(c -> Edges.isEdge(c) || ",;\t|\"".indexOf(c) >= 0);
  }
}
