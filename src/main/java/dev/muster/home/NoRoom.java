package dev.muster.home;

import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
    return message(failure) != null;
  }

  /**
   * What was first said of the disk, before others repeated it; null when it failed for another
   * reason.
   */
  static @Nullable String message(Throwable failure) {
    String said = null;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (isSaidIn(message)
          || (cause instanceof SQLException sql && SQL_STATE.equals(sql.getSQLState()))) {
        said = message;
      }
    }
    return said;
  }

  static boolean isSaidIn(String message) {
    return FULL.stream().anyMatch(message::contains);
  }
}
