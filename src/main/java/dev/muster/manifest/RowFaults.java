package dev.muster.manifest;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The faults that a row of any list of devices can have: its form, its device id, and texts that
 * are too long or not texts. Sees the fields that were split last.
 */
final class RowFaults {

  private static final int MAX_SHOWN_ID = 64;
  private static final int MAX_SHOWN_VALUE = 200;

  /** What is left of a GUID of decimal digits, see findings/. */
  private static final Pattern AS_NUMBER = Pattern.compile("\\d+(?:[.,]\\d+)?[eE]\\+?\\d+");

  private final List<String> columns;
  private final int deviceId;
  private final RecordFields fields;
  private final Guid guid = new Guid();
  private final Guid gateway = new Guid();

  RowFaults(ManifestHeader header, RecordFields fields) {
    this.columns = header.columns();
    this.deviceId = header.indexOf(Column.DEVICE_ID);
    this.fields = fields;
  }

  /** The device's GUID, once {@link #in} has found no fault. */
  Guid guid() {
    return guid;
  }

  /** The gateway's GUID, once {@link #inGateway} has found no fault. */
  Guid gateway() {
    return gateway;
  }

  String column(int field) {
    return columns.get(field);
  }

  /** Splits a record; a fault in its form, or in its device id. */
  @Nullable Rejected in(RecordCursor record) {
    fields.split(record);
    Rejected wrongForm = inForm(record);
    return wrongForm == null ? inDeviceId(record.line()) : wrongForm;
  }

  /** A fault in the number of fields, or in their quotes. */
  private @Nullable Rejected inForm(RecordCursor record) {
    if (record.malformed()) {
      return rejected(
          record.line(),
          RejectCode.MALFORMED_QUOTES,
          "",
          RecordFields.shown(record.buffer(), record.start(), record.end(), MAX_SHOWN_VALUE),
          "Text follows a closing quote. Put the whole field in quotes, and double the quotes"
              + " inside it.");
    }
    if (fields.count() != columns.size()) {
      return rejected(
          record.line(),
          RejectCode.WRONG_FIELD_COUNT,
          "",
          Integer.toString(fields.count()),
          "The row has %d fields, and the header has %d columns."
              .formatted(fields.count(), columns.size()));
    }
    return null;
  }

  private @Nullable Rejected inDeviceId(long line) {
    if (!guid.parse(fields.text(), fields.start(deviceId), fields.end(deviceId))) {
      return notAGuid(line);
    }
    if (!guid.reserved()) {
      return null;
    }
    String given = fields.shown(deviceId, MAX_SHOWN_ID);
    return rejected(
        line,
        RejectCode.RESERVED_DEVICE_ID,
        Column.DEVICE_ID.header(),
        given,
        "%s is the %s GUID, which is nobody's. Give the device a GUID of its own."
            .formatted(given, guid.high() == 0 ? "nil" : "max"));
  }

  private Rejected notAGuid(long line) {
    String given = fields.shown(deviceId, MAX_SHOWN_ID);
    if (given.isBlank()) {
      return rejected(
          line,
          RejectCode.MISSING_DEVICE_ID,
          Column.DEVICE_ID.header(),
          given,
          "The row has no device_id.");
    }
    return rejected(
        line,
        RejectCode.MALFORMED_DEVICE_ID,
        Column.DEVICE_ID.header(),
        given,
        ColumnNames.normalised(given).equals(Column.DEVICE_ID.header())
            ? "This line repeats the header: files were put together here. Remove it."
            : "This is no GUID: " + whyNoGuid(deviceId));
  }

  @Nullable Rejected inGateway(long line, int field) {
    String message;
    if (!gateway.parse(fields.text(), fields.start(field), fields.end(field))) {
      message = "This is not the GUID of another device: " + whyNoGuid(field);
    } else if (gateway.reserved()) {
      message = "This is the GUID of no device.";
    } else if (gateway.high() == guid.high() && gateway.low() == guid.low()) {
      message = "A device can't be its own gateway.";
    } else {
      return null;
    }
    return inField(
        line,
        field,
        RejectCode.MALFORMED_GATEWAY_ID,
        message + " Give the device_id of the gateway, or nothing.");
  }

  private String whyNoGuid(int field) {
    String given = fields.shown(field, MAX_SHOWN_ID);
    if (given.startsWith("'")) {
      return "an apostrophe stands before it, as spreadsheets put it before a text. Remove it.";
    }
    int place = 1;
    for (int i = 0; i < given.length(); i += Character.charCount(given.codePointAt(i)), place++) {
      int character = given.codePointAt(i);
      if ((character < ' ' || character >= 0x7F) && character != '…') {
        return "character %d is %s. Put a plain digit or hyphen there, or remove it."
            .formatted(place, Edges.named(character));
      }
    }
    if (AS_NUMBER.matcher(given).matches()) {
      return "a spreadsheet or a converter has taken its digits for a number and lost most of them."
          + " Take it from where it was made, as a text, with its hyphens.";
    }
    return "it needs 32 hexadecimal digits in groups of 8-4-4-4-12, such as"
        + " 3f2504e0-4f89-41d3-9a0c-0305e82c3301.";
  }

  /** A fault in a text: a control character, or too many characters. */
  @Nullable Rejected inText(long line, int field, int maxLength) {
    int length = fields.characters(field);
    String name = columns.get(field);
    if (length < 0) {
      return inField(
          line,
          field,
          RejectCode.CONTROL_CHARACTER,
          "%s holds the control character U+%04X. Remove it.".formatted(name, -1 - length));
    }
    if (length > maxLength) {
      return inField(
          line,
          field,
          RejectCode.FIELD_TOO_LONG,
          "%s has %,d characters; at most %,d are allowed.".formatted(name, length, maxLength));
    }
    return null;
  }

  Rejected inField(long line, int field, RejectCode code, String message) {
    return rejected(line, code, columns.get(field), fields.shown(field, MAX_SHOWN_VALUE), message);
  }

  private Rejected rejected(
      long line, RejectCode code, String column, String value, String message) {
    String id = deviceId < fields.count() ? fields.shown(deviceId, MAX_SHOWN_ID) : "";
    return new Rejected(line, id, code, column, value, message);
  }
}
