package dev.muster.manifest;

/**
 * What is no part of a text when it stands at the text's edge: white space, all of Unicode's, and
 * the format characters that nobody sees. Inside a text both stay.
 */
public final class Edges {

  private Edges() {}

  /** Whether a character is no part of a text at whose edge it stands. */
  public static boolean isEdge(int character) {
    return switch (character) {
      case '\t', '\n', 0x0B, '\f', '\r', 0x85 -> true;
      case 0xAD, 0x61C, 0x180E, 0xFEFF -> true;
      default ->
          Character.isSpaceChar(character)
              || (character >= 0x200B && character <= 0x200F)
              || (character >= 0x202A && character <= 0x202E)
              || (character >= 0x2060 && character <= 0x206F);
    };
  }

  /** The text without what is no part of it. */
  public static String strip(String text) {
    int start = 0;
    int end = text.length(); // every such character is one char
    while (start < end && isEdge(text.charAt(start))) {
      start++;
    }
    while (start < end && isEdge(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  /** Where the text between these bytes begins, white space and what nobody sees left out. */
  static int start(byte[] utf8, int from, int to) {
    int start = from;
    for (int length = edge(utf8, start, to); length > 0; length = edge(utf8, start, to)) {
      start += length;
    }
    return start;
  }

  /** Behind its last byte. */
  static int end(byte[] utf8, int from, int to) {
    int end = to;
    while (end > from) {
      int last = end - 1;
      while (last > from && (utf8[last] & 0xC0) == 0x80) {
        last--;
      }
      if (edge(utf8, last, end) != end - last) {
        return end;
      }
      end = last;
    }
    return end;
  }

  /** How many bytes the white space or format character has that stands there; 0 for any other. */
  static int edge(byte[] utf8, int at, int to) {
    if (at >= to) {
      return 0;
    }
    int b = utf8[at];
    if (b >= 0) {
      return isEdge(b) ? 1 : 0;
    }
    if ((b & 0xE0) == 0xC0 && at + 1 < to) {
      return isEdge((b & 0x1F) << 6 | (utf8[at + 1] & 0x3F)) ? 2 : 0;
    }
    if ((b & 0xF0) == 0xE0 && at + 2 < to) {
      return isEdge((b & 0x0F) << 12 | (utf8[at + 1] & 0x3F) << 6 | (utf8[at + 2] & 0x3F)) ? 3 : 0;
    }
    return 0;
  }

  /** A character's code point and name, such as {@code U+2013 EN DASH}. */
  static String named(int character) {
    String name = Character.getName(character);
    return "U+%04X".formatted(character) + (name == null ? "" : " " + name);
  }
}
