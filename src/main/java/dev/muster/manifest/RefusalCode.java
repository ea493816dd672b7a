package dev.muster.manifest;

/** Why a manifest was refused as a whole. Stable. */
public enum RefusalCode {
  NO_HEADER,
  NO_DEVICE_ID_COLUMN,
  DUPLICATE_COLUMN,
  /** A column without a name, too many columns, a name too long or with control characters. */
  UNUSABLE_HEADER,
  NOT_UTF8,
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
  UNKNOWN_FACTORY
}
