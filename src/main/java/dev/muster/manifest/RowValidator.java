package dev.muster.manifest;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * Judges records. The first fault counts, in this order: the number of fields and their quotes, the
 * device id, then the other columns from left to right.
 */
final class RowValidator {

  private final int columns;
  private final @Nullable Column[] known;
  private final String[] attributeKeys;
  private final boolean[] passedOver;
  private final JsonStringEncoder json = JsonStringEncoder.getInstance();
  private final RecordFields fields;
  private final RowFaults faults;
  private final StringBuilder attributes = new StringBuilder();
  private final SerialNumbers serialNumbers = new SerialNumbers();
  private final int serialNumber;

  RowValidator(ManifestHeader header) {
    this.columns = header.columns().size();
    this.passedOver = new boolean[columns];
    this.serialNumber = header.indexOf(Column.SERIAL_NUMBER);
    this.known = new @Nullable Column[columns];
    this.attributeKeys = new String[columns];
    for (Column column : Column.values()) {
      int index = header.indexOf(column);
      if (index >= 0) {
        known[index] = column;
      }
    }
    for (int i = 0; i < columns; i++) {
      passedOver[i] = known[i] == Column.DEVICE_ID || header.passedOver(i);
      attributeKeys[i] = '"' + new String(json.quoteAsCharArray(header.columns().get(i))) + "\":\"";
    }
    this.fields = new RecordFields(columns, header.separator().character());
    this.faults = new RowFaults(header, fields);
  }

  Verdict judge(RecordCursor record) {
    fields.split(record);
    Rejected wrongForm = faults.inForm(record);
    if (wrongForm != null) {
      return wrongForm;
    }
    Rejected unusableId = faults.inDeviceId(record.line());
    return unusableId == null ? judgeFields(record.line()) : unusableId;
  }

  private Verdict judgeFields(long line) {
    int[] bounds = Accepted.bounds();
    int from = fields.start(0);
    attributes.setLength(0);
    for (int i = 0; i < columns; i++) {
      if (passedOver[i] || fields.empty(i)) {
        continue;
      }
      Column column = known[i];
      int maxLength = column == null ? Column.MAX_ATTRIBUTE_LENGTH : column.maxLength();
      Rejected fault =
          column == Column.GATEWAY_ID
              ? faults.inGateway(line, i)
              : faults.inText(line, i, maxLength);
      if (fault != null) {
        return fault;
      }
      if (column == null) {
        addAttribute(i, fields.value(i));
      } else {
        bounds[Accepted.boundsOf(column)] = fields.start(i) - from;
        bounds[Accepted.boundsOf(column) + 1] = fields.end(i) - from;
      }
    }
    if (serialNumber >= 0 && !fields.empty(serialNumber)) {
      serialNumbers.see(fields.text(), fields.start(serialNumber), fields.end(serialNumber), line);
    }
    return new Accepted(
        line,
        faults.guid().high(),
        faults.guid().low(),
        Arrays.copyOfRange(fields.text(), from, fields.end(columns - 1)),
        bounds,
        attributes.isEmpty() ? null : attributes.append('}').toString());
  }

  /** What looks like a mistake in the rows that were accepted so far. */
  List<String> warnings() {
    return serialNumbers.warnings();
  }

  private void addAttribute(int index, String value) {
    attributes.append(attributes.isEmpty() ? '{' : ',').append(attributeKeys[index]);
    json.quoteAsString(value, attributes);
    attributes.append('"');
  }
}
