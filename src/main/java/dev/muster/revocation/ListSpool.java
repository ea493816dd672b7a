package dev.muster.revocation;

import dev.muster.home.MusterHome;
import dev.muster.revocation.RevocationLists.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.stereotype.Component;

/** Where lists lie, unpacked and whole, from the time they are received until they are applied. */
@Component
class ListSpool {

  private final MusterHome home;

  ListSpool(MusterHome home) {
    this.home = home;
  }

  Path file(Run run) {
    return home.spool()
        .resolve("revocations")
        .resolve(
            "%s-%s-%d-%d.csv"
                .formatted(
                    run.sha256(),
                    run.factory() == null ? "" : run.factory(),
                    run.arrival() == null ? 0 : run.arrival(),
                    run.round()));
  }

  void remove(Run run) throws IOException {
    Files.deleteIfExists(file(run));
  }
}
