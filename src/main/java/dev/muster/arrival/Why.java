package dev.muster.arrival;

import dev.muster.run.RunOutcome;
import java.util.function.UnaryOperator;

/**
 * Why an arrival stands as it does, in sentences.
 *
 * @param here as those read it who see the whole service; may name what is of this machine
 * @param told as its sender reads it, wherever that is
 */
record Why(String here, String told) {

  /** What is for its sender as it is. */
  static Why said(String sentence) {
    return new Why(sentence, sentence);
  }

  /** What is of this machine, and its sender can do nothing about. */
  static Why inTheWay(String here) {
    return new Why(here, RunOutcome.IN_THE_WAY);
  }

  /** Why its run did not come to its end. */
  static Why of(RunOutcome outcome) {
    String cause = outcome.cause();
    String told = outcome.told();
    return cause == null || told == null ? inTheWay("The run failed.") : new Why(cause, told);
  }

  /** With what is to be said of it besides; that something is in the way says enough. */
  Why with(UnaryOperator<String> more) {
    return new Why(more.apply(here), told.equals(RunOutcome.IN_THE_WAY) ? told : more.apply(told));
  }
}
