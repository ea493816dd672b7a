package dev.muster.registry;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The devices that some lines of a manifest brought, in the order of the lines: 32 bytes each, so
 * that a part of a bundle fits in memory whatever its devices' other fields hold. Devices revoked
 * or disabled in the meantime are left out.
 */
public final class DeviceRange {

  /**
   * Unsorted: sorting a few hundred thousand longs here takes milliseconds; the database would sort
   * whole rows.
   */
  private static final String COPY_RANGE =
      """
      COPY (SELECT device_id, line, hub_id FROM device
             WHERE manifest_id = %d AND line > %d AND line <= %d
               AND (own_state IS NULL OR own_state NOT IN ('DISABLED', 'REVOKED')))
      TO STDOUT (FORMAT binary)\
      """;

  /** Field count, then length and value of a uuid, an int4 and an int2. */
  private static final int TUPLE_BYTES = 2 + 4 + 16 + 4 + 4 + 4 + 2;

  private static final int UUID_AT = 6;
  private static final int LINE_AT = 26;
  private static final int HUB_AT = 34;

  private static final int FIRST_CAPACITY = 1 << 14;

  private int size;

  /**
   * A device's three numbers lie side by side, because they are read in another order than they
   * came.
   */
  private static final int STRIDE = 3;

  private long[] devices = new long[FIRST_CAPACITY * STRIDE];
  private long[] order = new long[FIRST_CAPACITY];

  private DeviceRange() {}

  /** Reads the devices of the lines after {@code afterLine} up to and with {@code lastLine}. */
  static DeviceRange read(JdbcTemplate jdbc, int manifestId, long afterLine, long lastLine) {
    DeviceRange range = new DeviceRange();
    jdbc.execute(
        (ConnectionCallback<Boolean>)
            connection ->
                range.copy(connection, COPY_RANGE.formatted(manifestId, afterLine, lastLine)));
    Arrays.sort(range.order, 0, range.size);
    return range;
  }

  private boolean copy(Connection connection, String sql) throws SQLException {
    CopyOut copy = connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql);
    try {
      int offset = CopyRows.HEADER.length;
      for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
        // The header comes before the first tuple, in the same message or in one of its own.
        if (message.length - offset >= TUPLE_BYTES) {
          add(ByteBuffer.wrap(message, offset, TUPLE_BYTES).slice());
        }
        offset = 0;
      }
      return true;
    } finally {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    }
  }

  private void add(ByteBuffer tuple) {
    if (size == order.length) {
      int capacity = size * 2;
      devices = Arrays.copyOf(devices, capacity * STRIDE);
      order = Arrays.copyOf(order, capacity);
    }
    int at = size * STRIDE;
    devices[at] = tuple.getLong(UUID_AT);
    devices[at + 1] = tuple.getLong(UUID_AT + Long.BYTES);
    devices[at + 2] = tuple.getShort(HUB_AT);
    order[size] = ((long) tuple.getInt(LINE_AT) << Integer.SIZE) | size;
    size++;
  }

  public int size() {
    return size;
  }

  /** The first half of the GUID of the device at a place in the order. */
  public long guidHigh(int place) {
    return devices[(int) order[place] * STRIDE];
  }

  /** The second half. */
  public long guidLow(int place) {
    return devices[(int) order[place] * STRIDE + 1];
  }

  /** The number of its hub, see {@link HubNumbers}. */
  public short hub(int place) {
    return (short) devices[(int) order[place] * STRIDE + 2];
  }
}
