package dev.muster.manifest;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A row that is fit for the registry. An empty field is absent.
 *
 * <p>The known columns stay the bytes that they are in the manifest: they go to the database as
 * they came, and a String for each took a fifth of the time that reading a manifest takes.
 */
public final class Accepted implements Verdict {

  private static final JsonMapper JSON = new JsonMapper();

  /** The known columns but the device id, in the order of {@link Column}. */
  private static final int TEXTS = Column.values().length - 1;

  private final long line;
  private final long guidHigh;
  private final long guidLow;
  private final byte[] text;
  private final int[] bounds;
  private final @Nullable String attributes;
  private final boolean creates;
  private final @Nullable String changes;

  /**
   * @param text holds the known columns, in UTF-8; never changed again
   * @param bounds of each known column in the text, from and to, see {@link #bounds()}
   */
  Accepted(
      long line,
      long guidHigh,
      long guidLow,
      byte[] text,
      int[] bounds,
      @Nullable String attributes,
      boolean creates,
      @Nullable String changes) {
    this.line = line;
    this.guidHigh = guidHigh;
    this.guidLow = guidLow;
    this.text = text;
    this.bounds = bounds;
    this.attributes = attributes;
    this.creates = creates;
    this.changes = changes;
  }

  /** Room for the bounds of all known columns, each of them absent. */
  static int[] bounds() {
    return new int[2 * TEXTS];
  }

  @SuppressWarnings("EnumOrdinal") // lives only as long as the row
  static int boundsOf(Column column) {
    return 2 * (column.ordinal() - 1);
  }

  @Override
  public long line() {
    return line;
  }

  /** The first half of the device's GUID. */
  public long guidHigh() {
    return guidHigh;
  }

  /** The second half. */
  public long guidLow() {
    return guidLow;
  }

  public UUID deviceId() {
    return new UUID(guidHigh, guidLow);
  }

  /** The bytes in which the known columns lie, in UTF-8. For reading only. */
  public byte[] text() {
    return text;
  }

  /** Where a known column begins in the text. */
  public int start(Column column) {
    return bounds[boundsOf(column)];
  }

  /** Behind the column's last byte; where it begins when it is absent. */
  public int end(Column column) {
    return bounds[boundsOf(column) + 1];
  }

  /** A known column's value, unless absent. */
  public @Nullable String value(Column column) {
    int start = start(column);
    int length = end(column) - start;
    return length == 0 ? null : new String(text, start, length, StandardCharsets.UTF_8);
  }

  /** A column's value, known or not, unless absent. */
  public @Nullable String value(String column) {
    Column known = Column.of(column);
    if (known == Column.DEVICE_ID) {
      return deviceId().toString();
    }
    if (known != null) {
      return value(known);
    }
    return attributes == null ? null : JSON.readTree(attributes).path(column).stringValue(null);
  }

  /** The value of a known column of GUIDs, unless absent. */
  public @Nullable UUID guid(Column column) {
    int start = start(column);
    int end = end(column);
    if (start == end) {
      return null;
    }
    Guid guid = new Guid();
    if (!guid.parse(text, start, end)) {
      throw new IllegalStateException("A GUID was not checked.");
    }
    return new UUID(guid.high(), guid.low());
  }

  /** The values of all further columns as a JSON object; null when none has a value. */
  public @Nullable String attributes() {
    return attributes;
  }

  /** Whether the device is to be loaded when it is not there. */
  public boolean creates() {
    return creates;
  }

  /**
   * What is to be changed of the device when it is there: a JSON object of columns, known ones and
   * further ones, null for those that are to have no value. Null: nothing may.
   */
  public @Nullable String changes() {
    return changes;
  }
}
