package dev.muster.finding;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a text may mean.
 *
 * @param text what was looked for
 * @param hits what there is, by kind
 * @param lists what it may also be: lists that can be looked through for it
 * @param unknown of several ids, those that nothing is known of
 * @param more whether there is more like it than is told
 */
public record Found(
    String text, List<Hit> hits, List<Listing> lists, List<UUID> unknown, boolean more) {

  public Found {
    hits = List.copyOf(hits);
    lists = List.copyOf(lists);
    unknown = List.copyOf(unknown);
  }

  /** What there is. */
  public enum Kind {
    DEVICE,
    MANIFEST,
    LIST,
    BUNDLE,
    EXECUTION,
    ARRIVAL,
    FACTORY
  }

  /**
   * One thing.
   *
   * @param id as its page's address has it
   * @param by what of it the text is
   * @param name what people call it; null: it has no name
   * @param factory whose it is
   * @param exact whether the text is that, and not only how it begins
   */
  public record Hit(
      Kind kind,
      String id,
      String by,
      @Nullable String name,
      @Nullable String factory,
      boolean exact) {}

  /**
   * A list and what it is looked through for.
   *
   * @param kind of what is in it
   * @param by the parameter of its address
   */
  public record Listing(Kind kind, String by, String value) {}

  /** The one thing that is meant, when there is no doubt. */
  @JsonIgnore
  public Optional<Hit> only() {
    return hits.size() == 1 && hits.get(0).exact() && unknown.isEmpty() && !more
        ? Optional.of(hits.get(0))
        : Optional.empty();
  }
}
