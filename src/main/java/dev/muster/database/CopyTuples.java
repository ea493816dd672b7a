package dev.muster.database;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Reads what a COPY brings.
 *
 * @see CopyRows for the format
 */
public final class CopyTuples {

  private CopyTuples() {}

  public interface Taking {
    /**
     * Takes one.
     *
     * @param message in which it is, to its end
     * @param offset where it begins: with the number of its fields, two bytes
     */
    void take(byte[] message, int offset);
  }

  /** Reads all that the COPY of this statement brings, {@code TO STDOUT (FORMAT binary)}. */
  public static void read(Connection connection, String sql, Taking taking) throws SQLException {
    CopyOut copy = connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql);
    try {
      int offset = CopyRows.HEADER.length;
      for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
        // The header comes before the first tuple, in the same message or in one of its own.
        if (message.length - offset > CopyRows.TRAILER.length) {
          taking.take(message, offset);
        }
        offset = 0;
      }
    } finally {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    }
  }
}
