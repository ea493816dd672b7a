package dev.muster.registry;

/**
 * Changes of status on their way to the registry, encoded for COPY. Kept and reused from chunk to
 * chunk. Not thread-safe.
 */
public final class StatusEntries {

  /** The columns in the order in which {@link #add} encodes them. */
  static final String COLUMNS = "device_id, line, action, reason";

  private static final int FIELDS = 4;

  private final CopyRows rows = new CopyRows();
  private int size;

  /**
   * Adds an entry.
   *
   * @param line of the list; 0 when there is none
   * @param reason in UTF-8; may be empty
   */
  @SuppressWarnings("EnumOrdinal") // lives only as long as the chunk's transaction
  public void add(long guidHigh, long guidLow, int line, StatusAction action, byte[] reason) {
    rows.startRow(FIELDS);
    rows.uuid(guidHigh, guidLow);
    rows.int4(line);
    rows.int2((short) action.ordinal());
    rows.text(reason, 0, reason.length);
    size++;
  }

  public int size() {
    return size;
  }

  public void clear() {
    rows.clear();
    size = 0;
  }

  CopyRows rows() {
    return rows;
  }
}
