package dev.muster.revocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.muster.MusterTest;
import dev.muster.TestDatabase;
import dev.muster.TestFactory;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.NotPermittedException;
import dev.muster.access.Permission;
import dev.muster.access.Role;
import dev.muster.factory.Factories;
import dev.muster.home.MusterHome;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.RejectLimit;
import dev.muster.manifest.Rejected;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.revocation.RevocationRuns.Undone;
import dev.muster.run.RunControl;
import dev.muster.run.RunOutcome;
import dev.muster.status.CurrentTokens;
import dev.muster.store.Content;
import dev.muster.store.ReceivedContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.context.event.ApplicationEvents;
import org.springframework.test.context.event.RecordApplicationEvents;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Lists of which every entry does what it says, once, and is remembered. */
@MusterTest
@RecordApplicationEvents
@TestPropertySource(properties = "muster.revocations.chunk-rows=100")
class RevocationTests {

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());
  private static final String HEADER = "device_id,action,reason,effective_at,devices_behind\n";

  @Autowired private RevocationRuns revocations;
  @Autowired private RevocationLists lists;
  @Autowired private AppliedLists appliedLists;
  @Autowired private ListCheck check;
  @Autowired private ManifestRuns manifests;
  @Autowired private RunControl control;
  @Autowired private Factories factories;
  @Autowired private ReceivedContent contents;
  @Autowired private MusterHome home;
  @Autowired private CurrentTokens tokens;
  @Autowired private PlatformTransactionManager transactions;
  @Autowired private ApplicationEvents events;
  @Autowired private JdbcTemplate jdbc;

  @TempDir private Path folder;

  private String factory = "";
  private TestManifest manifest = TestManifest.seeded(0);

  @BeforeEach
  void provision() throws IOException {
    factory = newFactory(false);
    manifest = TestManifest.seeded(SEEDS.incrementAndGet()).rows(300);
    assertThat(provision(manifest, factory).delivered()).isTrue();
  }

  @Test
  void everyActionDoesWhatItSaysAndIsRemembered() throws IOException {
    RevocationReceipt first =
        apply(
            row(2, "revoke", "stolen")
                + row(3, "", "lost, \"\"they\"\" say")
                + row(4, "disable", "in repair")
                + row(5, "DISABLE", "in repair"),
            null);
    RevocationReceipt second = apply(row(2, "restore", "found") + row(4, "enable", "mended"), null);

    assertThat(first.changed()).isEqualTo(Map.of("revoke", 2L, "disable", 2L));
    assertThat(first.unconfirmed()).isEqualTo(4);
    assertThat(second.changed()).isEqualTo(Map.of("restore", 1L, "enable", 1L));
    assertThat(state(2)).isEqualTo("PROVISIONED");
    assertThat(state(3)).isEqualTo("REVOKED revoking");
    assertThat(state(4)).isEqualTo("PROVISIONED");
    assertThat(state(5)).isEqualTo("DISABLED revoking");
    assertThat(history(2))
        .containsExactly(
            "revoke PROVISIONED>REVOKED stolen by operator test",
            "restore REVOKED>PROVISIONED found by operator test");
    assertThat(history(3))
        .containsExactly("revoke PROVISIONED>REVOKED lost, \"they\" say by operator test");
    assertThat(hubWork(2)).isEqualTo("restore");
    assertThat(hubWork(3)).isEqualTo("revoke");
    assertThat(state(6)).isEqualTo("PROVISIONED");
    assertThat(history(6)).isEmpty();
  }

  @Test
  void theHistoryIsOnlyEverAddedTo() throws IOException {
    apply(row(2, "revoke", "stolen"), null);

    assertThatThrownBy(() -> jdbc.update("DELETE FROM device_change"))
        .hasMessageContaining("only ever added to");
    assertThatThrownBy(() -> jdbc.update("UPDATE device_change SET reason = ''"))
        .hasMessageContaining("only ever added to");
  }

  @Test
  void badRowsAreReportedWithTheirLineAndTheOthersAreApplied() throws IOException {
    RunOutcome outcome =
        run(
            row(2, "revoke", "")
                + "no-guid,revoke,,,\n"
                + row(3, "destroy", "")
                + manifest.deviceId(4)
                + ",revoke,,tomorrow,\n"
                + manifest.deviceId(5)
                + ",revoke,,\n"
                + manifest.deviceId(6)
                + ",revoke,,,perhaps\n"
                + ",revoke,,,\n",
            null);

    assertThat(outcome.rejectedByCode())
        .isEqualTo(
            Map.of(
                "MALFORMED_DEVICE_ID", 1L,
                "UNKNOWN_ACTION", 2L,
                "MALFORMED_TIME", 1L,
                "WRONG_FIELD_COUNT", 1L,
                "MISSING_DEVICE_ID", 1L));
    assertThat(state(2)).isEqualTo("REVOKED revoking");
    assertThat(state(3)).isEqualTo("PROVISIONED");
    assertThat(Files.readString(report(outcome).resolve("rejects.csv")))
        .contains(
            "4,%s,UNKNOWN_ACTION,action,\"The action must be one of revoke, disable, enable, restore; empty means revoke.\""
                .formatted(manifest.deviceId(3)))
        .contains("5,%s,MALFORMED_TIME,effective_at,".formatted(manifest.deviceId(4)));
    assertThat(Files.readString(report(outcome).resolve("rejected-rows.csv")))
        .startsWith("\uFEFFdevice_id,action,")
        .contains("\r\nno-guid,revoke,,,,MALFORMED_DEVICE_ID,\"This is no GUID")
        .contains(manifest.deviceId(5) + ",revoke,,,WRONG_FIELD_COUNT,\"The row has 4 fields");
  }

  @Test
  void aListWithAColumnThatNoListHasIsRefusedWhole() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("misspelt.csv"),
            "device_id,effectiv_at\n" + manifest.deviceId(2) + ",2099-01-01T00:00:00Z\n");

    RunOutcome outcome = revocations.apply(file, null, "operator test", null);

    assertThat(outcome.delivered()).isFalse();
    assertThat(outcome.ending()).isEqualTo(RunOutcome.Ending.REFUSED);
    assertThat(outcome.cause()).contains("A revocation list has no column 'effectiv_at'.");
    assertThat(state(2)).isEqualTo("PROVISIONED");
  }

  @Test
  void theFirstLineThatNamesADeviceCountsAlsoAcrossChunks() throws IOException {
    StringBuilder rows = new StringBuilder(row(2, "disable", "first")).append(row(2, "revoke", ""));
    for (int line = 3; line <= 250; line++) {
      rows.append(row(line, "revoke", ""));
    }
    rows.append(row(3, "restore", "last"));

    RevocationReceipt receipt = apply(rows.toString(), null);

    assertThat(receipt.rejectedByCode()).isEqualTo(Map.of("DUPLICATE_IN_LIST", 2L));
    assertThat(state(2)).isEqualTo("DISABLED revoking");
    assertThat(state(3)).isEqualTo("REVOKED revoking");
  }

  @Test
  void aDeviceThatGetsItsNextTokenMeanwhileGoesOutOfServiceWithTheOthers() throws Exception {
    StringBuilder rows = new StringBuilder();
    for (int line = 2; line <= 101; line++) {
      rows.append(row(line, "revoke", "stolen"));
    }
    Caller caller = Callers.current();
    UUID exchanging = UUID.fromString(manifest.deviceId(50));
    Instant ends = Instant.now().plus(90, ChronoUnit.DAYS).truncatedTo(ChronoUnit.SECONDS);

    RevocationReceipt receipt =
        new TransactionTemplate(transactions)
            .execute(
                status -> {
                  assertThat(tokens.exchanged(Set.of(exchanging), ends, 1, Instant.now()))
                      .containsExactly(exchanging);
                  CompletableFuture<RevocationReceipt> applied =
                      CompletableFuture.supplyAsync(() -> applied(caller, rows.toString()));
                  awaitSomebodyWaiting();
                  return applied;
                })
            .join();

    assertThat(receipt.changed()).isEqualTo(Map.of("revoke", 100L));
    assertThat(state(50)).isEqualTo("REVOKED revoking");
    assertThat(history(50)).hasSize(1);
    assertThat(
            jdbc.queryForObject(
                "SELECT token_expires_at FROM device_status WHERE device_id = ?",
                Timestamp.class,
                exchanging))
        .isEqualTo(Timestamp.from(ends));
  }

  @Test
  void whatIsSoAlreadyIsNotDoneAgainAndARevokedDeviceIsOnlyRestored() throws IOException {
    apply(row(2, "revoke", "") + row(3, "disable", ""), null);

    RevocationReceipt receipt =
        apply(
            row(2, "enable", "") + row(3, "restore", "") + row(4, "enable", "") + row(5, "", ""),
            null);
    RevocationReceipt again = apply(row(2, "revoke", "again"), null);

    assertThat(receipt.rejectedByCode())
        .isEqualTo(Map.of("REVOKED_DEVICE", 1L, "DISABLED_DEVICE", 1L));
    assertThat(receipt.unchanged()).isEqualTo(1);
    assertThat(again.unchanged()).isEqualTo(1);
    assertThat(history(2)).hasSize(1);
    assertThat(apply(row(3, "revoke", "worse"), null).changed()).isEqualTo(Map.of("revoke", 1L));
    assertThat(history(3)).last().isEqualTo("revoke DISABLED>REVOKED worse by operator test");
  }

  @Test
  void aDeviceThatIsRevokedBeforeItComesIsRejectedUntilItIsRestored() throws IOException {
    TestManifest late = TestManifest.seeded(SEEDS.incrementAndGet()).rows(1200);

    RevocationReceipt receipt = apply(late.deviceId(7) + ",revoke,stolen,,\n", null);
    RunOutcome outcome = provision(late, factory);

    assertThat(receipt.unknown()).isEqualTo(Map.of("revoke", 1L));
    assertThat(receipt.unconfirmed()).isZero();
    assertThat(outcome.accepted()).isEqualTo(1199);
    assertThat(outcome.rejectedByCode()).isEqualTo(Map.of("REVOKED_DEVICE", 1L));
    assertThat(Files.readString(report(outcome).resolve("rejects.csv")))
        .contains("This device is revoked. A manifest does not bring it back; restore it");

    apply(late.deviceId(7) + ",restore,found,,\n", null);
    TestManifest alone = TestManifest.seeded(1).row(late.deviceId(7));
    assertThat(provision(alone, factory).accepted()).isEqualTo(1);
    apply(late.deviceId(7) + ",revoke,again,,\n", null);
    assertThat(
            jdbc.queryForObject(
                "SELECT state FROM registry WHERE device_id = ?::uuid",
                String.class,
                late.deviceId(7)))
        .isEqualTo("REVOKED");
  }

  @Test
  void entriesWaitForTheirTimeAndAreThenAppliedInItsOrder() throws IOException {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    RevocationReceipt receipt =
        apply(
            at(2, "revoke", now.plusSeconds(3600))
                + at(2, "restore", now.plusSeconds(7200))
                + at(3, "disable", now.plusSeconds(7200))
                + at(4, "revoke", now.minusSeconds(5)),
            null);

    assertThat(receipt.waiting()).isEqualTo(3);
    assertThat(receipt.changed()).isEqualTo(Map.of("revoke", 1L));
    assertThat(applyDue(now)).isZero();
    assertThat(state(2)).isEqualTo("PROVISIONED");
    assertThat(applyDue(now.plusSeconds(3600))).isEqualTo(1);
    assertThat(state(2)).isEqualTo("REVOKED revoking");
    assertThat(applyDue(now.plusSeconds(9999))).isEqualTo(2);
    assertThat(state(2)).isEqualTo("PROVISIONED");
    assertThat(state(3)).isEqualTo("DISABLED revoking");
    assertThat(history(2)).hasSize(2);
  }

  @Test
  void entriesOfOneDeviceThatAreDueTogetherAreAppliedOneAfterTheOther() throws IOException {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    apply(at(2, "restore", now.plusSeconds(20)) + at(2, "revoke", now.plusSeconds(10)), null);

    applyDue(now.plusSeconds(60));

    assertThat(history(2))
        .extracting(change -> change.split(" ", 2)[0])
        .containsExactly("revoke", "restore");
    assertThat(state(2)).isEqualTo("PROVISIONED");
  }

  @Test
  void aFactoryHasASayOverItsOwnDevicesOnly() throws IOException {
    String other = newFactory(false);
    String office = newFactory(true);

    RevocationReceipt refused = apply(row(2, "revoke", "mine now"), other);
    RevocationReceipt own = apply(row(3, "revoke", ""), factory);
    RevocationReceipt any = apply(row(4, "revoke", ""), office);

    assertThat(refused.rejectedByCode()).isEqualTo(Map.of("NOT_YOUR_DEVICE", 1L));
    assertThat(state(2)).isEqualTo("PROVISIONED");
    assertThat(own.changed()).isEqualTo(Map.of("revoke", 1L));
    assertThat(any.changed()).isEqualTo(Map.of("revoke", 1L));
  }

  @Test
  void aFactorysListUndoesOnlyWhatAListOfThatFactoryDid() throws IOException {
    String office = newFactory(true);
    apply(row(2, "revoke", "stolen"), null);
    apply(row(3, "disable", ""), null);
    apply(row(4, "revoke", ""), office);
    apply(row(5, "revoke", ""), factory);
    apply(row(6, "disable", ""), factory);

    RevocationReceipt own =
        apply(
            row(2, "restore", "")
                + row(3, "enable", "")
                + row(4, "restore", "")
                + row(5, "restore", "")
                + row(6, "enable", ""),
            factory);

    assertThat(own.rejectedByCode()).isEqualTo(Map.of("NOT_YOURS_TO_UNDO", 3L));
    assertThat(own.changed()).isEqualTo(Map.of("restore", 1L, "enable", 1L));
    assertThat(state(2)).startsWith("REVOKED");
    assertThat(state(3)).startsWith("DISABLED");
    assertThat(state(4)).startsWith("REVOKED");
    assertThat(state(5)).startsWith("PROVISIONED");
    // Who may revoke devices undoes it, whoever did it
    assertThat(apply(row(2, "restore", "") + row(4, "restore", ""), null).changed())
        .isEqualTo(Map.of("restore", 2L));
  }

  @Test
  void whatTwoSaidIsUndoneByNeitherFactoryAlone() throws IOException {
    apply(row(2, "disable", "") + row(3, "disable", ""), null);
    apply(row(2, "revoke", "") + row(4, "revoke", ""), factory);
    apply(row(4, "revoke", "stolen"), null); // it is so already, and now it is an officer's too

    RevocationReceipt own = apply(row(2, "restore", "") + row(4, "restore", ""), factory);

    assertThat(own.rejectedByCode()).isEqualTo(Map.of("NOT_YOURS_TO_UNDO", 2L));
    assertThat(state(2)).startsWith("REVOKED");
    assertThat(state(4)).startsWith("REVOKED");
  }

  @Test
  void anUnknownDeviceIsBroughtBackOnlyByWhoPutItOnAList() throws IOException {
    String other = newFactory(false);
    TestManifest later = TestManifest.seeded(SEEDS.incrementAndGet()).rows(10);
    String revoke = later.deviceId(2) + ",revoke,,,\n";
    String restore = later.deviceId(2) + ",restore,,,\n";
    apply(revoke, factory);

    assertThat(apply(restore, other).rejectedByCode()).isEqualTo(Map.of("NOT_YOURS_TO_UNDO", 1L));
    RunOutcome brought = provision(later, other);

    assertThat(brought.rejectedByCode()).isEqualTo(Map.of("REVOKED_DEVICE", 1L));
    assertThat(apply(restore, factory).rejectedByCode()).isEmpty();
  }

  @Test
  void aListOfNobodysFactoryNeedsThePermissionToRevoke() throws IOException {
    Caller sender =
        new Caller("s", "s", "test", Set.of(), Set.of(Permission.LIST_SEND), Set.of(), null, true);
    Path list = list(row(2, "restore", ""));

    assertThatThrownBy(
            () -> Callers.call(sender, () -> revocations.apply(list, null, "operator test", null)))
        .isInstanceOf(NotPermittedException.class);
  }

  @Test
  void revokingAGatewayListsWhatStandsBehindItAndRevokesThatOnlyWhenAsked() throws IOException {
    UUID gateway = UUID.randomUUID();
    UUID behind = UUID.randomUUID();
    UUID alsoBehind = UUID.randomUUID();
    Path file =
        Files.writeString(
            folder.resolve("gateways.csv"),
            "device_id,gateway_id\n%s,\n%s,%s\n%s,%s\n%s,%s\n"
                .formatted(
                    gateway, behind, gateway, alsoBehind, gateway, UUID.randomUUID(), "no-guid"));
    RunOutcome provisioned = manifests.provision(file, factory, RejectLimit.valueOf("50%"), null);
    assertThat(provisioned.rejectedByCode()).isEqualTo(Map.of("MALFORMED_GATEWAY_ID", 1L));

    RunOutcome alone = run(gateway + ",disable,,,\n", null);

    assertThat(receipt(alone).leftBehind()).isEqualTo(2);
    assertThat(Files.readString(report(alone).resolve("devices-behind.csv")))
        .contains(gateway + "," + behind);
    assertThat(state(behind.toString())).isEqualTo("PROVISIONED");

    RevocationReceipt all = apply(gateway + ",revoke,stolen,,yes\n", null);

    assertThat(all.changed()).isEqualTo(Map.of("revoke", 3L));
    assertThat(all.leftBehind()).isZero();
    assertThat(state(behind.toString())).isEqualTo("REVOKED revoking");
    assertThat(history(alsoBehind.toString()))
        .containsExactly(
            "revoke PROVISIONED>REVOKED behind gateway %s: stolen by operator test"
                .formatted(gateway));
  }

  /** What stands behind it is another factory's too; of that, a factory's list tells nothing. */
  @Test
  void aFactorysListTellsOfItsOwnDevicesBehindItsGatewayOnly() throws IOException {
    UUID gateway = UUID.randomUUID();
    UUID own = UUID.randomUUID();
    UUID foreign = UUID.randomUUID();
    String other = newFactory(false);
    manifests.provision(
        gateways("%s,\n%s,%s".formatted(gateway, own, gateway)), factory, null, null);
    manifests.provision(gateways(foreign + "," + gateway), other, null, null);

    RunOutcome alone = run(gateway + ",disable,,,\n", factory);
    RevocationReceipt all = apply(gateway + ",revoke,,,yes\n", factory);

    assertThat(receipt(alone).leftBehind()).isEqualTo(1);
    assertThat(Files.readString(report(alone).resolve("devices-behind.csv")))
        .contains(gateway + "," + own)
        .doesNotContain(foreign.toString());
    assertThat(all.changed()).isEqualTo(Map.of("revoke", 2L));
    assertThat(all.leftBehind()).isZero();
    assertThat(state(foreign.toString())).isEqualTo("PROVISIONED");
  }

  private Path gateways(String rows) throws IOException {
    return Files.writeString(
        folder.resolve("gateways-" + SEEDS.incrementAndGet() + ".csv"),
        "device_id,gateway_id\n" + rows + "\n");
  }

  @Test
  void aDeviceThatIsDisabledBeforeItsTokenWasDeliveredHasNoneWhenItIsEnabled() throws IOException {
    TestManifest undecided = TestManifest.seeded(SEEDS.incrementAndGet()).rows(20).row("bad");
    Path file = undecided.write(folder.resolve("undecided.csv"));
    RunOutcome failed = manifests.provision(file, factory, RejectLimit.valueOf("1%"), null);
    apply(undecided.deviceId(5) + ",disable,,,\n", null);
    RunOutcome done = control.restart(failed.execution(), RejectLimit.valueOf("50%"));
    assertThat(done.delivered()).isTrue();

    apply(undecided.deviceId(5) + ",enable,,,\n", null);

    assertThat(state(undecided.deviceId(5))).isEqualTo("REGISTERED");
    assertThat(state(undecided.deviceId(6))).isEqualTo("PROVISIONED");
  }

  @Test
  void aListIsAppliedEachTimeAnOperatorSendsItAndOncePerArrival() throws IOException {
    Path file = list(row(2, "revoke", ""));
    assertThat(revocations.apply(file, null, "operator test", null).delivered()).isTrue();
    apply(row(2, "restore", ""), null);

    RunOutcome again = revocations.apply(file, null, "operator test", null);

    assertThat(receipt(again).changed()).isEqualTo(Map.of("revoke", 1L));
    assertThat(state(2)).isEqualTo("REVOKED revoking");
    long arrival = SEEDS.incrementAndGet();
    RunOutcome arrived = revocations.apply(taken(file), "a.csv", factory, arrival, null, null);
    RunOutcome redelivered = revocations.apply(taken(file), "a.csv", factory, arrival, null, null);
    assertThat(redelivered.execution()).isEqualTo(arrived.execution());
  }

  @Test
  void whatAListWouldDoIsSaidBeforehandAndNothingOfItIsDone() throws Exception {
    String other = newFactory(false);
    TestManifest theirs = TestManifest.seeded(SEEDS.incrementAndGet()).rows(5);
    assertThat(provision(theirs, other).delivered()).isTrue();
    UUID gateway = UUID.randomUUID();
    UUID behind = UUID.randomUUID();
    UUID lone = UUID.randomUUID();
    manifests.provision(
        gateways(
            "%s,\n%s,%s\n%s,\n%s,%s"
                .formatted(gateway, behind, gateway, lone, UUID.randomUUID(), lone)),
        factory,
        null,
        null);
    apply(row(2, "revoke", ""), null);
    Path list =
        list(
            row(2, "revoke", "")
                + row(3, "revoke", "")
                + at(4, "disable", Instant.now().plusSeconds(3600))
                + UUID.randomUUID()
                + ",revoke,,,\n"
                + theirs.deviceId(2)
                + ",revoke,,,\n"
                + gateway
                + ",revoke,,,yes\n"
                + lone
                + ",disable,,,\n"
                + "bad,,,,\n");
    List<Rejected> rejects = new ArrayList<>();

    ListEffect effect = check.check(list, factory, null, rejects::add).effect();

    assertThat(effect.changed()).isEqualTo(Map.of("revoke", 3L, "disable", 1L));
    assertThat(effect.unknown()).isEqualTo(Map.of("revoke", 1L));
    assertThat(effect.unchanged()).isEqualTo(1);
    assertThat(effect.later()).isEqualTo(1);
    assertThat(effect.behind()).isEqualTo(1);
    assertThat(effect.leftBehind()).isEqualTo(1);
    assertThat(effect.rejectedByCode())
        .isEqualTo(Map.of("NOT_YOUR_DEVICE", 1L, "MALFORMED_DEVICE_ID", 1L));
    assertThat(effect.outOfService()).isEqualTo(6);
    assertThat(effect.ofDevices()).isEqualTo(304);
    assertThat(effect.ceiling()).isEqualTo(1000);
    assertThat(effect.held()).isNull();
    assertThat(effect.tooManyRejects()).isTrue();
    assertThat(rejects).extracting(Rejected::line).containsExactly(9L, 6L);
    assertThat(state(3)).isEqualTo("PROVISIONED");
    assertThat(history(3)).isEmpty();
  }

  @Test
  void devicesBehindAGatewayCountAlsoWhenItsTimeHasNotCome() throws Exception {
    String own = "ceiling-" + factory;
    factories.add(TestFactory.named(own).ceiling("3").factory());
    UUID gateway = UUID.randomUUID();
    UUID named = UUID.randomUUID();
    manifests.provision(
        gateways(
            "%s,\n%s,%s\n%s,%s\n%s,%s"
                .formatted(
                    gateway,
                    named,
                    gateway,
                    UUID.randomUUID(),
                    gateway,
                    UUID.randomUUID(),
                    gateway)),
        own,
        null,
        null);
    manifests.provision(gateways(UUID.randomUUID() + "," + gateway), factory, null, null);
    Instant soon = Instant.now().plusSeconds(3600);
    Path list =
        list(
            "%s,revoke,,%s,yes\n%s,revoke,,%s,\n%s,restore,,%s,yes\n"
                .formatted(gateway, soon, named, soon, gateway, soon.plusSeconds(60)));

    ListEffect effect = check.check(list, own, null, reject -> {}).effect();

    assertThat(effect.later()).isEqualTo(3);
    assertThat(effect.outOfService()).as("and two behind it").isEqualTo(4);
    assertThat(effect.backInService()).as("and three behind it").isEqualTo(4);
    assertThat(effect.held()).contains("takes 4 devices out of service");
  }

  @Test
  void aListAboveItsCeilingWaitsForASecondPersonWhoIsNotTheFirst() throws Exception {
    factories.add(TestFactory.named("ceiling-" + factory).ceiling("1%").factory());
    TestManifest own = TestManifest.seeded(SEEDS.incrementAndGet()).rows(300);
    assertThat(provision(own, "ceiling-" + factory).delivered()).isTrue();
    StringBuilder four = new StringBuilder();
    for (int line = 2; line <= 5; line++) {
      four.append(own.deviceId(line)).append(",revoke,,,\n");
    }
    Path list = list(four.toString());
    Caller first = officer("first");

    RunOutcome held =
        Callers.call(
            first, () -> revocations.apply(list, "ceiling-" + factory, "officer first", null));

    assertThat(held.status()).isEqualTo("HELD");
    assertThat(held.ending()).isEqualTo(RunOutcome.Ending.UNDECIDED);
    assertThat(held.cause())
        .contains("It takes 4 devices out of service, of 300 in all, and the ceiling of one list")
        .contains("is 3. Nothing of it is applied until a second person");
    assertThat(state(own.deviceId(2))).isEqualTo("PROVISIONED");
    int number = lists.ofRun(held.execution()).orElseThrow();
    assertThat(appliedLists.one(number).orElseThrow().list().waitsForApproval()).isTrue();
    assertThat(control.restart(held.execution(), RejectLimit.valueOf("100%")).status())
        .as("a restart is nobody's approval")
        .isEqualTo("HELD");
    assertThat(events.stream(SecondPersonAsked.class).map(SecondPersonAsked::list))
        .as("told once, for no arrival tells it")
        .containsExactly(number);
    assertThatThrownBy(() -> Callers.call(first, () -> revocations.approve(number)))
        .hasMessageContaining("You sent list %d yourself. A second person".formatted(number));
    assertThatThrownBy(
            () ->
                Callers.call(
                    Caller.account("o", "o", "test", Set.of(Role.OPERATOR), null),
                    () -> revocations.approve(number)))
        .isInstanceOf(NotPermittedException.class);
    assertThat(state(own.deviceId(2))).isEqualTo("PROVISIONED");

    RunOutcome approved = Callers.call(officer("second"), () -> revocations.approve(number));

    assertThat(receipt(approved).changed()).isEqualTo(Map.of("revoke", 4L));
    assertThat(state(own.deviceId(2))).isEqualTo("REVOKED revoking");
    assertThat(appliedLists.one(number).orElseThrow().list().approvedBy()).isEqualTo("second");
    Caller itsFactory =
        Caller.account("f", "f", "test", Set.of(Role.FACTORY), "ceiling-" + factory);
    assertThat(Callers.call(itsFactory, () -> appliedLists.one(number)).orElseThrow().list())
        .satisfies(
            seen -> {
              assertThat(seen.approvedBy()).isEqualTo("an operator");
              assertThat(seen.waitsForApproval()).isFalse();
              assertThat(seen.undoneBy()).isNull();
            });
    assertThatThrownBy(() -> revocations.approve(number))
        .hasMessageContaining("waits for nobody's approval");
    Path three = list(own.deviceId(6) + ",,,,\n" + own.deviceId(7) + ",,,,\n");
    assertThat(revocations.apply(three, "ceiling-" + factory, "operator test", null).delivered())
        .as("what is at or below the ceiling is applied")
        .isTrue();
  }

  @Test
  void bringingBackMoreThanTheCeilingNeedsASecondPersonToo() throws Exception {
    String own = "ceiling-" + factory;
    TestManifest ten = tenUnderACeilingOfThree(own);
    int out = lists.ofRun(ofTen(ten, own, "revoke", 4).execution()).orElseThrow();
    assertThat(Callers.call(officer("second"), () -> revocations.approve(out)).accepted())
        .isEqualTo(4);

    RunOutcome held = ofTen(ten, own, "restore", 4);

    assertThat(held.status()).isEqualTo("HELD");
    assertThat(held.cause())
        .contains("It brings 4 devices back into service, of 10 in all, and the ceiling of one");
    assertThat(state(ten.deviceId(5))).isEqualTo("REVOKED revoking");
    RevocationList list =
        appliedLists.one(lists.ofRun(held.execution()).orElseThrow()).orElseThrow().list();
    assertThat(list.waitsForApproval()).isTrue();
    assertThat(Objects.requireNonNull(list.effect()).backInService()).isEqualTo(4);

    Undone asked = Callers.call(officer("first"), () -> revocations.undo(out));
    assertThat(asked.back()).isZero();
    assertThat(asked.held())
        .startsWith("Undone, it brings 4 devices back into service, of 10 in all, and the ceiling")
        .contains("a second person");
    assertThat(Callers.call(officer("first"), () -> revocations.undo(out)).held()).isNotNull();
    assertThat(state(ten.deviceId(5))).isEqualTo("REVOKED revoking");
    assertThat(appliedLists.one(out).orElseThrow().list().undoWaits()).isTrue();
    assertThat(events.stream(SecondPersonAsked.class))
        .as("told once, however often it is asked for")
        .filteredOn(one -> one.by().equals("first"))
        .extracting(SecondPersonAsked::factory, SecondPersonAsked::by, SecondPersonAsked::list)
        .containsExactly(tuple(own, "first", out));

    Undone undone = Callers.call(officer("second"), () -> revocations.undo(out));
    assertThat(undone).isEqualTo(new Undone(out, 4, 0, 0, null));
    assertThat(state(ten.deviceId(5))).isEqualTo("PROVISIONED");

    assertThat(ofTen(ten, own, "disable", 3).delivered()).isTrue();
    assertThat(ofTen(ten, own, "enable", 3).delivered()).as("not above the ceiling").isTrue();
  }

  private TestManifest tenUnderACeilingOfThree(String own) throws IOException {
    factories.add(TestFactory.named(own).ceiling("3").factory());
    TestManifest ten = TestManifest.seeded(SEEDS.incrementAndGet()).rows(10);
    assertThat(provision(ten, own).delivered()).isTrue();
    return ten;
  }

  private RunOutcome ofTen(TestManifest ten, String own, String action, int devices)
      throws IOException {
    return revocations.apply(list(rowsOfTen(ten, action, devices)), own, "operator test", null);
  }

  private static String rowsOfTen(TestManifest ten, String action, int devices) {
    StringBuilder rows = new StringBuilder();
    for (int line = 2; line < 2 + devices; line++) {
      rows.append(ten.deviceId(line)).append(',').append(action).append(",,,\n");
    }
    return rows.toString();
  }

  @Test
  void whatWasApprovedAndNotAppliedForAKillGoesOnWhenItIsApprovedAgain() throws Exception {
    String own = "ceiling-" + factory;
    TestManifest ten = tenUnderACeilingOfThree(own);
    int list = lists.ofRun(ofTen(ten, own, "revoke", 4).execution()).orElseThrow();
    assertThat(lists.approve(list, "second", "second", Instant.now())).isTrue();

    assertThat(Callers.call(officer("second"), () -> revocations.approve(list)).accepted())
        .isEqualTo(4);

    assertThatThrownBy(() -> Callers.call(officer("second"), () -> revocations.approve(list)))
        .hasMessageContaining("waits for nobody's approval");
  }

  @Test
  void aHeldListWhoseRunIsAbandonedWaitsForNobodyAndCanBeSentAgain() throws Exception {
    String own = "ceiling-" + factory;
    TestManifest ten = tenUnderACeilingOfThree(own);
    RunOutcome held = ofTen(ten, own, "revoke", 4);
    int list = lists.ofRun(held.execution()).orElseThrow();
    assertThat(held(own)).containsExactly(list);

    assertThat(control.abandon(held.execution())).startsWith("What it applied stands");

    assertThat(held(own)).isEmpty();
    assertThat(lists.waitingForApproval(own)).isZero();
    assertThatThrownBy(() -> Callers.call(officer("second"), () -> revocations.approve(list)))
        .hasMessageContaining("waits for nobody's approval");
    RevocationList givenUp = appliedLists.one(list).orElseThrow().list();
    assertThat(givenUp.approvedBy()).as("nothing is written").isNull();
    assertThat(givenUp.givenUp()).isTrue();

    RunOutcome again = ofTen(ten, own, "revoke", 4);

    assertThat(again.status()).isEqualTo("HELD");
    int anew = lists.ofRun(again.execution()).orElseThrow();
    assertThat(held(own)).containsExactly(anew).doesNotContain(list);
    assertThat(Callers.call(officer("second"), () -> revocations.approve(anew)).accepted())
        .isEqualTo(4);
  }

  @Test
  void aHeldListWhoseArrivalIsDismissedWaitsForNobodyUntilThatIsTriedAgain() throws Exception {
    String own = "ceiling-" + factory;
    TestManifest ten = tenUnderACeilingOfThree(own);
    long arrival =
        Objects.requireNonNull(
            jdbc.queryForObject(
                """
                INSERT INTO arrival (source, source_id, factory, file_name, location, kind, state, verdict, ended_at)
                VALUES ('test', ?, ?, 'a.csv', 'test:a.csv', 'REVOCATIONS', 'FAILED', 'FAILED', now())
                RETURNING arrival_id\
                """,
                Long.class,
                own,
                own));
    Content four = taken(list(rowsOfTen(ten, "revoke", 4)));
    RunOutcome held = revocations.apply(four, "a.csv", own, arrival, null, null);
    int list = lists.ofRun(held.execution()).orElseThrow();
    assertThat(held(own)).containsExactly(list);

    // As it is from the dismissal on, and then when it is answered.
    for (String state : List.of("ANSWERING", "REFUSED")) {
      arrivalIs(arrival, state, "REFUSED");
      assertThat(held(own)).isEmpty();
      assertThatThrownBy(() -> Callers.call(officer("second"), () -> revocations.approve(list)))
          .hasMessageContaining("waits for nobody's approval");
    }
    assertThat(state(ten.deviceId(2))).isEqualTo("PROVISIONED");

    arrivalIs(arrival, "FAILED", "FAILED");
    assertThat(held(own)).containsExactly(list);
    arrivalIs(arrival, "REFUSED", "REFUSED");
  }

  private void arrivalIs(long arrival, String state, String verdict) {
    jdbc.update(
        """
        UPDATE arrival SET state = ?::arrival_state, verdict = ?::arrival_state, due_at = 'infinity'
         WHERE arrival_id = ?\
        """,
        state,
        verdict,
        arrival);
  }

  private List<Integer> held(String whose) {
    return appliedLists.page(new AppliedLists.Filter(whose, null, null, true), null, 10).stream()
        .map(AppliedLists.Line::id)
        .toList();
  }

  private static Caller officer(String name) {
    return Caller.account(name, name, "test", Set.of(Role.SECURITY_OFFICER), null);
  }

  @Test
  void aListIsUndoneButForWhatSomebodyHasTouchedSince() throws Exception {
    UUID unknown = UUID.randomUUID();
    apply(row(2, "disable", "before"), null);
    int list =
        apply(
                row(2, "revoke", "")
                    + row(3, "revoke", "")
                    + row(4, "disable", "")
                    + row(5, "revoke", "")
                    + row(6, "revoke", "")
                    + row(7, "revoke", "")
                    + at(8, "revoke", Instant.now().plusSeconds(3600))
                    + unknown
                    + ",revoke,,,\n",
                null)
            .number();
    apply(row(5, "revoke", "stolen, says another list"), null);
    apply(row(6, "restore", "") + row(9, "revoke", ""), null);
    apply(row(6, "revoke", "again"), null);
    apply(row(7, "revoke", "its own factory says so too"), factory);

    RevocationRuns.Undone undone = Callers.call(officer("officer"), () -> revocations.undo(list));

    assertThat(undone).isEqualTo(new RevocationRuns.Undone(list, 3, 4, 1, null));
    assertThat(state(3)).isEqualTo("PROVISIONED");
    assertThat(history(3))
        .last()
        .isEqualTo("restore REVOKED>PROVISIONED list %d undone by officer".formatted(list));
    assertThat(state(4)).isEqualTo("PROVISIONED");
    assertThat(hubWork(4)).isEqualTo("restore");
    assertThat(state(2)).as("out of service before").isEqualTo("REVOKED revoking");
    for (int line : List.of(5, 6, 7, 9)) {
      assertThat(state(line)).as("line %d", line).isEqualTo("REVOKED revoking");
    }
    applyDue(Instant.now().plusSeconds(7200));
    assertThat(state(8)).isEqualTo("PROVISIONED");
    assertThat(
            jdbc.queryForObject(
                "SELECT count(*) FROM device_status WHERE device_id = ? AND state IS NOT NULL",
                Long.class,
                unknown))
        .isZero();
    assertThat(Callers.call(officer("officer"), () -> revocations.undo(list)).back()).isZero();
    assertThat(appliedLists.one(list).orElseThrow().list().undoneBy()).isEqualTo("officer");
  }

  @Test
  void whatOneListDisabledAndLaterRevokedIsUndoneButForWhatOthersSaidBetween() throws Exception {
    Instant later = Instant.now().plusSeconds(3600);
    apply(row(4, "disable", "before"), null);
    int list =
        apply(
                row(2, "disable", "")
                    + row(3, "disable", "")
                    + at(2, "revoke", later)
                    + at(3, "revoke", later)
                    + at(4, "revoke", later),
                null)
            .number();
    apply(row(3, "disable", "another list says so too"), null);
    applyDue(later.plusSeconds(1));
    for (int line : List.of(2, 3, 4)) {
      assertThat(state(line)).isEqualTo("REVOKED revoking");
    }

    Undone undone = Callers.call(officer("officer"), () -> revocations.undo(list));

    assertThat(undone).isEqualTo(new Undone(list, 1, 2, 0, null));
    assertThat(state(2)).isEqualTo("PROVISIONED");
    assertThat(state(3)).as("another list's word").isEqualTo("REVOKED revoking");
    assertThat(state(4)).as("out of service before").isEqualTo("REVOKED revoking");
  }

  @Test
  void aListOfAnotherKindOfFileFailsBeforeAnythingOfItIsApplied() throws Exception {
    StringBuilder rows = new StringBuilder(row(2, "revoke", ""));
    for (int line = 0; line < 19; line++) {
      rows.append("bad-").append(line).append(",revoke,,,\n");
    }

    RunOutcome failed = revocations.apply(list(rows.toString()), factory, "operator test", null);

    assertThat(failed.ending()).isEqualTo(RunOutcome.Ending.UNDECIDED);
    assertThat(failed.rejectedByCode()).isEqualTo(Map.of("MALFORMED_DEVICE_ID", 19L));
    assertThat(failed.cause())
        .startsWith("19 of 20 rows were refused, and the limit is 5%: nothing of the list was")
        .contains("Line 3: This is no GUID");
    assertThat(state(2)).isEqualTo("PROVISIONED");

    RunOutcome restarted = control.restart(failed.execution(), RejectLimit.valueOf("95%"));

    assertThat(restarted.delivered()).as(restarted.cause()).isTrue();
    assertThat(state(2)).isEqualTo("REVOKED revoking");
  }

  @Test
  void whatLooksLikeAMistakeInAListIsSaidWithItsOutcomeAndInItsReceipt() throws Exception {
    RunOutcome outcome =
        revocations.apply(
            list(row(2, "revoke", "") + "\n" + row(3, "revoke", "")),
            factory,
            "operator test",
            null);

    assertThat(outcome.remarks())
        .singleElement()
        .asString()
        .contains("1 blank line was passed over");
    assertThat(receipt(outcome).warnings()).isEqualTo(outcome.remarks());
    assertThat(appliedLists.one(receipt(outcome).number()).orElseThrow().list().warnings())
        .isEqualTo(outcome.remarks());
  }

  @Test
  void aManifestThatIsSentAsAListIsHeld() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("all.csv"), "device_id\n%s\n".formatted(UUID.randomUUID()));
    assertThat(manifests.provision(file, factory, null, null).delivered()).isTrue();

    RunOutcome held = revocations.apply(file, factory, "operator test", null);

    assertThat(held.status()).isEqualTo("HELD");
    assertThat(held.cause()).contains("The same file was provisioned as a manifest before (number");
    assertThat(check.check(file, factory, null, reject -> {}).effect().held()).isNotNull();
  }

  private Content taken(Path file) throws IOException {
    return contents.take(
        file,
        folder.resolve("taken-" + SEEDS.incrementAndGet()),
        1 << 24,
        ManifestFormat.NONE,
        b -> {});
  }

  private RevocationReceipt apply(String rows, @Nullable String by) throws IOException {
    return receipt(run(rows, by));
  }

  private RevocationReceipt applied(Caller caller, String rows) {
    try {
      return Callers.call(caller, () -> apply(rows, null));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void awaitSomebodyWaiting() {
    TestDatabase.await(
        jdbc,
        Duration.ofSeconds(30),
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted)");
  }

  private RunOutcome run(String rows, @Nullable String by) throws IOException {
    RunOutcome outcome =
        revocations.apply(list(rows), by, "operator test", RejectLimit.valueOf("100%"));
    assertThat(outcome.delivered()).as(String.valueOf(outcome.cause())).isTrue();
    return outcome;
  }

  private Path list(String rows) throws IOException {
    return Files.writeString(
        folder.resolve("list-" + SEEDS.incrementAndGet() + ".csv"), HEADER + rows);
  }

  private RevocationReceipt receipt(RunOutcome outcome) throws IOException {
    return RevocationReceipt.parse(Files.readString(report(outcome).resolve("receipt.json")));
  }

  private long applyDue(Instant now) {
    long applied = 0;
    for (long more = 1; more > 0; applied += more) {
      more = lists.applyDue(now, 10);
    }
    return applied;
  }

  private String row(int line, String action, String reason) {
    return "%s,%s,\"%s\",,\n".formatted(manifest.deviceId(line), action, reason);
  }

  private String at(int line, String action, Instant effectiveAt) {
    return "%s,%s,,%s,\n".formatted(manifest.deviceId(line), action, effectiveAt);
  }

  private RunOutcome provision(TestManifest what, String whose) throws IOException {
    Path file = what.write(folder.resolve("manifest-" + SEEDS.incrementAndGet() + ".csv"));
    return manifests.provision(file, whose, null, null);
  }

  private String newFactory(boolean anyDevice) {
    String id = "factory-" + SEEDS.incrementAndGet();
    factories.add(TestFactory.named(id).anyDevice(anyDevice).factory());
    return id;
  }

  private String state(int line) {
    return state(manifest.deviceId(line));
  }

  private String state(String device) {
    return String.valueOf(
        jdbc.queryForObject(
            """
            SELECT state || CASE WHEN revoking THEN ' revoking' ELSE '' END
              FROM registry WHERE device_id = ?::uuid\
            """,
            String.class,
            device));
  }

  private List<String> history(int line) {
    return history(manifest.deviceId(line));
  }

  private List<String> history(String device) {
    return jdbc.queryForList(
        """
        SELECT format('%s %s>%s %s by %s', action, was, becomes, reason, actor)
          FROM device_change WHERE device_id = ?::uuid ORDER BY change_id\
        """,
        String.class, device);
  }

  private String hubWork(int line) {
    return String.valueOf(
        jdbc.queryForObject(
            """
            SELECT CASE WHEN hub_due_at IS NULL THEN 'none' WHEN state IS NULL THEN 'restore' ELSE 'revoke' END
              FROM device_status WHERE device_id = ?::uuid\
            """,
            String.class,
            manifest.deviceId(line)));
  }

  private Path report(RunOutcome outcome) {
    return home.root().resolve(String.valueOf(outcome.outbox()));
  }
}
