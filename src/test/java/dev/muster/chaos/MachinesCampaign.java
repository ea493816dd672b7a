package dev.muster.chaos;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several machines work on one large manifest and have faults of their own, outside CI: {@code
 * docs/faults.sh [ROWS [FAULTS [SEED]]]}. Needs {@code node} and {@code age}.
 */
class MachinesCampaign {

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @Test
  void whateverHappensToMachinesTheirManifestsBecomeWhatTheyShould() throws Exception {
    try (MachineFaults faults =
        new MachineFaults(
            folder,
            Integer.getInteger("muster.faults.rows", 200_000),
            Integer.getInteger("muster.faults", 20),
            Long.getLong("muster.faults.seed", 19),
            Integer.getInteger("muster.faults.machines", 3),
            Boolean.getBoolean("muster.faults.kafka"))) {
      faults.run();
    }
  }
}
