package dev.muster.manifest;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Checks that bytes are text in UTF-8, which no NUL is, block by block. Strict, as RFC 3629 is: no
 * overlong forms, no surrogates, nothing above U+10FFFF. Most manifests are ASCII, which passes
 * eight bytes at a time.
 */
final class Utf8 {

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long LOW_BITS = 0x0101010101010101L;

  private int missing;
  private int lowest = 0x80;
  private int highest = 0xBF;

  /** Checks the next bytes; returns the index of the first byte that is wrong, or -1. */
  int check(byte[] block, int from, int to) {
    int i = from;
    while (i < to) {
      if (missing == 0) {
        while (i + Long.BYTES <= to) {
          long eight = (long) LONGS.get(block, i);
          if (((eight | (eight - LOW_BITS)) & HIGH_BITS) != 0) { // one is beyond ASCII, or NUL
            break;
          }
          i += Long.BYTES;
        }
        if (i == to) {
          return -1;
        }
      }
      int b = block[i] & 0xFF;
      if (missing > 0) {
        if (b < lowest || b > highest) {
          return i;
        }
        missing--;
        lowest = 0x80;
        highest = 0xBF;
      } else if (b == 0 || (b >= 0x80 && !lead(b))) {
        return i;
      }
      i++;
    }
    return -1;
  }

  /** Whether the last character is whole. */
  boolean complete() {
    return missing == 0;
  }

  private boolean lead(int b) {
    if (b >= 0xC2 && b <= 0xDF) {
      missing = 1;
    } else if (b >= 0xE0 && b <= 0xEF) {
      missing = 2;
      lowest = b == 0xE0 ? 0xA0 : 0x80;
      highest = b == 0xED ? 0x9F : 0xBF;
    } else if (b >= 0xF0 && b <= 0xF4) {
      missing = 3;
      lowest = b == 0xF0 ? 0x90 : 0x80;
      highest = b == 0xF4 ? 0x8F : 0xBF;
    } else {
      return false;
    }
    return true;
  }
}
