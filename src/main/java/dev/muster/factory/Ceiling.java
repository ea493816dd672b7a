package dev.muster.factory;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many devices one revocation list may take out of service, or bring back, on one person's
 * word.
 *
 * @param devices so many at least
 * @param percent so many of a hundred of the factory's devices at least; the larger of the two
 *     counts
 */
public record Ceiling(long devices, double percent) {

  private static final Pattern SYNTAX =
      Pattern.compile("(?:(\\d{1,12}))?(?:\\s*(?:^|or)\\s*(\\d{1,3}(?:\\.\\d{1,6})?)\\s*%)?");

  /**
   * Reads {@code 1000 or 5%}, {@code 1000} or {@code 5%}.
   *
   * @throws IllegalArgumentException when it is none of them, with a sentence for the person who
   *     typed it
   */
  public static Ceiling valueOf(String text) {
    String stripped = text.strip();
    Matcher matcher = SYNTAX.matcher(stripped);
    if (!stripped.isEmpty() && matcher.matches()) {
      String devices = matcher.group(1);
      String percent = matcher.group(2);
      double share = percent == null ? 0 : Double.parseDouble(percent);
      if (share <= 100) {
        return new Ceiling(devices == null ? 0 : Long.parseLong(devices), share);
      }
    }
    throw new IllegalArgumentException(
        "'%s' is no ceiling of revocation lists: give a number of devices, such as 1000, a percentage of the factory's, such as 5%%, or both: 1000 or 5%%; then the larger one counts."
            .formatted(text));
  }

  /** How many devices that is of so many in all. */
  public long of(long all) {
    return Math.max(devices, (long) Math.floor(all * percent / 100));
  }

  @Override
  public String toString() {
    if (percent == 0) {
      return Long.toString(devices);
    }
    String share = BigDecimal.valueOf(percent).stripTrailingZeros().toPlainString();
    return devices == 0 ? share + "%" : devices + " or " + share + "%";
  }
}
