package dev.muster.web;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

/**
 * A part of a list.
 *
 * @param next where the next part begins; null when this is the last
 */
record Paging<T>(List<T> rows, @Nullable Object next) {

  static final int ROWS = 50;

  /**
   * Of one row more than is shown, so that it is known whether there are more.
   *
   * @param cursor of a row
   */
  static <T> Paging<T> of(List<T> oneMore, Function<T, Object> cursor) {
    return of(oneMore, ROWS, cursor);
  }

  static <T> Paging<T> of(List<T> oneMore, int shown, Function<T, Object> cursor) {
    if (oneMore.size() <= shown) {
      return new Paging<>(oneMore, null);
    }
    List<T> rows = oneMore.subList(0, shown);
    return new Paging<>(rows, cursor.apply(rows.get(shown - 1)));
  }

  public String older() {
    return address("before", next);
  }

  public String newest() {
    return address("before", null);
  }

  /**
   * All that is looked for, as this page's address has it, but for these; with its question mark.
   */
  static String query(String... without) {
    var address = ServletUriComponentsBuilder.fromCurrentRequest();
    for (String one : without) {
      address.replaceQueryParam(one);
    }
    String query = address.build().getQuery();
    return query == null ? "" : "?" + query;
  }

  /** All that this page's address asks for, with its question mark. */
  public String here() {
    return query();
  }

  /** This page's address, with all that is looked for, at another place of the list. */
  static String address(String parameter, @Nullable Object place) {
    var address = ServletUriComponentsBuilder.fromCurrentRequest();
    var at =
        place == null
            ? address.replaceQueryParam(parameter).build()
            : address.replaceQueryParam(parameter, place).build();
    return at.getPath() + (at.getQuery() == null ? "" : "?" + at.getQuery());
  }
}
