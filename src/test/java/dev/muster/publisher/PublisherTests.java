package dev.muster.publisher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.LogFile;
import dev.muster.MusterTest;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.bundle.AgeIdentity;
import dev.muster.credential.sas.HubManagement;
import dev.muster.credential.sas.Hubs;
import dev.muster.credential.sas.SharedAccessKey;
import dev.muster.database.SessionLock;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.publisher.HubFaults.Throttle;
import dev.muster.publisher.HubResult.Reason;
import dev.muster.publisher.ReconciliationReport.HubReconciled;
import dev.muster.status.HubWork;
import dev.muster.status.HubWork.Publisher;
import dev.muster.status.HubWork.Told;
import dev.muster.status.RevokedAtHub.Difference;
import dev.muster.status.RevokedAtHub.Kind;
import dev.muster.status.StatusAction;
import dev.muster.status.StatusChanges;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A hub is told what is due until it has confirmed it, whatever goes wrong. */
@MusterTest
@Tag("slow")
class PublisherTests {

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String ENTRY =
      """
      <entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml">\
      <RevokedPublisherDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">\
      <Name>%s</Name></RevokedPublisherDescription></content></entry>\
      """;
  private static final Duration SHORT = Duration.ofSeconds(1);

  private static final HubHttpStandIn HUBS = HubHttpStandIn.start("devices", "elsewhere");
  private static final String HUB =
      "hub-" + Long.toString(System.nanoTime(), 36).toLowerCase(Locale.ROOT);
  private static final String OTHER = HUB + "-other";
  private static final String SILENT = HUB + "-silent";

  @Autowired private Publishers publishers;
  @Autowired private Reconciliation reconciliation;
  @Autowired private HubWork work;
  @Autowired private Hubs hubs;
  @Autowired private StatusChanges changes;
  @Autowired private SessionLock sessionLock;
  @Autowired private ManifestRuns manifests;
  @Autowired private Factories factories;
  @Autowired private MusterHome home;
  @Autowired private JdbcTemplate jdbc;

  @TempDir private Path folder;

  private TestManifest manifest = TestManifest.seeded(0);
  private int callsBefore;

  @DynamicPropertySource
  static void hubs(DynamicPropertyRegistry properties) {
    hub(properties, 0, HUB, "devices", true);
    hub(properties, 1, OTHER, "elsewhere", true);
    hub(properties, 2, SILENT, "devices", false);
    properties.add(
        "spring.ssl.bundle.pem.stand-in.truststore.certificate",
        () -> "file:" + HUBS.certificate());
    properties.add("muster.publishers.ssl-bundle", () -> "stand-in");
    properties.add("muster.publishers.calls-per-second", () -> "2000");
    properties.add("muster.publishers.first-delay", () -> "20ms");
    properties.add("muster.publishers.timeout", () -> "5s");
  }

  private static void hub(
      DynamicPropertyRegistry properties, int index, String name, String hub, boolean managed) {
    String prefix = "muster.hubs[" + index + "].";
    properties.add(prefix + "name", () -> name);
    properties.add(prefix + "namespace", HUBS::namespace);
    properties.add(prefix + "event-hub", () -> hub);
    properties.add(prefix + "key-name", () -> HubHttpStandIn.DEVICE_SEND);
    properties.add(prefix + "primary-key", () -> HUBS.primaryKey(hub, HubHttpStandIn.DEVICE_SEND));
    if (managed) {
      properties.add(prefix + "manage-key-name", () -> HubHttpStandIn.MANAGE);
      properties.add(prefix + "manage-key", () -> HUBS.primaryKey(hub, HubHttpStandIn.MANAGE));
    }
  }

  @AfterAll
  static void stop() {
    HUBS.close();
  }

  @BeforeEach
  void provision() throws IOException, InterruptedException {
    HUBS.resume();
    HUBS.faults().heal();
    HUBS.pageSize(Integer.MAX_VALUE);
    // What the test before left behind
    jdbc.update("DELETE FROM hub_standing");
    for (String table : List.of("device_status", "former_hub")) {
      jdbc.update(
          "UPDATE "
              + table
              + " SET hub_due_at = now(), hub_attempts = 0, hub_problem = NULL WHERE hub_due_at IS"
              + " NOT NULL AND hub_id IN (?, ?)",
          number(HUB),
          number(OTHER));
    }
    assertThat(tell().complete()).isTrue();
    manifest = provision(HUB, 200);
    callsBefore = HUBS.calls().size();
  }

  @Test
  void aDeviceIsRevokingUntilTheHubHasConfirmedAndComesBackWhenItIsEnabled() throws Exception {
    change(2, StatusAction.REVOKE);
    change(3, StatusAction.DISABLE);
    assertThat(state(2)).isEqualTo("REVOKED revoking");

    HubResult told = tell();

    assertThat(told.confirmed()).isEqualTo(2);
    assertThat(told.complete()).isTrue();
    assertThat(state(2)).isEqualTo("REVOKED");
    assertThat(state(3)).isEqualTo("DISABLED");
    assertThat(HUBS.revoked("devices")).contains(device(2), device(3));

    change(3, StatusAction.ENABLE);
    tell();

    assertThat(HUBS.revoked("devices")).contains(device(2)).doesNotContain(device(3));
    assertThat(statuses()).containsExactly(201, 201, 200);
  }

  @Test
  void whatTheHubHasDoneAlreadyCountsAsDone() throws Exception {
    change(2, StatusAction.REVOKE);
    tell();
    forgetThatItConfirmed();
    tell();
    change(2, StatusAction.RESTORE);
    tell();
    forgetThatItConfirmed();
    tell();

    assertThat(statuses()).containsExactly(201, 409, 200, 404);
    assertThat(due()).isZero();
  }

  @Test
  void aPublisherWithWhichTheHubIsBusyIsNotTakenForRevoked() throws Exception {
    change(2, StatusAction.REVOKE);
    HUBS.faults().failNext(1, 409);

    assertThat(tell().complete()).isTrue();

    assertThat(statuses()).containsExactly(409, 201);
    assertThat(HUBS.revoked("devices")).contains(device(2));
  }

  @Test
  void whatBreaksOrFailsForAPassingReasonIsDoneAgain() throws Exception {
    revokeLines(2, 41);
    HUBS.faults().breakAfterApplying(2);
    HUBS.faults().failNext(3, 500);

    HubResult told = tell();

    assertThat(told.complete()).isTrue();
    assertThat(told.confirmed()).isEqualTo(40);
    assertThat(statuses()).contains(500, HubHttpStandIn.NO_ANSWER, 409);
    assertThat(statuses()).hasSize(45);
    assertThat(problems()).isEmpty();
  }

  /** Headers, half of the body, and nothing more: a request's timeout does not end that. */
  @Test
  void whatTheHubAnswersByHalfIsDoneAgainAndHoldsNothingUp() throws Exception {
    revokeLines(2, 41);
    HUBS.faults().stallAfterApplying(3);

    HubResult told = tell(PATIENCE.dividedBy(2));

    assertThat(told.complete()).isTrue();
    assertThat(told.confirmed()).isEqualTo(40);
    assertThat(statuses()).filteredOn(status -> status == 409).hasSize(3);
    assertThat(statuses()).hasSize(43);
  }

  @Test
  void aListThatTheHubDoesNotEndIsGivenUpAndSaysSo() throws Exception {
    revokeLines(2, 41);
    tell();
    HUBS.faults().stallAfterApplying(1);

    HubReconciled stalled = reconcile(true);

    assertThat(stalled.problem()).isEqualTo("The hub began its list and did not end it in time.");
    assertThat(stalled.repaired()).isZero();
    assertThat(reconcile(true).problem()).isNull();
  }

  @Test
  void whatAlwaysFailsIsCountedAndLaterDoneAgainAndSaidWithItsReason() throws Exception {
    revokeLines(2, 11);
    HUBS.faults().failFor(device(2), 500);

    HubResult told = tell(SHORT);

    assertThat(told.confirmed()).isEqualTo(9);
    assertThat(told.reasons())
        .containsExactly(new Reason("The hub answered 500.", 1, UUID.fromString(device(2))));
    assertThat(attempts(2)).isPositive();
    HUBS.faults().heal();
    jdbc.update(
        "UPDATE device_status SET hub_due_at = now() WHERE hub_due_at IS NOT NULL AND hub_id = ?",
        number(HUB));
    assertThat(tell().complete()).isTrue();
    assertThat(attempts(2)).isZero();
  }

  @Test
  void whatTheHubCallsWrongIsSaidAndHoldsUpNothing() throws Exception {
    revokeLines(2, 11);
    HUBS.faults().failFor(device(2), 400);

    HubResult told = tell();

    assertThat(told.confirmed()).isEqualTo(9);
    assertThat(told.failed()).isEqualTo(1);
    assertThat(told.reasons().get(0).problem()).contains("wrong (400)");
    assertThat(attempts(2)).isEqualTo(1);
    assertThat(state(2)).isEqualTo("REVOKED revoking");
  }

  @ParameterizedTest
  @CsvSource({"429,false", "503,true"})
  void aHubThatIsCalledTooOftenIsLeftAloneForAsLongAsItAsks(int status, boolean asDate)
      throws Exception {
    HUBS.faults().throttle(new Throttle(30, status, Duration.ofSeconds(1), asDate));
    revokeLines(2, 101);

    HubResult told = tell();

    assertThat(told.confirmed()).isEqualTo(100);
    assertThat(statuses()).contains(status);
    // After a refusal only what was under way comes; then nothing for the rest of the second.
    assertThat(statuses().stream().filter(one -> one == status).count()).isLessThan(4 * 32);
    assertThat(
            jdbc.queryForObject(
                "SELECT count(*) FROM device_status WHERE hub_attempts > 0 AND hub_id = ?",
                Long.class,
                number(HUB)))
        .isZero();
  }

  @Test
  void aHubThatDoesNotAcceptMusterIsSaidAtOnceAndItsWorkStays() throws Exception {
    revokeLines(2, 101);
    HUBS.faults().failAll(401);

    HubResult told = tell();

    assertThat(told.pending()).isEqualTo(100);
    assertThat(told.problem())
        .contains("does not accept Muster (401)")
        .contains("manage-key-name")
        .doesNotContain("sig=");
    assertThat(statuses().size()).isLessThanOrEqualTo(33);
    assertThat(attempts(2)).isZero();

    HUBS.faults().heal();
    assertThat(tell().complete()).isTrue();
  }

  @Test
  void aHubThatIsDownIsPausedAndCatchesUpWhenItIsBack() throws Exception {
    revokeLines(2, 101);
    HUBS.stop();

    HubResult down = tell(SHORT);

    assertThat(down.pending()).isEqualTo(100);
    assertThat(down.problem()).contains("can't be reached");
    assertThat(attempts(2)).isZero();

    HUBS.resume();
    assertThat(tell().complete()).isTrue();
    assertThat(HUBS.revoked("devices")).contains(device(2), device(101));
    assertThat(view(HUB).problem()).isNull();
  }

  @Test
  void whenEveryCallFailsTheHubIsPausedInsteadOfCallingForEachDevice() throws Exception {
    revokeLines(2, 201);
    HUBS.faults().failAll(500);

    HubResult told = tell(SHORT);

    assertThat(told.problem()).isEqualTo("The hub answered 500.");
    assertThat(told.pending()).isGreaterThan(100);
  }

  @Test
  void whatChangedWhileItWasToldStaysDue() {
    change(2, StatusAction.REVOKE);
    Publisher told = work.due(number(HUB), 10).get(0);
    change(2, StatusAction.RESTORE);

    work.save(number(HUB), List.of(new Told(told, null, null)));

    assertThat(work.due(number(HUB), 10))
        .singleElement()
        .satisfies(now -> assertThat(now.revoke()).isFalse());
  }

  @Test
  void whatAnotherConfirmedMeanwhileIsDueAgainWhenASleeperToldSomethingElse() throws Exception {
    change(2, StatusAction.REVOKE);
    Publisher stale = work.due(number(HUB), 10).get(0);
    change(2, StatusAction.RESTORE);
    tell();
    assertThat(due()).isZero();

    work.save(number(HUB), List.of(new Told(stale, null, null)));

    assertThat(due()).isEqualTo(1);
    assertThat(tell().complete()).isTrue();
    assertThat(HUBS.revoked("devices")).doesNotContain(device(2));
  }

  @Test
  void aDeviceThatIsBeingChangedIsNotWaitedForAndStaysDue() throws Exception {
    change(2, StatusAction.REVOKE);
    Publisher told = work.due(number(HUB), 10).get(0);

    try (var connection = Objects.requireNonNull(jdbc.getDataSource()).getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "UPDATE device_status SET changed_at = now() WHERE device_id = '" + device(2) + "'");
      work.save(number(HUB), List.of(new Told(told, null, null)));
      connection.commit();
      connection.setAutoCommit(true);
    }

    assertThat(due()).isEqualTo(1);
  }

  @Test
  void whatIsToBeToldNowIsNotWaitedForWhereOthersChangeIt() throws Exception {
    change(2, StatusAction.REVOKE);
    change(3, StatusAction.REVOKE);
    jdbc.update(
        """
        UPDATE device_status SET hub_due_at = now() + interval '1 hour'
         WHERE hub_due_at IS NOT NULL AND hub_id = ?\
        """,
        number(HUB));

    try (var connection = Objects.requireNonNull(jdbc.getDataSource()).getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "UPDATE device_status SET changed_at = now() WHERE device_id = '" + device(2) + "'");
      work.tellNow(number(HUB));
      connection.commit();
      connection.setAutoCommit(true);
    }

    assertThat(work.due(number(HUB), 10))
        .extracting(Publisher::device)
        .containsExactly(UUID.fromString(device(3)));
  }

  @Test
  void onlyOneAtATimeTellsAHub() throws Exception {
    revokeLines(2, 201);
    try (SessionLock.Held held = sessionLock.takeHub(number(HUB)).orElseThrow()) {
      assertThat(tell(SHORT).pending()).isEqualTo(200);
      assertThat(statuses()).isEmpty();
    }

    // A thread of its own: the JDK's HTTP client hands its answers over on the common pool, whose
    // only thread, on two processors, must not be the one that waits for them.
    CompletableFuture<HubResult> other =
        CompletableFuture.supplyAsync(
            () -> Callers.get(Caller.muster("another process"), this::tellAnyway),
            task -> new Thread(task, "another-process").start());
    tell();
    other.get(60, TimeUnit.SECONDS);

    assertThat(statuses()).hasSize(200).containsOnly(201);
  }

  @Test
  void aDeviceGoesOutOfServiceAtTheHubsItWasAtBeforeToo() throws Exception {
    jdbc.update(
        """
        INSERT INTO former_hub (device_id, hub_id, renewal_id, left_at, token_expires_at, closed_at, hub_due_at)
        VALUES (?::uuid, ?, 1, now(), now() + interval '1 year', NULL, NULL),
               (?::uuid, ?, 1, now(), now() + interval '1 year', now(), now())\
        """,
        device(2),
        number(OTHER),
        device(3),
        number(OTHER));
    tell();
    assertThat(HUBS.revoked("elsewhere")).contains(device(3)).doesNotContain(device(2));

    change(2, StatusAction.REVOKE);
    change(3, StatusAction.REVOKE);
    change(3, StatusAction.RESTORE);
    assertThat(state(2)).isEqualTo("REVOKED revoking");
    tell();

    assertThat(state(2)).isEqualTo("REVOKED");
    assertThat(HUBS.revoked("devices")).contains(device(2)).doesNotContain(device(3));
    assertThat(HUBS.revoked("elsewhere")).contains(device(2), device(3));
    jdbc.update("UPDATE former_hub SET hub_due_at = now() WHERE device_id = ?::uuid", device(2));
    assertThat(state(2)).isEqualTo("REVOKED revoking");
  }

  @Test
  void aHubThatCannotBeToldKeepsItsWorkAndSaysWhatToSet() throws Exception {
    TestManifest silent = provision(SILENT, 3);
    changes.change(
        UUID.fromString(silent.deviceId(2)), StatusAction.REVOKE, "stolen", "operator test");

    List<HubResult> told = publishers.tell(PATIENCE, List.of(), left -> {});

    assertThat(told)
        .filteredOn(hub -> hub.hub().equals(SILENT))
        .singleElement()
        .satisfies(
            hub -> {
              assertThat(hub.pending()).isEqualTo(1);
              assertThat(hub.problem()).contains("muster.hubs[2].manage-key-name");
            });
    assertThat(view(SILENT).toldBy()).isNull();
    assertThat(view(HUB).toldBy()).isEqualTo(HubHttpStandIn.MANAGE);
    assertThat(view(HUB).devices()).isGreaterThanOrEqualTo(200);
  }

  @Test
  void theHubsListIsComparedAndWhatDiffersIsReportedAndRepaired() throws Exception {
    revokeLines(2, 61);
    tell();
    // At the hub, by another hand: 2 is back; 100 and two that Muster does not know are revoked.
    String unknown = new UUID(SEEDS.incrementAndGet(), 1).toString();
    String before = new UUID(SEEDS.incrementAndGet(), 2).toString();
    byAnotherHand(device(2), false);
    byAnotherHand(device(100), true);
    byAnotherHand(unknown, true);
    byAnotherHand(before, true);
    byAnotherHand("no-guid" + SEEDS.incrementAndGet(), true);
    changes.change(UUID.fromString(before), StatusAction.REVOKE, "", "operator test");
    change(3, StatusAction.RESTORE); // not told yet
    jdbc.update(
        "UPDATE device_status SET changed_at = changed_at - interval '1 minute' WHERE hub_id = ?",
        number(HUB));
    HUBS.pageSize(7);

    HubReconciled dry = reconcile(false);

    assertThat(dry.problem()).isNull();
    assertThat(dry.repaired()).isZero();
    assertThat(names(dry, Kind.NOT_REVOKED_AT_HUB)).containsExactly(device(2));
    assertThat(names(dry, Kind.REVOKED_AT_HUB_ONLY)).containsExactly(device(100));
    assertThat(names(dry, Kind.UNKNOWN)).contains(unknown).doesNotContain(before, device(3));
    assertThat(names(dry, Kind.NOT_A_GUID)).isNotEmpty();
    assertThat(due()).isEqualTo(1);

    assertThat(reconcile(true).repaired()).isEqualTo(2);
    assertThat(tell().complete()).isTrue();

    assertThat(HUBS.revoked("devices"))
        .contains(device(2), unknown, before)
        .doesNotContain(device(100), device(3));
    HubReconciled after = reconcile(false);
    assertThat(names(after, Kind.NOT_REVOKED_AT_HUB)).isEmpty();
    assertThat(names(after, Kind.REVOKED_AT_HUB_ONLY)).isEmpty();
    assertThat(state(100)).isEqualTo("PROVISIONED");
    HUBS.faults().failAll(403);
    assertThat(reconcile(true).problem()).contains("does not accept Muster (403)");
  }

  @Test
  void noSecretIsInTheLogOrTheDatabase() throws Exception {
    revokeLines(2, 5);
    HUBS.faults().failAll(401);
    tell();
    HUBS.faults().heal();
    HUBS.faults().failFor(device(2), 400);
    tell();
    reconcile(true);

    String kept =
        jdbc.queryForList("SELECT s::text FROM hub_standing s", String.class)
            + String.valueOf(problems())
            + jdbc.queryForList("SELECT h::text FROM hub h", String.class)
            + Files.readString(newestReconciliation());
    String logged = Files.readString(LogFile.current());

    for (String text : List.of(kept, logged)) {
      assertThat(text)
          .doesNotContain(HUBS.primaryKey("devices", HubHttpStandIn.MANAGE))
          .doesNotContain("SharedAccessSignature sr=https%3A%2F%2Flocalhost");
    }
    assertThat(kept).contains(HUB);
    assertThat(logged).contains("publisher=refused hub=" + HUB);
  }

  private Path newestReconciliation() throws IOException {
    try (var files = Files.list(home.outbox().resolve("reconciliation"))) {
      return files.max(Path::compareTo).orElseThrow();
    }
  }

  private HubReconciled reconcile(boolean repair) throws Exception {
    return reconciliation.run(List.of(HUB), repair).orElseThrow().hubs().get(0);
  }

  private static List<String> names(HubReconciled hub, Kind kind) {
    return hub.differences().stream()
        .filter(difference -> difference.kind() == kind)
        .map(Difference::first)
        .findFirst()
        .orElse(List.of());
  }

  /** Makes the hub's list say something else than the registry. */
  private void byAnotherHand(String publisher, boolean revoked)
      throws IOException, InterruptedException {
    String token =
        new HubManagement.Policy(
                HubHttpStandIn.MANAGE,
                new SharedAccessKey(HUBS.primaryKey("devices", HubHttpStandIn.MANAGE)))
            .token(hubs.byName(HUB), Instant.now().plusSeconds(60));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create(
                    "https://%s/devices/revokedpublishers/%s?api-version=2014-05"
                        .formatted(HUBS.namespace(), publisher)))
            .header("Authorization", token);
    request =
        revoked
            ? request
                .header("Content-Type", "application/atom+xml;type=entry;charset=utf-8")
                .PUT(HttpRequest.BodyPublishers.ofString(ENTRY.formatted(publisher)))
            : request.DELETE();
    assertThat(
            TestDevice.client(HUBS.certificate())
                .send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode())
        .isBetween(200, 201);
  }

  private HubResult tell() throws InterruptedException {
    return tell(PATIENCE);
  }

  private HubResult tell(Duration patience) throws InterruptedException {
    return publishers.tell(patience, List.of(), left -> {}).stream()
        .filter(hub -> hub.hub().equals(HUB))
        .findFirst()
        .orElse(new HubResult(HUB, 0, 0, 0, List.of(), null));
  }

  private HubResult tellAnyway() {
    try {
      return tell();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private HubView view(String name) {
    return publishers.hubs().stream()
        .filter(hub -> hub.hub().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private void change(int line, StatusAction action) {
    changes.change(UUID.fromString(device(line)), action, "test", "operator test");
  }

  private void revokeLines(int first, int last) {
    for (int line = first; line <= last; line++) {
      change(line, StatusAction.REVOKE);
    }
  }

  private void forgetThatItConfirmed() {
    jdbc.update("UPDATE device_status SET hub_due_at = now() WHERE device_id = ?::uuid", device(2));
  }

  private String device(int line) {
    return manifest.deviceId(line);
  }

  private List<Integer> statuses() {
    return HUBS.calls().stream()
        .skip(callsBefore)
        .filter(call -> call.hub().equals("devices"))
        .map(HubHttpStandIn.Call::status)
        .toList();
  }

  private List<String> problems() {
    return jdbc.queryForList(
        "SELECT hub_problem FROM device_status WHERE hub_problem IS NOT NULL AND hub_id = ?",
        String.class,
        number(HUB));
  }

  private int attempts(int line) {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            "SELECT hub_attempts FROM device_status WHERE device_id = ?::uuid",
            Integer.class,
            device(line)));
  }

  private long due() {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            "SELECT count(*) FROM hub_work WHERE hub_id = ?", Long.class, number(HUB)));
  }

  private short number(String hub) {
    jdbc.update("INSERT INTO hub (name) VALUES (?) ON CONFLICT DO NOTHING", hub);
    return Objects.requireNonNull(
        jdbc.queryForObject("SELECT hub_id FROM hub WHERE name = ?", Short.class, hub));
  }

  private String state(int line) {
    return String.valueOf(
        jdbc.queryForObject(
            """
            SELECT state || CASE WHEN revoking THEN ' revoking' ELSE '' END
              FROM registry WHERE device_id = ?::uuid\
            """,
            String.class,
            device(line)));
  }

  private TestManifest provision(String hub, int devices) throws IOException {
    String factory = "factory-" + SEEDS.incrementAndGet();
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), hub));
    TestManifest made = TestManifest.seeded(SEEDS.incrementAndGet()).rows(devices);
    Path file = made.write(folder.resolve("manifest-" + SEEDS.incrementAndGet() + ".csv"));
    assertThat(manifests.provision(file, factory, null, null).delivered()).isTrue();
    return made;
  }
}
