package dev.muster.registry;

import dev.muster.database.CopyRows;
import dev.muster.manifest.Accepted;
import dev.muster.manifest.Column;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one chunk on their way to the registry: encoded once for COPY, then put in the order
 * of their GUIDs. Sorted rows meet the pages of the primary key one after the other, which makes
 * the load about half as fast again; and transactions that insert in one order can't deadlock. Kept
 * and reused from chunk to chunk. Not thread-safe.
 */
public final class DeviceChunk {

  /** The known columns behind the device's id, in their order. */
  private static final List<Column> KNOWN =
      Arrays.stream(Column.values()).filter(column -> column != Column.DEVICE_ID).toList();

  /** The columns that a manifest's row brings beside the device's id, attributes last. */
  static final String BROUGHT =
      KNOWN.stream().map(Column::header).collect(Collectors.joining(", ")) + ", attributes";

  /** The columns that another row of the same device and manifest brings anew. */
  static final String REPLACED = "line, hub_id, " + BROUGHT;

  /**
   * The same, each as a row {@code (place, name, was, now)} of a list of values: {@code was} is a
   * device's in the registry, {@code now} an incoming one's.
   */
  static final String COMPARED = compared();

  /** The columns in the order in which {@link #add} encodes them. */
  static final String COLUMNS = Column.DEVICE_ID.header() + ", manifest_id, " + REPLACED;

  /** Where these values begin in an encoded row: behind id, manifest, line and hub. */
  static final int BROUGHT_AT = 2 + (4 + 16) + (4 + 4) + (4 + 4) + (4 + 2);

  private static final int FIELDS = COLUMNS.split(",").length;

  /**
   * Bits of a sort key that hold the row's number in the chunk; the rest are the first bits of the
   * GUID.
   */
  private static final int INDEX_BITS = 20;

  /** The most rows that a chunk can hold. */
  public static final int MAX_ROWS = 1 << INDEX_BITS;

  private static final int INDEX_MASK = MAX_ROWS - 1;

  private int manifestId;
  private final CopyRows rows = new CopyRows();
  private final CopyRows asked = new CopyRows();
  private boolean asksForUpdates;
  private boolean onlyUpdates;
  private int size;
  private final long[] high;
  private final long[] low;
  private final int[] line;
  private final int[] end;
  private final short[] hub;
  private final long[] order;

  /**
   * @param capacity how many rows to make room for, at most {@link #MAX_ROWS}
   */
  DeviceChunk(int capacity) {
    if (capacity > MAX_ROWS) {
      throw new IllegalArgumentException("A chunk holds at most " + MAX_ROWS + " rows.");
    }
    this.high = new long[capacity];
    this.low = new long[capacity];
    this.line = new int[capacity];
    this.end = new int[capacity];
    this.hub = new short[capacity];
    this.order = new long[capacity];
  }

  /** Adds a row that is assigned to a hub. */
  public void add(Accepted device, short hubId) {
    long guidHigh = device.guidHigh();
    long guidLow = device.guidLow();
    int atLine = Math.toIntExact(device.line());
    encode(device, manifestId, hubId, rows, 0);
    high[size] = guidHigh;
    low[size] = guidLow;
    line[size] = atLine;
    end[size] = rows.size();
    hub[size] = hubId;
    if (device.changes() != null) {
      ask(device);
    }
    // Flipping the top bit makes signed order the unsigned order in which PostgreSQL compares
    // uuids.
    order[size] = ((guidHigh ^ Long.MIN_VALUE) & ~(long) INDEX_MASK) | size;
    size++;
  }

  private void ask(Accepted device) {
    asked.startRow(4);
    asked.uuid(device.guidHigh(), device.guidLow());
    asked.int4(Math.toIntExact(device.line()));
    asked.bool(device.creates());
    asked.jsonb(device.changes());
    asksForUpdates = true;
    onlyUpdates |= !device.creates();
  }

  private static String compared() {
    StringJoiner rows = new StringJoiner(", ");
    int place = 0;
    for (String name : BROUGHT.split(", ", -1)) {
      // Who reads why a row was rejected need not learn from what a claim code could be guessed.
      String shown = name.equals("attributes") ? name + " - '" + ClaimCodes.COLUMN + "'" : name;
      rows.add("(%d, '%s', (d.%3$s)::text, (i.%3$s)::text)".formatted(place++, name, shown));
    }
    return rows.toString();
  }

  /**
   * A device's row, in the order of {@link #COLUMNS}.
   *
   * @param more how many fields the caller adds
   */
  static void encode(Accepted device, int manifestId, short hubId, CopyRows rows, int more) {
    rows.startRow(FIELDS + more);
    rows.uuid(device.guidHigh(), device.guidLow());
    rows.int4(manifestId);
    rows.int4(Math.toIntExact(device.line()));
    rows.int2(hubId);
    for (Column column : KNOWN) {
      switch (column.type()) {
        case TEXT -> rows.text(device.text(), device.start(column), device.end(column));
        case GUID -> guid(device.guid(column), rows);
      }
    }
    rows.jsonb(device.attributes());
  }

  private static void guid(@Nullable UUID value, CopyRows rows) {
    if (value == null) {
      rows.absent();
    } else {
      rows.uuid(value.getMostSignificantBits(), value.getLeastSignificantBits());
    }
  }

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /**
   * Forgets all rows.
   *
   * @param manifestId the manifest that brings the next ones
   */
  public void begin(int manifestId) {
    this.manifestId = manifestId;
    rows.clear();
    asked.clear();
    asksForUpdates = false;
    onlyUpdates = false;
    size = 0;
  }

  int capacity() {
    return high.length;
  }

  /** Whether some rows may change a device that is there. */
  boolean asksForUpdates() {
    return asksForUpdates;
  }

  /** Whether some rows may do nothing else. */
  boolean onlyUpdates() {
    return onlyUpdates;
  }

  /** The rows that may, each a GUID, a line, whether it may be loaded too, and its changes. */
  CopyRows asked() {
    return asked;
  }

  int manifestId() {
    return manifestId;
  }

  /** Puts the rows in order: by GUID, and rows of one GUID by line. */
  void sort() {
    Arrays.sort(order, 0, size);
    // The keys hold only the first bits of each GUID: put neighbours with the same first bits
    // right.
    for (int i = 1; i < size; i++) {
      long key = order[i];
      int at = i;
      while (at > 0 && compare(row(order[at - 1]), row(key)) > 0) {
        order[at] = order[at - 1];
        at--;
      }
      order[at] = key;
    }
  }

  /** The row at a place in the order. */
  int rowAt(int place) {
    return row(order[place]);
  }

  /** Whether the row at this place has the same GUID as the one before it. */
  boolean repeats(int place) {
    return place > 0 && sameGuid(rowAt(place - 1), rowAt(place));
  }

  /**
   * The first place of a GUID.
   *
   * @param expected where it is looked for first
   * @return {@code -(place) - 1} of the next greater one when no row has it
   */
  int placeOf(long guidHigh, long guidLow, int expected) {
    if (expected < size && compare(rowAt(expected), guidHigh, guidLow) == 0 && !repeats(expected)) {
      return expected;
    }
    int from = 0;
    int to = size;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (compare(rowAt(middle), guidHigh, guidLow) < 0) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from < size && compare(rowAt(from), guidHigh, guidLow) == 0 ? from : -from - 1;
  }

  long guidHigh(int row) {
    return high[row];
  }

  long guidLow(int row) {
    return low[row];
  }

  int line(int row) {
    return line[row];
  }

  short hub(int row) {
    return hub[row];
  }

  /** How many of some rows there are for each hub. */
  Map<Short, Integer> devicesByHub(IntStream rowsOfSome) {
    Map<Short, Integer> devices = new TreeMap<>();
    rowsOfSome.forEach(row -> devices.merge(hub[row], 1, Integer::sum));
    return devices;
  }

  byte[] encoded() {
    return rows.array();
  }

  int encodedStart(int row) {
    return row == 0 ? 0 : end[row - 1];
  }

  int encodedEnd(int row) {
    return end[row];
  }

  private static int row(long key) {
    return (int) key & INDEX_MASK;
  }

  private boolean sameGuid(int a, int b) {
    return high[a] == high[b] && low[a] == low[b];
  }

  private int compare(int a, int b) {
    int byGuid = compare(a, high[b], low[b]);
    return byGuid != 0 ? byGuid : Integer.compare(line[a], line[b]);
  }

  private int compare(int row, long guidHigh, long guidLow) {
    int byHigh = Long.compareUnsigned(high[row], guidHigh);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low[row], guidLow);
  }
}
