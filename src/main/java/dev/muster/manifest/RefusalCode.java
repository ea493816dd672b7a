package dev.muster.manifest;

/** Why a manifest was refused as a whole. Stable. */
public enum RefusalCode {
  NO_HEADER,
  NO_DEVICE_ID_COLUMN,
  DUPLICATE_COLUMN,
  /** A column without a name, too many columns, a name too long or with control characters. */
  UNUSABLE_HEADER,
  NOT_UTF8,
  /** Another kind of file: a workbook, an archive, JSON, a web page … */
  NOT_CSV,
  /** NUL bytes: the file was not copied whole, or is no text. */
  NUL_BYTES,
  /** Rows are separated by something that ends no line: CR alone, NEL, U+2028. */
  LINE_ENDS,
  UNCLOSED_QUOTE,
  LINE_TOO_LONG,
  NO_ROWS,
  DAMAGED_GZIP,
  EXPANDS_TOO_MUCH,
  /**
   * The last row says another number of rows than there are: the file was cut off, or pasted
   * together.
   */
  ROW_COUNT_MISMATCH,
  /** A column that its factory's format requires is not there. */
  MISSING_COLUMN,
  /** The row that says how many there are, which its factory's format requires, is not there. */
  MISSING_TRAILER,
  /** Its factory's format has a pattern of an earlier Muster, which this one does not know. */
  UNUSABLE_FORMAT,
  /** A row that begins with {@code #} and does not say how many rows there are. */
  UNREADABLE_TRAILER,
  UNKNOWN_FACTORY,
  /** Its factory is suspended, or was to send until a day that is over. */
  FACTORY_CLOSED,
  /** It would bring more devices than its factory may in all, or on one day. */
  TOO_MANY_DEVICES,
  /** A signed list that is older than the last one of its factory, or that one again. */
  REPLAYED
}
