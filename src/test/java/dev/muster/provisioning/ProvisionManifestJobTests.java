package dev.muster.provisioning;

import static dev.muster.AllPermitted.inParallel;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.MusterTest;
import dev.muster.Obstacle;
import dev.muster.TestDatabase;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Role;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.BundleOpener;
import dev.muster.bundle.Receipt;
import dev.muster.credential.sas.DeviceTokens;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.Hubs;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.factory.FactoryAdministration;
import dev.muster.home.MusterHome;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.RejectLimit;
import dev.muster.manifest.Updates;
import dev.muster.run.ExecutionSummary;
import dev.muster.run.Executions;
import dev.muster.run.OperationRefusedException;
import dev.muster.run.RunControl;
import dev.muster.run.RunOutcome;
import dev.muster.run.RunWithdrawnException;
import dev.muster.status.StatusAction;
import dev.muster.status.StatusChanges;
import dev.muster.store.Content;
import dev.muster.store.ReceivedContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.StepExecution;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@MusterTest
class ProvisionManifestJobTests {

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());

  @Autowired private ManifestRuns runs;
  @Autowired private RunControl control;
  @Autowired private Executions executions;
  @Autowired private Factories factories;
  @Autowired private FactoryAdministration administration;
  @Autowired private Hubs hubs;
  @Autowired private StatusChanges changes;
  @Autowired private SentManifests sent;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private PlatformTransactionManager transactions;
  @Autowired private JobRepository jobRepository;
  @Autowired private MusterHome home;
  @Autowired private ReceivedContent contents;

  @TempDir private Path folder;

  private final AgeIdentity identity = AgeIdentity.generate();
  private String factory = "";

  @BeforeEach
  void addFactory() {
    factory = "factory-" + SEEDS.incrementAndGet();
    factories.add(new Factory(factory, List.of(identity.recipient()), null));
  }

  @Test
  void everyDeviceOfACleanManifestIsInTheRegistryAndHasAToken() throws IOException {
    TestManifest manifest = newManifest().rows(5000);

    RunOutcome outcome = provision(manifest, null);

    assertThat(outcome.status()).isEqualTo("COMPLETED");
    assertThat(outcome.accepted()).isEqualTo(5000);
    assertThat(registered()).hasSize(5000).containsOnly("PROVISIONED");
    Map<String, Object> device =
        jdbc.queryForMap(
            "SELECT serial_number, model, attributes::text, line FROM registry WHERE device_id ="
                + " ?::uuid",
            manifest.deviceId(4321));
    assertThat(device)
        .containsEntry("serial_number", "SN-4320")
        .containsEntry("model", "TH-200")
        .containsEntry("attributes", "{\"batch\": \"b1\"}")
        .containsEntry("line", 4321);
    assertThat(tokenLines(outcome)).containsExactlyElementsOf(expectedLines(manifest, outcome));
  }

  @Test
  void theReceiptAddsUpAndNamesEveryPart() throws IOException {
    TestManifest manifest = newManifest().rows(4990);
    for (int i = 0; i < 10; i++) {
      manifest.row("no-guid-" + i);
    }

    RunOutcome outcome = provision(manifest, null);

    Receipt receipt = receipt(outcome);
    assertThat(receipt.rows()).isEqualTo(5000);
    assertThat(receipt.accepted()).isEqualTo(4990);
    assertThat(receipt.rejectedByCode()).isEqualTo(Map.of("MALFORMED_DEVICE_ID", 10L));
    assertThat(receipt.parts().stream().mapToLong(Receipt.Part::devices).sum()).isEqualTo(4990);
    assertThat(receipt.parts()).hasSizeGreaterThan(1);
    assertThat(receipt.hubs())
        .singleElement()
        .extracting(Receipt.HubShare::devices)
        .isEqualTo(4990L);
    for (Receipt.Part part : receipt.parts()) {
      Path file = outbox(outcome).resolve(part.name());
      assertThat(Files.size(file)).isEqualTo(part.bytes());
      assertThat(org.apache.commons.codec.digest.DigestUtils.sha256Hex(Files.readAllBytes(file)))
          .isEqualTo(part.sha256());
    }
  }

  @Test
  void theFirstLineOfAGuidWinsInWhicheverPartitionItsRepeatsAre() throws IOException {
    TestManifest manifest = newManifest().rows(8000);
    for (int line = 2; line < 150; line++) {
      manifest.repeat(line); // far away: other chunks, other partition
    }
    manifest.repeat(manifest.lastLine()); // next to it: the same chunk
    manifest.repeat(2); // a third time

    RunOutcome outcome = provision(manifest, null);

    assertThat(outcome.accepted()).isEqualTo(8000);
    assertThat(outcome.rejectedByCode()).isEqualTo(Map.of("DUPLICATE_IN_MANIFEST", 150L));
    assertThat(
            jdbc.queryForList(
                "SELECT line FROM registry WHERE factory = ? ORDER BY line",
                Integer.class,
                factory))
        .first()
        .isEqualTo(2);
    List<String> rejects = Files.readAllLines(outbox(outcome).resolve("rejects.csv"));
    assertThat(rejects.get(1))
        .isEqualTo(
            "8002,%s,DUPLICATE_IN_MANIFEST,device_id,This device_id is already on line 2 of this manifest; the first one counts."
                .formatted(manifest.deviceId(2)));
    assertThat(rejects.get(rejects.size() - 1))
        .startsWith("8151,")
        .contains("already on line 2 of");
    assertThat(tokenLines(outcome)).hasSize(8000);
  }

  @Test
  void aLaterLineThatWasLoadedFirstGivesWayToTheEarlierOne() throws IOException {
    // The first half is held up by many faulty rows, so that the repeats in the second half, which
    // is
    // another partition, come first at least sometimes; the result must be the same either way.
    for (int round = 0; round < 3; round++) {
      TestManifest manifest = newManifest();
      for (int i = 0; i < 4000; i++) {
        manifest.row("x".repeat(60));
      }
      manifest.rows(200);
      int first = manifest.lastLine() - 199;
      for (int line = first; line < first + 200; line++) {
        manifest.repeat(line);
      }
      manifest.rows(4000);

      RunOutcome outcome = provision(manifest, RejectLimit.valueOf("100%"));

      assertThat(outcome.accepted()).isEqualTo(4200);
      assertThat(outcome.rejectedByCode().get("DUPLICATE_IN_MANIFEST")).isEqualTo(200);
      assertThat(
              jdbc.queryForObject(
                  "SELECT count(*) FROM registry WHERE factory = ? AND line >= ? AND line < ?",
                  Long.class,
                  factory,
                  first,
                  first + 200))
          .isEqualTo(200L * (round + 1));
    }
  }

  @ParameterizedTest
  @CsvSource({"B10-1-first.csv,B10-2-mended.csv", "F2-1-first.csv,F2-2-mended.csv"})
  void aMendedFileProvisionsJustWhatIsNew(String first, String mended) throws IOException {
    Path cases = casesOfNewDevices(first, mended);
    RunOutcome before = runs.provision(cases.resolve(first), factory, null, null);
    assertThat(before.accepted()).isEqualTo(98);

    RunOutcome outcome = runs.provision(cases.resolve(mended), factory, null, null);

    assertThat(outcome.status()).isEqualTo("COMPLETED");
    assertThat(outcome.accepted()).isEqualTo(2);
    assertThat(outcome.unchanged()).isEqualTo(98);
    assertThat(outcome.rejected()).isZero();
    assertThat(receipt(outcome).unchanged()).isEqualTo(98);
    assertThat(tokenLines(outcome)).hasSize(2);

    Path changed = folder.resolve("changed-" + mended);
    Files.writeString(
        changed,
        Files.readString(cases.resolve(mended))
            .replaceFirst("(?m)^([^,]+,(?:S|F2-)7),.*$", "$1,NEW"));
    RunOutcome again = runs.provision(changed, factory, null, null);

    assertThat(again.unchanged()).isEqualTo(99);
    assertThat(again.accepted()).isZero();
    assertThat(again.rejectedByCode()).isEqualTo(Map.of("ALREADY_REGISTERED", 1L));
    assertThat(Files.readString(outbox(again).resolve("rejects.csv")))
        .contains("model is 'T', and here 'NEW'");
    assertThat(tokenLines(again)).isEmpty();
  }

  @Test
  void rejectedRowsAreGivenBackAsTheyWereSentAndCanBeSentAgainMended() throws IOException {
    String id = UUID.randomUUID().toString();
    Path sent =
        Files.writeString(
            folder.resolve("sent.csv"),
            "\uFEFFSeriennummer;\"Device-ID\";note\r\n"
                + "=1+1;no-guid;\"two\nlines; \"\"quoted\"\"\"\r\n"
                + "SN-2;"
                + id
                + ";\r\n"
                + " SN-3 ;;3\n");
    RunOutcome first = runs.provision(sent, factory, RejectLimit.valueOf("100%"), null);

    String rows = Files.readString(outbox(first).resolve("rejected-rows.csv"));

    assertThat(rows)
        .isEqualTo(
            """
            \uFEFFSeriennummer;"Device-ID";note;reject_code;reject_message
            =1+1;no-guid;"two
            lines; ""quoted""\";MALFORMED_DEVICE_ID;"This is no GUID: it needs 32 hexadecimal digits in groups of 8-4-4-4-12, such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301."
             SN-3 ;;3;MISSING_DEVICE_ID;"The row has no device_id."
            """
                .replace("two\n", "two\r")
                .replace("\n", "\r\n")
                .replace("two\r", "two\n"));

    Path half =
        Files.writeString(
            folder.resolve("half.csv"), rows.replace("no-guid", UUID.randomUUID().toString()));
    RunOutcome again = runs.provision(half, factory, RejectLimit.valueOf("100%"), null);
    String left = Files.readString(outbox(again).resolve("rejected-rows.csv"));
    Path whole =
        Files.writeString(
            folder.resolve("whole.csv"), left.replace(";;", ";" + UUID.randomUUID() + ";"));
    RunOutcome last = runs.provision(whole, factory, null, null);

    assertThat(again.accepted()).isEqualTo(1);
    assertThat(left)
        .startsWith("\uFEFFSeriennummer;\"Device-ID\";note;reject_code;")
        .hasLineCount(2);
    assertThat(last.accepted()).isEqualTo(1);
    assertThat(outbox(last).resolve("rejected-rows.csv")).doesNotExist();
  }

  @Test
  void aFileInItsFactorysFormatIsProvisionedAndItsRejectsCanBeSentAgainInIt() throws IOException {
    administration.changeFormat(
        factory,
        new ManifestFormat(
            null,
            ManifestFormat.Encoding.WINDOWS_1252,
            Map.of("Gerät", "device_id"),
            Map.of("building", "Prüfhalle"),
            List.of(),
            Map.of("model", List.of("Größe 1")),
            Map.of(),
            true));
    UUID id = UUID.randomUUID();
    Path sent =
        Files.write(
            folder.resolve("agreed.csv"),
            ("Gerät,model\n" + id + ",Größe 1\n" + UUID.randomUUID() + ",Größe 2\n# rows=2\n")
                .getBytes("windows-1252"));

    RunOutcome outcome = runs.provision(sent, factory, RejectLimit.valueOf("50%"), null);

    assertThat(outcome.rejectedByCode()).isEqualTo(Map.of("VALUE_NOT_ALLOWED", 1L));
    assertThat(
            jdbc.queryForMap("SELECT model, building FROM device WHERE device_id = ?", id).values())
        .containsExactly("Größe 1", "Prüfhalle");
    Path rows = outbox(outcome).resolve("rejected-rows.csv");
    Path mended =
        Files.writeString(
            folder.resolve("mended.csv"), Files.readString(rows).replace("Größe 2,", "Größe 1,"));
    assertThat(runs.provision(mended, factory, null, null).accepted()).isEqualTo(1);
  }

  /** The cases with other devices each time, since the registry of an earlier run may be there. */
  private Path casesOfNewDevices(String... names) throws IOException {
    int other = ThreadLocalRandom.current().nextInt();
    Path cases = Files.createDirectory(folder.resolve("cases"));
    for (String name : names) {
      Files.writeString(
          cases.resolve(name),
          Pattern.compile("(?m)^[0-9a-f]{8}(?=-)")
              .matcher(Files.readString(Path.of("src/test/resources/cases", name)))
              .replaceAll(
                  id -> "%08x".formatted(Integer.parseUnsignedInt(id.group(), 16) ^ other)));
    }
    return cases;
  }

  /**
   * Most rows are compared as they lie; those that are not are looked up, and what comes of them is
   * the same.
   */
  @Test
  void aLargerFileOfWhatCameBeforeIsCountedRowByRow() throws IOException {
    String header = "ccc,device_id,ä,bb,model,a";
    List<String> earlier = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      earlier.add("c%d,%s,ä\\%d,\"b\"\"%d\",T,a".formatted(i, UUID.randomUUID(), i, i));
    }
    List<String> others = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      others.add(",%s,,,,".formatted(UUID.randomUUID()));
    }
    assertThat(provision("earlier.csv", header, earlier).accepted()).isEqualTo(3000);
    assertThat(provision("others.csv", header, others).accepted()).isEqualTo(300);
    assertThat(
            jdbc.queryForObject(
                "SELECT attributes::text FROM registry WHERE factory = ? AND attributes ->> 'ccc' ="
                    + " 'c7'",
                String.class,
                factory))
        .isEqualTo("{\"a\": \"a\", \"bb\": \"b\\\"7\", \"ä\": \"ä\\\\7\", \"ccc\": \"c7\"}");
    changes.change(
        UUID.fromString(earlier.get(100).split(",", -1)[1]), StatusAction.REVOKE, "lost", "test");

    List<String> sent = new ArrayList<>();
    for (int i = 0; i < earlier.size(); i++) {
      if (i % 50 == 3) {
        sent.add("new,%s,,,T,".formatted(UUID.randomUUID())); // 60 of them
      }
      if (i % 30 == 4) {
        sent.add(earlier.get(i).replace(",T,", ",changed,")); // 100 of them
      } else if (i % 20 != 5) { // 150 are left out
        sent.add(earlier.get(i));
      }
      if (i % 10 == 6) {
        sent.add(others.get(i / 10)); // 300 of them
      }
    }
    RunOutcome outcome = provision("larger.csv", header, sent);

    assertThat(outcome.accepted()).isEqualTo(60);
    assertThat(outcome.unchanged()).isEqualTo(3000 - 100 - 150 - 1 + 300);
    assertThat(outcome.rejectedByCode())
        .isEqualTo(Map.of("ALREADY_REGISTERED", 100L, "REVOKED_DEVICE", 1L));
    assertThat(receipt(outcome).hubs())
        .singleElement()
        .extracting(Receipt.HubShare::devices)
        .isEqualTo(60L);
    assertThat(tokenLines(outcome)).hasSize(60);
  }

  private RunOutcome provision(String name, String header, List<String> rows) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, header + "\n" + String.join("\n", rows) + "\n");
    return runs.provision(file, factory, RejectLimit.valueOf("100%"), null);
  }

  @Test
  void whatAnotherFactoryOrAnUndeliveredRunBroughtIsNotUnchanged() throws IOException {
    Path file = newManifest().rows(20).write(folder.resolve("mine.csv"));
    RunOutcome mine = runs.provision(file, factory, null, null);
    assertThat(mine.accepted()).isEqualTo(20);
    String other = factory;
    addFactory();
    Path copy = folder.resolve("theirs.csv");
    Files.writeString(copy, Files.readString(file) + "\n");

    RunOutcome theirs = runs.provision(copy, factory, RejectLimit.valueOf("100%"), null);

    assertThat(factory).isNotEqualTo(other);
    assertThat(theirs.unchanged()).isZero();
    assertThat(theirs.rejectedByCode()).isEqualTo(Map.of("ALREADY_REGISTERED", 20L));
  }

  @Test
  void aDeviceThatAnotherManifestBroughtIsRejectedAndTheManifestNamed() throws IOException {
    TestManifest first = newManifest().rows(100);
    RunOutcome before = provision(first, null);
    TestManifest second =
        newManifest().rows(99).row(first.deviceId(17).toUpperCase(java.util.Locale.ROOT));

    RunOutcome outcome = provision(second, null);

    assertThat(outcome.rejectedByCode()).isEqualTo(Map.of("ALREADY_REGISTERED", 1L));
    assertThat(Files.readString(outbox(outcome).resolve("rejects.csv")))
        .contains(
            "101,%s,ALREADY_REGISTERED,serial_number,\"This device is already in the registry: it came with manifest %s (%s) of %s, line 17. There its serial_number is '"
                .formatted(
                    first.deviceId(17),
                    before.manifest(),
                    before.sha256().substring(0, 12),
                    factory));
  }

  @Test
  void aRevokedDeviceIsNeverRevivedByAManifest() throws IOException {
    TestManifest first = newManifest().rows(50);
    provision(first, null);
    changes.change(UUID.fromString(first.deviceId(9)), StatusAction.REVOKE, "stolen", "test");

    RunOutcome outcome = provision(newManifest().rows(99).row(first.deviceId(9)), null);

    assertThat(outcome.rejectedByCode()).isEqualTo(Map.of("REVOKED_DEVICE", 1L));
    assertThat(
            jdbc.queryForObject(
                "SELECT state::text FROM registry WHERE device_id = ?::uuid",
                String.class,
                first.deviceId(9)))
        .isEqualTo("REVOKED");
  }

  @Test
  void theSameContentAgainDoesNoWorkAndGivesBackTheFirstReceiptAlsoGzippedAndUnderAnotherName()
      throws IOException {
    TestManifest manifest = newManifest().rows(300);
    RunOutcome first = provision(manifest, null);
    Path packed = folder.resolve("another-name.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(manifest.content().getBytes(StandardCharsets.UTF_8));
    }
    int executionsBefore = executions.latest(Integer.MAX_VALUE).size();

    RunOutcome again = runs.provision(packed, factory, null, null);

    assertThat(again.status()).isEqualTo(RunOutcome.ALREADY_PROVISIONED);
    assertThat(again.execution()).isEqualTo(first.execution());
    assertThat(again.outbox()).isEqualTo(first.outbox());
    assertThat(executions.latest(Integer.MAX_VALUE)).hasSize(executionsBefore);
    assertThat(registered()).hasSize(300);
  }

  @Test
  void tooManyRejectsFailTheRunBeforeAnyTokenExistsAndAHigherLimitLetsItGoOn() throws IOException {
    TestManifest manifest = newManifest().rows(90);
    for (int i = 0; i < 10; i++) {
      manifest.row("bad");
    }

    RunOutcome failed = provision(manifest, null);

    assertThat(failed.status()).isEqualTo("FAILED");
    assertThat(failed.cause()).startsWith("10 of 100 rows were refused, and the limit is 5%.");
    assertThat(failed.outbox()).isNull();
    assertThat(registered()).hasSize(90).containsOnly("REGISTERED");
    assertThat(home.outbox().resolve(factory)).doesNotExist();

    RunOutcome restarted = control.restart(failed.execution(), RejectLimit.valueOf("10%"));

    assertThat(restarted.status()).isEqualTo("COMPLETED");
    assertThat(registered()).hasSize(90).containsOnly("PROVISIONED");
    assertThat(tokenLines(restarted)).hasSize(90);
  }

  @Test
  void whatAFailedRunLoadedCanBeWithdrawnAndTheManifestSentAgain() throws IOException {
    TestManifest manifest = newManifest().rows(5).row("bad");
    RunOutcome failed = provision(manifest, null);

    assertThat(control.withdraw(failed.execution())).isEqualTo(5);

    assertThat(registered()).isEmpty();
    assertThatThrownBy(() -> control.restart(failed.execution(), null))
        .isInstanceOf(OperationRefusedException.class)
        .hasMessageContaining("withdrawn");
    RunOutcome again = provision(manifest, RejectLimit.valueOf("1"));
    assertThat(again.status()).isEqualTo("COMPLETED");
    assertThatThrownBy(() -> control.withdraw(again.execution()))
        .isInstanceOf(OperationRefusedException.class)
        .hasMessageContaining("tokens were delivered");
  }

  /** As a kill leaves it: what it does to the registry is committed, and nothing else is done. */
  @Test
  void aRestartEndsAWithdrawalThatWasBrokenOff() throws IOException {
    TestManifest manifest = newManifest().rows(100).row("no-guid");
    RunOutcome failed = provision(manifest, RejectLimit.valueOf("0.1%"));
    jdbc.update("UPDATE manifest SET withdrawn_at = now() WHERE factory = ?", factory);
    jdbc.update(
        "DELETE FROM device WHERE manifest_id IN (SELECT manifest_id FROM manifest WHERE factory ="
            + " ?)",
        factory);

    assertThatThrownBy(() -> control.restart(failed.execution(), null))
        .isInstanceOf(RunWithdrawnException.class)
        .hasMessageContaining("was withdrawn. Nothing is left of it");

    assertThat(executions.restartable())
        .extracting(ExecutionSummary::execution)
        .doesNotContain(failed.execution());
    assertThat(spooledDevices()).doesNotExist();
    assertThat(home.spool().resolve(factory).resolve(failed.sha256() + "-0.csv")).doesNotExist();
    assertThat(provision(manifest, RejectLimit.valueOf("5%")).status()).isEqualTo("COMPLETED");
  }

  /**
   * Killed behind the appearance of its bundle: whoever gives the run up must not lose its tokens.
   */
  @Test
  void aRunWhoseBundleWasPublishedIsNotGivenUp() throws IOException {
    RunOutcome outcome = provision(newManifest().rows(100), null);
    jdbc.update(
        "UPDATE batch_job_execution SET status = 'FAILED' WHERE job_execution_id = ?",
        outcome.execution());
    jdbc.update("UPDATE manifest SET delivered_at = NULL WHERE factory = ?", factory);
    jdbc.update("UPDATE bundle SET delivered_at = NULL WHERE factory = ?", factory);
    jdbc.update("DELETE FROM delivery WHERE factory = ?", factory);

    assertThatThrownBy(() -> control.abandon(outcome.execution()))
        .isInstanceOf(OperationRefusedException.class)
        .hasMessageContaining("its bundle was published, and somebody may hold its tokens");

    assertThat(registered()).hasSize(100).containsOnly("PROVISIONED");
    assertThat(control.restart(outcome.execution(), null).done()).isTrue();
  }

  @Test
  void allOrNothingTakesItsRowsBackByItself() throws IOException {
    RunOutcome outcome = provision(newManifest().rows(700).row("bad"), RejectLimit.valueOf("0"));

    assertThat(outcome.status()).isEqualTo("FAILED");
    assertThat(outcome.accepted()).isZero();
    assertThat(outcome.rejected()).isEqualTo(1);
    assertThat(registered()).isEmpty();
    assertThat(executions.restartable())
        .extracting(ExecutionSummary::execution)
        .doesNotContain(outcome.execution());
  }

  @Test
  void aRunThatFailsInTheMiddleOfTheLoadContinuesBehindItsLastChunk() throws IOException {
    TestManifest manifest = newManifest().rows(8000);
    String stumblingBlock = manifest.deviceId(3300);
    jdbc.execute(
        """
        CREATE OR REPLACE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the disk is full'; END $$;
        CREATE TRIGGER stumble BEFORE INSERT ON device FOR EACH ROW
        WHEN (NEW.device_id = '%s') EXECUTE FUNCTION stumble()
        """
            .formatted(stumblingBlock));
    RunOutcome failed;
    try {
      failed = provision(manifest, null);
    } finally {
      jdbc.execute("DROP TRIGGER stumble ON device");
    }
    assertThat(failed.status()).isEqualTo("FAILED");
    assertThat(failed.cause()).contains("the disk is full");
    int loaded = registered().size();
    assertThat(loaded).isGreaterThanOrEqualTo(500).isLessThan(8000);

    RunOutcome restarted = control.restart(failed.execution(), null);

    assertThat(restarted.status()).isEqualTo("COMPLETED");
    assertThat(registered()).hasSize(8000);
    long readAgain =
        executions.find(restarted.execution()).orElseThrow().steps().stream()
            .filter(step -> step.name().startsWith("load:"))
            .mapToLong(ExecutionSummary.StepSummary::read)
            .sum();
    assertThat(readAgain).isEqualTo(8000 - loaded);
    assertThat(tokenLines(restarted)).containsExactlyElementsOf(expectedLines(manifest, restarted));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lost", "damaged", "cut off"})
  void theBundleIsTheSameWhenWhatWasSpooledForItIs(String fate) throws IOException {
    TestManifest manifest = newManifest().rows(3000);
    for (int line = 2; line < 300; line++) {
      manifest.repeat(line);
    }
    RunOutcome failed = provision(manifest, RejectLimit.valueOf("10"));
    assertThat(failed.status()).isEqualTo("FAILED");
    try (Stream<Path> files = Files.list(spooledDevices())) {
      Path file = files.sorted().toList().get(1);
      byte[] content = Files.readAllBytes(file);
      switch (fate) {
        case "lost" -> Files.delete(file);
        case "damaged" -> {
          content[content.length / 2]++;
          Files.write(file, content);
        }
        default -> Files.write(file, java.util.Arrays.copyOf(content, content.length - 22));
      }
    }

    RunOutcome restarted = control.restart(failed.execution(), RejectLimit.valueOf("10%"));

    assertThat(restarted.status()).isEqualTo("COMPLETED");
    assertThat(tokenLines(restarted))
        .containsExactlyElementsOf(expectedLines(manifest, restarted).subList(0, 3000));
    assertThat(spooledDevices()).doesNotExist();
  }

  @Test
  void aRunThatWasKilledBeforeItsFirstExecutionWasWrittenIsStarted() throws IOException {
    TestManifest manifest = newManifest().rows(10);
    Path file = manifest.write(folder.resolve("orphan.csv"));
    RunParameters parameters =
        new RunParameters(
            factory,
            taken(file).sha256(),
            0,
            file,
            "orphan",
            RejectLimit.valueOf("5%"),
            Duration.ofDays(1),
            null,
            null,
            null,
            Updates.NONE);
    jobRepository.createJobInstance(ProvisionManifestJob.JOB, parameters.toJobParameters());

    assertThat(runs.provision(file, factory, null, null).status()).isEqualTo("COMPLETED");
  }

  @Test
  void contentThatVanishedIsThereAgainWhenItIsSentAgain() throws IOException {
    String lost = factory + "-lost";
    factories.add(new Factory(lost, List.of(identity.recipient()), "nowhere"));
    Path file = newManifest().rows(20).write(folder.resolve("lost.csv"));
    RunOutcome failed = runs.provision(file, lost, null, null); // received, and not loaded
    assertThat(failed.rows()).isEqualTo(20);
    jdbc.update("UPDATE factory SET hubs = '{}' WHERE id = ?", lost);
    Files.delete(home.spool().resolve(lost).resolve(failed.sha256() + "-0.csv"));

    RunOutcome restarted = control.restart(failed.execution(), null);
    assertThat(restarted.cause())
        .contains("is gone from the spool")
        .contains("Send the same file again");

    RunOutcome again = runs.provision(file, lost, null, null);
    assertThat(again.status()).isEqualTo("COMPLETED");
    assertThat(again.accepted()).isEqualTo(20);
    assertThat(home.spool().resolve(lost)).isEmptyDirectory();
  }

  @Test
  void whatIsWithdrawnOnceMoreLeavesTheContentThatWasSentAgain() throws IOException {
    TestManifest manifest = newManifest().rows(20).row("bad").row("bad");
    RunOutcome first = provision(manifest, RejectLimit.valueOf("0.1%"));
    control.withdraw(first.execution());
    RunOutcome second = provision(manifest, RejectLimit.valueOf("0.1%"));

    control.withdraw(first.execution());

    RunOutcome restarted = control.restart(second.execution(), RejectLimit.valueOf("50%"));
    assertThat(restarted.status()).as(restarted.cause()).isEqualTo("COMPLETED");
    assertThat(Files.readAllLines(outbox(restarted).resolve("rejects.csv"))).hasSize(3);
  }

  @Test
  void whatIsRefusedLeavesNothingInTheSpool() throws IOException {
    Path file =
        Files.write(folder.resolve("refused.csv"), new byte[] {(byte) 0x1F, (byte) 0x8B, 9});

    RunOutcome refused = runs.provision(file, factory, null, null);

    assertThat(refused.ending()).isEqualTo(RunOutcome.Ending.REFUSED);
    assertThat(home.spool().resolve(factory))
        .satisfiesAnyOf(
            spool -> assertThat(spool).doesNotExist(),
            spool -> assertThat(spool).isEmptyDirectory());
    assertThat(home.spool().resolve("received")).isEmptyDirectory();
  }

  @Test
  void aDeviceThatIsRevokedBetweenLoadingAndIssuingGetsNoToken() throws IOException {
    TestManifest manifest = newManifest().rows(20).row("bad").row("bad");
    RunOutcome failed = provision(manifest, null);
    changes.change(UUID.fromString(manifest.deviceId(5)), StatusAction.REVOKE, "stolen", "test");

    RunOutcome restarted = control.restart(failed.execution(), RejectLimit.valueOf("50%"));

    assertThat(restarted.status()).isEqualTo("COMPLETED");
    assertThat(tokenLines(restarted))
        .hasSize(19)
        .noneMatch(line -> line.startsWith(manifest.deviceId(5)));
  }

  @Test
  void aDeviceThatWasOutOfServiceWhileItsPartWasMadeDoesNotHoldUpTheOthers() throws IOException {
    TestManifest manifest = newManifest().rows(20).row("bad").row("bad");
    RunOutcome failed = provision(manifest, null);
    UUID device = UUID.fromString(manifest.deviceId(5));
    changes.change(device, StatusAction.DISABLE, "lost", "test");
    Obstacle obstacle =
        Obstacle.to(home, factory, RunParameters.bundleName(failed.manifest(), failed.sha256()));
    RunOutcome made = control.restart(failed.execution(), RejectLimit.valueOf("50%"));
    assertThat(made.cause()).contains("is in the way");
    changes.change(device, StatusAction.ENABLE, "found", "test");
    obstacle.remove();

    RunOutcome restarted = control.restart(made.execution(), null);

    assertThat(restarted.status()).as(restarted.cause()).isEqualTo("COMPLETED");
    assertThat(tokenLines(restarted))
        .hasSize(19)
        .noneMatch(line -> line.startsWith(manifest.deviceId(5)));
  }

  /** As somebody does who gives a technician a token for it. */
  @Test
  void aDeviceThatIsGivenATokenWhileItsManifestIsWithdrawnStays() throws Exception {
    TestManifest manifest = newManifest().rows(5).row("bad");
    RunOutcome failed = provision(manifest, null);
    UUID device = UUID.fromString(manifest.deviceId(3));

    FutureTask<Long> withdrawal =
        new TransactionTemplate(transactions)
            .execute(
                held -> {
                  jdbc.queryForList(
                      "SELECT model FROM device WHERE device_id = ? FOR NO KEY UPDATE", device);
                  FutureTask<Long> going = inParallel(() -> control.withdraw(failed.execution()));
                  TestDatabase.await(
                      jdbc,
                      Duration.ofMinutes(1),
                      "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype IN ('transactionid',"
                          + " 'tuple') AND NOT granted)");
                  jdbc.update(
                      """
                      INSERT INTO device_status (device_id, changed_at, hub_id, token_expires_at)
                      SELECT device_id, now(), hub_id, now() + interval '1 day' FROM device WHERE device_id = ?\
                      """,
                      device);
                  return going;
                });

    assertThat(Objects.requireNonNull(withdrawal).get()).isEqualTo(4);
    assertThat(registered()).hasSize(1);
  }

  @Test
  void aFactoryIsToldWhatItCanMendAndOfThisMachineOnlyThatSomethingIsInTheWay() throws IOException {
    RunOutcome tooMany = provision(newManifest().rows(5).row("bad"), null);
    Path file = newManifest().rows(5).write(folder.resolve("hindered.csv"));
    Obstacle obstacle = Obstacle.to(home, factory, file);
    RunOutcome hindered = runs.provision(file, factory, null, null);
    assertThat(hindered.cause()).contains("is in the way").contains(factory);
    String told =
        "Something is in the way of it here. The operator sees to it; you need not send it again.";

    Callers.run(
        Caller.account("f", "f", "test", List.of(Role.FACTORY), factory),
        () -> {
          assertThat(executions.find(tooMany.execution()).orElseThrow().cause())
              .startsWith("1 of 6 rows were refused");
          ExecutionSummary seen = executions.find(hindered.execution()).orElseThrow();
          assertThat(seen.cause()).isEqualTo(told);
          assertThat(seen.steps()).allMatch(step -> step.stackTrace().isEmpty());
          assertThat(sent.ofContent(hindered.sha256(), 1))
              .extracting(SentManifest.Line::cause)
              .containsExactly(told);
        });

    assertThat(executions.find(hindered.execution()).orElseThrow().cause())
        .isEqualTo(hindered.cause());
    obstacle.remove();
  }

  @Test
  void anUnknownFactoryIsRefusedAndTheRunGoesOnOnceItIsAdded() throws IOException {
    TestManifest manifest = newManifest().rows(3);
    Path file = manifest.write(folder.resolve("early.csv"));
    String late = factory + "-late";

    RunOutcome refused = runs.provision(file, late, null, null);
    assertThat(refused.status()).isEqualTo("FAILED");
    assertThat(refused.cause()).startsWith("There is no factory '" + late + "'.");

    factories.add(new Factory(late, List.of(identity.recipient()), null));
    assertThat(control.restart(refused.execution(), null).status()).isEqualTo("COMPLETED");
  }

  @Test
  void aRefusedManifestLoadsNothingAndIsNotAmongThoseToRestart() throws IOException {
    Path file = Files.writeString(folder.resolve("bad.csv"), "device_id\n\"never closed\n");

    RunOutcome refused = runs.provision(file, factory, null, null);

    assertThat(refused.cause()).startsWith("The quote that opens on line 2 never closes.");
    assertThat(refused.rows()).isNull();
    assertThat(executions.restartable())
        .extracting(ExecutionSummary::execution)
        .doesNotContain(refused.execution());
  }

  @Test
  void anAbandonedRunCanOnlyBeWithdrawn() throws IOException {
    TestManifest manifest = newManifest().rows(5).row("bad");
    RunOutcome failed = provision(manifest, null);
    control.abandon(failed.execution());

    assertThatThrownBy(() -> provision(manifest, RejectLimit.valueOf("50%")))
        .isInstanceOf(OperationRefusedException.class)
        .hasMessageContaining("was abandoned");
    assertThat(control.withdraw(failed.execution())).isEqualTo(5);
    assertThat(provision(manifest, RejectLimit.valueOf("50%")).status()).isEqualTo("COMPLETED");
  }

  @Test
  void theStepsRunInOrderAndCountTheirRows() throws Exception {
    RunOutcome outcome = provision(newManifest().rows(1200), null);

    JobExecution execution =
        Objects.requireNonNull(jobRepository.getJobExecution(outcome.execution()));
    assertThat(execution.getStatus()).isEqualTo(BatchStatus.COMPLETED);
    assertThat(
            execution.getStepExecutions().stream()
                .map(StepExecution::getStepName)
                .filter(name -> !name.contains(":")))
        .containsExactly("receive", "load", "settle", "issue", "deliver");
    assertThat(
            execution.getStepExecutions().stream()
                .filter(step -> step.getStepName().equals("load"))
                .mapToLong(StepExecution::getWriteCount))
        .containsExactly(1200L);
  }

  @Test
  void nothingIsLeftInSpoolAndStagingOfADeliveredManifest() throws IOException {
    RunOutcome outcome = provision(newManifest().rows(10), null);

    assertThat(home.spool().resolve(factory).resolve(outcome.sha256() + "-0.csv")).doesNotExist();
    try (Stream<Path> files = Files.list(outbox(outcome))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("tokens.csv.age", "rejects.csv", "receipt.json");
    }
  }

  private static TestManifest newManifest() {
    return TestManifest.seeded(SEEDS.incrementAndGet());
  }

  private RunOutcome provision(TestManifest manifest, @Nullable RejectLimit maxRejects)
      throws IOException {
    Path file = manifest.write(folder.resolve("m-" + SEEDS.incrementAndGet() + ".csv"));
    return runs.provision(file, factory, maxRejects, null);
  }

  private List<String> registered() {
    return jdbc.queryForList(
        "SELECT state::text FROM registry WHERE factory = ?", String.class, factory);
  }

  private Content taken(Path file) throws IOException {
    return contents.take(
        file,
        folder.resolve(file.getFileName() + ".taken"),
        1 << 24,
        ManifestFormat.NONE,
        bytes -> {});
  }

  private Path spooledDevices() {
    return home.spool()
        .resolve(
            "devices-"
                + jdbc.queryForObject(
                    "SELECT max(manifest_id) FROM manifest WHERE factory = ?",
                    Integer.class,
                    factory));
  }

  private Path outbox(RunOutcome outcome) {
    return home.root().resolve(String.valueOf(outcome.outbox()));
  }

  private Receipt receipt(RunOutcome outcome) throws IOException {
    return Receipt.parse(Files.readString(outbox(outcome).resolve("receipt.json")));
  }

  private List<String> tokenLines(RunOutcome outcome) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Receipt.Part part : receipt(outcome).parts()) {
      ByteArrayOutputStream plain = new ByteArrayOutputStream();
      BundleOpener.open(outbox(outcome).resolve(part.name()), List.of(identity), plain);
      List<String> partLines = plain.toString(StandardCharsets.UTF_8).lines().toList();
      assertThat(partLines.get(0)).isEqualTo("device_id,namespace,event_hub,token,expires_at");
      lines.addAll(partLines.subList(1, partLines.size()));
    }
    return lines;
  }

  /** What a bundle must hold, in the order of the manifest's lines. */
  private List<String> expectedLines(TestManifest manifest, RunOutcome outcome) throws IOException {
    Hub hub = hubs.all().get(0);
    Receipt receipt = receipt(outcome);
    DeviceTokens tokens = new DeviceTokens(hub, hub.primaryKey(), receipt.tokensExpireAt());
    List<String> lines = new ArrayList<>();
    for (int line = 2; line <= manifest.lastLine(); line++) {
      lines.add(
          "%s,%s,%s,%s,%s"
              .formatted(
                  manifest.deviceId(line),
                  hub.namespace(),
                  hub.eventHub(),
                  tokens.token(UUID.fromString(manifest.deviceId(line))),
                  receipt.tokensExpireAt()));
    }
    return lines;
  }
}
