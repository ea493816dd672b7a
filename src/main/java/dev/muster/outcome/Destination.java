package dev.muster.outcome;

import java.util.List;

/** Where outcomes are told. */
interface Destination extends AutoCloseable {

  /** An outcome that is to be told; the event is JSON. */
  record Outcome(long id, String factory, String event) {}

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
