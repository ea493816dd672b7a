package dev.muster.manifest;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Walks over the records of a CSV file (RFC 4180), which may hold line breaks inside quotes. A
 * quote opens only at the start of a field, where {@link Edges} do not count; elsewhere it is text.
 * LF ends a record, and any number of CR before it. Receiving and loading both see a file through
 * this one, so that they agree where a record begins.
 *
 * <p>The record lies whole in {@link #buffer()} from {@link #start()} to {@link #end()} until the
 * next call.
 */
final class RecordCursor {

  private static final int READ_BYTES = 1 << 18;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long LOW_BITS = 0x0101010101010101L;
  private static final long QUOTES = 0x2222222222222222L;
  private static final long LINE_ENDS = 0x0A0A0A0A0A0A0A0AL;

  private enum State {
    FIELD_START,
    UNQUOTED,
    QUOTED,
    QUOTE_IN_QUOTED,
    AFTER_QUOTED
  }

  private final ByteSource in;
  private final int maxRecordBytes;
  private byte separator = Separator.COMMA.character();
  private byte[] buffer = new byte[READ_BYTES * 2];
  private int limit;
  private boolean ended;

  private long bufferOffset;
  private int start;
  private int end;
  private int next;
  private long line;
  private long nextLine;
  private long quoteLine;
  private boolean quoted;
  private boolean malformed;
  private int fields;

  RecordCursor(ByteSource in, long offset, long line, int maxRecordBytes) {
    this.in = in;
    this.bufferOffset = offset;
    this.nextLine = line;
    this.maxRecordBytes = maxRecordBytes;
  }

  void separateBy(Separator by) {
    separator = by.character();
  }

  byte separator() {
    return separator;
  }

  /** Goes back, so that the next record is the one that it stands on. */
  void back() {
    next = start;
    nextLine = line;
  }

  /**
   * Goes to the next record.
   *
   * @return false at the end of the file
   * @throws ManifestRefusedException when a quote never closes, or a record is too long
   */
  boolean next() throws IOException, ManifestRefusedException {
    start = next;
    line = nextLine;
    quoted = false;
    malformed = false;
    if (nextUnquoted()) {
      return finished();
    }
    fields = 1;
    final byte between = separator;
    State state = State.FIELD_START;
    int at = start;
    while (true) {
      if (at == limit) {
        int scanned = at - start;
        if (scanned > maxRecordBytes) {
          throw tooLong(state);
        }
        if (!fill()) {
          return endOfFile(state);
        }
        at = start + scanned;
      }
      byte b = buffer[at++];
      switch (state) {
        case FIELD_START -> {
          if (b == '"') {
            state = State.QUOTED;
            quoted = true;
            quoteLine = nextLine;
          } else if (b > ' ' || b == between || b == '\n') {
            state = State.UNQUOTED;
            at--;
          } else {
            at = more(at);
            int edge = Edges.edge(buffer, at - 1, limit);
            state = edge > 0 ? state : State.UNQUOTED;
            at += edge - 1;
          }
        }
        case UNQUOTED -> {
          while (b != between && b != '\n' && at < limit) {
            b = buffer[at++];
          }
          if (b == between) {
            fields++;
            state = State.FIELD_START;
          } else if (b == '\n') {
            return endOfRecord(at);
          }
        }
        case QUOTED -> {
          if (b == '"') {
            state = State.QUOTE_IN_QUOTED;
          } else if (b == '\n') {
            nextLine++;
          }
        }
        case QUOTE_IN_QUOTED, AFTER_QUOTED -> {
          if (b == '"' && state == State.QUOTE_IN_QUOTED) {
            state = State.QUOTED;
          } else if (b == between) {
            fields++;
            state = State.FIELD_START;
          } else if (b == '\n') {
            return endOfRecord(at);
          } else {
            at = more(at);
            int edge = Edges.edge(buffer, at - 1, limit);
            malformed |= edge == 0;
            state = edge > 0 ? State.AFTER_QUOTED : State.UNQUOTED;
            at += Math.max(edge - 1, 0);
          }
        }
      }
    }
  }

  /**
   * Goes to the next record if it has no quote and lies whole in the buffer, as nearly every record
   * of nearly every manifest does, eight bytes at a time. Where a field begins is of no account
   * then.
   */
  private boolean nextUnquoted() {
    byte[] text = buffer;
    long separators = separator * LOW_BITS;
    int count = 1;
    for (int at = start, last = limit - Long.BYTES; at <= last; at += Long.BYTES) {
      long eight = (long) LONGS.get(text, at);
      long quotes = places(eight ^ QUOTES);
      long lineEnds = places(eight ^ LINE_ENDS);
      long between = places(eight ^ separators);
      if (lineEnds != 0) {
        long before = (lineEnds & -lineEnds) - 1;
        if ((quotes & before) != 0) {
          return false;
        }
        fields = count + Long.bitCount(between & before);
        end = at + Long.numberOfTrailingZeros(lineEnds) / Byte.SIZE;
        next = end + 1;
        nextLine++;
        return true;
      }
      if (quotes != 0) {
        return false;
      }
      count += Long.bitCount(between);
    }
    return false;
  }

  /** The highest bit of each byte that is zero, and no other. */
  private static long places(long eight) {
    return ~(((eight & ~HIGH_BITS) + ~HIGH_BITS) | eight | ~HIGH_BITS);
  }

  /** Reads on until all of the character that begins before this place is there. */
  private int more(int at) throws IOException, ManifestRefusedException {
    int scanned = at - start;
    if (buffer[at - 1] < 0) {
      while (limit - start - scanned < 2 && fill()) {
        // a character at whose middle the buffer ended
      }
    }
    return start + scanned;
  }

  private boolean endOfRecord(int at) throws ManifestRefusedException {
    nextLine++;
    next = at;
    end = at - 1;
    return finished();
  }

  private boolean endOfFile(State state) throws ManifestRefusedException {
    if (state == State.QUOTED) {
      throw new ManifestRefusedException(
          RefusalCode.UNCLOSED_QUOTE,
          "The quote that opens on line %d never closes. Close it, or double it if it is part of the text."
              .formatted(quoteLine));
    }
    next = limit;
    end = limit;
    if (start == limit) {
      return false;
    }
    return finished();
  }

  private boolean finished() throws ManifestRefusedException {
    while (end > start && buffer[end - 1] == '\r') {
      end--;
    }
    if (end - start > maxRecordBytes) {
      throw tooLong(State.UNQUOTED);
    }
    return true;
  }

  private ManifestRefusedException tooLong(State state) {
    ManifestRefusedException otherLineEnds = LineEnds.refusal(buffer, start, limit, line);
    if (otherLineEnds != null) {
      return otherLineEnds;
    }
    if (state == State.QUOTED) {
      return new ManifestRefusedException(
          RefusalCode.UNCLOSED_QUOTE,
          "The quote that opens on line %d does not close within %,d bytes. Close it, or double it if it is part of the text."
              .formatted(quoteLine, maxRecordBytes));
    }
    return new ManifestRefusedException(
        RefusalCode.LINE_TOO_LONG,
        "Line %d is longer than %,d bytes. Is this a CSV file with line breaks?"
            .formatted(line, maxRecordBytes));
  }

  /** Reads on, keeping the record that has begun; it then starts at the buffer's first byte. */
  private boolean fill() throws IOException, ManifestRefusedException {
    if (ended) {
      return false;
    }
    int kept = limit - start;
    if (kept + READ_BYTES > buffer.length) {
      byte[] larger = Arrays.copyOfRange(buffer, start, start + buffer.length * 2);
      buffer = larger;
    } else {
      System.arraycopy(buffer, start, buffer, 0, kept);
    }
    bufferOffset += start;
    start = 0;
    limit = kept;
    int read = in.read(buffer, limit, READ_BYTES);
    ended = read < 0;
    limit += Math.max(read, 0);
    return !ended;
  }

  byte[] buffer() {
    return buffer;
  }

  int start() {
    return start;
  }

  /** Behind the record's last byte; its line end is left out. */
  int end() {
    return end;
  }

  /** The physical line on which the record begins. */
  long line() {
    return line;
  }

  /** The physical line behind the record. */
  long nextLine() {
    return nextLine;
  }

  /** Where the record begins in the file. */
  long offset() {
    return bufferOffset + start;
  }

  /** Where the next record begins in the file. */
  long nextOffset() {
    return bufferOffset + next;
  }

  int fields() {
    return fields;
  }

  boolean quoted() {
    return quoted;
  }

  /** Whether text follows a closing quote. */
  boolean malformed() {
    return malformed;
  }
}
