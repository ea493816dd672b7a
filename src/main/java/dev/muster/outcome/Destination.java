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
  record Outcome(long id, @Nullable String factory, String event) {}

  String name();

  /**
   * Tells them, in order, and returns when all of them are confirmed.
   *
   * @throws Exception when that is not certain; all of them are told again
   */
  void send(List<Outcome> outcomes) throws Exception;

  @Override
  void close();
}
