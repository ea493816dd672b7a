package dev.muster.web;

import org.jspecify.annotations.Nullable;

/** Text from outside, without what would be invisible or turn the text around it. */
final class VisibleText {

  private VisibleText() {}

  static String of(@Nullable String text) {
    if (text == null) {
      return "";
    }
    StringBuilder visible = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            character -> {
              int type = Character.getType(character);
              if (character < ' ') {
                visible.appendCodePoint(0x2400 + character);
              } else if (Character.isISOControl(character)
                  || type == Character.FORMAT
                  || type == Character.SURROGATE) {
                visible.append("\\u%04X".formatted(character));
              } else {
                visible.appendCodePoint(character);
              }
            });
    return visible.toString();
  }
}
