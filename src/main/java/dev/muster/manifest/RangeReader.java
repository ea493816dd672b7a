package dev.muster.manifest;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** Walks over the records of a range of a spooled file, blank rows left out. */
final class RangeReader implements Closeable {

  private final InputStream file;
  private final RecordCursor cursor;
  private long offset;
  private long line;

  RangeReader(SpooledFile spooled, Separator separator, ManifestRange range) throws IOException {
    file = spooled.from(range.offset());
    cursor =
        new RecordCursor(
            limited(file, range.end() - range.offset()),
            range.offset(),
            range.line(),
            Integer.MAX_VALUE / 4);
    cursor.separateBy(separator);
    offset = range.offset();
    line = range.line();
  }

  /** Goes to the next record; false at the end of the range. */
  boolean next() throws IOException {
    try {
      do {
        if (!cursor.next()) {
          return false;
        }
        offset = cursor.nextOffset();
        line = cursor.nextLine();
      } while (RowKind.of(cursor) == RowKind.BLANK);
      return true;
    } catch (ManifestRefusedException e) {
      throw new IOException("The spooled file was changed after it was received.", e);
    }
  }

  RecordCursor record() {
    return cursor;
  }

  /** The offset behind the record: a safe place to continue. */
  long offset() {
    return offset;
  }

  /** The physical line there. */
  long line() {
    return line;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** So many bytes of a file. */
  private static ByteSource limited(InputStream file, long bytes) {
    long[] left = {bytes};
    return (target, offset, length) -> {
      if (left[0] == 0) {
        return -1;
      }
      int read = file.read(target, offset, (int) Math.min(length, left[0]));
      left[0] -= Math.max(read, 0);
      return read;
    };
  }
}
