package dev.muster.upload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.Await;
import dev.muster.MusterTest;
import dev.muster.TestDatabase;
import dev.muster.TestFactory;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.NotPermittedException;
import dev.muster.access.RefusedException;
import dev.muster.access.Role;
import dev.muster.bundle.Purpose;
import dev.muster.database.SessionLock;
import dev.muster.exchange.SingleTokens;
import dev.muster.export.Period;
import dev.muster.factory.Factories;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.registry.DeviceIds;
import dev.muster.registry.DeviceSearch;
import dev.muster.registry.DeviceSearch.Standing;
import dev.muster.registry.DevicesInService;
import dev.muster.registry.KnownDevice;
import dev.muster.registry.KnownDevices;
import dev.muster.renewal.RenewalOutcome;
import dev.muster.renewal.RenewalRuns;
import dev.muster.revocation.AppliedLists;
import dev.muster.revocation.ListEffect;
import dev.muster.revocation.RevocationRuns;
import dev.muster.revocation.SecondPersonAsked;
import dev.muster.run.Executions;
import dev.muster.run.RunOutcome;
import dev.muster.upload.CheckedUpload.Findings;
import dev.muster.upload.CheckedUploads.Confirmed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.context.event.ApplicationEvents;
import org.springframework.test.context.event.RecordApplicationEvents;
import org.springframework.transaction.support.TransactionOperations;

/** Devices that are chosen by what they are like are looked at, confirmed and changed together. */
@MusterTest
@RecordApplicationEvents
class ChosenDevicesTests {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Autowired private CheckedUploads uploads;
  @Autowired private ManifestRuns manifests;
  @Autowired private Factories factories;
  @Autowired private DevicesInService inService;
  @Autowired private KnownDevices known;
  @Autowired private AppliedLists lists;
  @Autowired private RevocationRuns revocations;
  @Autowired private RenewalRuns renewals;
  @Autowired private Executions executions;
  @Autowired private ApplicationEvents events;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private TransactionOperations transaction;
  @Autowired private SessionLock sessionLock;
  @Autowired private LeftUploads leftUploads;
  @Autowired private SingleTokens tokens;

  @TempDir private Path folder;

  private final String factory = "many-" + UUID.randomUUID().toString().substring(0, 8);
  private TestManifest manifest = TestManifest.seeded(0);

  @BeforeEach
  void provision() throws IOException {
    factories.add(TestFactory.named(factory).factory());
    manifest = TestManifest.seeded(System.nanoTime()).rows(10);
    assertThat(provision(manifest.content(), factory)).isTrue();
  }

  @Test
  void whatWouldBecomeOfThemIsCountedAndOnlyThoseChangeThatWereThereThen() throws Exception {
    inService.revoke(device(manifest, 2), "stolen");
    inService.disable(device(manifest, 3), "in repair");

    UUID id =
        as(
            Role.OPERATOR,
            () -> uploads.checkChosen(of(factory), Deed.DISABLE, "wrong \"batch\"", false, null));
    Findings findings = findings(id);
    TestManifest later = TestManifest.seeded(System.nanoTime()).rows(2);
    assertThat(provision(later.content(), factory)).isTrue();

    Chosen.Count chosen = Objects.requireNonNull(findings.chosen());
    ListEffect effect = Objects.requireNonNull(findings.effect());
    assertThat(chosen.byState())
        .isEqualTo(Map.of("PROVISIONED", 8L, "DISABLED", 1L, "REVOKED", 1L));
    assertThat(chosen.untouched()).isEqualTo(Map.of("REVOKED", 1L));
    assertThat(effect.changed()).isEqualTo(Map.of("disable", 8L));
    assertThat(effect.unchanged()).isEqualTo(1);
    assertThat(state(device(manifest, 4))).isEqualTo("PROVISIONED");

    Confirmed confirmed = as(Role.OPERATOR, () -> uploads.confirm(id));

    long execution = Objects.requireNonNull(confirmed.execution());
    Await.until(
        PATIENCE,
        () -> executions.detail(execution).orElseThrow().summary().status(),
        "COMPLETED"::equals);
    for (int line = 4; line <= 11; line++) {
      assertThat(state(device(manifest, line))).isEqualTo("DISABLED");
    }
    assertThat(state(device(manifest, 2))).isEqualTo("REVOKED");
    assertThat(state(device(later, 2))).as("came after the look").isEqualTo("PROVISIONED");
    assertThat(known.history(device(manifest, 4)).get(0).reason()).isEqualTo("wrong \"batch\"");
    assertThat(known.history(device(manifest, 4)).get(0).actor()).isEqualTo("somebody");
    assertThat(uploads.find(id)).isEmpty();
    int list = Objects.requireNonNull(executions.detail(execution).orElseThrow().list());
    assertThat(lists.one(list).orElseThrow().list().name())
        .isEqualTo("disable_of_factory_" + factory);
    assertThat(revocations.undo(list).back()).as("undone as any list").isEqualTo(8);
    assertThat(state(device(manifest, 3))).as("disabled before").isEqualTo("DISABLED");

    RunOutcome back = uploads.apply(looked(of(factory), Deed.ENABLE, false));
    assertThat(back.accepted()).as("the one that is disabled").isEqualTo(1);
    assertThat(state(device(manifest, 3))).isEqualTo("PROVISIONED");
  }

  @Test
  void moreThanTheCeilingWaitForASecondPerson() throws Exception {
    // The ceiling is 1,000 devices or a twentieth of all that there are, whichever is more.
    int rows = (int) Math.max(1001, factories.devices(null) / 19 + 2);
    TestManifest many = TestManifest.seeded(System.nanoTime()).rows(rows);
    assertThat(provision(many.content(), factory)).isTrue();
    Integer number =
        jdbc.queryForObject(
            "SELECT max(manifest_id) FROM manifest WHERE factory = ?", Integer.class, factory);
    DeviceSearch those = search(null, number, null, null, null);

    UUID tokens =
        as(Role.OPERATOR, () -> uploads.checkChosen(those, Deed.RENEW, "why", false, null));
    assertThat(findings(tokens).held())
        .startsWith("It gives %,d devices new tokens, of ".formatted(rows));
    assertThatThrownBy(() -> as(Role.OPERATOR, () -> uploads.renew(tokens)))
        .hasMessageContaining("You have chosen them yourself: a second person");
    assertThatThrownBy(() -> as(Role.OPERATOR, () -> uploads.confirm(tokens)))
        .hasMessageContaining("a second person");
    assertThat(events.stream(SecondPersonAsked.class))
        .as("told once, however often it is tried")
        .singleElement()
        .satisfies(
            asked -> {
              assertThat(asked.what()).startsWith("renew of manifest ");
              assertThat(asked.choice()).isEqualTo(tokens);
              assertThat(asked.problem()).startsWith("It gives ");
            });
    assertThat(renewals.previewChosen(Purpose.RENEW, tokens, null))
        .as("they wait, and nothing has begun")
        .extracting(one -> one.status() + " " + one.devices())
        .containsExactly("DUE " + rows);
    assertThat(uploads.renew(tokens))
        .as("by another")
        .extracting(one -> one.status() + " " + one.tokens())
        .containsExactly("COMPLETED " + rows);

    UUID id =
        as(
            Role.SECURITY_OFFICER,
            () -> uploads.checkChosen(those, Deed.REVOKE, "why", false, null));
    assertThat(Objects.requireNonNull(findings(id).effect()).held()).contains("the ceiling");
    RunOutcome held = as(Role.SECURITY_OFFICER, () -> uploads.apply(id));

    assertThat(held.status()).isEqualTo("HELD");
    assertThat(state(device(many, 2))).isEqualTo("PROVISIONED");
    int list = Objects.requireNonNull(executions.detail(held.execution()).orElseThrow().list());
    assertThat(events.stream(SecondPersonAsked.class).map(SecondPersonAsked::list)).contains(list);
    assertThatThrownBy(() -> as(Role.SECURITY_OFFICER, () -> revocations.approve(list)))
        .hasMessageContaining("You sent list");
    assertThat(revocations.approve(list).accepted()).as("by another").isEqualTo(rows);
    assertThat(state(device(many, 2))).isEqualTo("REVOKED");

    UUID back =
        as(
            Role.SECURITY_OFFICER,
            () -> uploads.checkChosen(those, Deed.RESTORE, "why", false, null));
    assertThat(findings(back).held())
        .startsWith("It brings %,d devices back into service".formatted(rows));
    assertThat(as(Role.SECURITY_OFFICER, () -> uploads.apply(back)).status()).isEqualTo("HELD");
    assertThat(state(device(many, 2))).isEqualTo("REVOKED");
  }

  @Test
  void eachChoosesAsFarAsItMayChangeDevices() throws Exception {
    String other = "other-" + factory;
    factories.add(TestFactory.named(other).factory());
    TestManifest theirs = TestManifest.seeded(System.nanoTime()).rows(3);
    assertThat(provision(theirs.content(), other)).isTrue();
    DeviceSearch both = search("B-7", null, null, null, null);
    jdbc.update(
        "UPDATE device SET building = 'B-7' WHERE device_id IN (?, ?)",
        device(manifest, 2),
        device(theirs, 2));

    UUID own = asFactory(factory, () -> uploads.checkChosen(both, Deed.REVOKE, "why", false, null));

    CheckedUpload looked = awaitFindings(own);
    assertThat(looked.factory()).isEqualTo(factory);
    assertThat(Objects.requireNonNull(looked.findings()).rows()).as("its own").isEqualTo(1);
    assertThat(asFactory(other, () -> uploads.find(own))).isEmpty();
    assertThatThrownBy(() -> uploads.apply(own)).isInstanceOf(RefusedException.class);
    assertThat(asFactory(factory, () -> uploads.confirm(own)).arrival())
        .as("one of its lists, as any that it sends")
        .isNotNull();
    assertThatThrownBy(
            () ->
                asFactory(
                    factory,
                    () -> uploads.checkChosen(of(other), Deed.DISABLE, "why", false, null)))
        .isInstanceOf(NotPermittedException.class);
    assertThatThrownBy(
            () ->
                as(
                    Role.OPERATOR,
                    () -> uploads.checkChosen(of(other), Deed.REVOKE, "why", false, null)))
        .isInstanceOf(NotPermittedException.class);
    for (Role role : List.of(Role.AUDITOR, Role.TECHNICIAN)) {
      assertThatThrownBy(
              () ->
                  as(role, () -> uploads.checkChosen(of(other), Deed.DISABLE, "why", false, null)))
          .isInstanceOf(NotPermittedException.class);
    }
    UUID officers = looked(of(other), Deed.REVOKE, false);
    as(
        Role.OPERATOR,
        () -> {
          assertThat(uploads.find(officers)).as("who may not revoke").isEmpty();
          assertThatThrownBy(() -> uploads.confirm(officers)).isInstanceOf(RefusedException.class);
          return true;
        });
    assertThat(state(device(theirs, 3))).isEqualTo("PROVISIONED");
    uploads.discard(officers);
  }

  @Test
  void aGatewayIsChosenWithWhatStandsBehindIt() throws Exception {
    UUID gateway = UUID.randomUUID();
    UUID behind = UUID.randomUUID();
    assertThat(
            provision(
                "device_id,gateway_id\n%s,\n%s,%s\n".formatted(gateway, behind, gateway), factory))
        .isTrue();
    DeviceSearch it = DeviceSearch.of(DeviceIds.of(gateway));

    UUID id = looked(it, Deed.DISABLE, true);
    assertThat(Objects.requireNonNull(findings(id).effect()).behind()).isEqualTo(1);
    assertThat(uploads.apply(id).delivered()).isTrue();
    assertThat(state(behind)).isEqualTo("DISABLED");
    inService.enable(gateway, "mended");

    assertThat(uploads.apply(looked(it, Deed.ENABLE, true)).delivered()).isTrue();
    assertThat(state(behind)).as("though the gateway was back before").isEqualTo("PROVISIONED");
  }

  @Test
  void nothingIsConfirmedOfWhichNothingWouldChange() throws Exception {
    assertThatThrownBy(
            () -> uploads.checkChosen(DeviceSearch.ALL, Deed.DISABLE, "why", false, null))
        .hasMessageContaining("Say which devices");
    assertThatThrownBy(() -> uploads.checkChosen(of(factory), Deed.DISABLE, " ", false, null))
        .hasMessageContaining("Say why");

    UUID id = looked(of(factory), Deed.RESTORE, false);
    assertThat(findings(id).refusal())
        .isEqualTo("None of these devices would change: 10 whose token was delivered.");
    assertThatThrownBy(() -> uploads.confirm(id)).hasMessageContaining("Nothing would change");
    assertThat(
            findings(looked(search(null, 2_000_000_000, null, null, null), Deed.REVOKE, false))
                .refusal())
        .isEqualTo("No device is like that.");
  }

  @Test
  void aLookWhoseInstanceDiedIsBegunAgain() throws Exception {
    DeviceSearch all =
        search(null, null, factory, Standing.PROVISIONED, Period.of("2020-01-01", null));
    UUID id = looked(all, Deed.DISABLE, false);
    jdbc.update(
        "UPDATE checked_upload SET findings = NULL, seen_at = now() - interval '1 hour' WHERE"
            + " upload_id = ?",
        id);
    inService.disable(device(manifest, 2), "meanwhile");

    assertThat(findings(id).rows()).isEqualTo(9);
    assertThat(uploads.apply(id).accepted()).isEqualTo(9);
  }

  @Test
  void chosenDevicesGetNewTokensAndNoOthers() throws Exception {
    String other = "other-" + factory;
    factories.add(TestFactory.named(other).factory());
    TestManifest theirs = TestManifest.seeded(System.nanoTime()).rows(3);
    assertThat(provision(theirs.content(), other)).isTrue();
    List<UUID> chosen =
        List.of(device(manifest, 2), device(manifest, 3), device(theirs, 2), device(theirs, 3));
    chosen.forEach(
        id -> jdbc.update("UPDATE device SET building = ? WHERE device_id = ?", factory, id));
    DeviceSearch those = search(factory, null, null, null, null);
    inService.disable(device(manifest, 3), "in repair");

    UUID id =
        as(Role.OPERATOR, () -> uploads.checkChosen(those, Deed.RENEW, "leaked", false, null));
    Findings findings = findings(id);
    inService.revoke(device(theirs, 3), "stolen meanwhile");

    assertThat(Objects.requireNonNull(findings.renewals()))
        .extracting(one -> one.factory() + " " + one.devices())
        .containsExactlyInAnyOrder(factory + " 1", other + " 2");
    assertThat(Objects.requireNonNull(findings.chosen()).untouched())
        .isEqualTo(Map.of("DISABLED", 1L));
    assertThatThrownBy(() -> as(Role.OPERATOR, () -> uploads.apply(id)))
        .hasMessageContaining("jobs/renew --confirm");
    assertThatThrownBy(
            () ->
                asFactory(
                    factory, () -> uploads.checkChosen(those, Deed.RENEW, "why", false, null)))
        .isInstanceOf(NotPermittedException.class);

    assertThat(as(Role.OPERATOR, () -> uploads.renew(id)))
        .extracting(one -> one.factory() + " " + one.status() + " " + one.tokens())
        .containsExactlyInAnyOrder(factory + " COMPLETED 1", other + " COMPLETED 1");
    assertThat(
            jdbc.queryForList(
                "SELECT device_id FROM device JOIN device_status USING (device_id) JOIN manifest"
                    + " USING (manifest_id) WHERE factory IN (?, ?) AND state IS NULL",
                UUID.class,
                factory,
                other))
        .containsExactlyInAnyOrder(device(manifest, 2), device(theirs, 2));
    assertThat(kept(id)).isZero();

    assertThatThrownBy(() -> renewals.renewChosen(Purpose.RENEW, id, null))
        .as("confirmed twice at once")
        .hasMessageContaining("requested already");
    UUID again = looked(of(factory), Deed.RENEW, false);
    Confirmed confirmed = as(Role.OPERATOR, () -> uploads.confirm(again));
    long execution = Objects.requireNonNull(confirmed.execution());
    Await.until(
        PATIENCE,
        () -> executions.detail(execution).orElseThrow().summary().status(),
        "COMPLETED"::equals);
    UUID dropped = looked(of(factory), Deed.RENEW, false);
    assertThat(kept(dropped)).isEqualTo(9);
    uploads.discard(dropped);
    assertThat(kept(again)).isZero();
    assertThat(kept(dropped)).isZero();
    assertThat(findings(looked(of(factory), Deed.MOVE, false)).refusal())
        .as("they are where the weights want them")
        .startsWith("None of these devices would change");
  }

  @Test
  void confirmedByTwoAtOnceTheirListIsAppliedOnce() throws Exception {
    UUID id = looked(of(factory), Deed.DISABLE, false);
    String sha256 = Objects.requireNonNull(uploads.find(id).orElseThrow().sha256());
    ExecutorService two = Executors.newFixedThreadPool(2);
    List<Future<RunOutcome>> both = new ArrayList<>();
    try {
      transaction.executeWithoutResult(
          status -> {
            jdbc.queryForList("SELECT 1 FROM checked_upload WHERE upload_id = ? FOR UPDATE", id);
            for (String name : List.of("first", "second")) {
              both.add(
                  two.submit(
                      () ->
                          Callers.call(
                              Caller.account(name, name, "test", List.of(Role.OPERATOR), null),
                              () -> uploads.apply(id))));
            }
            awaitWaiting(2);
          });
      List<String> ends = new ArrayList<>();
      for (Future<RunOutcome> one : both) {
        try {
          ends.add(one.get(60, TimeUnit.SECONDS).status());
        } catch (ExecutionException e) {
          assertThat(e.getCause()).isInstanceOf(RefusedException.class);
        }
      }
      assertThat(ends).contains("COMPLETED");
    } finally {
      two.shutdownNow();
    }
    assertThat(
            jdbc.queryForObject(
                "SELECT count(*) FROM revocation_list WHERE sha256 = ?", Long.class, sha256))
        .isEqualTo(1);
    assertThat(known.history(device(manifest, 2)))
        .filteredOn(event -> "why".equals(event.reason()))
        .hasSize(1);
    assertThat(uploads.find(id)).isEmpty();
  }

  private void awaitWaiting(int sessions) {
    TestDatabase.await(
        jdbc,
        PATIENCE,
        "SELECT count(*) >= %d FROM pg_locks WHERE NOT granted".formatted(sessions));
  }

  @Test
  void noChosenDevicesAreKeptThatNobodyGoesOnWith() throws Exception {
    UUID waits = looked(of(factory), Deed.RENEW, false);
    try (SessionLock.Held elsewhere = sessionLock.take(SessionLock.Work.RENEWAL).orElseThrow()) {
      assertThatThrownBy(() -> uploads.confirm(waits)).hasMessageContaining("renews tokens");
    }
    UUID expired = looked(of(factory), Deed.RENEW, false);
    jdbc.update(
        "UPDATE checked_upload SET expires_at = now() - interval '1 hour' WHERE upload_id = ?",
        expired);
    UUID nobodys = UUID.randomUUID();
    jdbc.update("INSERT INTO renewal_choice (choice, device_id) VALUES (?, ?)", nobodys, nobodys);

    leftUploads.sweep();

    assertThat(kept(expired)).isZero();
    assertThat(kept(nobodys)).isZero();
    assertThat(kept(waits)).as("can be confirmed still").isEqualTo(10);
    assertThat(uploads.renew(waits))
        .extracting(one -> one.status() + " " + one.tokens())
        .containsExactly("COMPLETED 10");
    assertThat(kept(waits)).isZero();
  }

  @Test
  void whatCameWithABundleIsFoundAndChosen() throws Exception {
    for (int line = 2; line <= 4; line++) {
      jdbc.update(
          "UPDATE device SET building = ? WHERE device_id = ?", factory, device(manifest, line));
    }
    assertThat(uploads.renew(looked(search(factory, null, null, null, null), Deed.RENEW, false)))
        .extracting(RenewalOutcome::tokens)
        .containsExactly(3L);
    int ofManifest = bundle("manifest");
    int ofRenewal = bundle("renewal");

    assertThat(known.first(with(ofRenewal, null), 100))
        .extracting(KnownDevice::id)
        .containsExactlyInAnyOrder(device(manifest, 2), device(manifest, 3), device(manifest, 4));
    assertThat(known.first(with(ofManifest, null), 100))
        .extracting(KnownDevice::id)
        .hasSize(7)
        .doesNotContain(device(manifest, 3));
    assertThat(known.first(with(ofRenewal, "other"), 100)).isEmpty();
    assertThat(known.first(with(2_000_000_000, null), 100)).isEmpty();
    assertThat(asFactory("other", () -> known.first(with(ofRenewal, null), 100))).isEmpty();
    assertThat(known.one(device(manifest, 3)).orElseThrow().bundle()).isEqualTo(ofRenewal);
    assertThat(known.one(device(manifest, 5)).orElseThrow().bundle()).isEqualTo(ofManifest);

    assertThat(tokens.issue(device(manifest, 3)).first()).isFalse();
    assertThat(known.one(device(manifest, 3)).orElseThrow().bundle()).as("by hand").isNull();
    UUID id = looked(with(ofRenewal, null), Deed.DISABLE, false);
    assertThat(uploads.find(id).orElseThrow().fileName())
        .isEqualTo("disable with the token of bundle %d.csv".formatted(ofRenewal));
    assertThat(uploads.apply(id).accepted()).isEqualTo(2);
    assertThat(state(device(manifest, 3))).isEqualTo("PROVISIONED");
    assertThat(state(device(manifest, 4))).isEqualTo("DISABLED");
  }

  private int bundle(String of) {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            "SELECT max(bundle_id) FROM %s WHERE factory = ?".formatted(of),
            Integer.class,
            factory));
  }

  private static DeviceSearch with(int bundle, @Nullable String factory) {
    return new DeviceSearch(
        null,
        null,
        null,
        bundle,
        null,
        null,
        null,
        factory,
        null,
        null,
        null,
        null,
        Period.EVER,
        null,
        null,
        null);
  }

  private long kept(UUID choice) {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            "SELECT count(*) FROM renewal_choice WHERE choice = ?", Long.class, choice));
  }

  private UUID looked(DeviceSearch search, Deed action, boolean behind) throws Exception {
    UUID id = uploads.checkChosen(search, action, "why", behind, null);
    CheckedUpload unused = awaitFindings(id);
    return id;
  }

  private Findings findings(UUID id) throws Exception {
    return Objects.requireNonNull(awaitFindings(id).findings());
  }

  private CheckedUpload awaitFindings(UUID id) throws Exception {
    return Await.until(PATIENCE, () -> uploads.find(id).orElseThrow(), CheckedUpload::checked);
  }

  private static UUID device(TestManifest manifest, int line) {
    return UUID.fromString(manifest.deviceId(line));
  }

  private String state(UUID device) {
    return String.valueOf(known.one(device).orElseThrow().device().state());
  }

  private boolean provision(String content, String whose) throws IOException {
    return manifests
        .provision(
            Files.writeString(folder.resolve(UUID.randomUUID() + ".csv"), content),
            whose,
            null,
            null)
        .delivered();
  }

  private static DeviceSearch of(String factory) {
    return search(null, null, factory, null, null);
  }

  private static DeviceSearch search(
      @Nullable String building,
      @Nullable Integer manifest,
      @Nullable String factory,
      @Nullable Standing standing,
      @Nullable Period tokenEnds) {
    return new DeviceSearch(
        null,
        null,
        manifest,
        null,
        building,
        null,
        standing,
        factory,
        null,
        null,
        null,
        null,
        tokenEnds == null ? Period.EVER : tokenEnds,
        null,
        null,
        null);
  }

  private static <T> T as(Role role, Callable<T> work) throws Exception {
    return Callers.call(
        Caller.account("somebody", "somebody", "test", List.of(role), null), work::call);
  }

  private static <T> T asFactory(String factory, Callable<T> work) throws Exception {
    return Callers.call(
        Caller.account("somebody", "somebody", "test", List.of(Role.FACTORY), factory), work::call);
  }
}
