package dev.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.SmallDisk;
import dev.muster.TestManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands as a person or a script calls them: real processes, one home. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("slow")
class CommandTests {

  private static final Path SAMPLES = Path.of("sample-manifests").toAbsolutePath();
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private static Path folder;

  private MusterProcess muster = new MusterProcess(Path.of("unset"));

  @BeforeEach
  void useOneHome() {
    muster = MusterProcess.untouched(folder.resolve("home"));
  }

  @Test
  void aCleanManifestExitsWithZeroAndTheSummarySaysWhereTheBundleIsAndWhatIsForDevelopmentOnly()
      throws Exception {
    Result result = muster.run("provision", sample("thermostats.csv"));

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("thermostats: provisioned")
        .containsPattern("accepted +200")
        .contains("/outbox/fabrikam/thermostats-")
        .contains("jobs/open-bundle")
        .contains("For development only");
  }

  @Test
  void rejectedRowsExitWithThreeAndJsonIsAllThatStandardOutputHas() throws Exception {
    Result result = muster.run("provision", sample("some-faults.csv"), "--json");

    assertThat(result.exitCode()).isEqualTo(3);
    JsonNode json = JSON.readTree(result.out());
    assertThat(json.propertyNames())
        .contains(
            "manifest",
            "factory",
            "sha256",
            "execution",
            "status",
            "rows",
            "accepted",
            "rejected",
            "rejectedByCode",
            "seconds",
            "outbox");
    assertThat(json.get("manifest").asString()).isEqualTo("some-faults");
    assertThat(json.get("rejectedByCode").toString())
        .isEqualTo("{\"DUPLICATE_IN_MANIFEST\":1,\"MALFORMED_DEVICE_ID\":1}");
    assertThat(Path.of(json.get("outbox").asString()).resolve("rejects.csv")).exists();

    Path changes =
        Files.writeString(
            folder.resolve("changes.csv"),
            "device_id,model\n%s,changed\n%s,new\n"
                .formatted(
                    Files.readAllLines(Path.of(sample("some-faults.csv"))).get(1).split(",", -1)[0],
                    UUID.randomUUID()));
    Result updated = muster.run("provision", changes.toString(), "--update", "--json");
    JsonNode run = JSON.readTree(updated.out());
    assertThat(run.get("updated").asLong()).as(updated.err()).isEqualTo(1);
    assertThat(muster.run("status", run.get("execution").asString()).out())
        .contains("2 rows, 1 accepted, 1 updated, 0 rejected");
  }

  @Test
  void tooManyRejectsExitWithOneAndStatusTellsTheCause() throws Exception {
    Result failed = muster.run("provision", sample("every-fault.csv"), "--json");
    assertThat(failed.exitCode()).isEqualTo(1);
    String execution = JSON.readTree(failed.out()).get("execution").asString();

    Result mistyped = muster.run("restart", "banana");
    assertThat(mistyped.exitCode()).isEqualTo(2);
    assertThat(mistyped.err()).contains("'banana' is no number of an execution");

    Result status = muster.run("status", execution, "--json");

    JsonNode one = JSON.readTree(status.out()).get(0);
    assertThat(one.get("status").asString()).isEqualTo("FAILED");
    assertThat(one.get("cause").asString()).startsWith("13 of 16 rows were refused");
    assertThat(one.get("steps")).isNotEmpty();
    JsonNode load = one.get("progress").get(1);
    assertThat(load.get("step").asString()).isEqualTo("load");
    assertThat(load.get("done").asInt()).isEqualTo(16);
    assertThat(load.get("secondsLeft").isNull()).isTrue();
    assertThat(muster.run("status", execution).out()).contains("settle").contains("13 of 16 rows");
    Result withdrawn = muster.run("withdraw", execution);
    assertThat(withdrawn.exitCode()).as(withdrawn.err()).isZero();
    assertThat(withdrawn.out()).startsWith("3 devices of execution " + execution);
  }

  @Test
  void executionsAreFoundAndTakenAwayByTheFiltersOfTheirPage() throws Exception {
    Path file = TestManifest.seeded(102).rows(2).write(folder.resolve("taken-away.csv"));
    Result provisioned = muster.run("provision", file.toString());
    assertThat(provisioned.exitCode()).as(provisioned.err()).isZero();

    Result found =
        muster.run(
            "status",
            "--job=provision-manifest",
            "--status=COMPLETED",
            "--factory=fabrikam",
            "--text=Taken",
            "--export=csv");

    assertThat(found.exitCode()).as(found.err()).isZero();
    assertThat(found.out().lines()).hasSize(2);
    assertThat(found.out()).contains("startedAt", "taken-away");
    assertThat(muster.run("status", "--text=Taken").out())
        .startsWith("EXECUTION")
        .contains("taken-away");
    for (String other : List.of("--job=renew-tokens", "--status=FAILED", "--factory=contoso")) {
      assertThat(muster.run("status", "--text=taken", other).out())
          .as(other)
          .isEqualTo("No execution is like that.\n");
    }
    Result one = muster.run("status", "1", "--export=csv");
    assertThat(one.exitCode()).isEqualTo(2);
    assertThat(one.err()).contains("--export takes a list away");
  }

  @Test
  void aDevicesStoryIsToldInTheWordsOfItsPage() throws Exception {
    TestManifest manifest = TestManifest.seeded(103).rows(2);
    Path file = manifest.write(folder.resolve("story.csv"));
    Result provisioned = muster.run("provision", file.toString());
    assertThat(provisioned.exitCode()).as(provisioned.err()).isZero();
    String device = manifest.deviceId(3);
    muster.run("service", device, "--what", "cleaned", "--note", "twice");

    Result told = muster.run("devices", device);

    assertThat(told.exitCode()).as(told.err()).isZero();
    assertThat(told.out())
        .startsWith("Device " + device + "\n")
        .containsPattern("\n  State +in service, token delivered\n")
        .containsPattern("\n  Serial number +SN-2\n")
        .containsPattern("\n  Building +–\n")
        .containsPattern("\n  Token +ends 20\\d\\d-.*Z \\(in \\d+ days\\), with bundle \\d+\n")
        .containsPattern("\n  First seen +never: a token for it was delivered")
        .containsPattern("\n  Manifest +story, line 3, of factory fabrikam \\(\\d+\\)\n")
        .containsPattern("\n  Further columns +\\{\"batch\": ?\"b2\"}\n")
        .containsPattern("Z  Came with manifest story of factory fabrikam, line 3, by factory")
        .containsPattern("Z  Its first token was delivered, in the manifest's bundle\n")
        .containsPattern("Z  Serviced: cleaned, by .+\n +twice\n")
        .contains("Its service records: jobs/service " + device)
        .doesNotContain("SharedAccessSignature");
    JsonNode json = JSON.readTree(muster.run("devices", device, "--json").out());
    assertThat(json.get("device").get("line").asInt()).isEqualTo(3);
    assertThat(json.get("history").get(0).get("what").asString()).isEqualTo("Serviced: cleaned");
    Result both = muster.run("devices", device, "--factory", "fabrikam");
    assertThat(both.exitCode()).isEqualTo(2);
    assertThat(both.err()).contains("Name a device, or say what devices are like");
    Result none = muster.run("devices", UUID.randomUUID().toString());
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err()).contains("The registry does not know the device");
  }

  @Test
  void aManifestIsToldInTheWordsOfItsPageAndItsRefusedRowsAreThoseOfItsBundle() throws Exception {
    Path file = TestManifest.seeded(104).rows(30).row("=bad").write(folder.resolve("detail.csv"));
    JsonNode provisioned = JSON.readTree(muster.run("provision", file.toString(), "--json").out());
    String number =
        JSON.readTree(muster.run("manifests", "--name", "detail", "--json").out())
            .get(0)
            .get("id")
            .asString();

    Result told = muster.run("manifests", number);

    assertThat(told.exitCode()).as(told.err()).isZero();
    assertThat(told.out())
        .startsWith("Manifest detail: delivered\n")
        .containsPattern("\n  Rows +31\n")
        .containsPattern("\n  Accepted +30 ")
        .containsPattern("\n  Seen +0 of 30 whose tokens were delivered, 30 never seen\n")
        .containsPattern("\n  Refused +1\n")
        .containsPattern("\n  Load devices +completed +31 of 31 rows\n")
        .containsPattern("\n  rejects.csv +\\d+ bytes\n")
        .containsPattern("\n  Source +command line\n")
        .contains("SHA-256", provisioned.get("sha256").asString())
        .contains("Nobody has restarted, stopped, abandoned or withdrawn it.")
        .containsPattern("\n  The device id is no GUID +MALFORMED_DEVICE_ID +1\n")
        .contains("jobs/manifests " + number + " --rejects");
    assertThat(muster.run("manifests", number, "--rejects").out())
        .isEqualTo(
            Files.readString(Path.of(provisioned.get("outbox").asString()).resolve("rejects.csv")))
        .contains("32,'=bad,MALFORMED_DEVICE_ID,device_id,");
    assertThat(muster.run("manifests", number, "--rejects", "--code", "NO_HUB").out().lines())
        .hasSize(1);
    JsonNode json = JSON.readTree(muster.run("manifests", number, "--json").out());
    assertThat(json.get("rejectedByCode").get("MALFORMED_DEVICE_ID").asInt()).isEqualTo(1);
    Result none = muster.run("manifests", "1999999999");
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err()).contains("There is no manifest 1999999999.");
    assertThat(muster.run("manifests", "--rejects").exitCode()).isEqualTo(2);
  }

  @Test
  void devicesThatWereChosenWaitUntilTheyAreConfirmedOrDiscarded() throws Exception {
    TestManifest manifest = TestManifest.seeded(105).rows(2);
    muster.run("provision", manifest.write(folder.resolve("waiting.csv")).toString());
    Result looked =
        muster.run(
            "devices", "--id", manifest.deviceId(2), "--change", "disable", "--reason", "lost");
    String number = looked.out().replaceFirst("(?s).*jobs/revoke --confirm (\\S+).*", "$1");

    assertThat(muster.run("uploads").out())
        .containsPattern(number + "  ready +devices +– .*disable.*" + manifest.deviceId(2));
    assertThat(muster.run("uploads", number).out().strip())
        .as("what was said when they were chosen")
        .isEqualTo(looked.out().strip());
    Result elsewhere = muster.run("uploads", "confirm", number);
    assertThat(elsewhere.exitCode()).isEqualTo(1);
    assertThat(elsewhere.err())
        .contains("chosen among all factories': jobs/uploads " + number + " says what");
    Result discarded = muster.run("uploads", "discard", number);
    assertThat(discarded.out())
        .as(discarded.err())
        .isEqualTo("The upload was discarded. Nothing was loaded.\n");
    Result gone = muster.run("uploads", number);
    assertThat(gone.exitCode()).isEqualTo(1);
    assertThat(gone.err()).contains("This upload was confirmed or discarded");
    assertThat(muster.run("uploads", "7").err()).contains("'7' is no number of an upload.");
  }

  @Test
  void theOverviewSaysInWordsWhatItsPageShows() throws Exception {
    muster.run(
        "provision",
        TestManifest.seeded(106).rows(3).write(folder.resolve("overview.csv")).toString());

    Result told = muster.run("overview");

    JsonNode json = JSON.readTree(muster.run("overview", "--json").out());
    JsonNode today = json.get("days").get(29);
    assertThat(json.get("days")).hasSize(30);
    assertThat(today.get("provisioned").asLong()).isGreaterThanOrEqualTo(3);
    assertThat(told.out())
        .as(told.err())
        .containsPattern("^  Running +0\n")
        .containsPattern(
            "\n  Needs somebody +\\d+  \\(%d to restart · 0 in the inbox"
                .formatted(json.get("failed").size()))
        .containsPattern("\n  Waiting in the inbox +0  \\(Nothing waits for its turn\\)\n")
        .contains("Running now\n  Nothing is running.\n")
        .containsPattern(
            "\n  %s +%,d +%,d +%,d\n"
                .formatted(
                    today.get("date").asString(),
                    today.get("manifests").asLong(),
                    today.get("provisioned").asLong(),
                    today.get("rejected").asLong()))
        .contains("in the next 8 weeks.");
  }

  @Test
  void aDeviceIsInstalledAndItsTokenIsToldOnce() throws Exception {
    String device = UUID.randomUUID().toString();
    Result without = muster.run("token", device);
    assertThat(without.exitCode()).isEqualTo(1);
    assertThat(without.err()).contains("The registry does not know the device");

    assertThat(muster.run("install", device, "--building", "9", "--room", "12").out())
        .isEqualTo("The device is registered, in building 9, room 12.\n");
    assertThat(muster.run("install", device, "--room", "13").out())
        .isEqualTo("The device is known now in building 9, room 13.\n");
    Result first = muster.run("token", device);
    assertThat(first.out())
        .as(first.err())
        .matches("SharedAccessSignature sr=\\S+" + device + "\\S+\n");
    assertThat(first.err()).containsPattern("Sends to https://\\S+" + device + "/messages\n");
    JsonNode json = JSON.readTree(muster.run("token", device, "--json").out());
    assertThat(json.get("first").asBoolean()).isFalse();

    Path file = folder.resolve("device.token");
    Result second = muster.run("token", device, file.toString());
    assertThat(second.out() + second.err())
        .contains("Good until")
        .doesNotContain("SharedAccessSignature");
    assertThat(Files.readString(file)).startsWith("SharedAccessSignature sr=").endsWith("\n");
    assertThat(Files.getPosixFilePermissions(file))
        .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    Result again = muster.run("token", device, file.toString());
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("is there already; it is left as it is.");

    Result told = muster.run("devices", device);
    assertThat(told.out())
        .containsPattern("\n  Manifest +none; registered by hand\n")
        .contains("Was given a token")
        .doesNotContain("SharedAccessSignature");
    assertThat(told.out().split("Was given a token", -1)).as("three of them").hasSize(4);
    assertThat(muster.run("audit", "--action", "token.issue", "--export", "jsonl").out().lines())
        .filteredOn(line -> line.contains(device))
        .as("one before it was known")
        .hasSize(4);
  }

  @Test
  void aRefusedManifestExitsWithOneAndSaysWhy() throws Exception {
    Result result = muster.run("provision", sample("refused/not-utf8.csv"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).contains("refused").contains("the byte 0xFC at offset 57");
    assertThat(result.out() + result.err()).doesNotContain("Exception").doesNotContain("\tat ");
  }

  @Test
  void aDryRunJudgesEveryRowAndChangesNothing() throws Exception {
    Path file = TestManifest.seeded(99).rows(20).row("bad").write(folder.resolve("dry.csv"));

    Result first = muster.run("check", file.toString(), "--json");
    Result second = muster.run("check", file.toString(), "--json");

    assertThat(first.exitCode()).isEqualTo(3);
    assertThat(second.out()).isEqualTo(first.out());
    JsonNode json = JSON.readTree(first.out());
    assertThat(json.get("rejectLimit").asString()).isEqualTo("5%");
    assertThat(json.get("tooManyRejects").asBoolean()).isFalse();
    assertThat(json.get("provisionedAs").isNull()).isTrue();
    assertThat(json.get("accepted").asInt()).isEqualTo(20);
    assertThat(json.get("rejects").get(0).get("line").asInt()).isEqualTo(22);
    assertThat(json.get("rejects").get(0).get("code").asString()).isEqualTo("MALFORMED_DEVICE_ID");
  }

  @Test
  void aDryRunEndsAsItsRunWouldAndSaysWhatWasProvisionedBefore() throws Exception {
    Path file = TestManifest.seeded(98).rows(9).row("bad").write(folder.resolve("many.csv"));
    String[] check = {"check", file.toString(), "--factory", "fabrikam"};

    Result failing = muster.run(check);

    assertThat(failing.exitCode()).isEqualTo(1);
    assertThat(failing.out())
        .contains("the limit of rejected rows is 5%: provisioned as it is, it fails.");
    assertThat(muster.run("check", file.toString(), "--max-rejects", "10%").exitCode())
        .isEqualTo(3);

    assertThat(muster.run("provision", file.toString()).exitCode()).isEqualTo(1);
    String execution =
        JSON.readTree(muster.run("status", "--json").out()).get(0).get("execution").asString();
    assertThat(muster.run("restart", execution, "--max-rejects", "10%").exitCode()).isEqualTo(3);
    Result again = muster.run(check);
    assertThat(again.exitCode()).isEqualTo(3);
    assertThat(again.out())
        .contains("the same content was provisioned before, as manifest ")
        .doesNotContain("it fails");
  }

  /** A name may hold what a terminal takes for a command to it: here, to clear itself. */
  @Test
  void noFileTellsATerminalWhatToDo() throws Exception {
    MusterProcess own = new MusterProcess(folder.resolve("terminal"));
    String clear = "\u001B[2J\u009B2J\u202E";
    Path inbox = Files.createDirectories(folder.resolve("terminal/inbox/fabrikam"));
    Path bad = Files.writeString(inbox.resolve(clear + "no-ids.csv"), "serial" + clear + "\nx\n");
    assertSafe(own.run("check", bad.toString()).out(), "no-ids.csv would be refused");
    Files.createDirectory(inbox.resolve(clear + "old"));
    Running service = own.start("serve");
    try {
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(
              () ->
                  assertThat(own.run("arrivals").out()).contains("no-ids.csv").contains("REFUSED"));
      assertSafe(own.run("arrivals").out(), "no-ids.csv", "Files that nobody takes", "old\n");
      assertSafe(own.run("arrivals", "untaken").out(), "old\n");
      assertSafe(own.run("status").out(), "no-ids");
    } finally {
      service.process().destroyForcibly().waitFor();
    }
    assertSafe(own.run("check", folder.resolve(clear + "none").toString()).err(), "none.\n");
    assertThat(folder.resolve("terminal/log/muster.log"))
        .content()
        .contains("file=untaken", "no-ids.csv")
        .doesNotContain("\u001B", "\u009B");
  }

  private static void assertSafe(String said, String... parts) {
    assertThat(said).contains(parts).doesNotContain("\u001B", "\u009B", "\u202E");
  }

  /** PostgreSQL is not even unpacked, and the log has no room either. */
  @Test
  void aHomeWithoutRoomIsSaidInSentences() throws Exception {
    Path full = folder.resolve("full");
    try (SmallDisk small = SmallDisk.mount(full, 1)) {
      small.fill();

      Result result = MusterProcess.untouched(full).run("status");

      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err().lines())
          .anySatisfy(
              line ->
                  assertThat(line)
                      .startsWith("The log: ")
                      .endsWith("There is no room left on a disk."))
          .anySatisfy(
              line ->
                  assertThat(line)
                      .isEqualTo(
                          "There is no room left on a disk. Full: " + full + ". Make room there."))
          .allSatisfy(line -> assertThat(line).doesNotContain("\tat "));
    }
  }

  @Test
  void wrongUsageExitsWithTwoAndTouchesNothing() throws Exception {
    MusterProcess untouched = MusterProcess.untouched(folder.resolve("untouched"));
    String chosen = UUID.randomUUID().toString();

    for (String[] wrong :
        new String[][] {
          {},
          {"provision"},
          {"provision", "no-such-file.csv"},
          {"provision", sample("thermostats.csv"), "--max-rejects", "many"},
          {"provision", sample("thermostats.csv"), "--token-lifetime", "1 year"},
          {"restart"},
          {"restart", "1", "--all-failed"},
          {"renew", "--confirm", chosen, "--dry-run"},
          {"renew", "--confirm", chosen, "--factory", "fabrikam"},
          {"renew", "--confirm", chosen, "--within", "30"},
          {"renew", "--confirm", chosen, "--token-lifetime", "P90D"},
          {"revoke", "--confirm", chosen, "--dry-run"},
          {"revoke", "--approve", "1", "--factory", "fabrikam"},
          {"revoke", "--undo", "1", "--max-rejects", "5"},
          {"rotate-key", "west", "--status", "--token-lifetime", "P90D"},
          {"nonsense"}
        }) {
      Result result = untouched.run(wrong);
      assertThat(result.exitCode()).as(String.join(" ", wrong)).isEqualTo(2);
      assertThat(result.out()).isEmpty();
      assertThat(result.err()).isNotBlank();
    }
    assertThat(folder.resolve("untouched")).doesNotExist();
  }

  @Test
  void factoriesAreAddedListedAndRemovedAndTheirBundlesOpenWithTheirKey() throws Exception {
    MusterProcess own = new MusterProcess(folder.resolve("factories"));
    Path key = folder.resolve("contoso.agekey");
    String publicKey = own.run("keygen", key.toString()).out().strip();
    assertThat(Files.getPosixFilePermissions(key))
        .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    assertThat(own.run("factory", "add", "contoso", "--recipient", publicKey).exitCode()).isZero();
    assertThat(own.run("factory", "add", "../etc", "--recipient", publicKey).exitCode())
        .isEqualTo(2);
    String limits = "--max-rejects=7%";
    Result changed =
        own.run(
            "factory",
            "change",
            "contoso",
            limits,
            "--contact",
            "it@contoso.example",
            "--contact-language",
            "de",
            "--suspended",
            "--valid-until",
            "2100-12-31",
            "--max-devices-a-day",
            "5");
    assertThat(changed.out()).as(changed.err()).contains("Factory contoso is changed.");
    assertThat(
            own.run("factory", "change", "contoso", "--unset", "MAX_REJECTS", "--no-suspended")
                .exitCode())
        .isZero();
    assertThat(own.run("factory", "change", "contoso", "--unset", "MAX_REJECTS", limits).exitCode())
        .isEqualTo(2);
    assertThat(own.run("factory", "list", "--json").out()).contains("\"contactLanguage\":\"de\"");
    Result spoken = own.run("factory", "change", "contoso", "--contact-language", "es");
    assertThat(spoken.exitCode()).isEqualTo(2);
    assertThat(spoken.err())
        .contains("--contact-language")
        .contains("[EN, DE, FR]")
        .contains("'es'");
    assertThat(own.run("factory", "change", "contoso", "--unset", "CONTACT_LANGUAGE").exitCode())
        .isZero();
    String old = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
    String next = "MCowBQYDK2VwAyEAXeNWhVn3+X+FLHpQ8qT9DoUeIN0XQD/XEN2EEOlJNOg=";
    String pem = "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n";
    String oldKey = Files.writeString(folder.resolve("old.pub"), pem.formatted(old)).toString();
    String nextKey = Files.writeString(folder.resolve("next.pub"), pem.formatted(next)).toString();
    Result changing =
        own.run("factory", "change", "contoso", "--signing-key", oldKey, "--signing-key", nextKey);
    assertThat(changing.exitCode()).as(changing.err()).isZero();
    assertThat(own.run("factory", "list", "--json").out())
        .contains("\"signingKeys\":[\"%s\",\"%s\"]".formatted(old, next));
    assertThat(own.run("factory", "change", "contoso", "--unset", "SIGNING_KEY").exitCode())
        .isZero();
    assertThat(own.run("factory", "change", "north", limits).err())
        .contains("There is no factory 'north'");
    assertThat(own.run("factory", "list").out()).startsWith("FACTORY").contains("contoso");
    assertThat(own.run("factory", "list", "--json").out())
        .contains("contoso")
        .contains(publicKey)
        .contains("\"contact\":\"it@contoso.example\",\"contactLanguage\":null")
        .contains("\"signingKeys\":[]")
        .contains("\"maxRejects\":null")
        .contains("\"suspended\":false,\"validUntil\":\"2100-12-31\",\"maxDevices\":null")
        .contains("\"maxDevicesADay\":5");
    Result agreed =
        own.run(
            "factory", "format", "contoso", "--name", "Gerät=device_id", "--default", "model=A=1");
    assertThat(agreed.out()).contains("\"Gerät\":\"device_id\"").contains("\"model\":\"A=1\"");
    Path sample = Files.writeString(folder.resolve("s.csv"), "Gerät;hue\n" + UUID.randomUUID());
    Result tried =
        own.run("factory", "format", "contoso", "--sample", sample.toString(), "--trailer");
    assertThat(tried.out()).contains("would be refused as a whole").contains("'device_id'");
    assertThat(own.run("check", "--factory", "contoso", sample.toString()).out())
        .contains("columns: device_id (Gerät); kept as attributes: hue.")
        .contains("WRONG_FIELD_COUNT");
    assertThat(own.run("factory", "format", "contoso", "--pattern", "model=(").exitCode())
        .isEqualTo(2);
    assertThat(own.run("factory", "format", "contoso", "--none").out())
        .contains("sends what everybody may");
    Path file = TestManifest.seeded(100).rows(3).write(folder.resolve("c.csv"));
    JsonNode outcome = JSON.readTree(own.run("provision", file.toString(), "--json").out());
    assertThat(outcome.get("factory").asString()).isEqualTo("contoso");
    String id = Files.readAllLines(file).get(1).split(",", -1)[0];
    Path saw =
        Files.writeString(
            folder.resolve("seen.csv"),
            "device_id,seen_at\n%s,2026-01-02T10:00:00Z\n%s,2026-01-02\n".formatted(id, id));
    Result seen = own.run("seen", saw.toString());
    assertThat(seen.out()).as(seen.err()).contains("2 rows: 1 taken, 0 of devices that are not");
    assertThat(seen.err()).contains("row 2: '2026-01-02' is no time");
    assertThat(seen.exitCode()).isEqualTo(3);
    assertThat(own.run("devices", "--seen", "NEVER", "--export", "jsonl").out().lines())
        .hasSize(2)
        .noneMatch(line -> line.contains(id));
    Result opened =
        own.run(
            "open-bundle",
            outcome.get("outbox").asString() + "/tokens.csv.age",
            "--identity",
            key.toString());
    assertThat(opened.exitCode()).as(opened.err()).isZero();
    assertThat(opened.out().lines()).hasSize(4);
    assertThat(
            own.run("manifests", "--factory", "contoso", "--from", "2026-01-01", "--until", "2999")
                .err())
        .contains("'2999' is no time");
    JsonNode found = JSON.readTree(own.run("find", file.getFileName().toString(), "--json").out());
    assertThat(found.get("hits").get(0).get("kind").asString()).isEqualTo("MANIFEST");
    assertThat(found.get("hits").get(0).get("factory").asString()).isEqualTo("contoso");
    assertThat(own.run("manifests", "--factory", "contoso", "--from", "2026-01-01").out())
        .contains("DELIVERED");
    Result devices = own.run("devices", "--factory", "contoso", "--export", "csv");
    assertThat(devices.out().lines().count())
        .as(devices.err())
        .isEqualTo(1 + outcome.get("accepted").asLong());
    String[] meant = {"devices", "--factory", "contoso", "--change", "disable", "--reason", "test"};
    Result looked = own.run(meant);
    assertThat(looked.out())
        .as(looked.err())
        .contains("chosen              3")
        .contains("changed             3")
        .contains("no device has changed");
    String number = looked.out().replaceFirst("(?s).*jobs/revoke --confirm (\\S+).*", "$1");
    Result disabled = own.run("revoke", "--confirm", number, "--wait", "0");
    assertThat(disabled.out())
        .as(disabled.err())
        .contains("applied")
        .contains("changed             3");
    assertThat(own.run("lists", "--state", "APPLIED").out())
        .contains("APPLIED")
        .contains("disable_of_factory_contoso");
    assertThat(own.run("lists", "--state", "HELD").out()).contains("No list is like that.");
    assertThat(own.run("lists", "--factory", "contoso", "--json").out().strip()).isEqualTo("[]");
    assertThat(own.run("revoke", "--confirm", number).err()).contains("no choice of devices");
    assertThat(own.run(meant).out()).contains("unchanged           3");
    assertThat(own.run("audit", "--action", "factory.add", "--export", "jsonl").out())
        .startsWith("{\"number\":")
        .contains("factory=contoso");
    String device = devices.out().lines().skip(1).findFirst().orElseThrow().substring(0, 36);
    Result done =
        own.run("service", device, "--what", "cleaned", "--at", "2026-01-02T03:04", "--json");
    assertThat(done.out()).as(done.err()).contains("\"doneAt\":\"2026-01-02T03:04:00Z\"");
    assertThat(own.run("service", device).out()).startsWith("DONE").contains("cleaned");
    Result retired = own.run("retire", device, "--reason", "scrapped");
    assertThat(retired.out()).as(retired.err()).contains("Device " + device + " is retired.");
    assertThat(own.run("devices", "--state", "retired").out()).contains(device);
    String other = devices.out().lines().skip(2).findFirst().orElseThrow().substring(0, 36);
    Result partly =
        own.run("retire", other, UUID.randomUUID().toString(), "--reason", "scrapped", "--json");
    assertThat(partly.exitCode()).isEqualTo(1);
    assertThat(partly.out()).as(partly.err()).contains("\"device\":\"" + other + "\"");
    JsonNode denied = JSON.readTree(own.run("deny-list", "--json").out());
    assertThat(denied.get("destinations"))
        .as("also what is retired before one that is refused")
        .isNotEmpty()
        .allSatisfy(
            reached ->
                assertThat(reached.get("version").asLong())
                    .isEqualTo(denied.get("version").asLong()));
    assertThat(own.run("devices", "--export", "xlsx").err()).contains("there are csv and jsonl");
    assertThat(own.run("factory", "remove", "contoso").exitCode()).isZero();
    assertThat(own.run("factory", "remove", "contoso").exitCode()).isEqualTo(1);
  }

  @Test
  void aBundleIsFoundInAHomeThatWasMoved() throws Exception {
    Path before = folder.resolve("before");
    Result delivered =
        MusterProcess.untouched(before).run("provision", sample("thermostats.csv"), "--json");
    assertThat(delivered.exitCode()).as(delivered.err()).isZero();
    Path after = Files.move(before, folder.resolve("after"));

    Result again =
        MusterProcess.untouched(after).run("provision", sample("thermostats.csv"), "--json");

    JsonNode outcome = JSON.readTree(again.out());
    assertThat(outcome.get("status").asString()).as(again.err()).isEqualTo("ALREADY_PROVISIONED");
    Path bundle = Path.of(outcome.get("outbox").asString());
    assertThat(bundle).startsWithRaw(after);
    assertThat(bundle.resolve("receipt.json")).exists();
  }

  @Test
  void inProductionNothingOfTheDevelopmentSetUpIsUsed() throws Exception {
    MusterProcess production =
        new MusterProcess(folder.resolve("production"), "-Dspring.profiles.active=production");

    Result result = production.run("provision", sample("thermostats.csv"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("in production there is no development hub");
  }

  @Test
  void aRunIsStoppedByAnotherProcessAndContinues() throws Exception {
    MusterProcess slow =
        new MusterProcess(
            folder.resolve("stopping"),
            "-Dmuster.provisioning.chunk-rows=5",
            "-Dmuster.provisioning.partitions=1");
    Path file = TestManifest.seeded(101).rows(60_000).write(folder.resolve("long.csv"));
    Running run = slow.start("provision", file.toString(), "--json");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> status(slow).contains("\"name\":\"load\""));

    Result stop = slow.run("stop", "1");
    run.process().waitFor();

    assertThat(stop.exitCode()).as(stop.err()).isZero();
    assertThat(JSON.readTree(run.out()).get("status").asString()).isEqualTo("STOPPED");
    assertThat(JSON.readTree(run.out()).get("outbox").isNull()).isTrue();
    Result restart = new MusterProcess(folder.resolve("stopping")).run("restart", "1", "--json");
    JsonNode restarted = JSON.readTree(restart.out());
    assertThat(restarted.get("status").asString()).isEqualTo("COMPLETED");
    assertThat(restarted.get("accepted").asInt()).isEqualTo(60_000);
  }

  private static String status(MusterProcess process) throws IOException, InterruptedException {
    return process.run("status", "--json").out();
  }

  private static String sample(String name) {
    return SAMPLES.resolve(name).toString();
  }
}
