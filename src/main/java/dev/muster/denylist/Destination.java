package dev.muster.denylist;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Where the list is published. */
interface Destination extends AutoCloseable {

  /** Whether there may be more to do at once. */
  enum Outcome {
    /** It is as the registry is. */
    CURRENT,
    /** A part is out; ask again. */
    MORE,
    /** Another process is at it. */
    ELSEWHERE
  }

  String name();

  /** Up to which version all is out; negative when nothing is. */
  long version() throws Exception;

  /** When it was last written there how far that is; null: nothing is out. */
  @Nullable Instant publishedAt() throws Exception;

  /**
   * Publishes what is pending, or a part of it. What was published and not confirmed is published
   * again.
   *
   * @throws Exception when it is not certain; the next call goes on
   */
  Outcome publish() throws Exception;

  @Override
  void close();
}
