package dev.muster.outcome;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * By which way somebody is notified. Each has a thread of its own; see {@link NotificationQueue}.
 */
interface Channel {

  /** Which way; the constants stand in the table. */
  enum Way {
    WEBHOOK,
    MAIL
  }

  Way way();

  /** Whom alone it serves; null: all recipients of its way. */
  @Nullable String recipient();

  /**
   * Who is to be notified of an event.
   *
   * @param factory whose it is; null: nobody's alone
   */
  List<String> recipients(String type, @Nullable String factory);

  /** Notifies one of them; what goes wrong is said in the answer. */
  Attempt send(Due due);

  /**
   * A notification whose time has come.
   *
   * @param event as whoever may be told it is told it
   * @param eventHere as those are told who see the whole service; null: the same
   */
  record Due(
      long id,
      String recipient,
      @Nullable String factory,
      String eventId,
      String type,
      String event,
      @Nullable String eventHere,
      Instant happenedAt,
      int attempts) {

    /**
     * The event, as its recipient is told it.
     *
     * @param everything whether that one sees the whole service
     */
    String eventTo(boolean everything) {
      return everything && eventHere != null ? eventHere : event;
    }
  }

  /**
   * What came of an attempt.
   *
   * @param status that was answered; null: none was
   * @param problem what was wrong; null: it was taken
   * @param retryAfter how long the recipient wants to be left alone
   * @param never whether it is not to be tried again by itself
   */
  record Attempt(
      @Nullable Integer status,
      @Nullable String problem,
      @Nullable Duration retryAfter,
      boolean never) {

    static final Attempt TAKEN = new Attempt(null, null, null, false);

    static Attempt unwanted() {
      return never("The recipient does not want this any more, or may not see it.");
    }

    static Attempt failed(String problem) {
      return new Attempt(null, problem, null, false);
    }

    static Attempt never(String problem) {
      return new Attempt(null, problem, null, true);
    }

    boolean taken() {
      return problem == null;
    }
  }
}
