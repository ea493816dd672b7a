package dev.muster.cli;

import dev.muster.registry.Installations;
import dev.muster.registry.Installations.Installation;
import dev.muster.registry.InstalledDevice;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a device is installed. What is not said of its place stays as it is known. */
final class PlaceOptions {

  @Option(names = "--building", paramLabel = "TEXT", description = "Where it is installed.")
  private @Nullable String building;

  @Option(names = "--room", paramLabel = "TEXT", description = "Where it is installed.")
  private @Nullable String room;

  boolean given() {
    return building != null || room != null;
  }

  /**
   * Installs a device there.
   *
   * @param code its claim code, which is given at the same time; null: none
   */
  Installation install(Installations installations, UUID device, @Nullable String code) {
    Optional<InstalledDevice> before = installations.find(device);
    return installations.claimAndInstall(
        device,
        code,
        building != null ? building : before.map(InstalledDevice::building).orElse(null),
        room != null ? room : before.map(InstalledDevice::room).orElse(null));
  }
}
