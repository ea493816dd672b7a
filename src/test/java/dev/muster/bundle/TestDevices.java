package dev.muster.bundle;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;

/** Devices that are the same in every run. */
final class TestDevices {

  private TestDevices() {}

  static List<UUID> devices(int count) {
    Random random = new Random(count);
    List<UUID> devices = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      devices.add(device(random));
    }
    return devices;
  }

  /**
   * Devices whose lines make exactly so many characters: lines differ in length, so trying other
   * last ones finds a sum that fits.
   */
  static List<UUID> filling(int characters, Function<List<UUID>, String> csv) {
    for (int attempt = 0; attempt < 2_000; attempt++) {
      Random random = new Random(attempt);
      List<UUID> devices = new ArrayList<>();
      int length = csv.apply(devices).length();
      int header = length;
      while (length < characters) {
        UUID device = device(random);
        devices.add(device);
        length += csv.apply(List.of(device)).length() - header;
      }
      if (length == characters) {
        return devices;
      }
    }
    throw new AssertionError("No devices found whose lines make " + characters + " characters.");
  }

  private static UUID device(Random random) {
    return new UUID(random.nextLong(), random.nextLong());
  }
}
