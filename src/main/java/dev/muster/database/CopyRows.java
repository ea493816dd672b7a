package dev.muster.database;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rows in the binary format of PostgreSQL's COPY, one after the other in a growing buffer that is
 * kept from chunk to chunk.
 *
 * @see <a href="https://www.postgresql.org/docs/18/sql-copy.html">COPY, "Binary Format"</a>
 */
public final class CopyRows {

  /**
   * Signature, flags and the length of the header extension: what every binary COPY starts with.
   */
  static final byte[] HEADER = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0, 0, 0, 0, 0, 0, 0, 0, 0
  };

  /** A field count of -1: what every binary COPY ends with. */
  static final byte[] TRAILER = {(byte) 0xFF, (byte) 0xFF};

  private static final byte JSONB_VERSION = 1;

  private byte[] buffer = new byte[1 << 20];
  private int size;

  /** Forgets all rows and keeps the buffer. */
  public void clear() {
    size = 0;
  }

  /** How many bytes the rows take. */
  public int size() {
    return size;
  }

  /** The buffer; only its first {@link #size()} bytes are rows. */
  public byte[] array() {
    return buffer;
  }

  /** Begins a row of so many fields. */
  public void startRow(int fields) {
    reserve(2);
    buffer[size++] = (byte) (fields >>> 8);
    buffer[size++] = (byte) fields;
  }

  /** A uuid. */
  public void uuid(long high, long low) {
    reserve(20);
    putInt(16);
    putLong(high);
    putLong(low);
  }

  /** An integer. */
  public void int4(int value) {
    reserve(8);
    putInt(4);
    putInt(value);
  }

  /** A smallint. */
  public void int2(short value) {
    reserve(6);
    putInt(2);
    buffer[size++] = (byte) (value >>> 8);
    buffer[size++] = (byte) value;
  }

  /** A boolean. */
  public void bool(boolean value) {
    reserve(5);
    putInt(1);
    buffer[size++] = (byte) (value ? 1 : 0);
  }

  /** Text; absent when null. */
  public void text(@Nullable String value) {
    if (value == null) {
      absent();
    } else {
      int length = size;
      reserve(4);
      size += 4;
      utf8(value);
      patchLength(length);
    }
  }

  /** Text that is UTF-8 already; absent when it is empty. */
  public void text(byte[] utf8, int start, int end) {
    int length = end - start;
    if (length == 0) {
      absent();
      return;
    }
    reserve(4 + length);
    putInt(length);
    System.arraycopy(utf8, start, buffer, size, length);
    size += length;
  }

  /** JSON as jsonb; absent when null. */
  public void jsonb(@Nullable String value) {
    if (value == null) {
      absent();
    } else {
      int length = size;
      reserve(5);
      size += 4;
      buffer[size++] = JSONB_VERSION;
      utf8(value);
      patchLength(length);
    }
  }

  /** A field without a value. */
  public void absent() {
    reserve(4);
    putInt(-1);
  }

  private void patchLength(int at) {
    int end = size;
    size = at;
    putInt(end - at - 4);
    size = end;
  }

  /**
   * Nearly every value is ASCII: copied char by char, at half the cost of {@code getBytes} and
   * without its array.
   */
  private void utf8(String value) {
    int length = value.length();
    reserve(length);
    int start = size;
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c >= 0x80) {
        size = start;
        bytes(value.getBytes(StandardCharsets.UTF_8));
        return;
      }
      buffer[start + i] = (byte) c;
    }
    size = start + length;
  }

  private void bytes(byte[] value) {
    reserve(value.length);
    System.arraycopy(value, 0, buffer, size, value.length);
    size += value.length;
  }

  private void putInt(int value) {
    buffer[size++] = (byte) (value >>> 24);
    buffer[size++] = (byte) (value >>> 16);
    buffer[size++] = (byte) (value >>> 8);
    buffer[size++] = (byte) value;
  }

  private void putLong(long value) {
    putInt((int) (value >>> 32));
    putInt((int) value);
  }

  private void reserve(int more) {
    if (buffer.length - size < more) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
    }
  }
}
