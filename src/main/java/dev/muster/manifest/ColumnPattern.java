package dev.muster.manifest;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * The regular expression that a factory's values of a column must match. RE2's, so that the time
 * that it takes grows with the value's length and no faster: whoever may set one, or fill in a
 * value, can't hold up a run with it.
 *
 * @see <a href="https://github.com/google/re2/wiki/Syntax">its syntax</a>
 */
final class ColumnPattern {

  private static final int LONGEST = 1000;

  /** What one character of a value can cost at most, in RE2's instructions. */
  private static final int LARGEST = 2000;

  private static final long MOST_REPEATED = 1000;

  /** In java.util.regex these join classes; RE2 takes them for characters. */
  private static final java.util.regex.Pattern CLASS_IN_CLASS =
      java.util.regex.Pattern.compile("(?<!\\\\)\\[[^\\]]*?(?:&&|(?<=[^\\\\])\\[(?!:))");

  private static final java.util.regex.Pattern REPEATED =
      java.util.regex.Pattern.compile("(\\)?)\\{(\\d{1,5})(?:,(\\d{0,5}))?\\}");

  private ColumnPattern() {}

  /**
   * @throws IllegalArgumentException when it is none, or takes too much; says why
   */
  static Pattern compile(String column, String regex) {
    if (regex.length() > LONGEST) {
      throw unusable(column, regex, "has more than %,d characters".formatted(LONGEST));
    }
    if (CLASS_IN_CLASS.matcher(regex).find()) {
      throw unusable(
          column,
          regex,
          "has [ or && within [ ], which RE2 takes for characters: write \\[ and \\& for these");
    }
    if (repeated(regex) > MOST_REPEATED) {
      throw unusable(
          column, regex, "repeats something more than %,d times".formatted(MOST_REPEATED));
    }
    Pattern pattern;
    try {
      pattern = Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "The pattern of %s, '%s', is no regular expression: %s. It has the syntax of RE2, which knows no look-around such as (?=…), no back references such as \\1 and no *+, ++ and ?+."
              .formatted(column, ManifestHeader.shown(regex), e.getDescription()),
          e);
    }
    if (pattern.programSize() > LARGEST) {
      throw unusable(column, regex, "is too large: repeat less, or fewer alternatives");
    }
    return pattern;
  }

  /** How often the innermost can come to be repeated by counts: at most that, and often less. */
  private static long repeated(String regex) {
    long groups = 1;
    long innermost = 1;
    java.util.regex.Matcher counts = REPEATED.matcher(regex);
    while (counts.find()) {
      String most = counts.group(3);
      long times =
          Math.max(1, Long.parseLong(most == null || most.isEmpty() ? counts.group(2) : most));
      if (counts.group(1).isEmpty()) {
        innermost = Math.max(innermost, times);
      } else {
        groups = Math.min(groups * times, MOST_REPEATED + 1);
      }
    }
    return groups * innermost;
  }

  private static IllegalArgumentException unusable(String column, String regex, String why) {
    return new IllegalArgumentException(
        "The pattern of %s, '%s', %s.".formatted(column, ManifestHeader.shown(regex), why));
  }
}
