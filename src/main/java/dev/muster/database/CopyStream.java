package dev.muster.database;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * One binary COPY into the database. Gathers rows into blocks, because a message a row costs both
 * sides more than the row. Closed without {@link #finish()} it is cancelled.
 */
public final class CopyStream implements AutoCloseable {

  private static final int BLOCK_BYTES = 1 << 16;

  private final CopyIn copy;
  private final byte[] block = new byte[BLOCK_BYTES];
  private int size;

  /** Begins the COPY that this statement says, {@code FROM STDIN (FORMAT binary)}. */
  public CopyStream(Connection connection, String sql) throws SQLException {
    copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql);
    write(CopyRows.HEADER, 0, CopyRows.HEADER.length);
  }

  /** Copies rows that are all there. */
  public static void copy(Connection connection, String sql, CopyRows rows) throws SQLException {
    try (CopyStream stream = new CopyStream(connection, sql)) {
      stream.write(rows.array(), 0, rows.size());
      stream.finish();
    }
  }

  /** Adds encoded rows. */
  public void write(byte[] bytes, int offset, int length) throws SQLException {
    if (length > BLOCK_BYTES - size) {
      flush();
      if (length > BLOCK_BYTES) {
        copy.writeToCopy(bytes, offset, length);
        return;
      }
    }
    System.arraycopy(bytes, offset, block, size, length);
    size += length;
  }

  /** Ends the COPY: the server has taken all rows. */
  public void finish() throws SQLException {
    write(CopyRows.TRAILER, 0, CopyRows.TRAILER.length);
    flush();
    copy.endCopy();
  }

  private void flush() throws SQLException {
    copy.writeToCopy(block, 0, size);
    size = 0;
  }

  @Override
  public void close() throws SQLException {
    if (copy.isActive()) {
      copy.cancelCopy();
    }
  }
}
