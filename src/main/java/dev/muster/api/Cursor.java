package dev.muster.api;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Where a list goes on: opaque, so that it may change what it holds. */
final class Cursor {

  private static final String FORM = "1:";

  private Cursor() {}

  static String of(Object place) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((FORM + place).getBytes(StandardCharsets.UTF_8));
  }

  static @Nullable String place(@Nullable String cursor) {
    if (cursor == null || cursor.isBlank()) {
      return null;
    }
    try {
      String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
      if (text.startsWith(FORM)) {
        return text.substring(FORM.length());
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw unknown();
  }

  static @Nullable Long number(@Nullable String cursor) {
    String place = place(cursor);
    try {
      return place == null ? null : Long.valueOf(place);
    } catch (NumberFormatException e) {
      throw unknown();
    }
  }

  static @Nullable Integer smallNumber(@Nullable String cursor) {
    Long number = number(cursor);
    if (number != null && (number < 0 || number > Integer.MAX_VALUE)) {
      throw unknown();
    }
    return number == null ? null : number.intValue();
  }

  static ProblemException unknown() {
    return ProblemException.invalid(
        "The cursor is none that a list has given. Take 'next' of the page before, or none.");
  }
}
