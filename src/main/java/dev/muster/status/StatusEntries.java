package dev.muster.status;

import dev.muster.database.CopyRows;

/**
 * Changes of status on their way to the registry, encoded for COPY. Kept and reused from chunk to
 * chunk. Not thread-safe.
 */
public final class StatusEntries {

  static final String COLUMNS = "device_id, line, action, reason, behind";

  private static final int FIELDS = 5;

  private final CopyRows rows = new CopyRows();
  private int size;
  private boolean anyBehind;

  /**
   * Adds an entry.
   *
   * @param line of the list; 0 when there is none
   * @param reason may be empty
   * @param behind whether it goes for the devices behind this gateway too
   */
  public void add(
      long guidHigh, long guidLow, int line, StatusAction action, String reason, boolean behind) {
    rows.startRow(FIELDS);
    rows.uuid(guidHigh, guidLow);
    rows.int4(line);
    rows.int2(action.number());
    rows.text(reason);
    rows.bool(behind);
    size++;
    anyBehind |= behind;
  }

  public int size() {
    return size;
  }

  public void clear() {
    rows.clear();
    size = 0;
    anyBehind = false;
  }

  boolean anyBehind() {
    return anyBehind;
  }

  CopyRows rows() {
    return rows;
  }
}
