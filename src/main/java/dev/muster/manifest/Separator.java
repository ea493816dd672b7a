package dev.muster.manifest;

import org.jspecify.annotations.Nullable;

/** What stands between the fields of a row. A file has one. */
public enum Separator {
  COMMA(','),
  SEMICOLON(';'),
  TAB('\t'),
  BAR('|');

  private final byte character;

  Separator(char character) {
    this.character = (byte) character;
  }

  byte character() {
    return character;
  }

  static @Nullable Separator of(int character) {
    for (Separator separator : values()) {
      if (separator.character == character) {
        return separator;
      }
    }
    return null;
  }
}
