package dev.muster.manifest;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The fields of one record, as the bytes that they are, without what is no part of them at their
 * edges; kept and reused from record to record.
 *
 * <p>A String of every field would take a quarter of the time that a whole manifest may take.
 */
final class RecordFields {

  /** Fields that are told apart, so that a message can count them: more than a header may have. */
  static final int MAX_FIELDS = 1 << 14;

  private final byte separator;
  private byte[] text = new byte[0];
  private byte[] unquoted = new byte[0];
  private int[] starts;
  private int[] ends;
  private int count;

  RecordFields(int columns, byte separator) {
    this.separator = separator;
    this.starts = new int[columns + 1];
    this.ends = new int[columns + 1];
  }

  /** Takes the record that the cursor stands on; it is read until the cursor goes on. */
  void split(RecordCursor record) {
    if (record.quoted() && !record.malformed()) {
      splitQuoted(record);
    } else {
      splitUnquoted(record.buffer(), record.start(), record.end());
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

  private void splitUnquoted(byte[] buffer, int start, int end) {
    text = buffer;
    count = 0;
    int from = start;
    for (int i = start; i < end; i++) {
      if (buffer[i] == separator) {
        addField(from, i);
        from = i + 1;
      }
    }
    addField(from, end);
  }

  /** Into a text of its own, in which no quotes are but those that are meant. */
  private void splitQuoted(RecordCursor record) {
    byte[] buffer = record.buffer();
    int end = record.end();
    if (unquoted.length < end - record.start()) {
      unquoted = new byte[Math.max(end - record.start(), 2 * unquoted.length)];
    }
    text = unquoted;
    count = 0;
    int from = record.start();
    int to = 0;
    while (from <= end) {
      int fieldStart = to;
      int i = from;
      for (int edge = edge(buffer, i, end); edge > 0; edge = edge(buffer, i, end)) {
        i += edge;
      }
      if (i < end && buffer[i] == '"') {
        i++;
        while (i < end && (buffer[i] != '"' || (i + 1 < end && buffer[i + 1] == '"'))) {
          i += buffer[i] == '"' ? 1 : 0;
          text[to++] = buffer[i++];
        }
        while (i < end && buffer[i] != separator) {
          i++;
        }
      } else {
        while (i < end && buffer[i] != separator) {
          text[to++] = buffer[i++];
        }
      }
      addField(fieldStart, to);
      from = i + 1;
    }
  }

  private int edge(byte[] buffer, int at, int end) {
    return at < end && buffer[at] == separator ? 0 : Edges.edge(buffer, at, end);
  }

  private void addField(int from, int to) {
    int start = from;
    int end = to;
    if (start < end && (text[start] <= ' ' || text[end - 1] <= ' ')) { // or is not ASCII
      start = Edges.start(text, start, end);
      end = Edges.end(text, start, end);
    }
    if (end - start > 2
        && text[start] == '='
        && text[start + 1] == '"'
        && text[end - 1] == '"') { // how spreadsheets are kept from taking a text for a number
      start = Edges.start(text, start + 2, end - 1);
      end = Edges.end(text, start, end - 1);
    }
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
