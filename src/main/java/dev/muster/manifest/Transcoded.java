package dev.muster.manifest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * A text in another encoding as UTF-8. Strict: what is no character there is a {@link
 * CharacterCodingException}.
 */
final class Transcoded extends BlockInputStream {

  private static final int BLOCK = 1 << 16;

  private final InputStream in;
  private final Charset encoding;
  private final CharsetDecoder decoder;
  private final CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
  private final ByteBuffer packed = ByteBuffer.allocate(BLOCK).flip();
  private final CharBuffer characters = CharBuffer.allocate(BLOCK);
  private final ByteBuffer encoded = ByteBuffer.allocate(BLOCK * 3).flip();
  private boolean ended;

  /**
   * @param in stands behind the byte order mark, if there is one
   */
  Transcoded(InputStream in, Charset encoding) {
    this.in = in;
    this.encoding = encoding;
    this.decoder = encoding.newDecoder(); // reports, and does not replace
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    while (!encoded.hasRemaining()) {
      if (ended) {
        return -1;
      }
      convert();
    }
    int read = Math.min(length, encoded.remaining());
    encoded.get(target, offset, read);
    return read;
  }

  private void convert() throws IOException {
    packed.compact();
    int read = in.read(packed.array(), packed.position(), packed.remaining());
    ended = read < 0;
    packed.position(packed.position() + Math.max(read, 0)).flip();
    encoded.clear();
    if (encoding.equals(StandardCharsets.UTF_16BE) || encoding.equals(StandardCharsets.UTF_16LE)) {
      convertUnits();
    }
    CoderResult decoded = decoder.decode(packed, characters, ended);
    if (decoded.isError()) {
      decoded.throwException();
    }
    characters.flip();
    CoderResult unused = encoder.encode(characters, encoded, ended);
    encoded.flip();
    characters.compact();
  }

  /**
   * Of UTF-16 the units that are characters by themselves, up to one that is not; the JDK's decoder
   * goes by way of chars and takes twice as long.
   */
  private void convertUnits() {
    byte[] from = packed.array();
    byte[] to = encoded.array();
    int shift = encoding.equals(StandardCharsets.UTF_16BE) ? Byte.SIZE : 0;
    int length = 0;
    int at = packed.position();
    for (int last = packed.limit() - 2; at <= last; at += 2) {
      int unit = (from[at] & 0xFF) << shift | (from[at + 1] & 0xFF) << (Byte.SIZE - shift);
      if (unit < 0x80) {
        to[length++] = (byte) unit;
      } else if (unit < 0x800) {
        to[length++] = (byte) (0xC0 | unit >> 6);
        to[length++] = (byte) (0x80 | (unit & 0x3F));
      } else if (Character.isSurrogate((char) unit) || unit == 0xFFFE) {
        break;
      } else {
        to[length++] = (byte) (0xE0 | unit >> 12);
        to[length++] = (byte) (0x80 | (unit >> 6 & 0x3F));
        to[length++] = (byte) (0x80 | (unit & 0x3F));
      }
    }
    packed.position(at);
    encoded.position(length);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
