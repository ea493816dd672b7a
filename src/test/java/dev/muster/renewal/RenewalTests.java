package dev.muster.renewal;

import static dev.muster.AllPermitted.inParallel;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.AllPermitted;
import dev.muster.Obstacle;
import dev.muster.TestDatabase;
import dev.muster.TestManifest;
import dev.muster.bundle.Purpose;
import dev.muster.exchange.SingleTokens;
import dev.muster.exchange.TestToken;
import dev.muster.factory.Factories;
import dev.muster.home.MusterHome;
import dev.muster.manifest.RejectLimit;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.renewal.OpenedBundle.Line;
import dev.muster.renewal.Renewals.Asked;
import dev.muster.run.Executions;
import dev.muster.run.OperationRefusedException;
import dev.muster.run.RunControl;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunUnderWayException;
import dev.muster.status.StatusAction;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.event.ApplicationEvents;
import org.springframework.test.context.event.RecordApplicationEvents;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/** Who gets a new token before the old one ends, and who does not. */
@DirtiesContext
@RecordApplicationEvents
@ExtendWith(AllPermitted.class)
@Import(DevicesOfFactories.class)
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "spring.main.web-application-type=servlet",
      "muster.home=target/renewal-home",
      "muster.folder.enabled=false",
      "muster.schedule.renewal=-",
      "muster.provisioning.chunk-rows=500",
      "muster.provisioning.part-devices=2000",
      "muster.hubs[0].name=west",
      "muster.hubs[0].namespace=" + RenewalTests.WEST,
      "muster.hubs[0].event-hub=telemetry",
      "muster.hubs[0].key-name=device-send",
      "muster.hubs[0].primary-key=" + RenewalTests.WEST_KEY,
      "muster.hubs[1].name=north",
      "muster.hubs[1].namespace=contoso-north.servicebus.windows.net",
      "muster.hubs[1].event-hub=telemetry",
      "muster.hubs[1].key-name=device-send",
      "muster.hubs[1].primary-key=" + RenewalTests.NORTH_KEY,
    })
class RenewalTests {

  static final String WEST = "contoso-west.servicebus.windows.net";
  static final String WEST_KEY = "d2VzdC1wcmltYXJ5LWtleS1mb3ItdGVzdHMtb25seSE=";
  static final String NORTH_KEY = "bm9ydGgtcHJpbWFyeS1rZXktZm9yLXRlc3RzLW9ubHk=";

  private static final Duration SOON = Duration.ofDays(10);
  private static final Duration LATE = Duration.ofDays(300);

  @Autowired private ManifestRuns manifests;
  @Autowired private RunControl control;
  @Autowired private RenewalRuns runs;
  @Autowired private EndingTokens endingTokens;
  @Autowired private SingleTokens singleTokens;
  @Autowired private ApplicationEvents events;
  @Autowired private Renewals renewals;
  @Autowired private Executions executions;
  @Autowired private MusterHome home;
  @Autowired private Factories factories;
  @Autowired private DevicesOfFactories devices;
  @Autowired private PlatformTransactionManager transactions;
  @Autowired private JdbcTemplate jdbc;
  @LocalServerPort private int port;

  private String factory = "";

  @BeforeEach
  void addFactory() throws IOException {
    factory = devices.add(null);
  }

  @Test
  void devicesWhoseTokenEndsSoonGetANewOneAndNoOthers() throws IOException {
    TestManifest soon = devices.provision(factory, 4500, SOON);
    TestManifest late = devices.provision(factory, 50, LATE.plusDays(1));
    devices.change(soon, 2, StatusAction.DISABLE);
    devices.change(soon, 3, StatusAction.DISABLE);
    devices.change(soon, 4, StatusAction.REVOKE);
    devices.change(late, 2, StatusAction.DISABLE);
    jdbc.update("UPDATE factory SET suspended = true WHERE id = ?", factory); // holds for new ones
    Instant before = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    RenewalOutcome outcome = renewOne(LATE);

    assertThat(outcome.status()).as(outcome.cause()).isEqualTo("COMPLETED");
    assertThat(outcome.devices()).isEqualTo(4497);
    assertThat(outcome.tokens()).isEqualTo(4497);
    assertThat(outcome.skipped()).isEqualTo(Map.of("DISABLED", 2L, "REVOKED", 1L));
    Map<String, Line> bundle = open(outcome);
    assertThat(new TreeSet<>(bundle.keySet())).isEqualTo(devices(soon, 5));
    bundle.values().forEach(line -> assertThat(line.token()).isEqualTo(expected(line)));
    Instant expiresAt = bundle.values().iterator().next().expiresAt();
    assertThat(expiresAt).isBetween(before.plus(LATE), Instant.now().plus(LATE));
    assertThat(expiries(soon, 5)).containsOnly(expiresAt);
    assertThat(expiries(late, 3)).doesNotContain(expiresAt);
    assertThat(expiry(soon.deviceId(2))).isBefore(before.plus(Duration.ofDays(11)));
    assertThat(runs.renew(factory, null, null))
        .singleElement()
        .extracting(RenewalOutcome::status)
        .isEqualTo(RenewalOutcome.NOTHING_DUE);
  }

  @Test
  void theReceiptAddsUpAndNamesEveryPart() throws IOException {
    devices.provision(factory, 4500, SOON);

    RenewalOutcome outcome = renewOne(LATE);

    Path bundle = home.root().resolve(Objects.requireNonNull(outcome.outbox()));
    assertThat(bundle.getFileName()).hasToString("renewal-" + outcome.renewal());
    RenewalReceipt receipt = RenewalReceipt.parse(Files.readString(bundle.resolve("receipt.json")));
    assertThat(receipt.parts())
        .extracting("name")
        .containsExactly(
            "tokens-001-of-003.csv.age", "tokens-002-of-003.csv.age", "tokens-003-of-003.csv.age");
    assertThat(receipt.parts().stream().mapToLong(part -> part.devices()).sum()).isEqualTo(4500);
    assertThat(receipt.hubs().stream().mapToLong(hub -> hub.devices()).sum()).isEqualTo(4500);
    assertThat(receipt.purpose()).isEqualTo(Purpose.RENEW);
    assertThat(executions.find(Objects.requireNonNull(outcome.execution())))
        .hasValueSatisfying(
            execution -> {
              assertThat(execution.job()).isEqualTo("renew-tokens");
              assertThat(execution.manifest()).isEqualTo("renewal-" + outcome.renewal());
              assertThat(execution.factory()).isEqualTo(factory);
            });
  }

  @Test
  void thatTokensEndAndNothingRenewsThemIsSaidOnceAManifest() throws IOException {
    Instant now = Instant.now();
    TestManifest soon = devices.provision(factory, 20, SOON);
    devices.provision(factory, 7, Duration.ofDays(20));
    devices.provision(factory, 50, LATE);
    devices.change(soon, 2, StatusAction.DISABLE);
    devices.change(soon, 3, StatusAction.REVOKE);

    endingTokens.tell(now);
    endingTokens.tell(now.plus(Duration.ofDays(1)));

    assertThat(ending())
        .singleElement()
        .satisfies(
            told -> {
              assertThat(told.devices()).isEqualTo(18);
              assertThat(told.firstEnd()).isBetween(now, now.plus(SOON).plusSeconds(60));
              assertThat(told.manifests()).hasSize(1);
            });
    endingTokens.tell(now.plus(Duration.ofDays(8)));
    assertThat(ending())
        .as("the others, and the first not once more")
        .extracting(TokensEnding::devices)
        .containsExactly(18L, 7L);
  }

  @Test
  void ofTokensThatARenewalIsOnItsWayForNothingIsSaid() throws IOException {
    devices.provision(factory, 20, SOON);
    Renewal begun =
        renewals.add(
            factory,
            Renewals.Asked.endingBefore(Instant.now().plus(LATE)),
            Instant.now(),
            Instant.now().plus(LATE));
    new TransactionTemplate(transactions)
        .executeWithoutResult(status -> renewals.select(begun, 100));

    endingTokens.tell(Instant.now());
    assertThat(ending()).isEmpty();
    endingTokens.tell(Instant.now().plus(Duration.ofDays(3)));
    assertThat(ending())
        .as("a renewal that fails each night helps nobody")
        .extracting(TokensEnding::devices)
        .containsExactly(20L);
    jdbc.update("TRUNCATE token_end_notice");
    events.clear();

    assertThat(runs.renew(factory, null, null)).isNotEmpty();
    endingTokens.tell(Instant.now());
    assertThat(ending()).as("renewed").isEmpty();
  }

  @Test
  void theEndOfATokenThatNoBundleReplacesIsSaidToo() throws IOException {
    jdbc.update("UPDATE factory SET token_lifetime = interval '10 days' WHERE id = ?", factory);
    TestManifest manifest = TestManifest.seeded(System.nanoTime()).rows(20);
    Path file = devices.file(manifest);
    Obstacle obstacle = Obstacle.to(home, factory, file);
    RunOutcome failed = manifests.provision(file, factory, null, null);
    assertThat(failed.status()).isEqualTo("FAILED");
    singleTokens.issue(UUID.fromString(manifest.deviceId(2)));

    endingTokens.tell(Instant.now().plus(Duration.ofDays(8)));

    assertThat(ending()).extracting(TokensEnding::devices).containsExactly(1L);
    obstacle.remove();
    assertThat(control.restart(failed.execution(), null).delivered()).isTrue();
  }

  @Test
  void aFactorysOwnLifetimeHoldsAndIsNotRenewedEachNightHoweverShort() throws IOException {
    TestManifest manifest = devices.provision(factory, 20, Duration.ofDays(5));
    jdbc.update("UPDATE factory SET token_lifetime = interval '21 days' WHERE id = ?", factory);
    Duration own = Duration.ofDays(21);
    Instant before = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    assertThat(runs.renew(factory, null, null))
        .extracting(RenewalOutcome::tokens)
        .containsExactly(20L);

    assertThat(expiries(manifest, 2))
        .allSatisfy(
            expiry -> assertThat(expiry).isBetween(before.plus(own), Instant.now().plus(own)));
    assertThat(runs.renew(factory, null, null)).as("a third of it is not left").isEmpty();
    assertThat(runs.preview(factory, Duration.ofDays(22), null))
        .as("as somebody says")
        .isNotEmpty();
    assertThat(runs.preview(factory, null, Duration.ofDays(90)))
        .as("of what would be given now, a third is not left")
        .isNotEmpty();
    endingTokens.tell(Instant.now().plus(Duration.ofDays(8)));
    assertThat(ending()).as("they are renewed later").isEmpty();
    endingTokens.tell(Instant.now().plus(Duration.ofDays(16)));
    assertThat(ending()).extracting(TokensEnding::devices).containsExactly(20L);
  }

  private List<TokensEnding> ending() {
    return events.stream(TokensEnding.class)
        .filter(told -> told.factory().equals(factory))
        .toList();
  }

  @Test
  void aDryRunSaysWhatWouldBeAndChangesNothing() throws IOException {
    TestManifest manifest = devices.provision(factory, 30, SOON);
    devices.change(manifest, 2, StatusAction.REVOKE);

    assertThat(runs.preview(factory, null, null))
        .singleElement()
        .satisfies(
            due -> {
              assertThat(due.status()).isEqualTo(RenewalOutcome.DUE);
              assertThat(due.devices()).isEqualTo(29);
              assertThat(due.skipped()).isEqualTo(Map.of("REVOKED", 1L));
            });
    assertThat(runs.preview(factory, Duration.ofDays(9), null)).isEmpty();
    assertThat(count("SELECT count(*) FROM renewal WHERE factory = ?")).isZero();
  }

  @Test
  void whoWasOutOfServiceWhenItsManifestWasDeliveredGetsItsFirstTokenOnceItIsBack()
      throws IOException {
    TestManifest manifest =
        TestManifest.seeded(System.nanoTime()).rows(20).row("no-guid").row("none-either");
    RunOutcome held =
        manifests.provision(devices.file(manifest), factory, RejectLimit.valueOf("1"), LATE);
    assertThat(held.ending()).isEqualTo(RunOutcome.Ending.UNDECIDED);
    devices.change(manifest, 7, StatusAction.DISABLE);
    assertThat(control.restart(held.execution(), RejectLimit.valueOf("2")).delivered()).isTrue();
    assertThat(runs.preview(factory, null, null))
        .singleElement()
        .extracting(RenewalOutcome::status)
        .isEqualTo(RenewalOutcome.NOTHING_DUE);
    devices.change(manifest, 7, StatusAction.ENABLE);
    UUID out = UUID.fromString(manifest.deviceId(7));
    assertThat(state(out)).isEqualTo("REGISTERED");

    RenewalOutcome outcome = renewOne(LATE);

    assertThat(open(outcome).keySet()).containsExactly(out.toString());
    assertThat(state(out)).isEqualTo("PROVISIONED");
  }

  @Test
  void aDisabledDeviceGetsNoneAndGetsOneOnceItIsEnabled() throws IOException {
    TestManifest manifest = devices.provision(factory, 20, SOON);
    devices.change(manifest, 2, StatusAction.DISABLE);
    renewOne(LATE);
    devices.change(manifest, 2, StatusAction.ENABLE);

    RenewalOutcome second = renewOne(LATE);

    assertThat(open(second).keySet()).containsExactly(manifest.deviceId(2));
  }

  @Test
  void whoGoesOutOfServiceAfterTheSelectionIsLeftOutAndNotMarked() throws IOException {
    TestManifest manifest = devices.provision(factory, 3000, SOON);
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Renewal renewal =
        renewals.add(
            factory, Asked.endingBefore(now.plus(Duration.ofDays(30))), now, now.plus(LATE));
    new TransactionTemplate(transactions)
        .executeWithoutResult(status -> renewals.select(renewal, 2000));
    devices.change(manifest, 2, StatusAction.DISABLE);
    devices.change(manifest, 3, StatusAction.REVOKE);

    List<RenewalOutcome> outcomes = runs.renew(factory, null, null);

    RenewalOutcome first = outcomes.get(0);
    assertThat(first.status()).isEqualTo("COMPLETED");
    assertThat(first.renewal()).isEqualTo(renewal.id());
    assertThat(first.devices()).isEqualTo(3000);
    assertThat(first.tokens()).isEqualTo(2998);
    assertThat(open(first).keySet())
        .hasSize(2998)
        .doesNotContain(manifest.deviceId(2), manifest.deviceId(3));
    assertThat(expiries(manifest, 4)).containsOnly(now.plus(LATE));
    assertThat(expiry(manifest.deviceId(2))).isBefore(now.plus(Duration.ofDays(11)));
    assertThat(outcomes).hasSize(2); // and nothing else was due
    assertThat(outcomes.get(1).status()).isEqualTo(RenewalOutcome.NOTHING_DUE);
  }

  @Test
  void aPartThatIsMadeAgainLeavesOutWhoWentOutOfServiceMeanwhile() throws Exception {
    TestManifest manifest = devices.provision(factory, 20, SOON);
    String out = manifest.deviceId(2);
    Instant old = expiry(out);
    int next = devices.nextRenewal();
    Obstacle obstacle = Obstacle.to(home, factory, "renewal-" + next);
    assertThat(renewOne(LATE).status()).isEqualTo("FAILED");
    devices.change(manifest, 2, StatusAction.DISABLE);
    devices.addKey(factory);
    obstacle.remove();

    RenewalOutcome outcome =
        inParallel(() -> runs.renew(factory, null, LATE).get(0)).get(2, TimeUnit.MINUTES);

    assertThat(outcome.status()).as(outcome.cause()).isEqualTo("COMPLETED");
    assertThat(outcome.renewal()).isEqualTo(next);
    assertThat(open(outcome)).hasSize(19).doesNotContainKey(out);
    assertThat(expiry(out)).isEqualTo(old);
    assertThat(expiries(manifest, 3)).allSatisfy(expiry -> assertThat(expiry).isAfter(old));
  }

  @Test
  void anUnfinishedRenewalKeepsItsDevicesAndItsExpiry() throws IOException {
    TestManifest manifest = devices.provision(factory, 30, SOON);
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Renewal renewal =
        renewals.add(
            factory,
            Asked.endingBefore(now.plus(Duration.ofDays(30))),
            now,
            now.plus(Duration.ofDays(77)));

    RenewalOutcome outcome = renewOne(LATE);

    assertThat(outcome.renewal()).isEqualTo(renewal.id());
    assertThat(expiries(manifest, 2)).containsOnly(now.plus(Duration.ofDays(77)));
  }

  @Test
  void theDevicesOfARemovedFactoryAreReportedAndLeft() throws IOException {
    devices.provision(factory, 20, SOON);
    factories.remove(factory);

    List<RenewalOutcome> outcomes = runs.renew(factory, null, null);

    assertThat(outcomes)
        .singleElement()
        .satisfies(
            outcome -> {
              assertThat(outcome.status()).isEqualTo(RenewalOutcome.FACTORY_REMOVED);
              assertThat(outcome.devices()).isEqualTo(20);
              assertThat(outcome.cause()).contains("was removed. Add it again");
              assertThat(outcome.well()).isFalse();
            });
    assertThat(count("SELECT count(*) FROM renewal WHERE factory = ?")).isZero();
  }

  @Test
  void anAbandonedRenewalLetsItsDevicesGo() throws IOException {
    TestManifest manifest = devices.provision(factory, 30, SOON);
    factories.remove(factory);
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    renewals.add(factory, Asked.endingBefore(now.plus(Duration.ofDays(30))), now, now.plus(LATE));
    RenewalOutcome failed = runs.renew(factory, null, null).get(0);
    assertThat(failed.status()).isEqualTo("FAILED");
    assertThat(failed.cause()).contains("was removed. Add it again and restart");
    devices.put(factory, null);

    control.abandon(Objects.requireNonNull(failed.execution()));
    RenewalOutcome outcome = renewOne(LATE);

    assertThat(outcome.renewal()).isGreaterThan(Objects.requireNonNull(failed.renewal()));
    assertThat(open(outcome).keySet()).hasSize(30).contains(manifest.deviceId(2));
  }

  /** Killed behind the first half of giving it up. */
  @Test
  void aRenewalThatWasGivenUpIsNotContinuedThoughItsExecutionDoesNotSaySo() throws IOException {
    devices.provision(factory, 30, SOON);
    factories.remove(factory);
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    renewals.add(factory, Asked.endingBefore(now.plus(Duration.ofDays(30))), now, now.plus(LATE));
    RenewalOutcome failed = runs.renew(factory, null, null).get(0);
    assertThat(failed.status()).isEqualTo("FAILED");
    devices.put(factory, null);
    renewals.abandon(Objects.requireNonNull(failed.renewal()), now);

    assertThatThrownBy(() -> control.restart(Objects.requireNonNull(failed.execution()), null))
        .isInstanceOf(OperationRefusedException.class)
        .hasMessageContaining("renew again");
    assertThat(renewOne(LATE).devices()).isEqualTo(30);
  }

  @Test
  void twoAtOnceRenewOnce() throws Exception {
    devices.provision(factory, 3000, SOON);
    Callable<Long> renew =
        () -> {
          try {
            return runs.renew(factory, null, LATE).stream().mapToLong(RenewalOutcome::tokens).sum();
          } catch (RunUnderWayException e) {
            return 0L;
          }
        };
    FutureTask<Long> one = inParallel(renew);
    FutureTask<Long> two = inParallel(renew);

    assertThat(one.get() + two.get()).isEqualTo(3000);
    assertThat(count("SELECT count(*) FROM renewal WHERE factory = ?")).isEqualTo(1);
  }

  @Test
  void aRenewedTokenIsExchangedAndSoIsTheOldOne() throws Exception {
    TestManifest manifest = devices.provision(factory, 2, SOON);
    Instant oldExpiry = expiry(manifest.deviceId(2));
    RenewalOutcome outcome = renewOne(LATE);
    Map<String, Line> bundle = open(outcome);
    Line first = Objects.requireNonNull(bundle.get(manifest.deviceId(2)));
    Line second = Objects.requireNonNull(bundle.get(manifest.deviceId(3)));

    assertThat(exchange(first.token())).isEqualTo(200);
    assertThat(exchange(token(second.namespace(), key(second), second.device(), oldExpiry)))
        .isEqualTo(200);

    assertThat(expiry(manifest.deviceId(2))).isAfter(first.expiresAt());
    // It has not got the bundle's yet, which is nothing to report.
    assertThat(
            jdbc.queryForList(
                "SELECT device_id::text FROM token_report WHERE device_id = ANY (?::uuid[])",
                String.class,
                "{%s,%s}".formatted(first.device(), second.device())))
        .isEmpty();
  }

  @Test
  void whileABundleIsHandedOverItsDevicesExchangeTheirs() throws Exception {
    factory = devices.add("west");
    TestManifest manifest = devices.provision(factory, 10_001, SOON);
    List<String> inOrder = List.copyOf(devices(manifest, 2));
    String first = inOrder.get(0);
    String last = inOrder.get(10_000);
    Instant old = expiry(first);
    FutureTask<RenewalOutcome> renewal =
        new TransactionTemplate(transactions)
            .execute(
                held -> {
                  jdbc.update(
                      "INSERT INTO device_status (device_id, changed_at) VALUES (?::uuid, now())",
                      last);
                  FutureTask<RenewalOutcome> waiting = inParallel(() -> renewOne(LATE));
                  TestDatabase.await(
                      jdbc,
                      Duration.ofMinutes(1),
                      "SELECT token_expires_at > '%s' FROM registry WHERE device_id = '%s'"
                          .formatted(old, first));
                  assertThat(expiry(last)).isEqualTo(old);
                  assertThat(exchange(token(WEST, WEST_KEY, first, old))).isEqualTo(200);
                  held.setRollbackOnly();
                  return waiting;
                });

    RenewalOutcome outcome = Objects.requireNonNull(renewal).get();
    assertThat(outcome.status()).as(outcome.cause()).isEqualTo("COMPLETED");
    assertThat(open(outcome)).hasSize(10_001);
    assertThat(expiries(manifest, 2)).allSatisfy(expiry -> assertThat(expiry).isAfter(old));
  }

  @Test
  void aTokenThatEndsLaterThanTheNewOneCountsOn() throws IOException {
    TestManifest manifest = devices.provision(factory, 2, LATE);
    Instant has = expiry(manifest.deviceId(2));

    runs.renew(factory, Duration.ofDays(301), SOON);

    assertThat(expiries(manifest, 2)).containsOnly(has);
  }

  private RenewalOutcome renewOne(Duration lifetime) {
    List<RenewalOutcome> outcomes = runs.renew(factory, null, lifetime);
    assertThat(outcomes).hasSize(1);
    return outcomes.get(0);
  }

  private Map<String, Line> open(RenewalOutcome outcome) throws IOException {
    return devices.open(outcome.outbox());
  }

  private static String expected(Line line) {
    return line.expected(key(line));
  }

  private static String key(Line line) {
    return line.namespace().contains("west") ? WEST_KEY : NORTH_KEY;
  }

  private static String token(String namespace, String key, String device, Instant expiry) {
    return new TestToken(
            namespace, "telemetry", "device-send", key, device, expiry.getEpochSecond())
        .text();
  }

  private int exchange(String token) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/device/token"))
            .POST(HttpRequest.BodyPublishers.noBody())
            .header("Authorization", token)
            .build();
    HttpResponse<String> response =
        HttpClient.newHttpClient().sendAsync(request, BodyHandlers.ofString()).join();
    assertThat(new JsonMapper().readTree(response.body())).isNotNull();
    return response.statusCode();
  }

  private static Set<String> devices(TestManifest manifest, int fromLine) {
    Set<String> devices = new TreeSet<>();
    IntStream.rangeClosed(fromLine, manifest.lastLine())
        .forEach(line -> devices.add(manifest.deviceId(line)));
    return devices;
  }

  private Set<Instant> expiries(TestManifest manifest, int fromLine) {
    Set<String> devices = devices(manifest, fromLine);
    Set<Instant> expiries = new TreeSet<>();
    jdbc.query(
        "SELECT device_id::text, token_expires_at FROM registry WHERE factory = ?",
        row -> {
          if (devices.contains(row.getString(1))) {
            expiries.add(row.getTimestamp(2).toInstant());
          }
        },
        factory);
    return expiries;
  }

  private Instant expiry(String device) {
    return Objects.requireNonNull(
            jdbc.queryForObject(
                "SELECT token_expires_at FROM registry WHERE device_id = ?::uuid",
                Timestamp.class,
                device))
        .toInstant();
  }

  private String state(UUID device) {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            "SELECT state FROM registry WHERE device_id = ?", String.class, device));
  }

  private long count(String sql) {
    return Objects.requireNonNull(jdbc.queryForObject(sql, Long.class, factory));
  }
}
