package dev.muster.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Unpacks gzip (RFC 1952) to its last byte: any number of members, and zeros behind the last, as
 * tapes and block devices leave them. Anything else is damage and a {@link ZipException}. The JDK's
 * reader takes the damaged header of a further member for the end of the file, and so loses all
 * that is in it.
 */
final class GzipMembers extends BlockInputStream {

  private static final int BUFFER_BYTES = 1 << 16;

  private static final int HEADER_CHECKSUM = 2;
  private static final int EXTRA_FIELD = 4;
  private static final int FILE_NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xE0;

  private final InputStream in;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 content = new CRC32();
  private final CRC32 header = new CRC32();
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int at;
  private int limit;
  private boolean ended;

  /**
   * @param in stands at the first member's first byte
   */
  GzipMembers(InputStream in) throws IOException {
    this.in = in;
    try {
      header();
    } catch (IOException e) {
      inflater.end();
      throw e;
    }
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!ended) {
      int unpacked;
      try {
        unpacked = inflater.inflate(target, offset, length);
      } catch (DataFormatException e) {
        throw damaged("the packed content is no deflate");
      }
      if (unpacked > 0) {
        content.update(target, offset, unpacked);
        return unpacked;
      }
      if (inflater.finished()) {
        at = limit - inflater.getRemaining();
        trailer();
        nextMember();
      } else if (inflater.needsDictionary()) {
        throw damaged("a member needs a dictionary");
      } else {
        at = limit;
        if (!fill()) {
          throw damaged("a member is cut off");
        }
        inflater.setInput(buffer, 0, limit);
      }
    }
    return -1;
  }

  private void nextMember() throws IOException {
    if (at == limit && !fill()) {
      ended = true;
    } else if (buffer[at] == 0) {
      do {
        for (; at < limit; at++) {
          if (buffer[at] != 0) {
            throw damaged("something stands behind the zeros at the end");
          }
        }
      } while (fill());
      ended = true;
    } else {
      header();
    }
  }

  private void header() throws IOException {
    header.reset();
    if (headerByte() != 0x1F || headerByte() != 0x8B) {
      throw damaged("what stands behind a member is no member");
    }
    if (headerByte() != 8) {
      throw damaged("a member is not deflated");
    }
    int flags = headerByte();
    if ((flags & RESERVED) != 0) {
      throw damaged("a member has flags that there are not");
    }
    skipHeaderBytes(6); // the time, how hard it was packed, the operating system
    if ((flags & EXTRA_FIELD) != 0) {
      skipHeaderBytes(headerByte() | headerByte() << 8);
    }
    if ((flags & FILE_NAME) != 0) {
      skipHeaderText();
    }
    if ((flags & COMMENT) != 0) {
      skipHeaderText();
    }
    if ((flags & HEADER_CHECKSUM) != 0) {
      int expected = (int) header.getValue() & 0xFFFF;
      if ((headerByte() | headerByte() << 8) != expected) {
        throw damaged("the checksum of a member's header is wrong");
      }
    }
    inflater.reset();
    inflater.setInput(buffer, at, limit - at);
    content.reset();
  }

  private void skipHeaderBytes(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      headerByte();
    }
  }

  private void skipHeaderText() throws IOException {
    while (headerByte() != 0) {
      // a name or a comment, which ends with a zero
    }
  }

  private int headerByte() throws IOException {
    int b = nextByte();
    header.update(b);
    return b;
  }

  private void trailer() throws IOException {
    if (fourBytes() != content.getValue()) {
      throw damaged("the checksum of a member's content is wrong");
    }
    if (fourBytes() != (inflater.getBytesWritten() & 0xFFFFFFFFL)) {
      throw damaged("a member's size is wrong");
    }
  }

  private long fourBytes() throws IOException {
    return nextByte() | nextByte() << 8 | nextByte() << 16 | (long) nextByte() << 24;
  }

  private int nextByte() throws IOException {
    if (at == limit && !fill()) {
      throw damaged("a member is cut off");
    }
    return buffer[at++] & 0xFF;
  }

  /** Once all that was read is used up. */
  private boolean fill() throws IOException {
    at = 0;
    limit = Math.max(in.read(buffer), 0);
    return limit > 0;
  }

  private static ZipException damaged(String how) {
    return new ZipException(how);
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    in.close();
  }
}
