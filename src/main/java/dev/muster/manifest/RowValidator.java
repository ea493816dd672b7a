package dev.muster.manifest;

import com.google.re2j.Pattern;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.io.JsonStringEncoder;

/**
 * Judges records. The first fault counts, in this order: the number of fields and their quotes, the
 * device id, the action, then the other columns from left to right.
 */
final class RowValidator {

  /** What stands, in a row that may change a device, for no value. */
  private static final String CLEAR = "clear";

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
  private final @Nullable UUID defaultGateway;
  private final List<Kept> kept;
  private final SerialNumbers serialNumbers = new SerialNumbers();
  private final int serialNumber;
  private final int action;
  private final Updates updates;
  private final StringBuilder changes = new StringBuilder();

  /**
   * What its factory's format says of a column.
   *
   * @param values that it may have; null: any
   * @param pattern that its values match; null: none
   */
  private record Rule(boolean required, @Nullable List<String> values, @Nullable Pattern pattern) {}

  /**
   * Something that is kept as an attribute.
   *
   * @param key its name as JSON, up to its value
   * @param column whose value it is; -1: always {@code value}, as its factory's format says
   */
  private record Kept(String name, String key, int column, String value) {

    /**
     * The order in which PostgreSQL writes a jsonb object: short names first, then by their bytes.
     * So what is written is what is read, and can be compared as it is.
     *
     * @see <a href="https://www.postgresql.org/docs/18/datatype-json.html">JSON types</a>
     */
    static final Comparator<Kept> AS_JSONB =
        Comparator.comparing(
            kept -> kept.name().getBytes(StandardCharsets.UTF_8),
            Comparator.<byte[]>comparingInt(name -> name.length)
                .thenComparing(Arrays::compareUnsigned));
  }

  RowValidator(ManifestHeader header, ManifestFormat format, Updates updates) {
    this.columns = header.columns().size();
    this.passedOver = new boolean[columns];
    this.action = header.indexOfAction();
    this.updates = updates;
    this.serialNumber = header.indexOf(Column.SERIAL_NUMBER);
    this.known = new @Nullable Column[columns];
    this.attributeKeys = new String[columns];
    for (Column column : Column.values()) {
      int index = header.indexOf(column);
      if (index >= 0) {
        known[index] = column;
      }
    }
    List<Kept> kept = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      passedOver[i] = known[i] == Column.DEVICE_ID || i == action || header.passedOver(i);
      attributeKeys[i] = key(header.columns().get(i));
      if (known[i] == null && !passedOver[i]) {
        kept.add(new Kept(header.columns().get(i), attributeKeys[i], i, ""));
      }
    }
    this.rules = new @Nullable Rule[columns];
    for (int i = 0; i < columns; i++) {
      rules[i] = rule(header.columns().get(i), format);
    }
    ByteArrayOutputStream texts = new ByteArrayOutputStream();
    this.defaultBounds = Accepted.bounds();
    UUID gateway = null;
    for (Map.Entry<String, String> value : format.defaults().entrySet()) {
      Column column = Column.of(value.getKey());
      if (column != null && header.indexOf(column) < 0) {
        defaultBounds[Accepted.boundsOf(column)] = texts.size();
        texts.writeBytes(value.getValue().getBytes(StandardCharsets.UTF_8));
        defaultBounds[Accepted.boundsOf(column) + 1] = texts.size();
        gateway = column == Column.GATEWAY_ID ? Guid.of(value.getValue()) : gateway;
      } else if (column == null && !header.columns().contains(value.getKey())) {
        kept.add(new Kept(value.getKey(), key(value.getKey()), -1, value.getValue()));
      }
    }
    this.defaults = texts.toByteArray();
    this.defaultGateway = gateway;
    kept.sort(Kept.AS_JSONB);
    this.kept = List.copyOf(kept);
    this.fields = new RecordFields(columns, header.separator().character());
    this.faults = new RowFaults(header, fields);
  }

  private String key(String column) {
    return '"' + new String(json.quoteAsCharArray(column)) + "\": \"";
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
    Rejected fault = faults.in(record);
    return fault == null ? judgeFields(record.line()) : fault;
  }

  private Verdict judgeFields(long line) {
    boolean creates = true;
    boolean changing = updates.any();
    if (action >= 0 && !fields.empty(action)) {
      RowAction asked = RowAction.of(fields.value(action));
      if (asked == null || (asked == RowAction.UPDATE && !changing)) {
        return inAction(line, asked);
      }
      creates = asked == RowAction.CREATE;
      changing = !creates;
    }
    int[] bounds = Accepted.bounds();
    int from = fields.start(0);
    changes.setLength(0);
    for (int i = 0; i < columns; i++) {
      if (passedOver[i]) {
        continue;
      }
      if (fields.empty(i)) {
        Rule rule = rules[i];
        if (rule != null && rule.required() && creates) {
          return faults.inField(
              line, i, RejectCode.MISSING_VALUE, "The row has no %s.".formatted(faults.column(i)));
        }
        continue;
      }
      if (changing && clears(i)) {
        if (rules[i] != null && rules[i].required()) {
          return faults.inField(
              line,
              i,
              RejectCode.MISSING_VALUE,
              "A device must have a %s.".formatted(faults.column(i)));
        }
        changes.append(changes.isEmpty() ? '{' : ',').append(attributeKeys[i]);
        changes.setLength(changes.length() - 1);
        changes.append("null");
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
      if (column != null) {
        bounds[Accepted.boundsOf(column)] = fields.start(i) - from;
        bounds[Accepted.boundsOf(column) + 1] = fields.end(i) - from;
      }
      if (changing) {
        Guid gateway = faults.gateway();
        add(
            changes,
            attributeKeys[i],
            column == Column.GATEWAY_ID
                ? new UUID(gateway.high(), gateway.low()).toString()
                : fields.value(i));
      }
    }
    attributes.setLength(0);
    for (Kept attribute : kept) {
      int i = attribute.column();
      if (i < 0) {
        add(attributes, attribute.key(), attribute.value());
      } else if (!fields.empty(i) && !(changing && clears(i))) {
        add(attributes, attribute.key(), fields.value(i));
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
        attributes.isEmpty() ? null : attributes.append('}').toString(),
        creates,
        changing ? (changes.isEmpty() ? "{}" : changes.append('}').toString()) : null);
  }

  private Rejected inAction(long line, @Nullable RowAction asked) {
    return asked == null
        ? faults.inField(
            line,
            action,
            RejectCode.UNKNOWN_ACTION,
            "A manifest's action is create or update, or nothing. To take devices out of service,"
                + " send a revocation list.")
        : faults.inField(
            line,
            action,
            RejectCode.UPDATE_NOT_ALLOWED,
            "The manifests of this factory may not change devices that are there. Ask the operator"
                + " to allow it, or to take this one with its updates.");
  }

  /** Whether the field says that the device is to have no such value. */
  private boolean clears(int field) {
    int start = fields.start(field);
    if (fields.end(field) - start != CLEAR.length()) {
      return false;
    }
    for (int i = 0; i < CLEAR.length(); i++) {
      if (fields.text()[start + i] != CLEAR.charAt(i)) {
        return false;
      }
    }
    Rule rule = rules[field];
    return rule == null || rule.values() == null || !rule.values().contains(CLEAR);
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
    if (isDefaultGateway()) { // its own gateway it is not
      bounds[Accepted.boundsOf(Column.GATEWAY_ID)] = 0;
      bounds[Accepted.boundsOf(Column.GATEWAY_ID) + 1] = 0;
    }
    return text;
  }

  private boolean isDefaultGateway() {
    Guid guid = faults.guid();
    return defaultGateway != null
        && defaultGateway.getMostSignificantBits() == guid.high()
        && defaultGateway.getLeastSignificantBits() == guid.low();
  }

  /** What looks like a mistake in the rows that were accepted so far. */
  List<String> warnings() {
    return serialNumbers.warnings();
  }

  private void add(StringBuilder object, String key, String value) {
    object.append(object.isEmpty() ? "{" : ", ").append(key);
    json.quoteAsString(value, object);
    object.append('"');
  }
}
