package dev.muster.provisioning;

import dev.muster.home.MusterHome;
import dev.muster.registry.AcceptedDevices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.stereotype.Component;

/**
 * Where manifests lie, unpacked and whole, from the time they are received until they are delivered
 * or withdrawn.
 */
@Component
class Spool {

  private final MusterHome home;
  private final AcceptedDevices acceptedDevices;

  Spool(MusterHome home, AcceptedDevices acceptedDevices) {
    this.home = home;
    this.acceptedDevices = acceptedDevices;
  }

  Path file(RunParameters run) {
    return home.spool().resolve(run.factory()).resolve(run.sha256() + ".csv");
  }

  /** Where a run's chunks leave what they brought to the registry. */
  Path devices(int manifestId) {
    return home.spool().resolve("devices-" + manifestId);
  }

  void remove(RunParameters run, int manifestId) throws IOException {
    Files.deleteIfExists(file(run));
    acceptedDevices.removeSpooled(devices(manifestId));
  }
}
