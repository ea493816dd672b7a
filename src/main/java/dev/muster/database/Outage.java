package dev.muster.database;

import java.sql.SQLException;
import java.util.Set;

/** Tells a database that is away for a moment from one that can't be used. */
public final class Outage {

  /** Nobody is there, or not any more. */
  static final String UNREACHABLE = "08001";

  /** A session ended by an administrator or a crash; a server that starts or ends; a cut line. */
  private static final Set<String> PASSING =
      Set.of("57P01", "57P02", "57P03", "08003", "08006", UNREACHABLE);

  private Outage() {}

  /** Whether this happened because PostgreSQL just ended a session, starts or ends. */
  public static boolean caused(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if ((cause instanceof SQLException sql && PASSING.contains(String.valueOf(sql.getSQLState())))
          || (cause instanceof DatabaseUnusableException unusable && unusable.isPassing())) {
        return true;
      }
    }
    return false;
  }
}
