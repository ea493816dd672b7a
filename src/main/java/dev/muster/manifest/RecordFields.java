package dev.muster.manifest;

import com.opencsv.RFC4180Parser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The fields of one record, as the bytes that they are; kept and reused from record to record.
 *
 * <p>A record without any quote is cut at its commas here, because opencsv makes a String of every
 * field: that alone would take a quarter of the time that a whole manifest may take. Records with
 * quotes go through opencsv.
 */
final class RecordFields {

  /** Fields beyond the last column that are still told apart, so that a message can count them. */
  private static final int MAX_FIELDS = 1 << 14;

  private final RFC4180Parser opencsv = new RFC4180Parser();
  private byte[] text = new byte[0];
  private int[] starts;
  private int[] ends;
  private int count;

  /**
   * @param columns how many fields a record has when all is well
   */
  RecordFields(int columns) {
    this.starts = new int[columns + 1];
    this.ends = new int[columns + 1];
  }

  /** Takes the record that the cursor stands on; it is read until the cursor goes on. */
  void split(RecordCursor record) {
    if (record.quoted() && !record.malformed()) {
      splitQuoted(record);
    } else {
      splitAtCommas(record.buffer(), record.start(), record.end());
    }
  }

  int count() {
    return count;
  }

  /** In UTF-8. */
  byte[] text() {
    return text;
  }

  int start(int field) {
    return starts[field];
  }

  int end(int field) {
    return ends[field];
  }

  boolean empty(int field) {
    return starts[field] == ends[field];
  }

  String value(int field) {
    return new String(text, starts[field], ends[field] - starts[field], StandardCharsets.UTF_8);
  }

  /** The field's text, shortened to so many characters. */
  String shown(int field, int most) {
    return shown(text, starts[field], ends[field], most);
  }

  /** The text, shortened to so many characters. */
  static String shown(byte[] text, int start, int end, int most) {
    // Four bytes a character at the most: what is cut off in the middle of one falls to the second
    // cut.
    String shown =
        new String(text, start, Math.min(end - start, most * 4 + 4), StandardCharsets.UTF_8);
    return shown.codePointCount(0, shown.length()) <= most
        ? shown
        : shown.substring(0, shown.offsetByCodePoints(0, most - 1)) + "…";
  }

  /**
   * How many characters a field has; when it holds a control character, -1 less that one's code
   * point.
   */
  int characters(int field) {
    int length = 0;
    for (int i = starts[field]; i < ends[field]; i++) {
      byte b = text[i];
      if (b < 0) {
        if (b == (byte) 0xC2 && text[i + 1] < (byte) 0xA0) {
          return -1 - (text[i + 1] & 0xFF); // U+0080 to U+009F
        }
        if ((b & 0xC0) != 0x80) {
          length++;
        }
      } else {
        length++;
        if ((b < ' ' && b != '\t' && b != '\n' && b != '\r') || b == 0x7F) {
          return -1 - b;
        }
      }
    }
    return length;
  }

  private void splitAtCommas(byte[] buffer, int start, int end) {
    text = buffer;
    count = 0;
    int from = start;
    for (int i = start; i < end; i++) {
      if (buffer[i] == ',') {
        addField(from, i);
        from = i + 1;
      }
    }
    addField(from, end);
  }

  private void splitQuoted(RecordCursor record) {
    String[] parsed;
    try {
      parsed =
          opencsv.parseLine(
              new String(
                  record.buffer(),
                  record.start(),
                  record.end() - record.start(),
                  StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalStateException(
          "opencsv sees the end of the record on line " + record.line() + " elsewhere.", e);
    }
    StringBuilder joined = new StringBuilder();
    for (String field : parsed) {
      joined.append(field);
    }
    text = joined.toString().getBytes(StandardCharsets.UTF_8);
    count = 0;
    int from = 0;
    for (String field : parsed) {
      int to = from + field.getBytes(StandardCharsets.UTF_8).length;
      addField(from, to);
      from = to;
    }
  }

  private void addField(int start, int end) {
    if (count == starts.length) {
      if (count == MAX_FIELDS) {
        return;
      }
      starts = Arrays.copyOf(starts, count * 2);
      ends = Arrays.copyOf(ends, count * 2);
    }
    starts[count] = start;
    ends[count] = end;
    count++;
  }
}
