package dev.muster.provisioning;

import static dev.muster.AllPermitted.inParallel;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.MusterTest;
import dev.muster.Obstacle;
import dev.muster.TestDatabase;
import dev.muster.TestFactory;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.Receipt;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.factory.FactoryAdministration;
import dev.muster.home.MusterHome;
import dev.muster.manifest.RejectLimit;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.Updates;
import dev.muster.provisioning.ManifestCheck.CheckedManifest;
import dev.muster.registry.DeviceEvent;
import dev.muster.registry.Installations;
import dev.muster.registry.KnownDevices;
import dev.muster.run.OperationRefusedException;
import dev.muster.run.RunControl;
import dev.muster.run.RunOutcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Manifests that change devices that are there. */
@MusterTest
class UpdatingTests {

  private static final AtomicLong NUMBERS = new AtomicLong(System.nanoTime());
  private static final RejectLimit ALL = RejectLimit.valueOf("100%");

  @Autowired private ManifestRuns runs;
  @Autowired private ManifestCheck check;
  @Autowired private RunControl control;
  @Autowired private Factories factories;
  @Autowired private FactoryAdministration administration;
  @Autowired private Installations installations;
  @Autowired private KnownDevices devices;
  @Autowired private MusterHome home;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private PlatformTransactionManager transactions;

  @TempDir private Path folder;

  private final List<UUID> ids = new ArrayList<>();
  private String factory = "";

  @BeforeEach
  void fourDevices() throws Exception {
    factory = "updates-" + NUMBERS.incrementAndGet();
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    for (int i = 0; i < 6; i++) {
      ids.add(UUID.randomUUID());
    }
    assertThat(
            provision(
                    null,
                    "device_id,model,room,gateway_id,colour",
                    "0,T1,r1,,red",
                    "1,T1,r1,,red",
                    "2,T1,r1,,clear",
                    "3,T1,r1,,")
                .accepted())
        .isEqualTo(4);
  }

  @Test
  void whatARowSaysIsChangedWithItsHistoryAndNothingElse() throws Exception {
    String[] lines = {
      "device_id,model,room,gateway_id,colour,size",
      "0,T2,,{" + ids.get(5).toString().toUpperCase(java.util.Locale.ROOT) + "},clear,9",
      "1,,clear,,,",
      "2,T1,,,,",
      "4,T9,clear,,clear,"
    };
    List<Rejected> rejects = new ArrayList<>();
    CheckedManifest foreseen = check.check(file(lines), factory, Updates.VALUES, rejects::add);

    RunOutcome outcome = provision(Updates.VALUES, lines);

    assertThat(outcome.status()).isEqualTo("COMPLETED");
    assertThat(
            List.of(
                Objects.requireNonNull(outcome.accepted()),
                Objects.requireNonNull(outcome.updated()),
                Objects.requireNonNull(outcome.unchanged()),
                Objects.requireNonNull(outcome.rejected())))
        .containsExactly(1L, 2L, 1L, 0L);
    assertThat(foreseen.accepted()).isEqualTo(1);
    assertThat(foreseen.updated()).isEqualTo(2);
    assertThat(foreseen.unchanged()).isEqualTo(1);
    assertThat(rejects).isEmpty();
    Receipt receipt =
        Receipt.parse(
            Files.readString(
                home.root()
                    .resolve(Objects.requireNonNull(outcome.outbox()))
                    .resolve("receipt.json")));
    assertThat(receipt.updated()).isEqualTo(2);
    assertThat(receipt.parts().stream().mapToLong(Receipt.Part::devices).sum()).isEqualTo(1);
    assertThat(values(0)).isEqualTo("T2 r1 " + ids.get(5) + " {\"size\": \"9\"}");
    assertThat(values(1)).isEqualTo("T1 - - {\"colour\": \"red\"}");
    assertThat(values(2)).isEqualTo("T1 r1 - {\"colour\": \"clear\"}");
    assertThat(values(4)).isEqualTo("T9 - - -");
    assertThat(updates(0))
        .containsExactly(
            "Updated by manifest %s, line 2: colour from “red” to nothing, gateway_id from nothing to “%s”, model from “T1” to “T2”, size from nothing to “9”"
                .formatted(outcome.manifest(), ids.get(5)));
    assertThat(updates(1)).hasSize(1);
    assertThat(updates(2)).isEmpty();
    assertThat(waiting()).isZero();
  }

  @Test
  void theColumnActionSaysWhatIsToBeDone() throws Exception {
    String[] lines = {
      "device_id,Action,model",
      "0,update,T2",
      "1,Create,T2",
      "2,create,T1",
      "4,UPDATE,T2",
      "5,create,T2",
      "3,revoke,T2",
      "3,,T2"
    };
    List<Rejected> rejects = new ArrayList<>();
    CheckedManifest foreseen = check.check(file(lines), factory, Updates.VALUES, rejects::add);

    RunOutcome outcome = provision(Updates.VALUES, lines);

    assertThat(outcome.updated()).isEqualTo(2);
    assertThat(outcome.accepted()).isEqualTo(1);
    assertThat(outcome.rejectedByCode())
        .isEqualTo(Map.of("ALREADY_REGISTERED", 2L, "UNKNOWN_DEVICE", 1L, "UNKNOWN_ACTION", 1L));
    assertThat(rejects)
        .extracting(reject -> reject.line() + " " + reject.code())
        .containsExactly(
            "3 ALREADY_REGISTERED", "4 ALREADY_REGISTERED", "5 UNKNOWN_DEVICE", "7 UNKNOWN_ACTION");
    assertThat(foreseen.updated()).isEqualTo(2);
    assertThat(values(0)).startsWith("T2 r1");
    assertThat(values(1)).startsWith("T1 r1");
    assertThat(values(3)).startsWith("T2 r1");
  }

  @Test
  void aFactoryThatMayNotUpdateIsToldSoAndOneThatMayDoes() throws Exception {
    RunOutcome refused = provision(null, "device_id,action,model", "0,update,T2", "1,,T1");
    administration.change(
        TestFactory.named(factory, factories.find(factory).orElseThrow().recipients())
            .updates()
            .factory());
    RunOutcome taken = provision(null, "device_id,action,model", "0,update,T2", "1,,T3");

    assertThat(refused.rejectedByCode())
        .isEqualTo(Map.of("UPDATE_NOT_ALLOWED", 1L, "ALREADY_REGISTERED", 1L));
    assertThat(taken.updated()).isEqualTo(2);
    assertThat(values(1)).startsWith("T3 r1");
    assertThat(provision(Updates.NONE, "device_id,model", "1,T4").rejectedByCode())
        .containsOnlyKeys("ALREADY_REGISTERED");
  }

  @Test
  void aPlaceThatATechnicianGaveStaysUnlessTheRunSaysOtherwise() throws Exception {
    Callers.run(
        Caller.muster("technician"), () -> installations.install(ids.get(0), "north", "r7"));

    RunOutcome kept = provision(Updates.VALUES, "device_id,model,room", "0,T2,r2", "1,T2,r2");
    assertThat(values(0)).startsWith("T2 r7");
    assertThat(values(1)).startsWith("T2 r2");
    assertThat(kept.remarks())
        .contains("1 device stays where somebody has put it, though its row says otherwise.");

    RunOutcome moved = provision(Updates.VALUES_AND_PLACES, "device_id,room", "0,r3", "1,r2");
    assertThat(moved.updated()).isEqualTo(1);
    assertThat(moved.unchanged()).isEqualTo(1);
    assertThat(values(0)).startsWith("T2 r3");

    assertThat(provision(Updates.VALUES, "device_id,room", "0,r4").updated()).isEqualTo(1);
    assertThat(values(0)).startsWith("T2 r4");
  }

  @Test
  void whatKeepsAPlaceIsTakenBackWhenAllOrNothingWasAskedFor() throws Exception {
    Callers.run(
        Caller.muster("technician"), () -> installations.install(ids.get(0), "north", "r7"));
    Path file = file("device_id,model,room", "0,T2,r2", "bad,T2,r2");

    RunOutcome refused =
        inParallel(
                () -> runs.provision(file, factory, RejectLimit.valueOf("0"), null, Updates.VALUES))
            .get(1, TimeUnit.MINUTES);

    assertThat(refused.status()).isEqualTo("FAILED");
    assertThat(refused.cause()).contains("All or nothing was asked for");
    assertThat(values(0)).startsWith("T1 r7");
    assertThat(waiting()).isZero();
  }

  @Test
  void aDeviceThatIsChangedTwiceInAManifestHasWhatStandsFirst() throws Exception {
    List<String> lines = new ArrayList<>(List.of("device_id,model", "0,A", "0,B"));
    for (int i = 0; i < 3000; i++) { // into another chunk
      lines.add(UUID.randomUUID() + ",T");
    }
    lines.add("0,C");
    lines.add("1,C");

    RunOutcome outcome = provision(Updates.VALUES, lines.toArray(String[]::new));

    assertThat(outcome.updated()).isEqualTo(2);
    assertThat(outcome.rejectedByCode()).isEqualTo(Map.of("DUPLICATE_IN_MANIFEST", 2L));
    assertThat(
            jdbc.queryForList(
                "SELECT DISTINCT message FROM reject JOIN manifest m USING (manifest_id) WHERE"
                    + " m.factory = ?",
                String.class,
                factory))
        .containsExactly(
            "This device_id is already on line 2 of this manifest; the first one counts.");
    assertThat(values(0)).startsWith("A ");
  }

  @Test
  void aRunThatIsWithdrawnHasChangedNothingAndWhatItMayIsFixedWhenItBegins() throws Exception {
    Path file = file("device_id,model", "0,T2", "bad,T2");
    RunOutcome failed = runs.provision(file, factory, RejectLimit.valueOf("1"), null);
    assertThat(failed.status()).isEqualTo("FAILED");
    assertThatThrownBy(() -> runs.provision(file, factory, ALL, null, Updates.VALUES))
        .isInstanceOf(OperationRefusedException.class)
        .hasMessageContaining("that may change nothing of devices");
    control.withdraw(failed.execution());

    RunOutcome again =
        runs.provision(file, factory, RejectLimit.valueOf("0"), null, Updates.VALUES);
    assertThat(again.status()).isEqualTo("FAILED");
    assertThat(values(0)).startsWith("T1 ");
    assertThat(waiting()).isZero();

    RunOutcome done = runs.provision(file, factory, ALL, null, Updates.VALUES);
    assertThat(done.updated()).isEqualTo(1);
    assertThat(values(0)).startsWith("T2 ");
    assertThatThrownBy(() -> runs.provision(file, factory, ALL, null, Updates.NONE))
        .hasMessageContaining("Send the rows that are to change under it");
    assertThat(runs.provision(file, factory, ALL, null).updated()).isEqualTo(1);
    assertThat(updates(0)).hasSize(1);
  }

  @Test
  void whatAManifestChangesIsWrittenAFewDevicesAtATime() throws Exception {
    List<UUID> many = Stream.generate(UUID::randomUUID).limit(10_001).toList();
    UUID last = many.get(10_000);
    assertThat(provision(null, rows(many, "T1")).accepted()).isEqualTo(10_001);
    FutureTask<RunOutcome> update =
        new TransactionTemplate(transactions)
            .execute(
                held -> {
                  // What reads the manifest goes on beside this, what writes the device waits.
                  jdbc.queryForList(
                      "SELECT model FROM device WHERE device_id = ? FOR KEY SHARE", last);
                  FutureTask<RunOutcome> going =
                      inParallel(() -> provision(Updates.VALUES, rows(many, "T2")));
                  TestDatabase.await(
                      jdbc,
                      Duration.ofMinutes(1),
                      "SELECT model = 'T2' FROM device WHERE device_id = '%s'"
                          .formatted(many.get(0)));
                  assertThat(model(last)).isEqualTo("T1");
                  return going;
                });

    RunOutcome outcome = Objects.requireNonNull(update).get();
    assertThat(outcome.status()).as(outcome.cause()).isEqualTo("COMPLETED");
    assertThat(outcome.updated()).isEqualTo(10_001);
    assertThat(model(last)).isEqualTo("T2");
  }

  @Test
  void aPlaceThatATechnicianGivesInThatMomentStays() throws Exception {
    Path file = file("device_id,room", "0,r2", "1,r2");
    Obstacle obstacle = Obstacle.to(home, factory, file);
    assertThat(runs.provision(file, factory, ALL, null, Updates.VALUES).status())
        .isEqualTo("FAILED");
    obstacle.remove();
    FutureTask<RunOutcome> delivering =
        new TransactionTemplate(transactions)
            .execute(
                held -> {
                  Callers.run(
                      Caller.muster("technician"),
                      () -> installations.install(ids.get(0), "north", "r7"));
                  FutureTask<RunOutcome> going =
                      inParallel(() -> runs.provision(file, factory, ALL, null, Updates.VALUES));
                  TestDatabase.await(
                      jdbc,
                      Duration.ofMinutes(1),
                      "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)");
                  return going;
                });

    RunOutcome outcome = Objects.requireNonNull(delivering).get();
    assertThat(outcome.status()).as(outcome.cause()).isEqualTo("COMPLETED");
    assertThat(room(0)).isEqualTo("r7");
    assertThat(room(1)).isEqualTo("r2");
  }

  private @Nullable String room(int device) {
    return jdbc.queryForObject(
        "SELECT room FROM device WHERE device_id = ?", String.class, ids.get(device));
  }

  private static String[] rows(List<UUID> devices, String model) {
    return Stream.concat(Stream.of("device_id,model"), devices.stream().map(id -> id + "," + model))
        .toArray(String[]::new);
  }

  private @Nullable String model(UUID device) {
    return jdbc.queryForObject(
        "SELECT model FROM device WHERE device_id = ?", String.class, device);
  }

  private RunOutcome provision(@Nullable Updates updates, String... lines) throws Exception {
    return runs.provision(file(lines), factory, ALL, null, updates);
  }

  /** The first field of a row is a device's number here. */
  private Path file(String... lines) throws Exception {
    StringBuilder text = new StringBuilder();
    for (String line : lines) {
      text.append(
          line.matches("\\d,.*") ? ids.get(line.charAt(0) - '0') + line.substring(1) : line);
      text.append('\n');
    }
    return Files.writeString(folder.resolve(NUMBERS.incrementAndGet() + ".csv"), text);
  }

  private @Nullable String values(int device) {
    return jdbc.queryForObject(
        """
        SELECT concat_ws(' ', coalesce(model, '-'), coalesce(room, '-'), coalesce(gateway_id::text, '-'),
                         coalesce(attributes::text, '-'))
          FROM device WHERE device_id = ?\
        """,
        String.class,
        ids.get(device));
  }

  private List<String> updates(int device) throws Exception {
    return Callers.call(
        Caller.muster("test"),
        () ->
            devices.history(ids.get(device)).stream()
                .map(DeviceEvent::what)
                .filter(what -> what.startsWith("Updated"))
                .toList());
  }

  private @Nullable Long waiting() {
    return jdbc.queryForObject(
        "SELECT count(*) FROM device_update JOIN manifest USING (manifest_id) WHERE factory = ?",
        Long.class,
        factory);
  }
}
