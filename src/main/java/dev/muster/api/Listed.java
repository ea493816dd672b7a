package dev.muster.api;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

/**
 * A page of a list.
 *
 * @param next as {@code cursor}, brings the next page; null: this was the last one
 * @param total how many there are on all pages; null: they would have to be counted
 */
record Listed<T>(
    List<T> items,
    @Schema(description = "As cursor, brings the next page; absent on the last one.")
        @Nullable String next,
    @Schema(
            description =
                "How many there are on all pages; absent where they would have to be counted.")
        @Nullable Long total) {

  /** How many a page has when nobody says. */
  static final String USUAL = "50";

  static final int MOST = 200;

  Listed {
    items = List.copyOf(items);
  }

  /**
   * A page of what was found.
   *
   * @param found one more than the page holds, if there is one more
   * @param place where an item stands, so that the list can go on behind it
   */
  static <T> ResponseEntity<Listed<T>> of(List<T> found, int limit, Function<T, Object> place) {
    boolean more = found.size() > limit;
    List<T> items = more ? found.subList(0, limit) : found;
    return of(items, more ? Cursor.of(place.apply(items.get(limit - 1))) : null, null);
  }

  static <T> ResponseEntity<Listed<T>> of(
      List<T> items, @Nullable String next, @Nullable Long total) {
    HttpHeaders headers = new HttpHeaders();
    if (next != null) {
      headers.set(
          HttpHeaders.LINK,
          "<%s>; rel=\"next\""
              .formatted(
                  ServletUriComponentsBuilder.fromCurrentRequest()
                      .replaceQueryParam("cursor", next)
                      .build()
                      .toUriString()));
    }
    return ResponseEntity.ok().headers(headers).body(new Listed<>(items, next, total));
  }
}
