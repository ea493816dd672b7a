package dev.muster.manifest;

import java.util.ArrayList;
import java.util.List;

/**
 * What of a manifest is no row of data and no trailer: blank lines, and what ends a text on DOS.
 */
final class Blanks {

  private long count;
  private long firstLine;
  private long endMarkLine;
  private long behind;

  /**
   * @param above how many blank lines stand above the header
   */
  Blanks(long above) {
    count = above;
    firstLine = above > 0 ? 1 : 0;
  }

  void add(long line) {
    count++;
    firstLine = firstLine == 0 ? line : firstLine;
  }

  void endMark(RecordCursor record, int columns) throws ManifestRefusedException {
    refuseData(record, columns);
    endMarkLine = endMarkLine == 0 ? record.line() : endMarkLine;
    add(record.line());
  }

  /**
   * Whether the record stands behind a Ctrl-Z, and so is what was left on the disk.
   *
   * @throws ManifestRefusedException when it may well be a row
   */
  boolean behindEndMark(RecordCursor record, int columns) throws ManifestRefusedException {
    if (endMarkLine == 0) {
      return false;
    }
    refuseData(record, columns);
    behind++;
    add(record.line());
    return true;
  }

  private void refuseData(RecordCursor record, int columns) throws ManifestRefusedException {
    boolean mayBeRow =
        record.fields() == columns && record.end() - record.start() >= 32; // as long as a GUID
    if (mayBeRow) {
      throw new ManifestRefusedException(
          RefusalCode.ROW_COUNT_MISMATCH,
          "Rows stand behind a Ctrl-Z (U+001A), the last of them on line %d or later. Files were put together; send each by itself."
              .formatted(record.line()));
    }
  }

  /** Where the record ends: before a Ctrl-Z, if it is the last thing in the file. */
  long endOf(RecordCursor record) {
    int end = record.end();
    while (end > record.start() && record.buffer()[end - 1] == RowKind.CTRL_Z) {
      end--;
    }
    if (end == record.end()) {
      return record.nextOffset();
    }
    endMarkLine = record.line();
    return record.offset() + end - record.start();
  }

  long count() {
    return count;
  }

  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (count > 0) {
      warnings.add(
          "%,d blank %s passed over, the first on line %d."
              .formatted(count, count == 1 ? "line was" : "lines were", firstLine));
    }
    if (behind > 0) {
      warnings.add(
          "What stands behind the Ctrl-Z (U+001A) on line %d was passed over: %,d lines, none of them like a row."
              .formatted(endMarkLine, behind));
    }
    return warnings;
  }
}
