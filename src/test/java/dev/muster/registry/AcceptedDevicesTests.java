package dev.muster.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterTest;
import dev.muster.Obstacle;
import dev.muster.TestManifest;
import dev.muster.bundle.AgeIdentity;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.store.Spool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/** Whose tokens are made: those that the rows brought, whatever is left of them in the spool. */
@MusterTest
class AcceptedDevicesTests {

  @Autowired private AcceptedDevices accepted;
  @Autowired private Factories factories;
  @Autowired private ManifestRuns manifests;
  @Autowired private MusterHome home;
  @Autowired private Spool spool;
  @Autowired private JdbcTemplate jdbc;

  /** The chunk of the new ones was another process's; here is one of as many unchanged rows. */
  @Test
  void unchangedRowsAreNotTakenForAsManyNewOnes(@TempDir Path folder) throws Exception {
    String factory = "accepted-" + Long.toString(System.nanoTime(), 36);
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    TestManifest known = TestManifest.seeded(System.nanoTime()).rows(500);
    TestManifest fresh = TestManifest.seeded(System.nanoTime()).rows(500);
    Path before = known.write(folder.resolve("known.csv"));
    assertThat(manifests.provision(before, factory, null, null).status()).isEqualTo("COMPLETED");
    String rows = known.content().substring(known.content().indexOf('\n') + 1);
    Path both = Files.writeString(folder.resolve("both.csv"), fresh.content() + rows);
    Obstacle unused = Obstacle.to(home, factory, both);
    assertThat(manifests.provision(both, factory, null, null).status()).isEqualTo("FAILED");
    int manifest =
        Objects.requireNonNull(
            jdbc.queryForObject(
                "SELECT manifest_id FROM manifest WHERE factory = ? AND name = 'both'",
                Integer.class,
                factory));
    Path spooled = spool.devices(manifest);
    Files.delete(spooled.resolve("2"));

    DeviceRange found = accepted.read(spooled, manifest, 1, 1001);

    assertThat(
            IntStream.range(0, found.size())
                .mapToObj(at -> new UUID(found.guidHigh(at), found.guidLow(at)).toString())
                .toList())
        .isEqualTo(IntStream.rangeClosed(2, 501).mapToObj(fresh::deviceId).toList());
  }
}
