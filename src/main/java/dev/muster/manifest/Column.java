package dev.muster.manifest;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The columns that Muster knows: of manifests, and under the same names of the table {@code
 * device}. Every other column of a manifest goes to the device's attributes. {@link #DEVICE_ID}
 * comes first.
 */
public enum Column {
  DEVICE_ID("device_id", Type.GUID, 45),
  SERIAL_NUMBER("serial_number", Type.TEXT, 64),
  MODEL("model", Type.TEXT, 64),
  HARDWARE_REVISION("hardware_revision", Type.TEXT, 32),
  BUILDING("building", Type.TEXT, 64),
  ROOM("room", Type.TEXT, 64),
  GATEWAY_ID("gateway_id", Type.GUID, 45);

  /** What a column's values are. */
  public enum Type {
    TEXT,
    GUID
  }

  /** How many characters the value of a further column may have. */
  public static final int MAX_ATTRIBUTE_LENGTH = 1024;

  /** How many characters the name of a column may have. */
  public static final int MAX_NAME_LENGTH = 64;

  /** How many columns a manifest may have. */
  public static final int MAX_COLUMNS = 70;

  private final String header;
  private final Type type;
  private final int maxLength;

  Column(String header, Type type, int maxLength) {
    this.header = header;
    this.type = type;
    this.maxLength = maxLength;
  }

  static boolean known(String name) {
    return of(name) != null;
  }

  static @Nullable Column of(String name) {
    return Stream.of(values())
        .filter(column -> column.header.equals(name))
        .findFirst()
        .orElse(null);
  }

  /** Its name in a header, normalised, and in the database. */
  public String header() {
    return header;
  }

  public Type type() {
    return type;
  }

  /** How many characters a value may have. */
  public int maxLength() {
    return maxLength;
  }
}
