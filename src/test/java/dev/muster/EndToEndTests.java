package dev.muster;

import static dev.muster.TestDatabase.jdbc;
import static dev.muster.TestFiles.files;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.database.EmbeddedPostgres;
import dev.muster.publisher.HubHttpStandIn;
import dev.muster.publisher.TestDevice;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * All of it, as a factory, its devices and the hubs see it: manifests are dropped to a running
 * service, bundles opened with the stock {@code age}, and each device sends to its hub with what it
 * found there.
 */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("slow")
class EndToEndTests {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String FACTORY = "contoso";
  private static final List<String> HUBS = List.of("line-a", "line-b");

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());
  private static final AtomicInteger FILES = new AtomicInteger();

  private Path folder = Path.of("");
  private Path home = Path.of("");
  private Path identity = Path.of("");
  private HubHttpStandIn hubs = HubHttpStandIn.start(HUBS.toArray(String[]::new));
  private HttpClient client = TestDevice.client(hubs.certificate());
  private MusterProcess muster = new MusterProcess(home);
  private EmbeddedPostgres postgres;
  private JdbcTemplate jdbc;
  private Running service;

  /** What the factory finds in its bundle. */
  private record Issued(String id, String namespace, String eventHub, String token) {

    Issued withTokenOf(Issued other) {
      return new Issued(id, namespace, eventHub, other.token);
    }

    Issued at(String otherHub) {
      return new Issued(id, namespace, otherHub, token);
    }
  }

  @BeforeAll
  void serve(@TempDir Path ofTheClass) throws Exception {
    RequiredTool.orSkip("age");
    folder = ofTheClass;
    home = folder.resolve("var");
    muster = new MusterProcess(home, options());
    identity = folder.resolve("contoso.agekey");
    String keys = RunProgram.run(List.of("age-keygen"), new byte[0]).text();
    Files.writeString(identity, keys);
    String recipient =
        keys.lines()
            .filter(line -> line.startsWith("# public key: "))
            .map(line -> line.substring("# public key: ".length()))
            .findFirst()
            .orElseThrow();
    run(0, "factory", "add", FACTORY, "--recipient", recipient);
    postgres = PreparedHome.database(home);
    jdbc = jdbc(postgres);
    service = muster.start("serve");
    Await.until(PATIENCE, service::out, out -> out.contains("Muster is starting"));
    assertThat(service.out()).doesNotContain("serving"); // it is said at once
    Await.until(PATIENCE, service::out, out -> out.contains("serving"));
  }

  @AfterAll
  void stop() throws Exception {
    if (service != null) {
      service.process().destroyForcibly().waitFor();
    }
    if (postgres != null) {
      postgres.close();
    }
    hubs.close();
  }

  @Test
  void everyDeviceOfAManifestSendsWithItsTokenAndOnlyAsItself() throws Exception {
    TestManifest manifest = manifest(40);

    List<Issued> devices = provision(manifest);

    assertThat(devices)
        .extracting(Issued::id)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.rangeClosed(2, 41).mapToObj(manifest::deviceId).toList());
    assertThat(devices).extracting(Issued::eventHub).containsOnly(HUBS.toArray(String[]::new));
    for (int i = 0; i < devices.size(); i++) {
      Issued device = devices.get(i);
      Issued other = devices.get((i + 1) % devices.size());
      assertThat(send(device)).isEqualTo(201);
      assertThat(send(device.withTokenOf(other))).isEqualTo(401);
      assertThat(send(device.at(otherHub(device)))).isEqualTo(401);
      assertThat(hubs.eventsOf(device.eventHub(), device.id())).hasSize(1);
      assertThat(hubs.eventsOf(otherHub(device), device.id())).isEmpty();
    }
    assertThat(states(devices)).containsOnly("PROVISIONED");
  }

  @Test
  void aTokenEndsWhenItSays() throws Exception {
    MusterProcess shortLived =
        new MusterProcess(
            home,
            Stream.concat(
                    Stream.of(options()), Stream.of("-Dmuster.provisioning.token-lifetime=PT1S"))
                .toArray(String[]::new));
    TestManifest manifest = manifest(1);
    Path file = manifest.write(folder.resolve("short-lived.csv"));

    Result result = shortLived.run("provision", file.toString(), "--factory", FACTORY);

    assertThat(result.exitCode()).as(result.err()).isZero();
    Issued device = bundle("short-lived").get(0);
    Await.until(PATIENCE, () -> send(device), status -> status == 401);
    assertThat(device(device).answer("late").body()).contains("ExpiredToken");
  }

  @Test
  void aDeviceThatAnOperatorRevokesIsRefusedAtItsHubAndItsNeighboursAreNot() throws Exception {
    List<Issued> devices = provision(manifest(10));
    Issued stolen = devices.get(4);

    run(0, "revoke", list(stolen.id() + ",revoke,stolen").toString());

    awaitStatus(stolen, 401);
    awaitSettled(stolen, "REVOKED");
    for (Issued device : devices) {
      assertThat(send(device)).as(device.id()).isEqualTo(device.equals(stolen) ? 401 : 201);
    }
    assertThat(hubs.revoked(stolen.eventHub())).contains(stolen.id());
    assertThat(hubs.revoked(otherHub(stolen))).doesNotContain(stolen.id());

    // Its factory undoes it neither by command nor by folder.
    run(3, "revoke", list(stolen.id() + ",restore,mine").toString(), "--factory", FACTORY);
    drop("revocations", stolen.id() + ",restore,mine\n");
    awaitSettled(stolen, "REVOKED");
    assertThat(send(stolen)).isEqualTo(401);

    run(0, "revoke", list(stolen.id() + ",restore,found").toString());

    awaitStatus(stolen, 201);
    awaitSettled(stolen, "PROVISIONED");
    assertThat(history(stolen)).containsExactly("revoke", "restore");
  }

  @Test
  void aDroppedListIsAppliedAndToldToTheHubsAtOnce() throws Exception {
    List<Issued> devices = provision(manifest(10));
    Issued revoked = devices.get(0);
    Issued disabled = devices.get(1);

    drop("revocations", "%s,revoke,stolen\n%s,disable,\n".formatted(revoked.id(), disabled.id()));

    awaitStatus(revoked, 401);
    awaitStatus(disabled, 401);
    awaitSettled(revoked, "REVOKED");
    awaitSettled(disabled, "DISABLED");
    assertThat(devices.subList(2, 10)).allSatisfy(other -> assertThat(send(other)).isEqualTo(201));

    drop("revocations", "%s,enable,\n%s,enable,\n".formatted(disabled.id(), revoked.id()));

    awaitStatus(disabled, 201);
    awaitSettled(disabled, "PROVISIONED");
    assertThat(send(revoked)).as("enabling does not restore").isEqualTo(401);
    assertThat(state(revoked)).isEqualTo("REVOKED");
  }

  @Test
  void aManifestNeverRevivesARevokedDevice() throws Exception {
    TestManifest first = manifest(3);
    Issued revoked = provision(first).get(0);
    run(0, "revoke", list(revoked.id() + ",revoke,stolen").toString());
    awaitStatus(revoked, 401);

    List<Issued> later = provision(manifest(30).row(revoked.id()));

    assertThat(later).hasSize(30).extracting(Issued::id).doesNotContain(revoked.id());
    awaitSettled(revoked, "REVOKED");
    assertThat(send(revoked)).isEqualTo(401);
  }

  @Test
  void aDeviceThatIsRevokedBeforeItsManifestComesGetsNoToken() throws Exception {
    TestManifest manifest = manifest(30);
    String early = manifest.deviceId(7);
    run(0, "revoke", list(early + ",revoke,stolen").toString());

    List<Issued> devices = provision(manifest);

    assertThat(devices).hasSize(29).extracting(Issued::id).doesNotContain(early);
    assertThat(devices).allSatisfy(device -> assertThat(send(device)).isEqualTo(201));
  }

  @Test
  void nobodySaysAKeyOrAToken() throws Exception {
    Issued device = provision(manifest(1)).get(0);
    run(0, "revoke", list(device.id() + ",revoke,stolen").toString());
    awaitStatus(device, 401);

    List<Path> said = new ArrayList<>(files(home.resolve("log")));
    try (Stream<Path> beside = Files.list(folder)) {
      beside.filter(EndToEndTests::isOutput).forEach(said::add);
    }
    assertThat(said).hasSizeGreaterThan(4);
    for (Path file : said) {
      assertThat(Files.readString(file))
          .as(file.toString())
          .doesNotContain("SharedAccessSignature")
          .doesNotContain(HUBS.stream().flatMap(this::keys).toList());
    }
  }

  private String[] options() {
    List<String> options = new ArrayList<>();
    for (int i = 0; i < HUBS.size(); i++) {
      String hub = HUBS.get(i);
      String prefix = "-Dmuster.hubs[%d].".formatted(i);
      options.addAll(
          List.of(
              prefix + "name=" + hub,
              prefix + "namespace=" + hubs.namespace(),
              prefix + "event-hub=" + hub,
              prefix + "key-name=" + HubHttpStandIn.DEVICE_SEND,
              prefix + "primary-key=" + hubs.primaryKey(hub, HubHttpStandIn.DEVICE_SEND),
              prefix + "manage-key-name=" + HubHttpStandIn.MANAGE,
              prefix + "manage-key=" + hubs.primaryKey(hub, HubHttpStandIn.MANAGE)));
    }
    options.addAll(
        List.of(
            "-Dspring.ssl.bundle.pem.hubs.truststore.certificate=file:" + hubs.certificate(),
            "-Dmuster.publishers.ssl-bundle=hubs",
            "-Dmuster.publishers.poll=100ms",
            "-Dmuster.arrivals.revocations=AT_ONCE",
            "-Dmuster.revocations.max-rejects=100%",
            "-Dmuster.arrivals.poll=100ms",
            "-Dmuster.folder.sweep=100ms",
            "-Dmuster.folder.quiet=1ms"));
    return options.toArray(String[]::new);
  }

  private Stream<String> keys(String hub) {
    return Stream.of(
        hubs.primaryKey(hub, HubHttpStandIn.DEVICE_SEND),
        hubs.primaryKey(hub, HubHttpStandIn.MANAGE));
  }

  private static TestManifest manifest(int devices) {
    return TestManifest.seeded(SEEDS.incrementAndGet()).rows(devices);
  }

  /** Drops a manifest to the service, and opens what it gives for it. */
  private List<Issued> provision(TestManifest manifest) throws Exception {
    return bundle(drop("inbox", manifest.content()));
  }

  private List<Issued> bundle(String name) throws IOException {
    Path bundle;
    try (Stream<Path> bundles = Files.list(home.resolve("outbox").resolve(FACTORY))) {
      bundle =
          bundles
              .filter(path -> path.getFileName().toString().startsWith(name + "-"))
              .findFirst()
              .orElseThrow();
    }
    RunProgram.Result opened =
        RunProgram.run(
            List.of(
                "age",
                "-d",
                "-i",
                identity.toString(),
                bundle.resolve("tokens.csv.age").toString()),
            new byte[0]);
    assertThat(opened.exitCode()).as(opened.stderr()).isZero();
    return opened
        .text()
        .lines()
        .skip(1)
        .map(line -> line.split(",", -1))
        .map(fields -> new Issued(fields[0], fields[1], fields[2], fields[3]))
        .toList();
  }

  /** Drops a file, waits until it is answered, and says its name without the ending. */
  private String drop(String kind, String content) throws Exception {
    String name = "file" + FILES.incrementAndGet();
    Path inbox = Files.createDirectories(home.resolve(kind).resolve(FACTORY));
    String text = kind.equals("inbox") ? content : "device_id,action,reason\n" + content;
    Path aside = Files.writeString(inbox.resolve(name + ".csv.part"), text);
    Files.move(aside, inbox.resolve(name + ".csv"), StandardCopyOption.ATOMIC_MOVE);
    Path receipt = home.resolve("archive/%s/%s.csv.receipt.json".formatted(FACTORY, name));
    Await.until(PATIENCE, () -> Files.exists(receipt), there -> there);
    return name;
  }

  private Path list(String row) throws IOException {
    return Files.writeString(
        folder.resolve("list" + FILES.incrementAndGet() + ".csv"),
        "device_id,action,reason\n" + row + "\n");
  }

  private void run(int exitCode, String... arguments) throws Exception {
    Result result = muster.run(arguments);
    assertThat(result.exitCode()).as(result.out() + result.err()).isEqualTo(exitCode);
  }

  private TestDevice device(Issued device) {
    return new TestDevice(
        client,
        "https://%s/%s/publishers/%s".formatted(device.namespace(), device.eventHub(), device.id()),
        device.token());
  }

  private int send(Issued device) {
    return device(device).send("{\"temperature\":21}");
  }

  private void awaitStatus(Issued device, int expected) throws Exception {
    Await.until(PATIENCE, () -> send(device), status -> status == expected);
  }

  private static String otherHub(Issued device) {
    return HUBS.get(1 - HUBS.indexOf(device.eventHub()));
  }

  /** Waits until the hub has confirmed. */
  private void awaitSettled(Issued device, String expected) throws Exception {
    Await.until(PATIENCE, () -> state(device), expected::equals);
  }

  private String state(Issued device) {
    return states(List.of(device)).get(0);
  }

  private List<String> states(List<Issued> devices) {
    Map<String, String> states = new LinkedHashMap<>();
    jdbc.query(
        "SELECT device_id::text, state || CASE WHEN revoking THEN ' revoking' ELSE '' END FROM"
            + " registry",
        row -> {
          states.put(row.getString(1), row.getString(2));
        });
    return devices.stream().map(device -> Objects.requireNonNull(states.get(device.id()))).toList();
  }

  private List<String> history(Issued device) {
    return jdbc.queryForList(
        "SELECT action FROM device_change WHERE device_id = ?::uuid ORDER BY change_id",
        String.class,
        device.id());
  }

  private static boolean isOutput(Path file) {
    return file.getFileName().toString().matches("muster-.*\\.(out|err)");
  }
}
