package dev.muster.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.AllPermitted;
import dev.muster.LogFile;
import dev.muster.MusterTest;
import dev.muster.TestDatabase;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.NotPermittedException;
import dev.muster.access.RefusedException;
import dev.muster.access.Role;
import dev.muster.bundle.AgeIdentity;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.credential.sas.PresentedToken;
import dev.muster.database.TransactionLock;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.Sha256;
import dev.muster.manifest.RejectLimit;
import dev.muster.manifest.Updates;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.registry.ClaimCodes;
import dev.muster.registry.DeviceEvent;
import dev.muster.registry.DeviceSearch.Attribute;
import dev.muster.registry.Installations;
import dev.muster.registry.Installations.Installation;
import dev.muster.registry.InstalledDevice;
import dev.muster.registry.KnownDevices;
import dev.muster.registry.ServiceRecords;
import dev.muster.registry.UnknownDeviceException;
import dev.muster.run.RunOutcome;
import dev.muster.status.DeviceState;
import dev.muster.status.StatusAction;
import dev.muster.status.StatusChanges;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/** Devices that are registered, placed and given their token one by one. */
@MusterTest
class SingleTokenTests {

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());

  @TempDir private Path folder;

  @Autowired private Installations installations;
  @Autowired private SingleTokens tokens;
  @Autowired private ServiceRecords records;
  @Autowired private ClaimCodes claims;
  @Autowired private KnownDevices devices;
  @Autowired private StatusChanges changes;
  @Autowired private ManifestRuns runs;
  @Autowired private Factories factories;
  @Autowired private Hubs hubs;
  @Autowired private JdbcTemplate jdbc;

  private final UUID device = UUID.randomUUID();
  private String factory = "";

  @BeforeEach
  void aTechnician() {
    factory = "single-" + SEEDS.incrementAndGet();
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    Callers.set(
        Caller.account("tess-" + device, "tess-" + device, "test", List.of(Role.TECHNICIAN), null));
  }

  @Test
  void anUnknownDeviceIsRegisteredAndGetsItsFirstToken() throws IOException {
    Installation installed = installations.install(device, "7", " 12 ");

    assertThat(installed.registered()).isTrue();
    assertThat(installed.device().state()).isEqualTo(DeviceState.REGISTERED);
    assertThat(installed.device().byHand()).isTrue();
    assertThat(installed.device().room()).isEqualTo("12");

    IssuedToken issued = tokens.issue(device);

    assertThat(issued.first()).isTrue();
    assertThat(signers(issued)).extracting(Hub::name).containsExactly(installed.device().hub());
    InstalledDevice now = installations.find(device).orElseThrow();
    assertThat(now.state()).isEqualTo(DeviceState.PROVISIONED);
    assertThat(now.tokenExpiresAt()).isEqualTo(issued.expiresAt());
    assertThat(history())
        .containsExactly(
            "register null>REGISTERED building 7, room 12",
            "token REGISTERED>PROVISIONED ends " + issued.expiresAt());
    assertThat(audit()).containsExactly("device.install DONE", "token.issue DONE");
    assertThat(Files.readString(LogFile.current())).doesNotContain(signature(issued));
    assertThat(tokens.issue(device).first()).isFalse();
  }

  @Test
  void aManifestThatBringsSuchADeviceIsToldSo() throws Exception {
    installations.install(device, null, null);
    UUID another = UUID.randomUUID();

    RunOutcome outcome = provision(device.toString(), another.toString());
    installations.install(UUID.randomUUID(), null, null);

    assertThat(outcome.rejectedByCode()).isEqualTo(Map.of("ALREADY_REGISTERED", 1L));
    assertThat(
            jdbc.queryForObject(
                "SELECT message FROM reject WHERE device_id = ?", String.class, device.toString()))
        .isEqualTo("This device is already in the registry: it was registered by hand.");
    assertThat(
            jdbc.queryForObject(
                "SELECT count(DISTINCT manifest_id) FROM manifest WHERE by_hand AND manifest_id >="
                    + " (SELECT manifest_id FROM device WHERE device_id = ?)",
                Integer.class,
                device))
        .isEqualTo(2);
  }

  @Test
  void nobodyMakesATokenForADeviceOfASuspendedFactory() throws Exception {
    RunOutcome unused = provision(device.toString());
    jdbc.update("UPDATE factory SET suspended = true WHERE id = ?", factory);

    assertThatThrownBy(() -> tokens.issue(device))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("'" + factory + "', which brought this device, is suspended")
        .hasMessageContaining("ask an operator");
    assertThat(audit()).last().isEqualTo("token.issue REFUSED");
    assertThat(history()).isEmpty();
  }

  @Test
  void aManifestsDeviceGetsItsPlaceAndANewToken() throws Exception {
    RunOutcome unused = provision(device.toString());

    Installation first = installations.install(device, "7", null);
    Installation second = installations.install(device, "8", "3");
    Installation third = installations.install(device, "8", "3");

    assertThat(first.registered()).isFalse();
    assertThat(second.device().factory()).isEqualTo(factory);
    assertThat(third.device()).isEqualTo(second.device());
    IssuedToken issued = tokens.issue(device);
    assertThat(signers(issued)).isNotEmpty();
    assertThat(history())
        .containsExactly(
            "locate PROVISIONED>PROVISIONED from no place to building 7",
            "locate PROVISIONED>PROVISIONED from building 7 to building 8, room 3",
            "token PROVISIONED>PROVISIONED ends " + issued.expiresAt());
  }

  @Test
  void aTokenLivesAsLongAsTheFactoryOfItsDeviceHasIt() throws Exception {
    RunOutcome unused = provision(device.toString());
    jdbc.update("UPDATE factory SET token_lifetime = interval '60 days' WHERE id = ?", factory);
    Instant now = Instant.now();

    assertThat(tokens.lifetime(device)).isEqualTo(Duration.ofDays(60));
    assertThat(tokens.issue(device).expiresAt())
        .isBetween(now.plus(Duration.ofDays(59)), now.plus(Duration.ofDays(61)));
  }

  @Test
  void aDeviceThatIsOutOfServiceGetsNoTokenAndKeepsItsStateAfterwards() {
    installations.install(device, null, null);
    IssuedToken issued = tokens.issue(device);
    changes.change(device, StatusAction.DISABLE, "in repair", "test");

    assertThatThrownBy(() -> tokens.issue(device)).hasMessageContaining("disabled");

    changes.change(device, StatusAction.ENABLE, "mended", "test");
    changes.change(device, StatusAction.REVOKE, "stolen", "test");

    assertThatThrownBy(() -> tokens.issue(device)).hasMessageContaining("revoked");

    changes.change(device, StatusAction.RESTORE, "found", "test");
    InstalledDevice now = installations.find(device).orElseThrow();
    assertThat(now.state()).isEqualTo(DeviceState.PROVISIONED);
    assertThat(now.tokenExpiresAt()).isEqualTo(issued.expiresAt());
  }

  @Test
  void aDeviceThatWasRevokedBeforeItCameIsNotRegisteredPastThat() {
    changes.change(device, StatusAction.REVOKE, "stolen", "test");

    assertThatThrownBy(() -> installations.install(device, null, null))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("revoked before it came");
    assertThatThrownBy(() -> tokens.issue(device)).isInstanceOf(UnknownDeviceException.class);
  }

  @Test
  void anAccountGetsOnlySoManyTokensAndAnAuditorNone() {
    installations.install(device, null, null);
    for (int i = 0; i < 60; i++) {
      tokens.issue(device);
    }

    assertThatThrownBy(() -> tokens.issue(device)).isInstanceOf(TooManyTokensException.class);
    Caller auditor = Caller.account("audrey", "audrey", "test", List.of(Role.AUDITOR), null);
    assertThatThrownBy(() -> Callers.run(auditor, () -> tokens.issue(device)))
        .isInstanceOf(NotPermittedException.class);
    Caller unseen = Caller.account("fay", "fay", "test", List.of(Role.FACTORY), factory);
    Callers.run(unseen, () -> assertThat(installations.find(device)).isEmpty());
  }

  @Test
  void aTechnicianOfSomeBuildingsWorksInThoseAlone() {
    UUID elsewhere = UUID.randomUUID();
    UUID nowhere = UUID.randomUUID();
    installations.install(elsewhere, "9", null);
    installations.install(nowhere, null, null);
    Caller anywhere = Callers.current();
    Callers.set(anywhere.at(List.of("7", "Annex B")));

    installations.install(device, " annex b", "1");
    installations.install(device, "7", "2");
    records.add(device, "cleaned", null, null);
    assertThat(tokens.issue(device).first()).isTrue();
    for (Runnable attempt :
        List.<Runnable>of(
            () -> installations.install(device, "9", "2"),
            () -> installations.install(device, null, "2"),
            () -> installations.install(elsewhere, "7", "2"),
            () -> installations.install(UUID.randomUUID(), "70", "2"),
            () -> records.add(elsewhere, "cleaned", null, null),
            () -> tokens.issue(nowhere),
            () -> tokens.issue(elsewhere))) {
      assertThatThrownBy(attempt::run)
          .isInstanceOf(NotPermittedException.class)
          .hasMessageContaining("building");
    }
    assertThat(installations.find(elsewhere)).as("seen").isPresent();
    installations.install(nowhere, "7", null);
    assertThat(
            Caller.account("o", "o", "test", List.of(Role.TECHNICIAN, Role.OPERATOR), null)
                .at(List.of("7"))
                .worksAt("9"))
        .isTrue();
  }

  @Test
  void aDeviceWithAClaimCodeIsInstalledByWhoGivesItOnce() throws Exception {
    Path manifest = claimable("claimed.csv", "K7QX2M9PWD4T");
    Callers.run(
        Caller.muster("test"), () -> assertThat(provisioned(manifest).delivered()).isTrue());

    assertThat(claims.wanted(device)).isTrue();
    for (Runnable attempt :
        List.<Runnable>of(
            () -> installations.install(device, "7", "1"), () -> tokens.issue(device))) {
      assertThatThrownBy(attempt::run)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("nobody has given it yet");
    }
    assertThatThrownBy(() -> claims.claim(device, "K7QX-2M9P-WD4U"))
        .hasMessageContaining("not the claim code of this device");
    assertThatThrownBy(() -> installations.claimAndInstall(device, "wrong", "7", "1"))
        .hasMessageContaining("not the claim code of this device");
    assertThat(devices.one(device).orElseThrow().device().building()).isNull();
    try (Connection loading = Objects.requireNonNull(jdbc.getDataSource()).getConnection()) {
      loading.setAutoCommit(false);
      TransactionLock.DEVICE_STATUS.exclusive(
          new JdbcTemplate(new SingleConnectionDataSource(loading, true)));
      assertThatThrownBy(() -> installations.claimAndInstall(device, "K7QX-2M9P-WD4T", "7", "1"))
          .hasMessageContaining("Devices are being loaded or changed");
      loading.rollback();
    }
    assertThat(claims.wanted(device)).as("the code is not spent").isTrue();
    assertThat(
            installations.claimAndInstall(device, " k7qx-2m9p-wd4t ", "7", "1").device().building())
        .isEqualTo("7");
    tokens.issue(device);

    assertThatThrownBy(() -> claims.claim(device, "K7QX-2M9P-WD4T"))
        .hasMessageContaining("is good once");
    assertThat(devices.one(device).orElseThrow().attributes()).as("the hash").isNull();
    assertThat(devices.history(device))
        .extracting(DeviceEvent::what)
        .contains("Its claim code was given");
    assertThat(
            jdbc.queryForList(
                "SELECT subject FROM audit_entry WHERE action = 'device.claim' AND subject LIKE ?",
                String.class,
                "%" + device + "%"))
        .hasSize(4)
        .containsOnly("device=" + device);
    UUID without = UUID.randomUUID();
    installations.install(without, "7", "1");
    assertThatThrownBy(() -> claims.claim(without, "any"))
        .hasMessageContaining("has no claim code");
  }

  @Test
  void aDeviceThatGetsAnotherClaimCodeIsClaimedAnew() throws Exception {
    Path first = claimable("claimed.csv", "FIRST");
    Path second = claimable("relabelled.csv", "SECOND");
    Callers.run(Caller.muster("test"), () -> assertThat(provisioned(first).delivered()).isTrue());
    claims.claim(device, "first");
    assertThat(claims.wanted(device)).isFalse();

    Callers.run(
        Caller.muster("test"),
        () -> assertThat(provisioned(second, Updates.VALUES).delivered()).isTrue());

    assertThat(claims.wanted(device)).isTrue();
    assertThatThrownBy(() -> tokens.issue(device)).hasMessageContaining("nobody has given it yet");
    assertThatThrownBy(() -> claims.claim(device, "first")).hasMessageContaining("not the claim");
    claims.claim(device, "second");
    assertThat(tokens.issue(device)).isNotNull();
  }

  @Test
  void aClaimCodeThatIsChangedAtThisMomentIsNoneAnyMore() throws Exception {
    Path manifest = claimable("claimed.csv", "FIRST");
    Callers.run(
        Caller.muster("test"), () -> assertThat(provisioned(manifest).delivered()).isTrue());
    FutureTask<Boolean> claim;
    try (Connection updating = Objects.requireNonNull(jdbc.getDataSource()).getConnection()) {
      updating.setAutoCommit(false);
      JdbcTemplate update = new JdbcTemplate(new SingleConnectionDataSource(updating, true));
      TransactionLock.DEVICE_STATUS.shared(update);
      update.update(
          "UPDATE device SET attributes = jsonb_build_object('claim_code_sha256', repeat('0', 64))"
              + " WHERE device_id = ?",
          device);
      claim =
          AllPermitted.inParallel(
              () -> {
                claims.claim(device, "FIRST");
                return true;
              });
      TestDatabase.await(
          jdbc,
          Duration.ofSeconds(30),
          "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory'"
              + " AND (classid, objid) = (1297437780, 1) AND NOT granted)");
      updating.commit();
    }

    assertThatThrownBy(claim::get).hasMessageContaining("not the claim code of this device");
    assertThat(claims.wanted(device)).isTrue();
  }

  private Path claimable(String name, String code) throws IOException {
    return Files.writeString(
        folder.resolve(name),
        "device_id,claim_code_sha256\n%s,%s\n"
            .formatted(
                device,
                HexFormat.of()
                    .formatHex(Sha256.digest().digest((device + ":" + code).getBytes(UTF_8)))));
  }

  @Test
  void wrongClaimCodesAreCounted() throws Exception {
    Path manifest =
        Files.writeString(
            folder.resolve("claimed.csv"),
            "device_id,claim_code_sha256\n%s,%s\n".formatted(device, "0".repeat(64)));
    Callers.run(
        Caller.muster("test"), () -> assertThat(provisioned(manifest).delivered()).isTrue());
    for (int i = 0; i < 10; i++) {
      assertThatThrownBy(() -> claims.claim(device, "wrong")).hasMessageContaining("not the claim");
    }
    assertThatThrownBy(() -> claims.claim(device, "wrong"))
        .hasMessageContaining("Many claim codes were tried");
    Caller other = Caller.account("o", "o", "test", List.of(Role.OPERATOR), null);
    assertThatThrownBy(() -> Callers.run(other, () -> claims.claim(device, "wrong")))
        .as("with this device, whoever tries")
        .hasMessageContaining("Many claim codes were tried");
    assertThatThrownBy(() -> Attribute.of("claim_code_sha256 = " + "0".repeat(64)))
        .as("nor is a search a way to guess")
        .hasMessageContaining("not found by their claim codes");
  }

  @Test
  void aClaimCodeIsForWhoWorksWhereTheDeviceIs() throws Exception {
    Path manifest =
        Files.writeString(
            folder.resolve("claimed.csv"),
            "device_id,building,claim_code_sha256\n%s,9,%s\n".formatted(device, "0".repeat(64)));
    Callers.run(
        Caller.muster("test"), () -> assertThat(provisioned(manifest).delivered()).isTrue());
    Caller elsewhere =
        Caller.account("o", "o", "test", List.of(Role.TECHNICIAN), null).at(List.of("7"));

    assertThatThrownBy(() -> Callers.run(elsewhere, () -> claims.claim(device, "any")))
        .hasMessageContaining("does not work in building 9");
  }

  private RunOutcome provisioned(Path manifest) {
    return provisioned(manifest, null);
  }

  private RunOutcome provisioned(Path manifest, @Nullable Updates updates) {
    try {
      return runs.provision(manifest, factory, null, null, updates);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private RunOutcome provision(String... devices) throws Exception {
    TestManifest manifest = TestManifest.seeded(SEEDS.incrementAndGet());
    for (String id : devices) {
      manifest.row(id);
    }
    return Callers.call(
        Caller.muster("test"),
        () ->
            runs.provision(
                manifest.write(folder.resolve("m.csv")),
                factory,
                RejectLimit.valueOf("100%"),
                null));
  }

  private List<Hub> signers(IssuedToken issued) {
    PresentedToken token = PresentedToken.read(issued.token()).orElseThrow();
    assertThat(token.device()).isEqualTo(device);
    return token.signatures(hubs.all()).stream().map(PresentedToken.Signature::hub).toList();
  }

  private static String signature(IssuedToken issued) {
    return issued.token().replaceFirst(".*&sig=([^&]*).*", "$1");
  }

  private List<String> history() {
    return jdbc.queryForList(
        "SELECT concat(action, ' ', coalesce(was::text, 'null'), '>', becomes, ' ', reason) FROM"
            + " device_change WHERE device_id = ? ORDER BY change_id",
        String.class,
        device);
  }

  private List<String> audit() {
    return jdbc.queryForList(
        "SELECT action || ' ' || outcome FROM audit_entry WHERE subject LIKE ? ORDER BY entry_id",
        String.class,
        "device=" + device + "%");
  }
}
