package dev.muster.home;

import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/** How a full disk shows in what failed: Muster's own or PostgreSQL's. */
public final class NoRoom {

  /** What Linux says of a full disk, and of one of which its user may have no more. */
  private static final List<String> FULL =
      List.of("No space left on device", "Disk quota exceeded");

  /** PostgreSQL's disk_full. */
  private static final String SQL_STATE = "53100";

  private NoRoom() {}

  /** Whether something failed for want of room on a disk. */
  public static boolean caused(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (says(cause) || Stream.of(cause.getSuppressed()).anyMatch(NoRoom::says)) {
        return true;
      }
    }
    return false;
  }

  private static boolean says(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    return FULL.stream().anyMatch(message::contains)
        || (failure instanceof SQLException sql && SQL_STATE.equals(sql.getSQLState()));
  }
}
