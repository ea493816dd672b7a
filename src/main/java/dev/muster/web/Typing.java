package dev.muster.web;

import dev.muster.access.RefusedException;
import dev.muster.export.Period;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What was typed into the forms over lists. */
final class Typing {

  private Typing() {}

  /** From when until when; what can't be understood is said and left out. */
  static Period period(@Nullable String from, @Nullable String until, List<String> problems) {
    try {
      return Period.of(from, until);
    } catch (IllegalArgumentException e) {
      problems.add(String.valueOf(e.getMessage()));
      return Period.EVER;
    }
  }

  /** What is asked for; a file can't say what was not understood. */
  static <T> T understood(Function<List<String>, T> asked) {
    List<String> problems = new ArrayList<>();
    T understood = asked.apply(problems);
    if (!problems.isEmpty()) {
      throw new RefusedException(problems.get(0));
    }
    return understood;
  }
}
