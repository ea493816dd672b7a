package dev.muster.renewal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.AllPermitted;
import dev.muster.Obstacle;
import dev.muster.TestManifest;
import dev.muster.credential.KeyInUse;
import dev.muster.credential.sas.Hubs;
import dev.muster.database.SessionLock;
import dev.muster.exchange.SingleTokens;
import dev.muster.exchange.TestToken;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.renewal.KeyRotationRuns.Rotated;
import dev.muster.renewal.OpenedBundle.Line;
import dev.muster.renewal.RotationStatus.FactoryShare;
import dev.muster.renewal.RotationStatus.ManifestUnderWay;
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
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
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
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.json.JsonMapper;

/** Hubs move from one key to the other, and no device is cut off on the way. */
@DirtiesContext
@ExtendWith(AllPermitted.class)
@Import(DevicesOfFactories.class)
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "spring.main.web-application-type=servlet",
      "muster.home=target/rotation-home",
      "muster.folder.enabled=false",
      "muster.schedule.renewal=-",
      "muster.provisioning.chunk-rows=500",
      "muster.provisioning.part-devices=1000"
    })
class RotationTests {

  private static final String PRIMARY = "d2VzdC1wcmltYXJ5LWtleS1mb3ItdGVzdHMtb25seSE=";
  private static final String SECONDARY = "d2VzdC1zZWNvbmRhcnkta2V5LWZvci10ZXN0cy0hISE=";

  /**
   * Hubs are remembered in the database for good, so each run has others, and each test its own.
   */
  private static final String RUN = Long.toString(System.nanoTime(), 36);

  private static final int HUBS = 14;
  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final Duration LATE = Duration.ofDays(300);

  @Autowired private ManifestRuns manifests;
  @Autowired private RunControl control;
  @Autowired private KeyRotationRuns runs;
  @Autowired private KeyRotations rotations;
  @Autowired private RenewalRuns renewalRuns;
  @Autowired private ReassignRuns reassignRuns;
  @Autowired private SingleTokens singleTokens;
  @Autowired private SessionLock sessionLock;
  @Autowired private DevicesOfFactories devices;
  @Autowired private Hubs hubs;
  @Autowired private MusterHome home;
  @Autowired private JdbcTemplate jdbc;
  @LocalServerPort private int port;

  private String hub = "";
  private String factory = "";

  @DynamicPropertySource
  static void hubs(DynamicPropertyRegistry registry) {
    for (int i = 0; i < HUBS; i++) {
      String prefix = "muster.hubs[%d].".formatted(i);
      String name = hubName(i);
      registry.add(prefix + "name", () -> name);
      registry.add(prefix + "namespace", () -> name + ".servicebus.windows.net");
      registry.add(prefix + "event-hub", () -> "telemetry");
      registry.add(prefix + "key-name", () -> "device-send");
      registry.add(prefix + "primary-key", () -> PRIMARY);
      if (i > 0) {
        registry.add(prefix + "secondary-key", () -> SECONDARY);
      }
    }
  }

  @BeforeEach
  void aFactoryAtAHubOfItsOwn() throws IOException {
    hub = hubName((int) NUMBERS.incrementAndGet());
    factory = devices.add(hub);
  }

  @Test
  void allDevicesOfTheHubGetTokensOfTheOtherKeyAndTheOldOneGoesWhenAllHaveConfirmed()
      throws IOException {
    String other = devices.add(hub);
    TestManifest mine = devices.provision(factory, 2500, LATE);
    TestManifest theirs = devices.provision(other, 300, LATE);
    devices.change(mine, 2, StatusAction.DISABLE);
    devices.change(mine, 3, StatusAction.REVOKE);

    Rotated rotated = runs.rotate(hub, LATE, false);

    assertThat(rotated.renewals()).extracting(RenewalOutcome::status).containsOnly("COMPLETED");
    Map<String, Line> bundle = open(rotated.renewals(), factory);
    assertThat(bundle).hasSize(2498).doesNotContainKeys(mine.deviceId(2), mine.deviceId(3));
    assertThat(bundle.values())
        .allSatisfy(line -> assertThat(line.token()).isEqualTo(line.expected(SECONDARY)));
    assertThat(open(rotated.renewals(), other)).hasSize(300);
    RotationStatus status = rotated.status();
    assertThat(status.to()).isEqualTo(KeyInUse.SECONDARY);
    assertThat(status.devices()).isEqualTo(2798);
    assertThat(status.underNewKey()).isEqualTo(2798);
    assertThat(status.underOldKey()).isZero();
    assertThat(status.disabledUnderOldKey()).isEqualTo(1);
    assertThat(status.readyToRegenerate()).isFalse();
    assertThat(status.next())
        .contains(
            "Once the devices of factory %s have the tokens of its bundles, confirm that they have."
                .formatted(factory))
        .as("pages and programs say it, too")
        .noneMatch(sentence -> sentence.contains("jobs/"))
        .noneMatch(sentence -> sentence.contains("may be regenerated"));

    RotationStatus half = runs.confirm(hub, factory);
    assertThat(half.readyToRegenerate()).isFalse();
    assertThat(half.next())
        .anyMatch(sentence -> sentence.startsWith("Once the devices of factory " + other));
    assertThatThrownBy(() -> runs.done(hub, false))
        .isInstanceOf(OperationRefusedException.class)
        .hasMessageContaining("devices would be cut off")
        .hasMessageContaining(
            "Factory %s has not confirmed that its devices have theirs.".formatted(other));
    RotationStatus confirmed = runs.confirm(hub, other);

    assertThat(confirmed.readyToRegenerate()).isTrue();
    assertThat(confirmed.next().get(0))
        .startsWith("The old (primary) key of hub %s may be regenerated now;".formatted(hub))
        .endsWith("restart every instance, and end the rotation.");
    assertThat(confirmed.next()).noneMatch(sentence -> sentence.contains("jobs/"));
    assertThat(confirmed.next().get(1)).startsWith("1 disabled devices have tokens of the old");
    assertThat(runs.done(hub, false).doneAt()).isNotNull();

    // The disabled one's token is of a key that is no more, however late it ends.
    devices.change(mine, 2, StatusAction.ENABLE);
    List<RenewalOutcome> renewed = renewalRuns.renew(factory, Duration.ZERO, LATE);
    assertThat(open(renewed, factory).keySet()).containsExactly(mine.deviceId(2));
    assertThat(open(renewed, factory).values())
        .allSatisfy(line -> assertThat(line.token()).isEqualTo(line.expected(SECONDARY)));
    assertThat(expiry(theirs.deviceId(2))).isAfter(Instant.now().plus(Duration.ofDays(299)));
  }

  @Test
  void theNextRotationGoesBackToTheFirstKeyAndSaidAgainItGoesOn() throws IOException {
    devices.provision(factory, 20, LATE);
    runs.rotate(hub, LATE, false);
    Rotated again = runs.rotate(hub, LATE, false);
    assertThat(again.renewals()).isEmpty();
    runs.confirm(hub, null);
    runs.done(hub, false);

    Rotated back = runs.rotate(hub, LATE, false);

    assertThat(back.status().from()).isEqualTo(KeyInUse.SECONDARY);
    assertThat(back.status().to()).isEqualTo(KeyInUse.PRIMARY);
    assertThat(open(back.renewals(), factory).values())
        .hasSize(20)
        .allSatisfy(line -> assertThat(line.token()).isEqualTo(line.expected(PRIMARY)));
  }

  @Test
  void whatIsProvisionedAfterTheSwitchIsOfTheNewKeyAndNeedsNoConfirmation() throws IOException {
    devices.provision(factory, 20, LATE);
    runs.rotate(hub, LATE, false);
    runs.confirm(hub, null);

    RunOutcome outcome =
        manifests.provision(
            devices.file(TestManifest.seeded(System.nanoTime()).rows(30)), factory, null, LATE);

    assertThat(devices.open(outbox(outcome)).values())
        .hasSize(30)
        .allSatisfy(line -> assertThat(line.token()).isEqualTo(line.expected(SECONDARY)));
    RotationStatus status = runs.status(hub);
    assertThat(status.devices()).isEqualTo(50);
    assertThat(status.readyToRegenerate()).isTrue();
  }

  @Test
  void aManifestThatSettledBeforeTheSwitchKeepsItsKeyAndIsWaitedFor() throws IOException {
    devices.provision(factory, 20, LATE);
    Path file = devices.file(TestManifest.seeded(System.nanoTime()).rows(1500));
    Obstacle obstacle = Obstacle.to(home, factory, file);
    RunOutcome failed = manifests.provision(file, factory, null, LATE);
    assertThat(failed.status()).isEqualTo("FAILED");

    Rotated rotated = runs.rotate(hub, LATE, false);
    runs.confirm(hub, null);
    RotationStatus waiting = runs.status(hub);

    assertThat(rotated.status().manifestsUnderWay())
        .containsExactly(new ManifestUnderWay(factory, String.valueOf(failed.manifest()), 1500));
    assertThat(waiting.readyToRegenerate()).isFalse();
    assertThat(waiting.next().get(0)).startsWith("Manifests are under way that sign with the old");

    obstacle.remove();
    RunOutcome delivered = control.restart(failed.execution(), null);
    assertThat(devices.open(outbox(delivered)).values())
        .hasSize(1500)
        .allSatisfy(line -> assertThat(line.token()).isEqualTo(line.expected(PRIMARY)));
    assertThat(runs.status(hub).underOldKey()).isEqualTo(1500);

    Rotated second = runs.rotate(hub, LATE, false);

    assertThat(open(second.renewals(), factory)).hasSize(1500);
    assertThat(second.status().underOldKey()).isZero();
    assertThat(runs.confirm(hub, null).readyToRegenerate()).isTrue();
  }

  @Test
  void aDeviceThatExchangedItsTokenSinceTheSwitchIsDone() throws Exception {
    TestManifest manifest = devices.provision(factory, 10, LATE);
    String device = manifest.deviceId(2);
    rotations.start(hubs.byName(hub), Instant.now(), false);
    TestToken old = token(device, PRIMARY);

    HttpResponse<String> fresh = exchange(old.text());
    assertThat(fresh.statusCode()).as(fresh.body()).isEqualTo(200);
    assertThat(new JsonMapper().readTree(fresh.body()).get("token").asString())
        .isEqualTo(token(device, SECONDARY).text());
    RotationStatus before = runs.status(hub);
    Rotated rotated = runs.rotate(hub, LATE, false);

    assertThat(before.underNewKey()).isEqualTo(1);
    assertThat(before.underOldKey()).isEqualTo(9);
    assertThat(open(rotated.renewals(), factory)).hasSize(9).doesNotContainKey(device);
    assertThat(rotated.status().underNewKey()).isEqualTo(10);
  }

  @Test
  void aBundleThatRenewsDuringTheRotationMustBeConfirmedToo() throws IOException {
    devices.provision(factory, 10, LATE);
    rotations.start(hubs.byName(hub), Instant.now(), false);
    List<RenewalOutcome> renewed = renewalRuns.renew(factory, Duration.ofDays(366), LATE);
    assertThat(open(renewed, factory)).hasSize(10);

    Rotated rotated = runs.rotate(hub, LATE, false);

    assertThat(rotated.renewals()).isEmpty();
    assertThat(rotated.status().underNewKey()).isEqualTo(10);
    assertThat(rotated.status().readyToRegenerate()).isFalse();
    assertThat(rotated.status().factories()).singleElement().matches(FactoryShare::toConfirm);
    assertThat(runs.confirm(hub, factory).readyToRegenerate()).isTrue();
  }

  @Test
  void devicesThatHaveLeftTheHubAreWaitedForUntilItIsConfirmed() throws IOException {
    devices.provision(factory, 10, LATE);
    devices.put(factory, hubName(0));
    assertThat(reassignRuns.reassign(null, factory, LATE))
        .singleElement()
        .satisfies(moved -> assertThat(moved.tokens()).isEqualTo(10));

    RotationStatus status = runs.rotate(hub, LATE, false).status();

    assertThat(status.devices()).isZero();
    assertThat(status.readyToRegenerate()).isFalse();
    assertThat(status.factories())
        .singleElement()
        .satisfies(share -> assertThat(share.bundles()).hasSize(1));
    assertThat(runs.confirm(hub, factory).readyToRegenerate()).isTrue();
  }

  @Test
  void aTokenThatNoBundleReplacesIsSaidAndNotWaitedForInVain() throws IOException {
    TestManifest manifest = TestManifest.seeded(System.nanoTime()).rows(20);
    Path file = devices.file(manifest);
    Obstacle obstacle = Obstacle.to(home, factory, file);
    RunOutcome failed = manifests.provision(file, factory, null, LATE);
    assertThat(failed.status()).isEqualTo("FAILED");
    singleTokens.issue(UUID.fromString(manifest.deviceId(2)));

    RotationStatus status = runs.rotate(hub, LATE, false).status();

    assertThat(status.underOldKey()).isEqualTo(1);
    assertThat(status.withoutBundle()).isEqualTo(1);
    assertThat(status.next())
        .anyMatch(sentence -> sentence.contains("or restart or withdraw them"))
        .anyMatch(sentence -> sentence.startsWith("1 devices have tokens of the old key, and no"))
        .noneMatch(sentence -> sentence.startsWith("Devices wait for tokens"));
    assertThatThrownBy(() -> runs.done(hub, false))
        .hasMessageContaining("or whose manifest is not delivered: each gets one from its page");

    obstacle.remove();
    assertThat(control.restart(failed.execution(), null).delivered()).isTrue();
    assertThat(open(runs.rotate(hub, LATE, false).renewals(), factory)).hasSize(20);
  }

  @Test
  void whoEndsARotationThatAnotherHasEndedDoesNotEndTheNextOnesTokens() throws IOException {
    devices.provision(factory, 3, LATE);
    KeyRotation first = rotations.start(hubs.byName(hub), Instant.now(), false);
    rotations.done(first, Instant.now());
    KeyRotation next = rotations.start(hubs.byName(hub), Instant.now(), false);
    Integer validSince = validSince();

    rotations.done(first, Instant.now());

    assertThat(validSince()).isEqualTo(validSince);
    assertThat(rotations.underWay(hub)).map(KeyRotation::id).contains(next.id());
  }

  private @Nullable Integer validSince() {
    return jdbc.queryForObject("SELECT valid_since FROM hub WHERE name = ?", Integer.class, hub);
  }

  @Test
  void aKeyThatIsGoneTooEarlyLeavesDevicesForTheNextRenewal() throws IOException {
    devices.provision(factory, 25, LATE);
    rotations.start(hubs.byName(hub), Instant.now(), false);
    assertThat(renewalRuns.preview(factory, Duration.ZERO, null)).isEmpty();

    RotationStatus done = runs.done(hub, true);

    assertThat(done.underOldKey()).isEqualTo(25);
    List<RenewalOutcome> renewed = renewalRuns.renew(factory, Duration.ZERO, Duration.ofDays(20));
    assertThat(open(renewed, factory)).hasSize(25);
    // What counts is the new token: the old one ended later, but is of a key that is no more.
    assertThat(
            jdbc.queryForObject(
                "SELECT max(token_expires_at) < now() + interval '21 days' FROM registry WHERE"
                    + " factory = ?",
                Boolean.class,
                factory))
        .isTrue();
  }

  @Test
  void ofACompromisedKeyNoTokenIsExchangedFromTheFirstStepOn() throws Exception {
    TestManifest manifest = devices.provision(factory, 4, LATE);
    TestToken old = token(manifest.deviceId(2), PRIMARY);
    assertThat(exchange(old.text()).statusCode()).isEqualTo(200);

    Rotated rotated = runs.rotate(hub, LATE, true);

    assertThat(rotated.status().doneAt()).isNull();
    assertThat(exchange(old.text()).statusCode()).isEqualTo(401);
  }

  @Test
  void aCompromisedKeyDoesNotWaitForWhoRenewsAtThisMoment() throws Exception {
    TestManifest manifest = devices.provision(factory, 4, LATE);
    TestToken old = token(manifest.deviceId(2), PRIMARY);
    try (SessionLock.Held renewing = sessionLock.take(SessionLock.Work.RENEWAL).orElseThrow()) {
      assertThat(renewing.isHeld()).isTrue();
      assertThatThrownBy(() -> runs.rotate(hub, LATE, true))
          .isInstanceOf(RunUnderWayException.class)
          .hasMessageContaining("no token of the old one is exchanged any more");

      assertThat(exchange(old.text()).statusCode()).isEqualTo(401);
      assertThat(runs.status(hub).underOldKey()).isEqualTo(4);
    }
    assertThat(open(runs.rotate(hub, LATE, true).renewals(), factory)).hasSize(4);
  }

  @Test
  void whatCanNotBeDoneIsRefusedWithWhatToDo() {
    assertThatThrownBy(() -> runs.rotate(hubName(0), LATE, false))
        .isInstanceOf(OperationRefusedException.class)
        .hasMessageContaining("has no secondary key to move to. Set the secondary-key");
    assertThatThrownBy(() -> runs.rotate("nowhere", LATE, false))
        .hasMessageContaining("There is no hub 'nowhere'. Configured are: ");
    assertThatThrownBy(() -> runs.status(hub)).hasMessageContaining("was never rotated");
    assertThatThrownBy(() -> runs.confirm(hub, null)).hasMessageContaining("not being rotated");
  }

  private static String hubName(int number) {
    return "h" + number + "-" + RUN;
  }

  private Map<String, Line> open(List<RenewalOutcome> outcomes, String whose) throws IOException {
    return devices.open(
        outcomes.stream()
            .filter(outcome -> outcome.factory().equals(whose))
            .map(RenewalOutcome::outbox)
            .findFirst()
            .orElseThrow());
  }

  private static String outbox(RunOutcome outcome) {
    assertThat(outcome.delivered()).as(outcome.cause()).isTrue();
    return Objects.requireNonNull(outcome.outbox());
  }

  private TestToken token(String device, String key) {
    return new TestToken(
        hub + ".servicebus.windows.net",
        "telemetry",
        "device-send",
        key,
        device,
        expiry(device).getEpochSecond());
  }

  private HttpResponse<String> exchange(String token) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/device/token"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .header("Authorization", token)
                .build(),
            BodyHandlers.ofString());
  }

  private Instant expiry(String device) {
    return Objects.requireNonNull(
            jdbc.queryForObject(
                "SELECT token_expires_at FROM registry WHERE device_id = ?::uuid",
                Timestamp.class,
                device))
        .toInstant();
  }
}
