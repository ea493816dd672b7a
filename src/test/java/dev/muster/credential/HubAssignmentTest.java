package dev.muster.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.TestHubs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HubAssignmentTest {

  private static final int DEVICES = 100_000;

  private final Hub north = TestHubs.hub("north", 1);
  private final Hub south = TestHubs.hub("south", 2);
  private final Hub west = TestHubs.hub("west", 5);

  @Test
  void hubsGetDevicesInProportionToTheirWeights() {
    Map<String, Integer> counts = new HashMap<>();
    for (UUID device : randomDevices()) {
      counts.merge(assigned(List.of(north, south, west), device).name(), 1, Integer::sum);
    }

    // 0.6 % is more than four standard deviations of each share
    assertThat(share(counts, north)).isCloseTo(1 / 8.0, within(0.006));
    assertThat(share(counts, south)).isCloseTo(2 / 8.0, within(0.006));
    assertThat(share(counts, west)).isCloseTo(5 / 8.0, within(0.006));
  }

  @Test
  void guidsThatCountUpAreSpreadAsWellAsRandomOnes() {
    int inNorth = 0;
    for (int i = 0; i < DEVICES; i++) {
      if (assigned(List.of(north, TestHubs.hub("east", 1)), new UUID(0x1234_0000_4000L, i))
          .equals(north)) {
        inNorth++;
      }
    }

    assertThat(inNorth / (double) DEVICES).isCloseTo(0.5, within(0.008));
  }

  @Test
  void anAddedHubTakesDevicesOnlyForItself() {
    Hub east = TestHubs.hub("east", 3);
    int moved = 0;
    for (UUID device : randomDevices()) {
      Authority before = assigned(List.of(north, south, west), device);
      Authority after = assigned(List.of(north, south, west, east), device);
      if (after.equals(east)) {
        moved++;
      } else {
        assertThat(after).isEqualTo(before);
      }
    }

    assertThat(moved / (double) DEVICES).isCloseTo(3 / 11.0, within(0.007));
  }

  @Test
  void aRemovedHubGivesAwayOnlyItsOwnDevices() {
    for (UUID device : randomDevices()) {
      Authority before = assigned(List.of(north, south, west), device);
      if (!before.equals(south)) {
        assertThat(assigned(List.of(north, west), device)).isEqualTo(before);
      }
    }
  }

  @Test
  void aHubWhoseWeightGrowsLosesNoDevice() {
    Hub larger = TestHubs.hub("south", 4);
    for (UUID device : randomDevices()) {
      if (assigned(List.of(north, south, west), device).equals(south)) {
        assertThat(assigned(List.of(north, larger, west), device)).isEqualTo(larger);
      }
    }
  }

  @Test
  void theOrderOfTheHubsDoesNotMatter() {
    List<Hub> hubs = new ArrayList<>(List.of(north, south, west));
    List<Hub> reversed = new ArrayList<>(hubs);
    Collections.reverse(reversed);
    for (UUID device : randomDevices()) {
      assertThat(assigned(reversed, device)).isEqualTo(assigned(hubs, device));
    }
  }

  @Test
  void theIndexIsThatOfTheAssignedHub() {
    List<Hub> hubs = List.of(north, south, west);
    HubAssignment assignment = new HubAssignment(hubs);
    for (UUID device : randomDevices().subList(0, 1000)) {
      int index =
          assignment.indexOf(device.getMostSignificantBits(), device.getLeastSignificantBits());
      assertThat(hubs.get(index)).isEqualTo(assigned(hubs, device));
    }
  }

  /** Another result here would move devices that exist: see what changed before changing this. */
  @Test
  void assignmentsAreThoseThatWerePinned() {
    List<String> names = new ArrayList<>();
    Random random = new Random(42);
    for (int i = 0; i < 24; i++) {
      names.add(
          assigned(List.of(north, south, west), new UUID(random.nextLong(), random.nextLong()))
              .name()
              .substring(0, 1));
    }

    assertThat(String.join("", names)).isEqualTo("wnwwswwwnwnwswswswwnsnww");
  }

  @Test
  void aSingleHubGetsEveryDevice() {
    assertThat(assigned(List.of(north), new UUID(1, 2))).isEqualTo(north);
  }

  @Test
  void noHubAtAllIsRefused() {
    assertThatThrownBy(() -> new HubAssignment(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("There is no hub to assign devices to.");
  }

  private static double share(Map<String, Integer> counts, Hub hub) {
    return counts.getOrDefault(hub.name(), 0) / (double) DEVICES;
  }

  private static Authority assigned(List<Hub> hubs, UUID device) {
    return hubs.get(
        new HubAssignment(hubs)
            .indexOf(device.getMostSignificantBits(), device.getLeastSignificantBits()));
  }

  private static List<UUID> randomDevices() {
    Random random = new Random(7);
    List<UUID> devices = new ArrayList<>(DEVICES);
    for (int i = 0; i < DEVICES; i++) {
      devices.add(new UUID(random.nextLong(), random.nextLong()));
    }
    return devices;
  }
}
