package dev.muster.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterTest;
import dev.muster.TestFactory;
import dev.muster.TestManifest;
import dev.muster.factory.Factories;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.status.HubWork.Publisher;
import dev.muster.status.HubWork.Trouble;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

/** What hubs are to be told, and when. */
@MusterTest
class HubWorkTests {

  @Autowired private ManifestRuns manifests;
  @Autowired private Factories factories;
  @Autowired private HubWork work;
  @Autowired private ApplicationEventPublisher events;
  @Autowired private TransactionTemplate transaction;
  @Autowired private JdbcTemplate jdbc;

  @TempDir private Path folder;

  /** Its own clock would have the hub told an hour later. */
  @Test
  void whatAProcessChangedWhoseClockIsAheadIsDueAtOnce() throws Exception {
    String factory = "ahead-" + System.nanoTime();
    factories.add(TestFactory.named(factory).factory());
    TestManifest manifest = TestManifest.seeded(System.nanoTime()).rows(3);
    manifests.provision(manifest.write(folder.resolve("m.csv")), factory, null, null);
    UUID device = UUID.fromString(manifest.deviceId(2));
    Clock ahead = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));

    transaction.executeWithoutResult(
        status ->
            new StatusChanges(jdbc, events, ahead)
                .change(device, StatusAction.REVOKE, "stolen", "operator test"));

    short hub = hub(device);
    assertThat(work.due(hub, 100_000)).extracting(Publisher::device).contains(device);
    assertThat(work.anyDue(hub)).isTrue();
  }

  @Test
  void aHubIsPausedForAsLongAsItWasSaid() {
    short hub = 32_000;
    try {
      work.pause(hub, Duration.ofHours(1), Trouble.FAILING, "The hub answered 500.");
      assertThat(work.standing(hub).paused()).isTrue();

      work.pause(hub, Duration.ZERO, Trouble.FAILING, "The hub answered 500.");
      assertThat(work.standing(hub).paused()).isFalse();
      assertThat(work.standing(hub).pauses()).isEqualTo(2);
    } finally {
      jdbc.update("DELETE FROM hub_standing WHERE hub_id = ?", hub);
    }
  }

  private short hub(UUID device) {
    return Objects.requireNonNull(
        jdbc.queryForObject("SELECT hub_id FROM device WHERE device_id = ?", Short.class, device));
  }
}
