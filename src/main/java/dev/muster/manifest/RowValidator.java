package dev.muster.manifest;

import com.google.re2j.Pattern;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
  private final @Nullable Rule[] rules;
  private final byte[] defaults;
  private final int[] defaultBounds;
  private final String defaultAttributes;
  private final SerialNumbers serialNumbers = new SerialNumbers();
  private final int serialNumber;

  /**
   * What its factory's format says of a column.
   *
   * @param values that it may have; null: any
   * @param pattern that its values match; null: none
   */
  private record Rule(boolean required, @Nullable List<String> values, @Nullable Pattern pattern) {}

  RowValidator(ManifestHeader header, ManifestFormat format) {
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
      attributeKeys[i] = key(header.columns().get(i));
    }
    this.rules = new @Nullable Rule[columns];
    for (int i = 0; i < columns; i++) {
      rules[i] = rule(header.columns().get(i), format);
    }
    ByteArrayOutputStream texts = new ByteArrayOutputStream();
    this.defaultBounds = Accepted.bounds();
    for (Map.Entry<String, String> value : format.defaults().entrySet()) {
      Column column = Column.of(value.getKey());
      if (column != null && header.indexOf(column) < 0) {
        defaultBounds[Accepted.boundsOf(column)] = texts.size();
        texts.writeBytes(value.getValue().getBytes(StandardCharsets.UTF_8));
        defaultBounds[Accepted.boundsOf(column) + 1] = texts.size();
      } else if (column == null && !header.columns().contains(value.getKey())) {
        addAttribute(key(value.getKey()), value.getValue());
      }
    }
    this.defaults = texts.toByteArray();
    this.defaultAttributes = attributes.toString();
    this.fields = new RecordFields(columns, header.separator().character());
    this.faults = new RowFaults(header, fields);
  }

  private String key(String column) {
    return '"' + new String(json.quoteAsCharArray(column)) + "\":\"";
  }

  private static @Nullable Rule rule(String column, ManifestFormat format) {
    boolean required = format.required().contains(column);
    List<String> values = format.allowed().get(column);
    Pattern pattern = format.pattern(column);
    return !required && values == null && pattern == null
        ? null
        : new Rule(required, values, pattern);
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
    attributes.append(defaultAttributes);
    for (int i = 0; i < columns; i++) {
      if (passedOver[i]) {
        continue;
      }
      if (fields.empty(i)) {
        Rule rule = rules[i];
        if (rule != null && rule.required()) {
          return faults.inField(
              line, i, RejectCode.MISSING_VALUE, "The row has no %s.".formatted(faults.column(i)));
        }
        continue;
      }
      Column column = known[i];
      int maxLength = column == null ? Column.MAX_ATTRIBUTE_LENGTH : column.maxLength();
      Rejected fault =
          column == Column.GATEWAY_ID
              ? faults.inGateway(line, i)
              : faults.inText(line, i, maxLength);
      if (fault == null && rules[i] != null) {
        fault = againstRule(line, i, rules[i]);
      }
      if (fault != null) {
        return fault;
      }
      if (column == null) {
        addAttribute(attributeKeys[i], fields.value(i));
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
        text(bounds, from, fields.end(columns - 1)),
        bounds,
        attributes.isEmpty() ? null : attributes.append('}').toString());
  }

  private @Nullable Rejected againstRule(long line, int field, Rule rule) {
    String wrong =
        ManifestFormat.fault(
            faults.column(field), fields.value(field), rule.values(), rule.pattern());
    return wrong == null ? null : faults.inField(line, field, RejectCode.VALUE_NOT_ALLOWED, wrong);
  }

  /** The row's own text, and behind it the values of columns that are not sent. */
  private byte[] text(int[] bounds, int from, int to) {
    if (defaults.length == 0) {
      return Arrays.copyOfRange(fields.text(), from, to);
    }
    byte[] text = new byte[to - from + defaults.length];
    System.arraycopy(fields.text(), from, text, 0, to - from);
    System.arraycopy(defaults, 0, text, to - from, defaults.length);
    for (int i = 0; i < bounds.length; i++) {
      if (defaultBounds[i] > 0 || defaultBounds[i | 1] > 0) {
        bounds[i] = to - from + defaultBounds[i];
      }
    }
    return text;
  }

  /** What looks like a mistake in the rows that were accepted so far. */
  List<String> warnings() {
    return serialNumbers.warnings();
  }

  private void addAttribute(String key, String value) {
    attributes.append(attributes.isEmpty() ? '{' : ',').append(key);
    json.quoteAsString(value, attributes);
    attributes.append('"');
  }
}
