package dev.muster.export;

import java.util.Locale;

/**
 * How a column begins that has an index over its small letters with {@code COLLATE "C"}: a stretch
 * of that index.
 *
 * @param begun the first text there can be
 * @param end behind whatever it can go on with
 */
public record Beginning(String begun, String end) {

  private static final String LAST_CHARACTER = Character.toString(Character.MAX_CODE_POINT);

  /** Of a column that begins with this text. */
  public static Beginning with(String text) {
    String begun = text.toLowerCase(Locale.ROOT);
    return new Beginning(begun, begun + LAST_CHARACTER);
  }

  /** The condition, with the parameters {@code :begun} and {@code :end}. */
  public static String of(String column) {
    return "%1$s COLLATE \"C\" >= :begun AND %1$s COLLATE \"C\" < :end".formatted(column);
  }
}
