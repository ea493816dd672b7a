package dev.muster.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.manifest.PlainReader.Row;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The records of any text, and their fields, are those that a plain reader finds. */
public final class RecordCursorFuzz {

  private RecordCursorFuzz() {}

  /** Called by Jazzer, see docs/fuzz.sh, and by FuzzTests. */
  public static void fuzzerTestOneInput(byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try {
      for (Separator separator : Separator.values()) {
        PlainReader.Rows expected = PlainReader.rows(text, separator, 1);
        compare(expected, bytes, new ByteArrayInputStream(bytes), separator);
        compare(expected, bytes, new Pieces(bytes), separator);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void compare(
      PlainReader.Rows expected, byte[] bytes, InputStream in, Separator separator)
      throws IOException {
    RecordCursor cursor = new RecordCursor(in::read, 0, 1, Integer.MAX_VALUE / 4);
    cursor.separateBy(separator);
    long offset = 0;
    try {
      for (Row row : expected.rows()) {
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.line()).isEqualTo(row.line());
        assertThat(cursor.offset()).isEqualTo(offset);
        assertThat(cursor.malformed()).isEqualTo(row.malformed());
        byte[] record = Arrays.copyOfRange(cursor.buffer(), cursor.start(), cursor.end());
        assertThat(new String(record, StandardCharsets.UTF_8)).isEqualTo(row.text());
        int from = Math.toIntExact(offset);
        assertThat(record).isEqualTo(Arrays.copyOfRange(bytes, from, from + record.length));
        compareFields(row, cursor, separator);
        offset = cursor.nextOffset();
      }
      assertThat(cursor.next()).isFalse();
      assertThat(expected.unclosed()).isFalse();
      assertThat(offset).isEqualTo(bytes.length);
    } catch (ManifestRefusedException e) {
      assertThat(e.code()).isEqualTo(RefusalCode.UNCLOSED_QUOTE);
      assertThat(expected.unclosed()).isTrue();
      assertThat(offset).isLessThan(bytes.length);
    }
  }

  /** Those of a malformed row are of no account: it is rejected. */
  private static void compareFields(Row row, RecordCursor cursor, Separator separator) {
    if (row.malformed()) {
      return;
    }
    RecordFields fields = new RecordFields(1, separator.character());
    fields.split(cursor);
    if (row.fields().size() > RecordFields.MAX_FIELDS) {
      assertThat(fields.count()).isEqualTo(RecordFields.MAX_FIELDS);
      return;
    }
    assertThat(fields.count()).isEqualTo(row.fields().size());
    for (int i = 0; i < fields.count(); i++) {
      assertThat(fields.value(i)).isEqualTo(row.fields().get(i));
    }
    assertThat(cursor.fields()).isEqualTo(row.fields().size());
    assertThat(RowKind.of(cursor) == RowKind.BLANK).isEqualTo(row.blank());
    assertThat(RowKind.of(cursor) == RowKind.TRAILER)
        .isEqualTo(row.trailer((char) separator.character()));
  }
}
