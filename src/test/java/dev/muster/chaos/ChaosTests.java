package dev.muster.chaos;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The shortest campaign: one service, one factory, a fault of each of the kinds that are cheap. */
@Tag("slow")
class ChaosTests {

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @Test
  void aFewFaultsLoseNothing() throws Exception {
    Plan plan =
        new Plan(
            5,
            14,
            5,
            1,
            1500,
            List.of(
                Fault.CUT_ALL_SESSIONS,
                Fault.FILL_OUTBOX,
                Fault.CUT_AT_START,
                Fault.CUT_LOCK_SESSION,
                Fault.KILL_POSTGRES),
            List.of("UTC", "America/New_York"),
            List.of(0),
            false,
            List.of("fabrikam"));
    try (Campaign campaign = new Campaign(folder, plan)) {
      campaign.run();
    }
  }
}
