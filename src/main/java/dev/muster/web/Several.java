package dev.muster.web;

import dev.muster.access.RefusedException;
import dev.muster.language.Language;
import dev.muster.language.Words;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Rows of a list that were chosen, to do the same with each. */
final class Several {

  /** What a query may hold; a redirect takes it for nothing else. */
  private static final Pattern QUERY = Pattern.compile("\\?[A-Za-z0-9%&=+._~*:,;@!$'()/-]*");

  private Several() {}

  /**
   * The list that they were chosen from, as it was looked at.
   *
   * @param path such as {@code /arrivals}
   * @param query with its question mark; what is none is left out
   */
  static String from(String path, String query) {
    return QUERY.matcher(query).matches() ? path + query : path;
  }

  /**
   * Those of them with which it was not done, or would not be.
   *
   * @param why the sentence
   * @param in the language of it; null: the reader's
   */
  record LeftOut(long number, String why, @Nullable String in) {

    /** By a service, which speaks English. */
    static LeftOut of(long number, RefusedException why) {
      return english(number, why.sentence());
    }

    static LeftOut english(long number, String why) {
      return new LeftOut(number, why, Language.EN.tag());
    }
  }

  /**
   * Each once, and the oldest first, in which order they came to be.
   *
   * @throws PageProblem when none was chosen, or more than one page of a list has
   */
  static List<Long> of(List<Long> chosen, Words words) {
    if (chosen.isEmpty()) {
      throw PageProblem.refused(words.of("layout.several.none"));
    }
    List<Long> each = chosen.stream().distinct().sorted().toList();
    if (each.size() > Paging.ROWS) {
      throw PageProblem.refused(words.of("layout.several.too-many", Paging.ROWS));
    }
    return each;
  }
}
