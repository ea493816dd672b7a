package dev.muster.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.MusterTest;
import dev.muster.TestFactory;
import dev.muster.TestManifest;
import dev.muster.access.RefusedException;
import dev.muster.bundle.Receipt;
import dev.muster.exchange.SingleTokens;
import dev.muster.exchange.TokenReports;
import dev.muster.export.Period;
import dev.muster.factory.Factories;
import dev.muster.manifest.RejectLimit;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.registry.RetiredProperties.AfterId;
import dev.muster.revocation.RevocationRuns;
import dev.muster.run.RunOutcome;
import dev.muster.seen.SeenBy;
import dev.muster.seen.Sighting;
import dev.muster.seen.SignsOfLife;
import dev.muster.status.ChangeHistory;
import dev.muster.status.DeviceState;
import dev.muster.status.StatusChanges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;

/** Devices that were scrapped: nothing brings them back, and their data goes in time. */
@MusterTest
class RetiredDevicesTests {

  @Autowired private ManifestRuns manifests;
  @Autowired private RevocationRuns revocations;
  @Autowired private Factories factories;
  @Autowired private DevicesInService service;
  @Autowired private Installations installations;
  @Autowired private ServiceRecords records;
  @Autowired private SingleTokens tokens;
  @Autowired private KnownDevices devices;
  @Autowired private StatusChanges changes;
  @Autowired private ChangeHistory history;
  @Autowired private PlatformTransactionManager transactions;
  @Autowired private ApplicationEventPublisher events;
  @Autowired private SignsOfLife signs;
  @Autowired private TokenReports reports;
  @Autowired private JdbcTemplate jdbc;

  @TempDir private Path folder;

  private String factory = "";
  private TestManifest manifest = TestManifest.seeded(0);
  private UUID device = new UUID(0, 0);

  @BeforeEach
  void provision() throws IOException {
    factory = "retiring-" + System.nanoTime();
    factories.add(TestFactory.named(factory).factory());
    manifest = TestManifest.seeded(System.nanoTime()).rows(20);
    assertThat(provision("devices.csv").delivered()).isTrue();
    device = UUID.fromString(manifest.deviceId(2));
  }

  @Test
  void nothingBringsARetiredDeviceBack() throws IOException {
    records.add(device, "dismantled", null, null);
    service.retire(device, "scrapped");

    assertThat(state(device)).isEqualTo(DeviceState.RETIRED);
    for (Runnable attempt :
        List.<Runnable>of(
            () -> service.restore(device, "found"),
            () -> service.enable(device, "found"),
            () -> service.retire(device, "again"),
            () -> installations.install(device, "7", "12"),
            () -> records.add(device, "cleaned", null, null),
            () -> tokens.issue(device))) {
      assertThatThrownBy(attempt::run)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("retired");
    }
    Path list =
        Files.writeString(
            folder.resolve("list.csv"),
            "device_id,action\n%s,restore\n%s,revoke\n".formatted(device, manifest.deviceId(3)));
    RunOutcome restored = revocations.apply(list, null, "operator test", null);
    assertThat(restored.rejectedByCode()).isEqualTo(Map.of("RETIRED_DEVICE", 1L));
    assertThat(state(device)).isEqualTo(DeviceState.RETIRED);
    assertThat(
            devices.first(
                new DeviceSearch(
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    DeviceSearch.Standing.RETIRED,
                    factory,
                    null,
                    null,
                    null,
                    null,
                    Period.EVER,
                    null,
                    null,
                    null),
                10))
        .extracting(KnownDevice::id)
        .containsExactly(device);
  }

  @Test
  void dataGoesWhenItHasBeenKeptLongEnoughAndTheIdStaysBarred() throws IOException {
    records.add(device, "cleaned", "in the cellar", null);
    service.retire(device, "scrapped");

    assertThat(retired(Duration.ofDays(366), AfterId.BARRED, 0).removeDue()).isZero();
    assertThat(one().device().serialNumber()).isNotNull();
    assertThat(retired(Duration.ZERO, AfterId.BARRED, 0).removeDue()).isPositive();

    DeviceFacts facts = one();
    assertThat(facts.device().serialNumber()).isNull();
    assertThat(facts.device().building()).isNull();
    assertThat(facts.attributes()).isNull();
    assertThat(records.page(filter(), null, 10)).isEmpty();
    assertThat(devices.history(device))
        .extracting(DeviceEvent::what)
        .startsWith("Its data was removed", "Retired");
    assertThat(retired(Duration.ZERO, AfterId.FREE, 800).removeDue()).isZero();
    assertThat(state(device)).isEqualTo(DeviceState.RETIRED);
    manifest.row(UUID.randomUUID().toString());
    assertThat(provision("again.csv").rejectedByCode()).containsEntry("REVOKED_DEVICE", 1L);
  }

  @Test
  void aFreeIdComesAgainAsAnyOther() throws IOException {
    assertThat(signs.saw(List.of(new Sighting(device, Instant.now())), SeenBy.API)).hasSize(1);
    jdbc.update(
        "INSERT INTO exchange_refusal VALUES (?, 'out-of-service', now(), now(), 1)", device);
    service.retire(device, "scrapped");

    // A token of it may still be good: the data goes, the device stays.
    assertThat(retired(Duration.ZERO, AfterId.FREE, 0).removeDue()).isPositive();
    assertThat(state(device)).isEqualTo(DeviceState.RETIRED);
    jdbc.update(
        "INSERT INTO token_report VALUES (?, now(), now(), '127.0.0.1', now(), now())", device);
    jdbc.update(
        "INSERT INTO revocation_entry VALUES (2147483647, 2, ?, 'revoke', '', false, 'infinity')",
        device);
    assertThat(retired(Duration.ZERO, AfterId.FREE, 800).removeDue()).isZero();
    assertThat(state(device)).as("a list means it still").isEqualTo(DeviceState.RETIRED);
    jdbc.update("DELETE FROM revocation_entry WHERE list_id = 2147483647");
    jdbc.update("UPDATE device_status SET token_bundle = 2147483647 WHERE device_id = ?", device);
    assertThat(retired(Duration.ZERO, AfterId.FREE, 800).removeDue()).isZero();

    assertThat(devices.one(device)).isEmpty();
    assertThat(reports.page(new TokenReports.Filter(device, null, Period.EVER), null, 1)).isEmpty();
    assertThat(
            jdbc.queryForObject(
                "SELECT sum(devices) FROM loaded_lines JOIN manifest USING (manifest_id) WHERE"
                    + " factory = ?",
                Long.class,
                factory))
        .isEqualTo(19);
    manifest.row(UUID.randomUUID().toString());
    RunOutcome again = provision("again.csv");
    assertThat(again.accepted()).isEqualTo(2);
    assertThat(one().device().firstSeenAt()).as("of who had the id before").isNull();
    assertThat(one().refused()).isEmpty();
    assertThat(one().bundle()).as("of who had the id before").isNotEqualTo(2147483647);
    assertThat(
            signs.saw(
                List.of(new Sighting(device, Instant.now().minus(Duration.ofHours(2)))),
                SeenBy.KAFKA))
        .as("who had the id before was seen")
        .isEmpty();
    assertThat(
            jdbc.queryForObject(
                "SELECT sum(devices) FROM seen_count JOIN manifest USING (manifest_id) WHERE"
                    + " factory = ?",
                Long.class,
                factory))
        .as("one of the first manifest's was seen")
        .isEqualTo(1);
    assertThat(state(device)).isEqualTo(DeviceState.PROVISIONED);
    assertThat(devices.history(device))
        .extracting(DeviceEvent::what)
        .contains("Left the registry, and its id was free again");
    assertThat(tokens.issue(device).first()).isFalse();
  }

  /** Its id stays until then: the bundle of its manifest counts it. */
  @Test
  void whoIsRetiredBeforeItsBundleIsMadeIsCountedThereAsLeftOut() throws IOException {
    TestManifest next = TestManifest.seeded(System.nanoTime()).rows(20).row("no-guid");
    Path file = next.write(folder.resolve("next.csv"));
    RejectLimit none = RejectLimit.valueOf("0.01%");
    assertThat(manifests.provision(file, factory, none, null).status()).isEqualTo("FAILED");
    device = UUID.fromString(next.deviceId(5));
    service.retire(device, "scrapped");
    assertThat(retired(Duration.ZERO, AfterId.FREE, 800).removeDue()).isPositive();
    assertThat(state(device)).isEqualTo(DeviceState.RETIRED);

    RunOutcome delivered = manifests.provision(file, factory, RejectLimit.valueOf("1"), null);

    Receipt receipt =
        Receipt.parse(
            Objects.requireNonNull(
                jdbc.queryForObject(
                    "SELECT receipt FROM manifest WHERE factory = ? ORDER BY manifest_id DESC LIMIT"
                        + " 1",
                    String.class,
                    factory)));
    assertThat(receipt.accepted()).isEqualTo(20);
    assertThat(receipt.leftOut()).isEqualTo(1);
    assertThat(receipt.parts()).extracting(Receipt.Part::devices).containsExactly(19L);
    String told = "1 device has no token in this bundle: it was out of service when that was made.";
    assertThat(receipt.warnings()).contains(told);
    assertThat(delivered.remarks()).contains(told);
    assertThat(retired(Duration.ZERO, AfterId.FREE, 800).removeDue()).isZero();
    assertThat(devices.one(device)).isEmpty();
  }

  @Test
  void whoIsInstalledElsewhereAndBackIsInstalledThreeTimes() {
    for (String room : List.of("12", "13", "12", "12")) {
      installations.install(device, "7", room);
    }

    assertThat(records.page(filter(), null, 10))
        .extracting(ServiceRecord::note)
        .containsExactly("building 7, room 12", "building 7, room 13", "building 7, room 12");
  }

  private RetiredDevices retired(Duration keep, AfterId ids, int daysLater) {
    return new RetiredDevices(
        changes,
        history,
        signs,
        new RetiredProperties(keep, ids),
        jdbc,
        transactions,
        events,
        Clock.offset(Clock.systemUTC(), Duration.ofDays(daysLater).plusSeconds(1)));
  }

  private RunOutcome provision(String name) throws IOException {
    return manifests.provision(manifest.write(folder.resolve(name)), factory, null, null);
  }

  private ServiceRecords.Filter filter() {
    return new ServiceRecords.Filter(device, false, null, Period.EVER);
  }

  private DeviceFacts one() {
    return devices.one(device).orElseThrow();
  }

  private @Nullable DeviceState state(UUID id) {
    return devices.one(id).orElseThrow().device().state();
  }
}
