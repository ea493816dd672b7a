package dev.muster.outcome;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where outcomes are told. */
interface Destination extends AutoCloseable {

  /**
   * An outcome that is to be told.
   *
   * @param factory whose it is; null: nobody's alone
   * @param event JSON
   */
  record Outcome(long id, @Nullable String factory, String event) {

    private static final int HEAD = 300;

    /** How it begins, which says what it is. */
    String head() {
      return event.substring(0, Math.min(event.length(), HEAD));
    }
  }

  String name();

  /**
   * Tells them, in order, and returns when all of them are confirmed that it can take.
   *
   * @return those that are too large for it, and always will be
   * @throws Exception when that is not certain; all of them are told again
   */
  List<Outcome> send(List<Outcome> outcomes) throws Exception;

  @Override
  void close();
}
