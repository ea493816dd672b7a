package dev.muster.manifest;

import java.util.stream.Stream;

/**
 * The columns that Muster knows. Every other column of a manifest goes to the device's attributes.
 */
public enum Column {
  DEVICE_ID("device_id", 45),
  SERIAL_NUMBER("serial_number", 64),
  MODEL("model", 64),
  HARDWARE_REVISION("hardware_revision", 32),
  BUILDING("building", 64),
  ROOM("room", 64),
  GATEWAY_ID("gateway_id", 45);

  /** How many characters the value of a further column may have. */
  public static final int MAX_ATTRIBUTE_LENGTH = 1024;

  /** How many characters the name of a column may have. */
  public static final int MAX_NAME_LENGTH = 64;

  /** How many columns a manifest may have. */
  public static final int MAX_COLUMNS = 70;

  private final String header;
  private final int maxLength;

  Column(String header, int maxLength) {
    this.header = header;
    this.maxLength = maxLength;
  }

  /** Whether a name, normalised, is one of theirs. */
  static boolean known(String name) {
    return Stream.of(values()).anyMatch(column -> column.header.equals(name));
  }

  /** Its name in a header, normalised. */
  public String header() {
    return header;
  }

  /** How many characters a value may have. */
  public int maxLength() {
    return maxLength;
  }
}
