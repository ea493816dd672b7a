package dev.muster;

import static dev.muster.TestDatabase.jdbc;
import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.models.BlobItem;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.blob.Azurite;
import dev.muster.database.EmbeddedPostgres;
import dev.muster.kafka.KafkaBroker;
import dev.muster.sftp.SftpUnderTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A factory on each source gets its manifest's bundle, a renewal, a rotation and a move where it
 * sends, though the service is killed in the middle of bringing each: among the blobs of one, among
 * the files of another on its SFTP server.
 */
@Tag("slow")
class DeliveryCrashTests {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Pattern ADDRESS = Pattern.compile("tokens at (http://[^/]+)/device/token");
  private static final String KEY = "cHJpbWFyeS1rZXktZm9yLXRlc3RzLW9ubHktYW5kLW5v";
  private static final String OTHER_KEY = "c2Vjb25kLWtleS1mb3ItdGVzdHMtYW5kLW5vdGhpbmct";

  /** Of a part each, so that there is a middle. */
  private static final int MANY = 40;

  private static final int FEW = 3;
  private static final int PART = 1;

  private static final String BY_FOLDER = "by-folder";
  private static final String BY_BLOB = "by-blob";
  private static final String BY_MESSAGE = "by-message";
  private static final String BY_SFTP = "by-sftp";

  /** The one whose account there is in development. */
  private static final String BY_API = "fabrikam";

  private static final List<String> FACTORIES =
      List.of(BY_FOLDER, BY_BLOB, BY_MESSAGE, BY_SFTP, BY_API);

  @TempDir private Path folder;

  private final HttpClient http = HttpClient.newHttpClient();
  private final JsonMapper json = new JsonMapper();
  private Path home;
  private Azurite azurite;
  private Line wayToAzurite;
  private SftpUnderTest sftp;
  private KafkaBroker broker;
  private EmbeddedPostgres postgres;
  private JdbcTemplate jdbc;
  private @Nullable Running service;
  private String address = "";

  @BeforeEach
  void servers() throws Exception {
    home = folder.resolve("var");
    azurite = Azurite.start("manifests", "outbox");
    wayToAzurite = new Line(InetAddress.getLoopbackAddress(), 0, azurite.port());
    sftp = SftpUnderTest.start(folder.resolve("sftp"));
    broker =
        KafkaBroker.start(
            folder.resolve("kafka"), "manifests", "manifests.DLT", "provisioning-outcomes");
    postgres = PreparedHome.database(home);
    jdbc = jdbc(postgres);
  }

  @AfterEach
  void stopAll() throws Exception {
    stop();
    postgres.close();
    broker.close();
    sftp.close();
    wayToAzurite.close();
    azurite.close();
  }

  @Test
  void whateverItIsForAndWhereverItGoesABundleIsThereOnceThoughItsDeliveryIsKilled()
      throws Exception {
    Path identity = folder.resolve("identity");
    String recipient = recipient(identity);
    MusterProcess muster = new MusterProcess(home, options(hub("old", false)));
    for (String factory : FACTORIES) {
      run(muster, "factory", "add", factory, "--recipient", recipient);
    }
    serve(muster);

    breakOffAmongBlobs();
    Set<String> whole = send();
    killAmongBlobs(whole);
    serve(muster);
    awaitDelivered("PROVISION");

    Future<Result> command =
        meanwhile(muster, "renew", "--within", "400", "--token-lifetime", "P500D");
    killOnSftp();
    command.get();
    serve(muster);
    awaitDelivered("RENEW");

    whole = blobNames();
    breakOffAmongBlobs();
    command = meanwhile(muster, "rotate-key", "old");
    killAmongBlobs(whole);
    command.get();
    serve(muster);
    awaitDelivered("ROTATE");
    run(muster, "rotate-key", "old", "--confirm-all");
    run(muster, "rotate-key", "old", "--done");

    stop();
    MusterProcess moving = new MusterProcess(home, options(hub("old", true), hub("new", false)));
    serve(moving);
    command = meanwhile(moving, "reassign", "--drain", "old");
    killOnSftp();
    command.get();
    serve(moving);
    awaitDelivered("REASSIGN");

    Await.until(
        PATIENCE,
        () -> jdbc.queryForObject("SELECT count(*) FROM outcome", Long.class),
        untold -> Long.valueOf(0).equals(untold));
    List<JsonNode> events =
        broker.messages("provisioning-outcomes").stream()
            .map(message -> json.readTree(message.value()))
            .toList();
    for (String factory : FACTORIES) {
      for (String purpose : List.of("PROVISION", "RENEW", "ROTATE", "REASSIGN")) {
        assertThere(factory, purpose, identity, events);
      }
    }
    assertThat(left(sftp.root().resolve("outbox").resolve(BY_SFTP))).as("of the killed").isEmpty();
    movesAreConfirmedByTheirFactories(moving);
  }

  /** By API and by a message, each its own; the rest by the operator. */
  private void movesAreConfirmedByTheirFactories(MusterProcess moving) throws Exception {
    assertThat(
            answer("POST", "/api/bundles/" + bundle(BY_API, "REASSIGN") + "/confirm").statusCode())
        .isEqualTo(200);
    broker.send(
        "manifests",
        BY_MESSAGE,
        """
        {"specversion": "1.0", "type": "dev.muster.bundle.confirmed", "source": "/line", "id": "1", "data": {"id": %d}}
        """
            .formatted(bundle(BY_MESSAGE, "REASSIGN"))
            .getBytes(StandardCharsets.UTF_8),
        Map.of());
    Await.until(PATIENCE, () -> openAtTheOldHub(), List.of(BY_BLOB, BY_FOLDER, BY_SFTP)::equals);
    assertThat(run(moving, "reassign", "--confirm").out())
        .contains("%d devices are shut out".formatted(2 * MANY + FEW));
    assertThat(openAtTheOldHub()).isEmpty();
  }

  private List<String> openAtTheOldHub() {
    return jdbc.queryForList(
        """
        SELECT DISTINCT r.factory FROM former_hub f JOIN renewal r USING (renewal_id)
         WHERE f.closed_at IS NULL ORDER BY 1\
        """,
        String.class);
  }

  /**
   * Each sends on its own way.
   *
   * @return the blobs that were there before
   */
  private Set<String> send() throws Exception {
    Set<String> before = blobNames();
    drop(home.resolve("inbox").resolve(BY_FOLDER), content(1, FEW));
    azurite.blob("manifests", BY_BLOB + "/m.csv").upload(BinaryData.fromString(content(2, MANY)));
    broker.send(
        "manifests",
        BY_MESSAGE,
        content(3, FEW).getBytes(StandardCharsets.UTF_8),
        Map.of("manifest-name", "m.csv"));
    drop(sftp.root().resolve("inbox").resolve(BY_SFTP), content(4, MANY));
    HttpResponse<String> taken =
        answer(
            "PUT",
            "/api/manifests/" + BY_API + "/m.csv",
            BodyPublishers.ofString(content(5, FEW)),
            "factory");
    assertThat(taken.statusCode()).as(taken.body()).isEqualTo(202);
    return before;
  }

  /** However slow this process is to notice: a fourth of the blobs comes through, and no more. */
  private void breakOffAmongBlobs() {
    wayToAzurite.fallSilentAt(MANY / 4, "PUT /devstoreaccount1/outbox/");
  }

  private void killAmongBlobs(Set<String> before) throws Exception {
    Callable<Set<String>> brought =
        () -> {
          Set<String> names = blobNames();
          names.removeAll(before);
          return names;
        };
    killWithin(brought, names -> names.stream().anyMatch(name -> name.endsWith("/receipt.json")));
    wayToAzurite.mend();
  }

  private void killOnSftp() throws Exception {
    Path outbox = sftp.root().resolve("outbox").resolve(BY_SFTP);
    killWithin(() -> new HashSet<>(left(outbox)), files -> files.size() == MANY + 1);
  }

  /** As soon as there is something, and before all is there. */
  private void killWithin(Callable<Set<String>> brought, Predicate<Set<String>> whole)
      throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (brought.call().isEmpty()) {
      assertThat(System.nanoTime()).as("nothing is being delivered").isLessThan(deadline);
      Thread.sleep(2);
    }
    stop();
    Set<String> there = brought.call();
    assertThat(there).as("a delivery that was broken off").isNotEmpty();
    assertThat(whole.test(there)).as("it was killed before its end: " + there).isFalse();
  }

  /** What lies in folders that are not whole yet. */
  private static List<String> left(Path outbox) throws IOException {
    if (!Files.isDirectory(outbox)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(outbox)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> outbox.relativize(file).toString())
          .filter(file -> file.startsWith("."))
          .toList();
    }
  }

  private Set<String> blobNames() {
    Set<String> names = new HashSet<>();
    for (BlobItem blob : azurite.container("outbox").listBlobs()) {
      names.add(blob.getName());
    }
    return names;
  }

  private void awaitDelivered(String purpose) throws Exception {
    Await.until(
        PATIENCE,
        () ->
            jdbc.queryForList(
                """
                SELECT factory FROM delivery WHERE purpose = ? AND delivered_at IS NOT NULL ORDER BY factory\
                """,
                String.class,
                purpose),
        FACTORIES.stream().sorted().toList()::equals);
  }

  /** Where its factory looks for it: whole, once, and nothing else. */
  private void assertThere(String factory, String purpose, Path identity, List<JsonNode> events)
      throws Exception {
    Map<String, byte[]> files = filesOf(factory, purpose);
    String what = factory + " " + purpose;
    JsonNode receipt =
        json.readTree(Objects.requireNonNull(files.get("receipt.json"), "receipt of " + what));
    int devices = factory.equals(BY_BLOB) || factory.equals(BY_SFTP) ? MANY : FEW;
    Set<String> tokens = new HashSet<>();
    for (JsonNode part : receipt.get("parts")) {
      String name = part.get("name").asString();
      byte[] file = Objects.requireNonNull(files.get(name), what + " " + name);
      assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file)))
          .as(what + " " + name)
          .isEqualTo(part.get("sha256").asString());
      RunProgram.Result opened =
          RunProgram.run(List.of("age", "-d", "-i", identity.toString()), file);
      assertThat(opened.exitCode()).as(opened.stderr()).isZero();
      opened.text().lines().skip(1).forEach(line -> assertThat(tokens.add(line)).isTrue());
    }
    assertThat(tokens).as(what).hasSize(devices);
    List<String> told =
        events.stream()
            .filter(event -> event.path("type").asString("").equals("dev.muster.bundle.delivered"))
            .filter(event -> event.at("/data/factory").asString("").equals(factory))
            .filter(event -> event.at("/data/purpose").asString("").equals(purpose))
            .map((JsonNode event) -> event.path("id").asString(""))
            .distinct()
            .toList();
    assertThat(told).as("events of " + what).hasSize(1);
  }

  private Map<String, byte[]> filesOf(String factory, String purpose) throws Exception {
    int bundle = bundle(factory, purpose);
    String name =
        jdbc.queryForObject("SELECT name FROM bundle WHERE bundle_id = ?", String.class, bundle);
    URI at =
        URI.create(
            Objects.requireNonNull(
                jdbc.queryForObject(
                    "SELECT delivered_to FROM delivery WHERE bundle_id = ?",
                    String.class,
                    bundle)));
    return switch (factory) {
      case BY_BLOB -> {
        Map<String, byte[]> files = new HashMap<>();
        String prefix =
            at.getPath().substring(at.getPath().indexOf("/outbox/") + "/outbox/".length());
        for (String blob : blobNames()) {
          if (blob.startsWith(prefix + (prefix.endsWith("/") ? "" : "/"))) {
            files.put(
                blob.substring(blob.lastIndexOf('/') + 1),
                azurite.blob("outbox", blob).downloadContent().toBytes());
          }
        }
        yield files;
      }
      case BY_API -> {
        Map<String, byte[]> files = new HashMap<>();
        JsonNode listed =
            json.readTree(answer("GET", "/api/bundles/" + bundle).body()).path("files");
        for (JsonNode file : listed) {
          String of = file.path("name").asString("");
          files.put(of, bytes("/api/bundles/" + bundle + "/files/" + of));
        }
        yield files;
      }
      case BY_SFTP ->
          read(sftp.root().resolve("outbox").resolve(BY_SFTP).resolve(String.valueOf(name)));
      default -> read(home.resolve(at.toString())); // what stays is known by its key
    };
  }

  private static Map<String, byte[]> read(Path bundle) throws IOException {
    Map<String, byte[]> files = new HashMap<>();
    try (Stream<Path> listed = Files.list(bundle)) {
      for (Path file : listed.toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private int bundle(String factory, String purpose) {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            "SELECT bundle_id FROM delivery WHERE factory = ? AND purpose = ?",
            Integer.class,
            factory,
            purpose));
  }

  private void serve(MusterProcess muster) throws Exception {
    Running started = muster.start("serve");
    service = started;
    Await.until(PATIENCE, started::out, out -> ADDRESS.matcher(out).find());
    Matcher found = ADDRESS.matcher(started.out());
    assertThat(found.find()).isTrue();
    address = found.group(1);
  }

  private void stop() throws InterruptedException {
    if (service != null) {
      service.process().destroyForcibly().waitFor();
      service = null;
    }
  }

  private Result run(MusterProcess muster, String... arguments) throws Exception {
    Result result = muster.run(arguments);
    assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
    return result;
  }

  /** What it makes is delivered as soon as it is there. */
  private Future<Result> meanwhile(MusterProcess muster, String... arguments) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return run(muster, arguments);
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        });
  }

  private HttpResponse<String> answer(String method, String path) throws Exception {
    return answer(method, path, BodyPublishers.noBody(), "factory");
  }

  private HttpResponse<String> answer(String method, String path, BodyPublisher body, String role)
      throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(address + path))
            .header("Authorization", "Bearer " + bearerToken(role))
            .method(method, body)
            .build(),
        BodyHandlers.ofString());
  }

  private byte[] bytes(String path) throws Exception {
    HttpResponse<byte[]> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(address + path))
                .header("Authorization", "Bearer " + bearerToken("factory"))
                .build(),
            BodyHandlers.ofByteArray());
    assertThat(answer.statusCode()).as(path).isEqualTo(200);
    return answer.body();
  }

  private String bearerToken(String role) {
    return DevelopmentAccounts.bearerToken(address, home.resolve("keys"), role);
  }

  private static String recipient(Path identity) throws IOException {
    String keys = RunProgram.run(List.of("age-keygen"), new byte[0]).text();
    Files.writeString(identity, keys);
    return keys.lines()
        .filter(line -> line.startsWith("# public key: "))
        .map(line -> line.substring("# public key: ".length()))
        .findFirst()
        .orElseThrow();
  }

  private static String content(int seed, int rows) {
    return TestManifest.seeded(seed).rows(rows).content();
  }

  private static void drop(Path inbox, String content) throws IOException {
    Files.createDirectories(inbox);
    Path aside = Files.writeString(inbox.resolve("m.csv.part"), content);
    Files.move(aside, inbox.resolve("m.csv"), StandardCopyOption.ATOMIC_MOVE);
  }

  private record Hub(String name, boolean draining) {}

  private static Hub hub(String name, boolean draining) {
    return new Hub(name, draining);
  }

  private String[] options(Hub... hubs) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "-Dspring.profiles.active=dev",
                "-Dmuster.provisioning.part-devices=" + PART,
                // A part of a manifest's bundle ends where a chunk does.
                "-Dmuster.provisioning.chunk-rows=" + PART,
                "-Dmuster.schedule.nightly=-",
                "-Dmuster.arrivals.first-delay=200ms",
                "-Dmuster.deliveries.poll=200ms",
                "-Dmuster.deliveries.first-delay=200ms",
                "-Dmuster.blob.connection-string="
                    + azurite
                        .connectionString()
                        .replace(":" + azurite.port(), ":" + wayToAzurite.port()),
                "-Dmuster.blob.sweep=500ms",
                "-Dmuster.blob.quiet=500ms",
                "-Dmuster.sftp.sweep=500ms",
                "-Dmuster.sftp.quiet=1s",
                "-Dmuster.kafka.bootstrap-servers=" + broker.bootstrapServers(),
                "-Dmuster.kafka.properties.[session.timeout.ms]=6000",
                "-Dmuster.kafka.properties.[heartbeat.interval.ms]=1000"));
    sftp.properties().forEach(property -> options.add("-D" + property));
    for (int i = 0; i < hubs.length; i++) {
      String hub = "-Dmuster.hubs[" + i + "].";
      options.addAll(
          Arrays.asList(
              hub + "name=" + hubs[i].name(),
              hub + "namespace=" + hubs[i].name() + ".servicebus.windows.net",
              hub + "event-hub=telemetry",
              hub + "key-name=device-send",
              hub + "primary-key=" + KEY,
              hub + "secondary-key=" + OTHER_KEY,
              hub + "draining=" + hubs[i].draining()));
    }
    return options.toArray(String[]::new);
  }
}
