package dev.muster.chaos;

import java.util.Arrays;
import java.util.List;

/** What is done to Muster while it works. */
enum Fault {
  KILL_INSTANCE,
  END_INSTANCE,
  PAUSE_INSTANCE,
  KILL_POSTGRES,
  SHUT_POSTGRES_DOWN_SMART,
  SHUT_POSTGRES_DOWN_FAST,
  KILL_POSTGRES_BACKEND,
  CUT_WORKER_SESSION,
  CUT_HISTORY_SESSION,
  CUT_LOCK_SESSION,
  CUT_POOLED_SESSION,
  CUT_ALL_SESSIONS,
  FILL_OUTBOX,
  FILL_SPOOL,
  FILL_POSTGRES,
  REMOVE_FACTORY,
  ADD_HUB;

  /** What is done unless others are named; docs/reliability.md says what was seen of each. */
  private static final List<Fault> USUAL =
      List.of(
          KILL_INSTANCE,
          END_INSTANCE,
          PAUSE_INSTANCE,
          FILL_OUTBOX,
          FILL_SPOOL,
          REMOVE_FACTORY,
          ADD_HUB);

  /** Those that are in {@code -Dmuster.chaos.kinds}, {@code ALL} for all. */
  static List<Fault> chosen() {
    String kinds = System.getProperty("muster.chaos.kinds", "");
    if (kinds.isEmpty()) {
      return USUAL;
    }
    return kinds.equals("ALL")
        ? List.of(values())
        : Arrays.stream(kinds.split(",")).map(Fault::valueOf).toList();
  }
}
