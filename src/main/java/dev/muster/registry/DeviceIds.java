package dev.muster.registry;

import dev.muster.manifest.Guid;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One device's id, or all that begin alike: a stretch of the primary key.
 *
 * @param first the smallest that is meant
 * @param last the largest
 */
public record DeviceIds(UUID first, UUID last) {

  /** How many digits a beginning has at least: fewer say next to nothing. */
  public static final int FEWEST = 4;

  private static final int DIGITS = 32;
  private static final String GROUPED = "00000000-0000-0000-0000-000000000000";

  /** Letters that a label is misread for, each with the digit that is meant. */
  private static final Map<Integer, String> LOOKS_LIKE =
      Map.ofEntries(
          entry('O', "0"),
          entry('o', "0"),
          entry('Q', "0"),
          entry('I', "1"),
          entry('l', "1"),
          entry('i', "1"),
          entry('Z', "2"),
          entry('z', "2"),
          entry('S', "5"),
          entry('s', "5"),
          entry('G', "6"),
          entry('g', "9"));

  private static Map.Entry<Integer, String> entry(char letter, String digit) {
    return Map.entry((int) letter, digit);
  }

  /**
   * What is wrong with a text that was meant to be one whole id, for people who read it from a
   * label: how many digits it has, and what can't be one.
   */
  public static String wrong(String text) {
    String said =
        "That is no device id, which has 32 hexadecimal digits, such as"
            + " 0f8fad5b-d9cb-469f-a165-70867728950e. ";
    String digits = text.strip().replaceFirst("^(?i)urn:uuid:", "").replaceAll("[-‐-―{}\\s]", "");
    if (digits.isEmpty() || digits.length() > 2 * DIGITS) {
      return said + "Read the label again.";
    }
    long right = digits.codePoints().filter(one -> isDigit(one)).count();
    String odd =
        digits
            .codePoints()
            .filter(one -> !isDigit(one))
            .distinct()
            .limit(5)
            .mapToObj(DeviceIds::oddOne)
            .collect(Collectors.joining(", "));
    return said
        + "This has %d of %d digits%s. Read the label again."
            .formatted(right, DIGITS, odd.isEmpty() ? "" : ", and " + odd);
  }

  private static String oddOne(int character) {
    String digit = LOOKS_LIKE.get(character);
    String shown = (Character.isLetter(character) ? "letter " : "") + Character.toString(character);
    return digit == null ? shown : "%s (a %s?)".formatted(shown, digit);
  }

  private static boolean isDigit(int character) {
    return character < 128 && Character.digit(character, 16) >= 0;
  }

  /** What is wrong with a text that is none, for people. */
  public static String none(String text) {
    return "'%s' is no device id: that has 32 hexadecimal digits, as 8-4-4-4-12. %d of them are enough to begin with."
        .formatted(text.length() > 80 ? text.substring(0, 80) + "…" : text, FEWEST);
  }

  /** One id. */
  public static DeviceIds of(UUID id) {
    return new DeviceIds(id, id);
  }

  /** The ids that a text means: a GUID however it is written, or the beginning of one; or null. */
  public static @Nullable DeviceIds of(String text) {
    UUID whole = Guid.of(text);
    if (whole != null) {
      return of(whole);
    }
    String begun = text.strip().toLowerCase(Locale.ROOT).replaceFirst("^(\\{|urn:uuid:)", "");
    String digits = begun.replace("-", "");
    if (digits.length() < FEWEST || digits.length() >= DIGITS || !digits.matches("[0-9a-f]+")) {
      return null;
    }
    if (begun.contains("-") && !grouped(digits).startsWith(begun)) {
      return null;
    }
    return new DeviceIds(filled(digits, "0"), filled(digits, "f"));
  }

  /** Whether it is one device's. */
  public boolean single() {
    return first.equals(last);
  }

  private static UUID filled(String digits, String with) {
    return UUID.fromString(grouped(digits + with.repeat(DIGITS - digits.length())));
  }

  private static String grouped(String digits) {
    StringBuilder grouped = new StringBuilder(GROUPED);
    int at = 0;
    for (int i = 0; i < digits.length(); i++) {
      if (GROUPED.charAt(at) == '-') {
        at++;
      }
      grouped.setCharAt(at++, digits.charAt(i));
    }
    return grouped.toString();
  }
}
