package dev.muster.chaos;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The long campaign, outside CI: {@code -Dmuster.chaos.faults=300 -Dmuster.chaos.seed=N}; {@code
 * -Dmuster.chaos.kinds}, {@code -Dmuster.chaos.zones} and {@code -Dmuster.chaos.clocks} (seconds)
 * say which there are, {@code -Dmuster.chaos.round} how many faults there are before it is quiet.
 * Needs root for its disks, {@code age}, and {@code cc} for clocks that are wrong.
 */
class ChaosCampaign {

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @Test
  void whateverHappensEverythingThatWasSentBecomesWhatItShould() throws Exception {
    String kinds = System.getProperty("muster.chaos.kinds", "ALL");
    Plan plan =
        new Plan(
            Integer.getInteger("muster.chaos.faults", 20),
            Long.getLong("muster.chaos.seed", 14),
            Integer.getInteger("muster.chaos.round", 10),
            2,
            1000,
            kinds.equals("ALL")
                ? List.of(Fault.values())
                : list(kinds).stream().map(Fault::valueOf).toList(),
            list(System.getProperty("muster.chaos.zones", "UTC,Asia/Tokyo,America/New_York")),
            list(System.getProperty("muster.chaos.clocks", "0,-75,40")).stream()
                .map(Integer::valueOf)
                .toList(),
            Boolean.parseBoolean(System.getProperty("muster.chaos.messages", "true")),
            List.of("fabrikam", "acme", "contoso"));
    try (Campaign campaign = new Campaign(folder, plan)) {
      campaign.run();
    }
  }

  private static List<String> list(String values) {
    return Arrays.asList(values.split(","));
  }
}
