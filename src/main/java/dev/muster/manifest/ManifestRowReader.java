package dev.muster.manifest;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Reads a range of a received manifest and gives the verdict on each of its rows. A reader over
 * {@code (offset(), end, line())} continues where this one stands.
 */
public final class ManifestRowReader implements Closeable {

  private final FileChannel file;
  private final RecordCursor cursor;
  private final RowValidator validator;
  private long offset;
  private long line;

  /**
   * @param spooled the unpacked manifest
   * @throws IOException when it can't be read
   */
  public ManifestRowReader(Path spooled, ManifestHeader header, ManifestRange range)
      throws IOException {
    file = FileChannel.open(spooled, StandardOpenOption.READ);
    file.position(range.offset());
    cursor =
        new RecordCursor(
            limited(file, range.end() - range.offset()),
            range.offset(),
            range.line(),
            Integer.MAX_VALUE / 4);
    validator = new RowValidator(header);
    offset = range.offset();
    line = range.line();
  }

  /** The verdict on the next row; null at the end of the range. */
  public @Nullable Verdict next() throws IOException {
    try {
      do {
        if (!cursor.next()) {
          return null;
        }
        offset = cursor.nextOffset();
        line = cursor.nextLine();
      } while (cursor.blank());
      return validator.judge(cursor);
    } catch (ManifestRefusedException e) {
      throw new IOException("The spooled manifest was changed after it was received.", e);
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
  private static ByteSource limited(FileChannel file, long bytes) {
    long[] left = {bytes};
    return (target, offset, length) -> {
      if (left[0] == 0) {
        return -1;
      }
      int read = file.read(ByteBuffer.wrap(target, offset, (int) Math.min(length, left[0])));
      left[0] -= Math.max(read, 0);
      return read;
    };
  }
}
