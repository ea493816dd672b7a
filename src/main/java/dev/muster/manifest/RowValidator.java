package dev.muster.manifest;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * Judges records. The first fault counts, in this order: the number of fields and their quotes, the
 * device id, then the other columns from left to right.
 */
final class RowValidator {

  private static final int MAX_SHOWN_ID = 64;
  private static final int MAX_SHOWN_VALUE = 200;

  private final ManifestHeader header;
  private final int columns;
  private final @Nullable Column[] known;
  private final String[] attributeKeys;
  private final int deviceId;
  private final JsonStringEncoder json = JsonStringEncoder.getInstance();
  private final Guid guid = new Guid();
  private final Guid gateway = new Guid();
  private final RecordFields fields;
  private final StringBuilder attributes = new StringBuilder();

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
    this.fields = new RecordFields(columns);
  }

  Verdict judge(RecordCursor record) {
    fields.split(record);
    if (record.malformed()) {
      return rejected(
          record.line(),
          RejectCode.MALFORMED_QUOTES,
          "",
          RecordFields.shown(record.buffer(), record.start(), record.end(), MAX_SHOWN_VALUE),
          "Text follows a closing quote. Put the whole field in quotes, and double the quotes"
              + " inside it.");
    }
    if (fields.count() != columns) {
      return rejected(
          record.line(),
          RejectCode.WRONG_FIELD_COUNT,
          "",
          Integer.toString(fields.count()),
          "The row has %d fields, and the header has %d columns."
              .formatted(fields.count(), columns));
    }
    return judgeFields(record.line());
  }

  private Verdict judgeFields(long line) {
    if (!guid.parse(fields.text(), fields.start(deviceId), fields.end(deviceId))
        || guid.reserved()) {
      return unusableId(line);
    }
    int[] bounds = Accepted.bounds();
    int from = fields.start(0);
    attributes.setLength(0);
    for (int i = 0; i < columns; i++) {
      if (i == deviceId || fields.empty(i)) {
        continue;
      }
      Column column = known[i];
      int maxLength = column == null ? Column.MAX_ATTRIBUTE_LENGTH : column.maxLength();
      Rejected fault = fault(line, i, maxLength);
      if (fault != null) {
        return fault;
      }
      if (column == Column.GATEWAY_ID && !namesGateway(i)) {
        return unusableGateway(line, i);
      }
      if (column == null) {
        addAttribute(i, fields.value(i));
      } else {
        bounds[Accepted.boundsOf(column)] = fields.start(i) - from;
        bounds[Accepted.boundsOf(column) + 1] = fields.end(i) - from;
      }
    }
    return new Accepted(
        line,
        guid.high(),
        guid.low(),
        Arrays.copyOfRange(fields.text(), from, fields.end(columns - 1)),
        bounds,
        attributes.isEmpty() ? null : attributes.append('}').toString());
  }

  private boolean namesGateway(int field) {
    return gateway.parse(fields.text(), fields.start(field), fields.end(field))
        && !gateway.reserved()
        && (gateway.high() != guid.high() || gateway.low() != guid.low());
  }

  private Rejected unusableGateway(long line, int field) {
    return rejected(
        line,
        RejectCode.MALFORMED_GATEWAY_ID,
        Column.GATEWAY_ID.header(),
        fields.shown(field, MAX_SHOWN_VALUE),
        "This is not the GUID of another device. Give the device_id of the gateway, or nothing.");
  }

  private void addAttribute(int index, String value) {
    attributes.append(attributes.isEmpty() ? '{' : ',').append(attributeKeys[index]);
    json.quoteAsString(value, attributes);
    attributes.append('"');
  }

  private Rejected unusableId(long line) {
    String given = fields.shown(deviceId, MAX_SHOWN_ID);
    if (given.isBlank()) {
      return rejected(
          line, RejectCode.MISSING_DEVICE_ID, deviceIdName(), given, "The row has no device_id.");
    }
    if (guid.parse(fields.text(), fields.start(deviceId), fields.end(deviceId))) {
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
    int length = fields.characters(field);
    if (length < 0) {
      return control(line, field, -1 - length);
    }
    if (length <= maxLength) {
      return null;
    }
    String name = header.columns().get(field);
    return rejected(
        line,
        RejectCode.FIELD_TOO_LONG,
        name,
        fields.shown(field, MAX_SHOWN_VALUE),
        "%s has %,d characters; at most %,d are allowed.".formatted(name, length, maxLength));
  }

  private Rejected control(long line, int field, int character) {
    String name = header.columns().get(field);
    return rejected(
        line,
        RejectCode.CONTROL_CHARACTER,
        name,
        fields.shown(field, MAX_SHOWN_VALUE),
        "%s holds the control character U+%04X. Remove it.".formatted(name, character));
  }

  private Rejected rejected(
      long line, RejectCode code, String column, String value, String message) {
    String id = deviceId < fields.count() ? fields.shown(deviceId, MAX_SHOWN_ID) : "";
    return new Rejected(line, id, code, column, value, message);
  }

  private String deviceIdName() {
    return Column.DEVICE_ID.header();
  }
}
