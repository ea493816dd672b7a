package dev.muster.access;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Where it is kept who did what. */
public interface AuditLog {

  enum Outcome {
    /** Something slow began; another entry says how it went. */
    STARTED,
    DONE,
    /** It could not be done as things stood; the problem says why. */
    REFUSED,
    /** The caller had no permission. */
    DENIED,
    /** Something was in the way. */
    FAILED
  }

  /**
   * One entry.
   *
   * @param actor the name by which people know who asked; it may change hands
   * @param account who that is for good; see {@link Caller#account}
   * @param subject to what it was done, as {@code name=value} pairs; may be empty
   * @param problem why it was not done; null when it was
   */
  record Entry(
      Instant at,
      String actor,
      String account,
      String origin,
      @Nullable String factory,
      String action,
      String subject,
      Outcome outcome,
      @Nullable String problem) {

    /** What this caller asked for. */
    public static Entry by(
        Caller caller,
        Instant at,
        String action,
        String subject,
        Outcome outcome,
        @Nullable String problem) {
      return new Entry(
          at,
          caller.name(),
          caller.account(),
          caller.origin(),
          caller.factory(),
          action,
          subject,
          outcome,
          problem);
    }
  }

  /** Keeps an entry, in a transaction of its own. */
  void add(Entry entry);
}
