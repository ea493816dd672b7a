package dev.muster.manifest;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A device's GUID: 8-4-4-4-12 hexadecimal digits in either case, as they are, in braces or behind
 * {@code urn:uuid:} (RFC 9562), or 32 digits without hyphens. {@code UUID.fromString} will not do,
 * which takes {@code 1-1-1-1-1}.
 */
public final class Guid {

  /** How many characters a GUID has without braces. */
  public static final int LENGTH = 36;

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DIGIT = new byte[256];
  private static final int DIGITS = 32;
  private static final byte[] URN = "urn:uuid:".getBytes(StandardCharsets.US_ASCII);
  private static final int[] HYPHENS = {8, 13, 18, 23};

  static {
    Arrays.fill(DIGIT, (byte) -1);
    for (int i = 0; i < 16; i++) {
      DIGIT["0123456789abcdef".charAt(i)] = (byte) i;
      DIGIT["0123456789ABCDEF".charAt(i)] = (byte) i;
    }
  }

  private long high;
  private long low;

  /**
   * Reads the GUID that stands in these bytes; its halves can be asked for until the next call.
   *
   * @return whether it is one
   */
  boolean parse(byte[] text, int start, int end) {
    int from = start;
    int to = end;
    if (to - from == LENGTH + 2 && text[from] == '{' && text[to - 1] == '}') {
      from++;
      to--;
    } else if (to - from == LENGTH + URN.length && isUrn(text, from)) {
      from += URN.length;
    } else if (to - from == DIGITS) {
      return parseDigits(text, from);
    }
    if (to - from != LENGTH) {
      return false;
    }
    for (int hyphen : HYPHENS) {
      if (text[from + hyphen] != '-') {
        return false;
      }
    }
    long first = hex(text, from, 8);
    long second = hex(text, from + 9, 4);
    long third = hex(text, from + 14, 4);
    long fourth = hex(text, from + 19, 4);
    long fifth = hex(text, from + 24, 12);
    if ((first | second | third | fourth | fifth) < 0) {
      return false;
    }
    high = first << 32 | second << 16 | third;
    low = fourth << 48 | fifth;
    return true;
  }

  private boolean parseDigits(byte[] text, int from) {
    long first = hex(text, from, 8);
    long second = hex(text, from + 8, 8);
    long third = hex(text, from + 16, 8);
    long fourth = hex(text, from + 24, 8);
    if ((first | second | third | fourth) < 0) {
      return false;
    }
    high = first << 32 | second;
    low = third << 32 | fourth;
    return true;
  }

  private static boolean isUrn(byte[] text, int from) {
    for (int i = 0; i < URN.length; i++) {
      byte b = text[from + i];
      if ((b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b) != URN[i]) {
        return false;
      }
    }
    return true;
  }

  long high() {
    return high;
  }

  long low() {
    return low;
  }

  boolean reserved() {
    return reserved(high, low);
  }

  /** Whether it is the nil or the max GUID, which are nobody's. */
  static boolean reserved(UUID guid) {
    return reserved(guid.getMostSignificantBits(), guid.getLeastSignificantBits());
  }

  private static boolean reserved(long high, long low) {
    return (high == 0 && low == 0) || (high == -1 && low == -1);
  }

  /** The GUID that a text is, however it is written; null when it is none. */
  public static @Nullable UUID of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Guid guid = new Guid();
    int start = Edges.start(bytes, 0, bytes.length);
    return guid.parse(bytes, start, Edges.end(bytes, start, bytes.length))
        ? new UUID(guid.high(), guid.low())
        : null;
  }

  /**
   * Writes a GUID as 8-4-4-4-12 hex digits in lower case.
   *
   * @return the index behind its last byte
   */
  public static int write(long high, long low, byte[] target, int offset) {
    int at = hex(high >>> 32, 8, target, offset);
    target[at++] = '-';
    at = hex(high >>> 16, 4, target, at);
    target[at++] = '-';
    at = hex(high, 4, target, at);
    target[at++] = '-';
    at = hex(low >>> 48, 4, target, at);
    target[at++] = '-';
    return hex(low, 12, target, at);
  }

  private static int hex(long value, int digits, byte[] target, int offset) {
    for (int i = 0; i < digits; i++) {
      target[offset + i] = HEX[(int) (value >>> (4 * (digits - 1 - i))) & 0xF];
    }
    return offset + digits;
  }

  private static long hex(byte[] text, int from, int digits) {
    long value = 0;
    int bad = 0;
    for (int i = from; i < from + digits; i++) {
      int digit = DIGIT[text[i] & 0xFF];
      bad |= digit;
      value = value << 4 | (digit & 0xF);
    }
    return bad < 0 ? -1 : value;
  }
}
