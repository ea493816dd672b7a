package dev.muster.manifest;

import com.opencsv.RFC4180Parser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * Judges records. The first fault counts, in this order: the number of fields and their quotes, the
 * device id, then the other columns from left to right.
 *
 * <p>A record without any quote is cut at its commas here, because opencsv makes a String of every
 * field: that alone would take a quarter of the time that a whole manifest may take. Records with
 * quotes go through opencsv.
 */
final class RowValidator {

  private static final int MAX_SHOWN_ID = 64;
  private static final int MAX_SHOWN_VALUE = 200;

  /** Fields beyond the last column that are still told apart, so that a message can count them. */
  private static final int MAX_FIELDS = 1 << 14;

  private final ManifestHeader header;
  private final int columns;
  private final @Nullable Column[] known;
  private final String[] attributeKeys;
  private final int deviceId;
  private final RFC4180Parser opencsv = new RFC4180Parser();
  private final JsonStringEncoder json = JsonStringEncoder.getInstance();
  private final Guid guid = new Guid();
  private final StringBuilder attributes = new StringBuilder();

  private byte[] text = new byte[0];
  private int[] starts;
  private int[] ends;
  private int fields;

  RowValidator(ManifestHeader header) {
    this.header = header;
    this.columns = header.columns().size();
    this.deviceId = header.indexOf(Column.DEVICE_ID);
    this.known = new @Nullable Column[columns];
    this.attributeKeys = new String[columns];
    for (Column column : Column.values()) {
      int index = header.indexOf(column);
      if (index >= 0) {
        known[index] = column;
      }
    }
    for (int i = 0; i < columns; i++) {
      attributeKeys[i] = '"' + new String(json.quoteAsCharArray(header.columns().get(i))) + "\":\"";
    }
    this.starts = new int[columns + 1];
    this.ends = new int[columns + 1];
  }

  Verdict judge(RecordCursor record) {
    split(record);
    if (record.malformed()) {
      return rejected(
          record.line(),
          RejectCode.MALFORMED_QUOTES,
          "",
          shown(record.buffer(), record.start(), record.end(), MAX_SHOWN_VALUE),
          "Text follows a closing quote. Put the whole field in quotes, and double the quotes"
              + " inside it.");
    }
    if (fields != columns) {
      return rejected(
          record.line(),
          RejectCode.WRONG_FIELD_COUNT,
          "",
          Integer.toString(fields),
          "The row has %d fields, and the header has %d columns.".formatted(fields, columns));
    }
    return judgeFields(record.line());
  }

  private Verdict judgeFields(long line) {
    int start = starts[deviceId];
    int end = ends[deviceId];
    if (!guid.parse(text, start, end) || guid.reserved()) {
      return unusableId(line, start, end);
    }
    int[] bounds = Accepted.bounds();
    int from = starts[0];
    attributes.setLength(0);
    for (int i = 0; i < columns; i++) {
      if (i == deviceId || starts[i] == ends[i]) {
        continue;
      }
      Column column = known[i];
      int maxLength = column == null ? Column.MAX_ATTRIBUTE_LENGTH : column.maxLength();
      Rejected fault = fault(line, i, maxLength);
      if (fault != null) {
        return fault;
      }
      if (column == null) {
        addAttribute(i, new String(text, starts[i], ends[i] - starts[i], StandardCharsets.UTF_8));
      } else {
        bounds[Accepted.boundsOf(column)] = starts[i] - from;
        bounds[Accepted.boundsOf(column) + 1] = ends[i] - from;
      }
    }
    return new Accepted(
        line,
        guid.high(),
        guid.low(),
        Arrays.copyOfRange(text, from, ends[columns - 1]),
        bounds,
        attributes.isEmpty() ? null : attributes.append('}').toString());
  }

  private void addAttribute(int index, String value) {
    attributes.append(attributes.isEmpty() ? '{' : ',').append(attributeKeys[index]);
    json.quoteAsString(value, attributes);
    attributes.append('"');
  }

  private Rejected unusableId(long line, int start, int end) {
    String given = shown(text, start, end, MAX_SHOWN_ID);
    if (given.isBlank()) {
      return rejected(
          line, RejectCode.MISSING_DEVICE_ID, deviceIdName(), given, "The row has no device_id.");
    }
    if (guid.parse(text, start, end)) {
      return rejected(
          line,
          RejectCode.RESERVED_DEVICE_ID,
          deviceIdName(),
          given,
          "%s is the %s GUID, which is nobody's. Give the device a GUID of its own."
              .formatted(given, guid.high() == 0 ? "nil" : "max"));
    }
    String hint =
        Guid.isGuid(given.strip())
            ? "There is white space around this GUID; remove it."
            : "This is no GUID: it needs 32 hexadecimal digits in groups of 8-4-4-4-12, such as"
                + " 3f2504e0-4f89-41d3-9a0c-0305e82c3301.";
    return rejected(line, RejectCode.MALFORMED_DEVICE_ID, deviceIdName(), given, hint);
  }

  private @Nullable Rejected fault(long line, int field, int maxLength) {
    int length = 0;
    for (int i = starts[field]; i < ends[field]; i++) {
      byte b = text[i];
      if (b < 0) {
        if (b == (byte) 0xC2 && text[i + 1] < (byte) 0xA0) {
          return control(line, field, text[i + 1] & 0xFF); // U+0080 to U+009F
        }
        if ((b & 0xC0) != 0x80) {
          length++;
        }
      } else {
        length++;
        if ((b < ' ' && b != '\t' && b != '\n' && b != '\r') || b == 0x7F) {
          return control(line, field, b);
        }
      }
    }
    if (length <= maxLength) {
      return null;
    }
    String name = header.columns().get(field);
    return rejected(
        line,
        RejectCode.FIELD_TOO_LONG,
        name,
        shown(text, starts[field], ends[field], MAX_SHOWN_VALUE),
        "%s has %,d characters; at most %,d are allowed.".formatted(name, length, maxLength));
  }

  private Rejected control(long line, int field, int character) {
    String name = header.columns().get(field);
    return rejected(
        line,
        RejectCode.CONTROL_CHARACTER,
        name,
        shown(text, starts[field], ends[field], MAX_SHOWN_VALUE),
        "%s holds the control character U+%04X. Remove it.".formatted(name, character));
  }

  private Rejected rejected(
      long line, RejectCode code, String column, String value, String message) {
    String id =
        deviceId < fields ? shown(text, starts[deviceId], ends[deviceId], MAX_SHOWN_ID) : "";
    return new Rejected(line, id, code, column, value, message);
  }

  private String deviceIdName() {
    return Column.DEVICE_ID.header();
  }

  /** The text, shortened to so many characters. */
  private static String shown(byte[] text, int start, int end, int most) {
    // Four bytes a character at the most: what is cut off in the middle of one falls to the second
    // cut.
    String shown =
        new String(text, start, Math.min(end - start, most * 4 + 4), StandardCharsets.UTF_8);
    return shown.codePointCount(0, shown.length()) <= most
        ? shown
        : shown.substring(0, shown.offsetByCodePoints(0, most - 1)) + "…";
  }

  private void split(RecordCursor record) {
    if (record.quoted() && !record.malformed()) {
      splitQuoted(record);
    } else {
      splitAtCommas(record.buffer(), record.start(), record.end());
    }
  }

  private void splitAtCommas(byte[] buffer, int start, int end) {
    text = buffer;
    fields = 0;
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
    fields = 0;
    int from = 0;
    for (String field : parsed) {
      int to = from + field.getBytes(StandardCharsets.UTF_8).length;
      addField(from, to);
      from = to;
    }
  }

  private void addField(int start, int end) {
    if (fields == starts.length) {
      if (fields == MAX_FIELDS) {
        return;
      }
      starts = Arrays.copyOf(starts, fields * 2);
      ends = Arrays.copyOf(ends, fields * 2);
    }
    starts[fields] = start;
    ends[fields] = end;
    fields++;
  }
}
