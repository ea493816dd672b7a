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
final class Transcoded extends InputStream {

  private static final int BLOCK = 1 << 16;

  private final InputStream in;
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
    this.decoder = encoding.newDecoder(); // reports, and does not replace
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
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
    CoderResult decoded = decoder.decode(packed, characters, ended);
    if (decoded.isError()) {
      decoded.throwException();
    }
    characters.flip();
    encoded.clear();
    CoderResult unused = encoder.encode(characters, encoded, ended);
    encoded.flip();
    characters.compact();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
