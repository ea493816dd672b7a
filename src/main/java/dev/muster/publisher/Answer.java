package dev.muster.publisher;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a call to a hub came to. A problem is a sentence, the same for all that have it. */
sealed interface Answer {

  /** As it stands in metrics: {@code done}, {@code not-accepted}. */
  default String word() {
    return getClass()
        .getSimpleName()
        .replaceAll("(?<=[a-z])(?=[A-Z])", "-")
        .toLowerCase(Locale.ROOT);
  }

  /** It is so now, or was so already. */
  record Done() implements Answer {}

  /** It failed; the next time it may not. */
  record Failed(String problem) implements Answer {}

  /** The hub calls it wrong. */
  record Refused(String problem) implements Answer {}

  /**
   * The hub is called too often.
   *
   * @param retryAfter how long it asks to be left alone; null: it does not say
   */
  record Throttled(String problem, @Nullable Duration retryAfter) implements Answer {}

  /** No connection came about. */
  record Unreachable(String problem) implements Answer {}

  /** The hub does not accept who calls, or does not exist. */
  record NotAccepted(String problem) implements Answer {}
}
