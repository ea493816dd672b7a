package dev.muster.manifest;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many rows of a manifest may be refused before the whole run fails.
 *
 * @param value a number of rows, or a percentage of the manifest's rows
 */
public record RejectLimit(double value, boolean percentage) {

  private static final Pattern SYNTAX = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)\\s*(%?)");

  /**
   * Reads {@code 100} or {@code 2.5%}.
   *
   * @throws IllegalArgumentException when it is neither, with a sentence for the person who typed
   *     it
   */
  public static RejectLimit valueOf(String text) {
    Matcher matcher = SYNTAX.matcher(text.strip());
    if (matcher.matches()) {
      boolean percentage = !matcher.group(2).isEmpty();
      double value = Double.parseDouble(matcher.group(1));
      if (percentage ? value <= 100 : value == Math.rint(value)) {
        return new RejectLimit(value, percentage);
      }
    }
    throw new IllegalArgumentException(
        "'%s' is no limit of rejects: give a whole number of rows, such as 100, or a percentage from 0%% to 100%%, such as 5%%."
            .formatted(text));
  }

  /** Whether so many refused rows of so many in all are too many. */
  public boolean exceededBy(long rejected, long rows) {
    return percentage ? rejected * 100.0 > value * rows : rejected > value;
  }

  /** Whether the sender asked for all or nothing. */
  public boolean allOrNothing() {
    return value == 0;
  }

  /** As {@link #valueOf} reads it. */
  @Override
  public String toString() {
    String number = BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    return percentage ? number + "%" : number;
  }
}
