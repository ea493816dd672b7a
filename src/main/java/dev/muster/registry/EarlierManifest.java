package dev.muster.registry;

import dev.muster.database.CopyTuples;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The manifest of the same factory with which most of a chunk has come before: a file that is sent
 * again, corrected or with more in it.
 *
 * <p>Its devices lie together. So they are read as they lie and compared byte by byte with what the
 * chunk would write, which takes a third of the time of looking each of them up. What differs in
 * its bytes, or came from elsewhere, is left to those who look it up.
 *
 * @param moved by how many lines its rows have moved since, at least and at most, as far as was
 *     seen
 */
record EarlierManifest(int manifestId, int moved, int movedAtMost) {

  private static final int SAMPLES = 32;

  /** Reading more rows than that for each of the chunk costs what looking them up does. */
  private static final int MOST_READ = 2;

  private static final String OF_THESE =
      """
      SELECT d.manifest_id, min(d.line - i.line) AS moved, max(d.line - i.line) AS moved_at_most, count(*) AS found
        FROM unnest(?::uuid[], ?::integer[]) AS i (device_id, line) JOIN device d USING (device_id)
       WHERE d.manifest_id IN (%s)
       GROUP BY d.manifest_id ORDER BY found DESC LIMIT 1\
      """
          .formatted(DeviceLoader.MANIFESTS_BEFORE);

  private static final String COPY_DEVICES =
      "COPY (SELECT device_id, "
          + DeviceChunk.BROUGHT
          + " FROM device d WHERE manifest_id = %d AND line BETWEEN %d AND %d AND NOT EXISTS"
          + " (SELECT FROM device_status s WHERE s.device_id = d.device_id AND s.state IS NOT"
          + " NULL)) TO STDOUT (FORMAT binary)";

  /** Behind the number of fields and the field's length. */
  private static final int UUID_AT = 2 + 4;

  private static final int VALUES_AT = UUID_AT + 16;

  /**
   * Asks where some of the chunk's rows are.
   *
   * @param chunk in order
   * @return null when most of them are in no such manifest
   */
  static @Nullable EarlierManifest of(Connection connection, DeviceChunk chunk)
      throws SQLException {
    int samples = Math.min(SAMPLES, chunk.size());
    UUID[] devices = new UUID[samples];
    Integer[] lines = new Integer[samples];
    for (int i = 0; i < samples; i++) {
      int row = chunk.rowAt((int) ((long) i * chunk.size() / samples));
      devices[i] = new UUID(chunk.guidHigh(row), chunk.guidLow(row));
      lines[i] = chunk.line(row);
    }
    try (PreparedStatement query = connection.prepareStatement(OF_THESE)) {
      query.setArray(1, connection.createArrayOf("uuid", devices));
      query.setArray(2, connection.createArrayOf("integer", lines));
      query.setInt(3, chunk.manifestId());
      try (ResultSet earlier = query.executeQuery()) {
        return earlier.next() && earlier.getInt("found") * 2 >= samples
            ? new EarlierManifest(
                earlier.getInt("manifest_id"),
                earlier.getInt("moved"),
                earlier.getInt("moved_at_most"))
            : null;
      }
    }
  }

  /**
   * Finds the rows of the chunk that are in the registry already, as they are, with a device in
   * service.
   *
   * @return rows of the chunk; of those with the same GUID, at most the first
   */
  BitSet unchanged(Connection connection, DeviceChunk chunk) throws SQLException {
    BitSet unchanged = new BitSet();
    long first = (long) chunk.line(0) + moved;
    long last = (long) chunk.line(chunk.size() - 1) + movedAtMost;
    if (last - first >= (long) MOST_READ * chunk.size()) {
      return unchanged;
    }
    int[] place = {0};
    CopyTuples.read(
        connection,
        COPY_DEVICES.formatted(manifestId, first, last),
        (message, offset) -> {
          ByteBuffer device = ByteBuffer.wrap(message, offset + UUID_AT, VALUES_AT - UUID_AT);
          // They lie in order, chunk by chunk: the next one mostly follows.
          int at = chunk.placeOf(device.getLong(), device.getLong(), place[0]);
          if (at >= 0 && same(chunk, at, message, offset)) {
            unchanged.set(chunk.rowAt(at));
          }
          place[0] = at < 0 ? -at - 1 : at + 1;
        });
    return unchanged;
  }

  private static boolean same(DeviceChunk chunk, int place, byte[] device, int offset) {
    int row = chunk.rowAt(place);
    return Arrays.equals(
        chunk.encoded(),
        chunk.encodedStart(row) + DeviceChunk.BROUGHT_AT,
        chunk.encodedEnd(row),
        device,
        offset + VALUES_AT,
        device.length);
  }
}
