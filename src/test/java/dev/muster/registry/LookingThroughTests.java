package dev.muster.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterTest;
import dev.muster.Obstacle;
import dev.muster.TestManifest;
import dev.muster.bundle.AgeIdentity;
import dev.muster.exchange.SingleTokens;
import dev.muster.export.Export.Part;
import dev.muster.export.Period;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.registry.DeviceSearch.Order;
import dev.muster.registry.DeviceSearch.Standing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Where no index finds devices, and there is time for one step at a time only. */
@MusterTest
class LookingThroughTests {

  @Autowired private JdbcClient jdbc;
  @Autowired private Factories factories;
  @Autowired private ManifestRuns manifests;
  @Autowired private DevicesInService inService;
  @Autowired private SingleTokens tokens;
  @Autowired private MusterHome home;

  @TempDir private Path folder;

  private final String factory = "looking-" + Long.toString(System.nanoTime(), 36);

  @Test
  void nothingIsLeftOutAndNothingComesTwice() throws Exception {
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    List<String> sent = new ArrayList<>();
    for (int manifest = 0; manifest < 2; manifest++) {
      TestManifest content = TestManifest.seeded(System.nanoTime()).rows(1100); // three chunks
      Path file = content.write(folder.resolve(manifest + ".csv"));
      assertThat(manifests.provision(file, factory, null, null).status()).isEqualTo("COMPLETED");
      for (int line = 2; line <= content.lastLine(); line++) {
        sent.add(content.deviceId(line));
      }
    }

    for (Standing standing : new @Nullable Standing[] {null, Standing.PROVISIONED}) {
      assertThat(found(standing, Order.OLDEST, 300)).isEqualTo(sent);
      List<String> newest = found(standing, Order.NEWEST, 300);
      Collections.reverse(newest);
      assertThat(newest).isEqualTo(sent);
    }
    assertThat(found(Standing.REGISTERED, Order.NEWEST, 300)).isEmpty();
    assertThat(found(Standing.REVOKED, Order.OLDEST, 300)).isEmpty();
  }

  @Test
  void whoIsBackInServiceBehindTheDeliveryOfItsManifestHasNoTokenAndIsFound() throws Exception {
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    TestManifest content = TestManifest.seeded(System.nanoTime()).rows(20);
    Path file = content.write(folder.resolve("late.csv"));
    Obstacle obstacle = Obstacle.to(home, factory, file);
    assertThat(manifests.provision(file, factory, null, null).status()).isEqualTo("FAILED");
    UUID device = UUID.fromString(content.deviceId(7));
    inService.disable(device, "does not start");
    obstacle.remove();
    assertThat(manifests.provision(file, factory, null, null).status()).isEqualTo("COMPLETED");
    assertThat(found(Standing.REGISTERED, Order.NEWEST, 300)).isEmpty();

    inService.enable(device, "starts");

    assertThat(found(Standing.REGISTERED, Order.NEWEST, 300)).containsExactly(device.toString());
  }

  @Test
  void whoGotATokenOfItsOwnBeforeItsManifestIsDeliveredIsFound() throws Exception {
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    TestManifest content = TestManifest.seeded(System.nanoTime()).rows(20);
    Path file = content.write(folder.resolve("ahead.csv"));
    Obstacle obstacle = Obstacle.to(home, factory, file);
    assertThat(manifests.provision(file, factory, null, null).status()).isEqualTo("FAILED");
    assertThat(found(Standing.PROVISIONED, Order.NEWEST, 300)).isEmpty();

    assertThat(tokens.issue(UUID.fromString(content.deviceId(7))).first()).isTrue();

    assertThat(found(Standing.PROVISIONED, Order.NEWEST, 300)).containsExactly(content.deviceId(7));
    obstacle.remove();
  }

  private List<String> found(@Nullable Standing standing, Order order, int limit) {
    KnownDevices devices = new KnownDevices(jdbc, Duration.ZERO);
    DeviceSearch search =
        new DeviceSearch(
            null,
            null,
            null,
            null,
            null,
            null,
            standing,
            factory,
            null,
            null,
            null,
            null,
            Period.EVER,
            null,
            null,
            order);
    List<String> found = new ArrayList<>();
    String after = null;
    do {
      Part<KnownDevice, String> part = devices.find(search, after, limit);
      part.rows().forEach(device -> found.add(device.id().toString()));
      after = part.next();
    } while (after != null);
    return found;
  }
}
