package dev.muster.manifest;

import org.jspecify.annotations.Nullable;

/**
 * Finds what other systems end a line with, and Muster does not: CR alone, NEL, the line and the
 * paragraph separator.
 */
final class LineEnds {

  private LineEnds() {}

  /**
   * The refusal of a file in which such a line end stands outside of quotes between two bytes.
   *
   * @param line the line on which they begin
   */
  static @Nullable ManifestRefusedException refusal(byte[] utf8, int start, int end, long line) {
    int from = Edges.start(utf8, start, end);
    int to = Edges.end(utf8, from, end);
    boolean quoted = false;
    for (int i = from; i < to; i++) {
      if (utf8[i] == '"') {
        quoted = !quoted;
      }
      int character = quoted ? 0 : lineEnd(utf8, i, to);
      if (character != 0) {
        return new ManifestRefusedException(
            RefusalCode.LINE_ENDS,
            "Line %d holds several rows: they are separated by %s, which ends no line here. Save the file with line feeds (LF or CRLF)."
                .formatted(line, Edges.named(character)));
      }
    }
    return null;
  }

  private static int lineEnd(byte[] utf8, int at, int to) {
    int b = utf8[at];
    if (b == '\r') {
      return '\r';
    }
    if (b == (byte) 0xC2 && at + 1 < to && utf8[at + 1] == (byte) 0x85) {
      return 0x85;
    }
    if (b == (byte) 0xE2 && at + 2 < to && utf8[at + 1] == (byte) 0x80) {
      int last = utf8[at + 2] & 0xFF;
      return last == 0xA8 ? 0x2028 : last == 0xA9 ? 0x2029 : 0;
    }
    return 0;
  }
}
