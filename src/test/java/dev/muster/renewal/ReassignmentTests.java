package dev.muster.renewal;

import static dev.muster.AllPermitted.inParallel;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.muster.AllPermitted;
import dev.muster.Await;
import dev.muster.Obstacle;
import dev.muster.TestDatabase;
import dev.muster.TestFactory;
import dev.muster.TestManifest;
import dev.muster.access.NotThereException;
import dev.muster.bundle.AgeIdentity;
import dev.muster.delivery.Confirmations;
import dev.muster.exchange.SingleTokens;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.factory.FactoryAdministration;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.registry.DeviceIds;
import dev.muster.registry.DeviceSearch;
import dev.muster.renewal.OpenedBundle.Line;
import dev.muster.run.OperationRefusedException;
import dev.muster.run.RunBegan;
import dev.muster.run.RunControl;
import dev.muster.status.FormerHubs;
import dev.muster.status.StatusAction;
import dev.muster.upload.CheckedUpload;
import dev.muster.upload.CheckedUploads;
import dev.muster.upload.Deed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.ApplicationEventMulticaster;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Devices move between hubs: new tokens first, then the assignment, then the old hub is closed. */
@DirtiesContext
@ExtendWith(AllPermitted.class)
@Import(DevicesOfFactories.class)
@SpringBootTest(
    properties = {
      "muster.home=target/reassign-home",
      "muster.provisioning.chunk-rows=500",
      "muster.provisioning.part-devices=1000",
      "muster.hubs[0].name=old",
      "muster.hubs[0].namespace=old.servicebus.windows.net",
      "muster.hubs[0].event-hub=telemetry",
      "muster.hubs[0].key-name=device-send",
      "muster.hubs[0].primary-key=old-" + ReassignmentTests.KEY,
      "muster.hubs[0].draining=true",
      "muster.hubs[1].name=east",
      "muster.hubs[1].namespace=east.servicebus.windows.net",
      "muster.hubs[1].event-hub=telemetry",
      "muster.hubs[1].key-name=device-send",
      "muster.hubs[1].primary-key=east-" + ReassignmentTests.KEY,
      "muster.hubs[2].name=west",
      "muster.hubs[2].namespace=west.servicebus.windows.net",
      "muster.hubs[2].event-hub=telemetry",
      "muster.hubs[2].key-name=device-send",
      "muster.hubs[2].primary-key=west-" + ReassignmentTests.KEY,
      "muster.hubs[2].weight=3",
      "muster.hubs[3].name=apart",
      "muster.hubs[3].namespace=apart.servicebus.windows.net",
      "muster.hubs[3].event-hub=telemetry",
      "muster.hubs[3].key-name=device-send",
      "muster.hubs[3].primary-key=apart-" + ReassignmentTests.KEY,
      "muster.placement.quarantine=apart",
      "muster.placement.rules[0].column=region",
      "muster.placement.rules[0].values=eu-*",
      "muster.placement.rules[0].hubs=east",
      "muster.placement.rules[1].column=region",
      "muster.placement.rules[1].values=us,ca",
      "muster.placement.rules[1].hubs=west",
      "muster.placement.rules[2].column=model",
      "muster.placement.rules[2].values=TH-*",
      "muster.placement.rules[2].hubs=old,east,west"
    })
class ReassignmentTests {

  static final String KEY = "a2V5LWZvci10ZXN0cy1vbmx5LWFuZC1ub3RoaW5nLWU=";

  private static final Duration LATE = Duration.ofDays(300);

  @Autowired private ReassignRuns runs;
  @Autowired private BackgroundRenewals background;
  @Autowired private RunControl control;
  @Autowired private ApplicationEventMulticaster events;
  @Autowired private CheckedUploads uploads;
  @Autowired private SingleTokens tokens;
  @Autowired private DevicesOfFactories devices;
  @Autowired private Confirmations confirmations;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private PlatformTransactionManager transactions;
  @Autowired private MusterHome home;

  @Autowired private Factories factories;
  @Autowired private FactoryAdministration administration;
  @Autowired private ManifestRuns manifests;
  @TempDir private Path folder;

  private final AgeIdentity identity = AgeIdentity.generate();
  private String factory = "";

  @BeforeEach
  void nameTheFactory() throws IOException {
    factory = "moving-" + System.nanoTime();
  }

  @Test
  void aDrainedHubsDevicesGetTokensForOtherHubsFirstAndMoveWhenTheyAreDelivered()
      throws IOException {
    TestManifest manifest = provisionAt("old", 2500);
    devices.put(factory, null);
    devices.change(manifest, 2, StatusAction.DISABLE);
    devices.change(manifest, 3, StatusAction.REVOKE);

    Map<String, Long> to = new TreeMap<>();
    assertThat(runs.preview("old", factory))
        .singleElement()
        .satisfies(
            due -> {
              assertThat(due.devices()).isEqualTo(2498);
              assertThat(due.skipped()).isEqualTo(Map.of("DISABLED", 1L, "REVOKED", 1L));
              to.putAll(due.to());
            });
    RenewalOutcome outcome = move("old");

    Map<String, Line> bundle = open(outcome);
    assertThat(bundle).hasSize(2498).doesNotContainKeys(manifest.deviceId(2), manifest.deviceId(3));
    bundle
        .values()
        .forEach(
            line ->
                assertThat(line.token())
                    .isEqualTo(line.expected(hubOf(line.device()) + "-" + KEY)));
    Map<String, Long> byHub = registryByHub();
    assertThat(byHub).containsOnlyKeys("old", "east", "west").containsEntry("old", 2L);
    assertThat(byHub.get("west")).as("by weight").isGreaterThan(byHub.get("east"));
    assertThat(to)
        .isEqualTo(Map.of("east", byHub.get("east"), "west", byHub.get("west")))
        .isEqualTo(outcome.to());
    assertThat(loadedByHub()).isEqualTo(byHub);
    assertThat(left()).isEqualTo(new FormerHubs.Left("old", factory, 2498, 0));
    assertThat(work(manifest.deviceId(4))).isEmpty();

    assertThat(runs.confirm(factory)).isEqualTo(2498);

    assertThat(left()).isEqualTo(new FormerHubs.Left("old", factory, 0, 2498));
    assertThat(work(manifest.deviceId(4))).containsExactly("old revoke");
    assertThat(runs.reassign("old", factory, LATE))
        .singleElement()
        .extracting(RenewalOutcome::status)
        .isEqualTo(RenewalOutcome.NOTHING_DUE);
  }

  /** Those of one factory are half way to their new hub, and the next factory's have not begun. */
  @Test
  void whoStopsOneRunOfAMoveStopsTheMoveWhichGoesOnWhenItIsAskedForAgain() throws Exception {
    String one = factory + "-1";
    String other = factory + "-2";
    for (String each : List.of(one, other)) {
      factory = each;
      provisionAt("old", 1500);
      devices.put(each, null);
    }
    ApplicationListener<PayloadApplicationEvent<?>> operator =
        published -> {
          if (published.getPayload() instanceof RunBegan began && ofFactory(began, one)) {
            assertThat(control.stop(began.execution())).isTrue();
          }
        };
    events.addApplicationListener(operator);
    List<RenewalOutcome> stopped;
    try {
      stopped = runs.reassign("old", null, LATE);
    } finally {
      events.removeApplicationListener(operator);
    }
    assertThat(stopped)
        .last()
        .satisfies(last -> assertThat(last.factory()).isEqualTo(one))
        .satisfies(last -> assertThat(last.status()).isEqualTo("STOPPED"));
    assertThat(registryByHub()).as("of the other factory").containsOnlyKeys("old");

    List<RenewalOutcome> again = runs.reassign("old", null, LATE);

    assertThat(again)
        .filteredOn(outcome -> List.of(one, other).contains(outcome.factory()))
        .extracting(RenewalOutcome::factory, RenewalOutcome::status, RenewalOutcome::tokens)
        .contains(tuple(one, "COMPLETED", 1500L), tuple(other, "COMPLETED", 1500L));
    for (String each : List.of(one, other)) {
      factory = each;
      assertThat(registryByHub()).doesNotContainKey("old");
    }
  }

  private boolean ofFactory(RunBegan began, String whose) {
    return Boolean.TRUE.equals(
        jdbc.queryForObject(
            """
            SELECT EXISTS (SELECT FROM batch_job_execution_params
                            WHERE job_execution_id = ? AND parameter_name = 'factory' AND parameter_value = ?)\
            """,
            Boolean.class,
            began.execution(),
            whose));
  }

  /** A count reads all devices that there are. */
  @Test
  void whoAsksForACountDuringAnotherIsToldToAskAgain() throws Exception {
    provisionAt("old", 3);
    devices.put(factory, null);
    FutureTask<List<RenewalOutcome>> first =
        Objects.requireNonNull(
            new TransactionTemplate(transactions)
                .execute(
                    status -> {
                      jdbc.execute("LOCK TABLE device IN ACCESS EXCLUSIVE MODE");
                      FutureTask<List<RenewalOutcome>> counting =
                          inParallel(() -> background.previewMove("old", factory));
                      TestDatabase.await(
                          jdbc,
                          Duration.ofMinutes(1),
                          "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation ="
                              + " 'device'::regclass)");
                      assertThatThrownBy(() -> background.previewDue(factory, null, null))
                          .isInstanceOf(OperationRefusedException.class)
                          .hasMessageContaining("Ask again in a moment.");
                      return counting;
                    }));

    assertThat(first.get()).singleElement().extracting(RenewalOutcome::devices).isEqualTo(3L);
    assertThat(background.previewMove("old", factory)).hasSize(1);
  }

  @Test
  void ofADrainedHubsDevicesOnlyThoseMoveThatSomebodyChose() throws Exception {
    TestManifest manifest = provisionAt("old", 20);
    devices.put(factory, null);
    UUID one = UUID.fromString(manifest.deviceId(2));

    UUID choice =
        uploads.checkChosen(DeviceSearch.of(DeviceIds.of(one)), Deed.MOVE, "nearer", false, null);
    CheckedUpload looked =
        Await.until(
            Duration.ofSeconds(60),
            () -> uploads.find(choice).orElseThrow(),
            CheckedUpload::checked);

    assertThat(looked.confirmable()).isTrue();
    assertThat(uploads.renew(choice))
        .singleElement()
        .satisfies(outcome -> assertThat(outcome.tokens()).isEqualTo(1));
    assertThat(registryByHub()).containsEntry("old", 19L);
    assertThat(hubOf(one.toString())).isNotEqualTo("old");
  }

  @Test
  void chosenDevicesAreSentToTheHubThatIsSetApartAndNoRebalancingFetchesThemBack()
      throws Exception {
    TestManifest manifest = provisionAt("east", 20);
    devices.put(factory, null);
    UUID one = UUID.fromString(manifest.deviceId(2));
    DeviceSearch search = DeviceSearch.of(DeviceIds.of(one));
    assertThatThrownBy(() -> uploads.checkChosen(search, Deed.MOVE, "looked at", false, "west"))
        .hasMessageContaining("Devices are sent by hand to hub apart only");
    assertThatThrownBy(() -> uploads.checkChosen(search, Deed.DISABLE, "looked at", false, "apart"))
        .hasMessageContaining("A hub is for moving devices");

    assertThat(uploads.renew(looked(search, "apart")))
        .singleElement()
        .satisfies(
            outcome -> {
              var issued = Objects.requireNonNull(open(outcome).get(one.toString()));
              assertThat(issued.token()).isEqualTo(issued.expected("apart-" + KEY));
            });
    assertThat(hubOf(one.toString())).isEqualTo("apart");
    assertThat(loadedByHub()).isEqualTo(registryByHub()).containsEntry("apart", 1L);
    assertThat(uploads.find(looked(search, "apart")).orElseThrow().confirmable())
        .as("it is there")
        .isFalse();

    RenewalOutcome unused = runs.reassign(null, factory, LATE).get(0);
    assertThat(hubOf(one.toString())).as("after a rebalancing").isEqualTo("apart");

    assertThat(uploads.renew(looked(search, null)))
        .singleElement()
        .satisfies(outcome -> assertThat(outcome.tokens()).isEqualTo(1));
    assertThat(hubOf(one.toString())).as("where the weights want it").isNotEqualTo("apart");
  }

  private UUID looked(DeviceSearch search, @Nullable String hub) throws Exception {
    UUID choice = uploads.checkChosen(search, Deed.MOVE, "looked at", false, hub);
    CheckedUpload unused =
        Await.until(
            Duration.ofSeconds(60),
            () -> uploads.find(choice).orElseThrow(),
            CheckedUpload::checked);
    return choice;
  }

  @Test
  void theFactorysOwnConfirmationOfTheBundleShutsItsDevicesOutAtTheHubsThatTheyHaveLeft()
      throws IOException {
    TestManifest manifest = provisionAt("old", 20);
    devices.put(factory, "west");
    RenewalOutcome first = move("old");
    devices.put(factory, "east");
    RenewalOutcome second = move(null);
    assertThat(runs.left()).extracting(FormerHubs.Left::hub).contains("old", "west");

    confirmations.confirm(bundle(second), "the factory", Instant.now());

    assertThat(runs.left())
        .filteredOn(left -> left.factory().equals(factory))
        .as("who has tokens for the third hub needs those for the second no more")
        .containsExactlyInAnyOrder(
            new FormerHubs.Left("old", factory, 0, 20),
            new FormerHubs.Left("west", factory, 0, 20));
    assertThat(work(manifest.deviceId(2))).containsExactlyInAnyOrder("old revoke", "west revoke");
    assertThat(runs.confirm(factory)).isZero();
    assertThat(confirmedBy(first)).isNull();
    assertThat(confirmedBy(second)).isEqualTo("the factory");
  }

  @Test
  void aConfirmationOfAnEarlierMoveLeavesTheHubOfTheNextOneOpen() throws IOException {
    provisionAt("old", 20);
    devices.put(factory, "west");
    RenewalOutcome first = move("old");
    devices.put(factory, "east");
    RenewalOutcome second = move(null);

    confirmations.confirm(bundle(first), "the factory", Instant.now());

    assertThat(runs.left())
        .filteredOn(left -> left.factory().equals(factory))
        .containsExactlyInAnyOrder(
            new FormerHubs.Left("old", factory, 0, 20),
            new FormerHubs.Left("west", factory, 20, 0));
    assertThat(runs.confirm(factory)).as("by the operator").isEqualTo(20);
    assertThat(confirmedBy(second)).as("the bundle is confirmed with it").isNotNull();
  }

  @Test
  void newDevicesAreNotAssignedToAHubThatIsDrained() throws IOException {
    provisionAt(null, 400);

    assertThat(registryByHub()).containsOnlyKeys("east", "west");
  }

  @Test
  void devicesArePutByTheFirstRuleForWhatTheirRowsSayAndApartWhenThereIsNone() throws IOException {
    factories.add(new Factory(factory, List.of(identity.recipient()), null));

    provisionRows("eu-west,TH-200", "eu-,X", "us,X", "mars,TH-200", "mars,X", ",");

    assertThat(hubsByRow(1)).startsWith("east", "east", "west");
    assertThat(hubsByRow(4).get(0)).isIn("east", "west");
    assertThat(hubsByRow(5)).containsExactly("apart", "apart");
    assertThat(runs.reassign(null, factory, LATE)).as("all are where they belong").isEmpty();
  }

  @Test
  void whatAFactoryMayNotUseIsPutApartAndStaysThereWhenItMay() throws IOException {
    Factory bound = new Factory(factory, List.of(identity.recipient()), "west");
    factories.add(bound);
    provisionRows("eu-west,TH-200", "us,X", "mars,TH-200");
    assertThat(hubsByRow(1)).containsExactly("apart", "west", "west");
    devices.put(factory, null);

    runs.reassign(null, factory, LATE);

    assertThat(hubsByRow(1)).startsWith("apart", "west");
  }

  @Test
  void aFactorysDevicesArePutAmongTheHubsThatItMayUse() throws IOException {
    administration.add(TestFactory.named(factory).hubs("west", "east", "west").factory());
    devices.provision(factory, 400, LATE);
    assertThat(registryByHub()).containsOnlyKeys("east", "west");

    assertThatThrownBy(
            () -> administration.change(TestFactory.named(factory).hubs("west", "north").factory()))
        .hasMessageContaining("There is no hub 'north'. There are: old, east, west, apart.");
  }

  @Test
  void rebalancingMovesOnlyThoseWhoBelongElsewhereAndAFactoryThatIsBoundStays() throws IOException {
    provisionAt("east", 400);
    assertThat(runs.reassign(null, factory, LATE)).isEmpty();
    devices.put(factory, null);

    RenewalOutcome outcome = move(null);

    Map<String, Long> byHub = registryByHub();
    assertThat(byHub).containsOnlyKeys("east", "west");
    assertThat(byHub.get("west")).isEqualTo(outcome.tokens()).isGreaterThan(byHub.get("east"));
    assertThat(open(outcome).values())
        .allSatisfy(line -> assertThat(line.token()).isEqualTo(line.expected("west-" + KEY)));
    assertThat(loadedByHub()).isEqualTo(byHub);
    assertThat(runs.reassign(null, factory, LATE)).isEmpty();
  }

  @Test
  void whoGoesOutOfServiceBeforeItIsConfirmedIsRevokedAtBothHubs() throws IOException {
    TestManifest manifest = provisionAt("old", 20);
    devices.put(factory, null);
    move("old");

    devices.change(manifest, 2, StatusAction.REVOKE);

    assertThat(work(manifest.deviceId(2)))
        .containsExactlyInAnyOrder("old revoke", hubOf(manifest.deviceId(2)) + " revoke");
    runs.confirm(factory);
    devices.change(manifest, 2, StatusAction.RESTORE);
    assertThat(work(manifest.deviceId(2)))
        .containsExactlyInAnyOrder("old revoke", hubOf(manifest.deviceId(2)) + " restore");
  }

  @Test
  void whoGoesOutOfServiceBeforeItIsDeliveredIsRevokedWhereItsNewTokenIsFor() throws IOException {
    TestManifest manifest = provisionAt("old", 20);
    devices.put(factory, null);
    int next = devices.nextRenewal();
    Obstacle obstacle = Obstacle.to(home, factory, "renewal-" + next);
    RenewalOutcome failed = runs.reassign("old", factory, LATE).get(0);
    assertThat(failed.status()).isEqualTo("FAILED");
    assertThat(registryByHub()).containsOnlyKeys("old");
    devices.change(manifest, 2, StatusAction.DISABLE);
    obstacle.remove();

    RenewalOutcome outcome = runs.reassign("old", factory, LATE).get(0);

    assertThat(outcome.renewal()).isEqualTo(next);
    assertThat(open(outcome)).hasSize(20); // its part was made before
    assertThat(work(manifest.deviceId(2)))
        .containsExactlyInAnyOrder("old revoke", hubOf(manifest.deviceId(2)) + " revoke");
    assertThat(work(manifest.deviceId(3))).isEmpty();
  }

  @Test
  void whileAMoveIsHandedOverNobodyIsShutOutWhereTheOldTokenIsFor() throws Exception {
    TestManifest manifest = provisionAt("old", 10_001);
    List<String> inOrder =
        IntStream.rangeClosed(2, manifest.lastLine())
            .mapToObj(manifest::deviceId)
            .sorted()
            .toList();
    devices.put(factory, null);
    FutureTask<RenewalOutcome> moving =
        new TransactionTemplate(transactions)
            .execute(
                held -> {
                  jdbc.queryForList(
                      "SELECT 1 FROM device WHERE device_id = ?::uuid FOR UPDATE",
                      inOrder.get(10_000));
                  FutureTask<RenewalOutcome> waiting = inParallel(() -> move("old"));
                  TestDatabase.await(
                      jdbc,
                      Duration.ofMinutes(1),
                      "SELECT hub <> 'old' FROM registry WHERE device_id = '%s'"
                          .formatted(inOrder.get(0)));
                  assertThat(runs.confirm(factory)).as("nobody has its bundle yet").isZero();
                  assertThat(work(inOrder.get(0))).isEmpty();
                  return waiting;
                });

    assertThat(Objects.requireNonNull(moving).get().tokens()).isEqualTo(10_001);
    assertThat(runs.confirm(factory)).isEqualTo(10_001);
    assertThat(work(inOrder.get(0))).containsExactly("old revoke");
  }

  @Test
  void aDeviceThatComesBackToAHubIsRestoredThere() throws IOException {
    TestManifest manifest = provisionAt("east", 20);
    devices.put(factory, "west");
    assertThat(move(null).tokens()).isEqualTo(20);
    runs.confirm(factory);
    assertThat(work(manifest.deviceId(2))).containsExactly("east revoke");

    devices.put(factory, "east");
    assertThat(move(null).tokens()).isEqualTo(20);

    assertThat(hubOf(manifest.deviceId(2))).isEqualTo("east");
    assertThat(work(manifest.deviceId(2))).containsExactly("east restore");
    assertThat(left()).isEqualTo(new FormerHubs.Left("west", factory, 20, 0));
    assertThat(
            jdbc.queryForList(
                "SELECT state FROM registry WHERE factory = ?", String.class, factory))
        .containsOnly("PROVISIONED");
  }

  @Test
  void whatNoBundleCanMoveIsCounted() throws IOException {
    devices.put(factory, "old");
    TestManifest manifest = TestManifest.seeded(System.nanoTime()).rows(20);
    Path file = devices.file(manifest);
    Obstacle obstacle = Obstacle.to(home, factory, file);
    assertThat(manifests.provision(file, factory, null, LATE).status()).isEqualTo("FAILED");
    obstacle.remove();
    tokens.issue(UUID.fromString(manifest.deviceId(2)));
    devices.put(factory, null);

    assertThat(runs.preview("old", factory))
        .extracting(RenewalOutcome::skipped)
        .containsExactly(Map.of("NO_BUNDLE", 1L));
    assertThat(runs.preview(null, factory))
        .extracting(RenewalOutcome::skipped)
        .containsExactly(Map.of("NO_BUNDLE", 1L));
  }

  @Test
  void whatCanNotBeDoneIsRefusedWithWhatToDo() throws IOException {
    provisionAt("old", 20);

    assertThat(runs.reassign("old", factory, LATE))
        .singleElement()
        .satisfies(
            outcome -> {
              assertThat(outcome.status()).isEqualTo(RenewalOutcome.NOTHING_DUE);
              assertThat(outcome.skipped()).isEqualTo(Map.of("NO_OTHER_HUB", 20L));
            });
    assertThatThrownBy(() -> runs.reassign("east", factory, LATE))
        .isInstanceOf(OperationRefusedException.class)
        .hasMessageContaining("Hub east takes new devices still. Set draining: true");
    assertThatThrownBy(() -> runs.reassign("nowhere", factory, LATE))
        .isInstanceOf(NotThereException.class)
        .hasMessageContaining("No device was ever at a hub 'nowhere'.");
    assertThatThrownBy(() -> runs.preview(null, "no-such-factory"))
        .hasMessageContaining("There is no factory 'no-such-factory'.");
  }

  /** Provisions rows of region and model. */
  private void provisionRows(String... rows) throws IOException {
    StringBuilder manifest = new StringBuilder("device_id,region,model\n");
    for (String row : rows) {
      manifest.append(UUID.randomUUID()).append(',').append(row).append('\n');
    }
    Path file = Files.writeString(folder.resolve(factory + ".csv"), manifest);
    assertThat(manifests.provision(file, factory, null, LATE).accepted()).isEqualTo(rows.length);
  }

  /** The hubs of rows, in their order, from one on. */
  private List<String> hubsByRow(int first) {
    return jdbc.queryForList(
        "SELECT hub FROM registry WHERE factory = ? AND line > ? ORDER BY line",
        String.class,
        factory,
        first);
  }

  private int bundle(RenewalOutcome move) {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            "SELECT bundle_id FROM renewal WHERE renewal_id = ?", Integer.class, move.renewal()));
  }

  private @Nullable String confirmedBy(RenewalOutcome move) {
    return jdbc.queryForObject(
        "SELECT confirmed_by FROM delivery WHERE bundle_id = ?", String.class, bundle(move));
  }

  private RenewalOutcome move(@Nullable String drained) {
    List<RenewalOutcome> outcomes = runs.reassign(drained, factory, LATE);
    assertThat(outcomes).hasSize(1);
    assertThat(outcomes.get(0).status()).as(outcomes.get(0).cause()).isEqualTo("COMPLETED");
    return outcomes.get(0);
  }

  private TestManifest provisionAt(@Nullable String hub, int rows) throws IOException {
    devices.put(factory, hub);
    return devices.provision(factory, rows, LATE);
  }

  private Map<String, Line> open(RenewalOutcome outcome) throws IOException {
    return devices.open(outcome.outbox());
  }

  private FormerHubs.Left left() {
    return runs.left().stream()
        .filter(left -> left.factory().equals(factory))
        .findFirst()
        .orElseThrow();
  }

  private List<String> work(String device) {
    return jdbc.queryForList(
        """
        SELECT h.name || CASE WHEN w.revoke THEN ' revoke' ELSE ' restore' END
          FROM hub_work w JOIN hub h USING (hub_id) WHERE w.device_id = ?::uuid\
        """,
        String.class,
        device);
  }

  private String hubOf(String device) {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            "SELECT hub FROM registry WHERE device_id = ?::uuid", String.class, device));
  }

  private Map<String, Long> registryByHub() {
    return counts("SELECT hub, count(*) FROM registry WHERE factory = ? GROUP BY 1");
  }

  private Map<String, Long> loadedByHub() {
    return counts(
        """
        SELECT h.name, sum(l.devices)::bigint
          FROM loaded_lines l JOIN manifest m USING (manifest_id) JOIN hub h USING (hub_id)
         WHERE m.factory = ? GROUP BY 1 HAVING sum(l.devices) > 0\
        """);
  }

  private Map<String, Long> counts(String sql) {
    Map<String, Long> counts = new TreeMap<>();
    jdbc.query(
        sql,
        row -> {
          counts.put(row.getString(1), row.getLong(2));
        },
        factory);
    return counts;
  }
}
