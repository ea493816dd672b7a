package dev.muster.provisioning;

import dev.muster.home.MusterHome;
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

  Spool(MusterHome home) {
    this.home = home;
  }

  Path file(RunParameters run) {
    return home.spool().resolve(run.factory()).resolve(run.sha256() + ".csv");
  }

  void remove(RunParameters run) throws IOException {
    Files.deleteIfExists(file(run));
  }
}
