package dev.muster.manifest;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Walks over the records of a range of a spooled file, blank rows left out. */
abstract class RangeReader implements Closeable {

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

  /** The next record; null at the end of the range. */
  final @Nullable RecordCursor nextRecord() throws IOException {
    try {
      do {
        if (!cursor.next()) {
          return null;
        }
        offset = cursor.nextOffset();
        line = cursor.nextLine();
      } while (RowKind.of(cursor) == RowKind.BLANK);
      return cursor;
    } catch (ManifestRefusedException e) {
      throw new IOException("The spooled file was changed after it was received.", e);
    }
  }

  /** The offset behind the last row that was returned: a safe place to continue. */
  public long offset() {
    return offset;
  }

  /** The physical line there. */
  public long line() {
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
