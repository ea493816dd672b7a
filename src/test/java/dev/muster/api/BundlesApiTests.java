package dev.muster.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.TestFactory;
import dev.muster.TestManifest;
import dev.muster.api.ApiClient.Answer;
import dev.muster.arrival.PlaceContract;
import dev.muster.bundle.Purpose;
import dev.muster.delivery.DeliveredBundle.Line;
import dev.muster.delivery.DeliveredBundles;
import dev.muster.factory.DevelopmentFactory;
import dev.muster.factory.Factories;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.renewal.RenewalOutcome;
import dev.muster.renewal.RenewalRuns;
import dev.muster.web.Console;
import dev.muster.web.ConsoleTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;

/** How a factory that sends by API finds its bundles, fetches them, and confirms them. */
@ConsoleTest
class BundlesApiTests implements PlaceContract {

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String FACTORY = DevelopmentFactory.ID;

  @TempDir private Path folder;
  @Autowired private Console console;
  @Autowired private ManifestRuns manifests;
  @Autowired private Factories factories;
  @Autowired private RenewalRuns renewals;
  @Autowired private DeliveredBundles bundles;
  @Autowired private MusterHome home;
  @Autowired private JdbcTemplate jdbc;

  private final Map<String, Long> arrivals = new HashMap<>();
  private ApiClient factory;
  private ApiClient operator;
  private ApiClient auditor;

  @BeforeEach
  void clients() {
    factory = new ApiClient(console, "factory");
    operator = new ApiClient(console, "operator");
    auditor = new ApiClient(console, "auditor");
  }

  @Test
  void aFactoryThatSendsByApiFindsWhatItSentAndItsRenewals() throws Exception {
    Instant before = Instant.now();
    TestManifest manifest = TestManifest.seeded(SEEDS.incrementAndGet()).rows(40).row("no-guid");
    String name = "by-api-" + SEEDS.incrementAndGet();
    factory.stream(
            "/api/manifests/" + FACTORY + "/" + name + ".csv",
            BodyPublishers.ofString(manifest.content()))
        .is(202);
    Line provisioned = until(name);

    RenewalOutcome renewed = renewals.renew(FACTORY, Duration.ofDays(800), null).get(0);
    assertThat(renewed.status()).isEqualTo("COMPLETED");

    JsonNode listed =
        factory
            .get("/api/bundles?since=" + before + "&factory=" + FACTORY + "&limit=2")
            .is(200)
            .json()
            .get("items");
    assertThat(listed.get(0).get("purpose").asString()).isEqualTo("RENEW");
    assertThat(Instant.parse(listed.get(0).get("oldTokensEnd").asString()))
        .isBetween(Instant.now(), provisioned.tokensExpireAt());
    assertThat(listed.get(1).get("id").asInt()).isEqualTo(provisioned.id());
    assertThat(listed.get(1).get("devices").asLong()).isEqualTo(40);
    assertThat(factory.get("/api/bundles?purpose=ROTATE&since=" + before).json().get("items"))
        .isEmpty();
    // Where it lies on this machine is nothing that a factory could use.
    String id = "/api/bundles/" + provisioned.id();
    assertThat(factory.get(id).is(200).body()).doesNotContain("file:");
    assertThat(operator.get(id).is(200).body()).contains("file:");

    // Others look at it, its factory fetches it.
    operator.get(id + "/files/tokens.csv.age").is(200);
    factory.get(id + "/files/receipt.json").is(200);
    factory.send("HEAD", id + "/files/tokens.csv.age", null).is(200);
    factory.send("HEAD", id + "/files.tar", null).is(200);
    assertThat(
            operator
                .send("GET", id + "/files/receipt.json", null, "Range", "bytes=5-")
                .is(200)
                .header("Accept-Ranges"))
        .as("a part of it may be of another one by now (findings/spring-resumed-download…)")
        .isEmpty();
    assertThat(state(provisioned.id())).as("nothing was taken").isEqualTo("DELIVERED");
    Map<String, byte[]> files = untar(factory.bytes(id + "/files.tar"), provisioned.name());
    assertThat(files)
        .containsOnlyKeys("receipt.json", "rejects.csv", "rejected-rows.csv", "tokens.csv.age");
    assertThat(files.get("tokens.csv.age"))
        .startsWith("age-encryption.org/v1".getBytes(StandardCharsets.US_ASCII));
    assertThat(files.get("tokens.csv.age")).isEqualTo(factory.bytes(id + "/files/tokens.csv.age"));
    assertThat(state(provisioned.id())).isEqualTo("FETCHED");

    auditor.post(id + "/confirm", null).isProblem(403, "not-permitted");
    Answer confirmed = factory.post(id + "/confirm", null).is(200);
    assertThat(confirmed.json().at("/line/state").asString()).isEqualTo("CONFIRMED");
    String at = confirmed.json().at("/line/confirmedAt").asString();
    Answer again = operator.post(id + "/confirm", null).is(200);
    assertThat(again.json().at("/line/confirmedAt").asString()).isEqualTo(at);
    assertThat(again.json().at("/line/confirmedBy").asString()).doesNotContain("operator");
  }

  @Test
  void whoOfTheOperatorsConfirmedABundleOnlyTheOperatorIsToldAndItsNameIsWhole() throws Exception {
    JsonNode before = operator.get("/api/overview").is(200).json();
    assertThat(before.get("unfetchedBundles").asLong()).isEqualTo(bundles.overdue());
    String name = "größe-日本-" + SEEDS.incrementAndGet();
    Path file =
        TestManifest.seeded(SEEDS.incrementAndGet()).rows(3).write(folder.resolve(name + ".csv"));
    assertThat(manifests.provision(file, FACTORY, null, null).status()).isEqualTo("COMPLETED");
    String id = "/api/bundles/" + until(name).id();

    Answer archive = factory.get(id + "/files.tar").is(200);
    assertThat(archive.header("Content-Disposition"))
        .contains("filename*=UTF-8''gr%C3%B6%C3%9Fe-%E6%97%A5%E6%9C%AC-");

    Answer receipt = factory.get(id + "/files/receipt.json").is(200);
    assertThat(receipt.header("Content-Disposition"))
        .contains("filename*=UTF-8''gr%C3%B6%C3%9Fe-%E6%97%A5%E6%9C%AC-")
        .endsWith("-receipt.json");

    operator.post(id + "/confirm", null).is(200);
    assertThat(auditor.get(id).is(200).body()).contains("operator@dev");
    JsonNode seen = factory.get(id).is(200).json();
    assertThat(seen.at("/line/state").asString()).isEqualTo("CONFIRMED");
    assertThat(seen.toString()).doesNotContain("operator@dev");
    assertThat(factory.get("/api/bundles?limit=5").is(200).body()).doesNotContain("operator@dev");
  }

  @Test
  void anothersBundleIsNotThere() throws Exception {
    String other = "bundles-" + SEEDS.incrementAndGet();
    operator
        .post(
            "/api/factories",
            """
            {"id": "%s", "settings": {"recipients": ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"]}}
            """
                .formatted(other))
        .is(201);
    Line bundle = provision(other);
    String id = "/api/bundles/" + bundle.id();

    assertThat(factory.get("/api/bundles?factory=" + other).is(200).json().get("items")).isEmpty();
    factory.get(id).isProblem(404, "not-found");
    factory.get(id + "/files/receipt.json").isProblem(404, "not-found");
    factory.get(id + "/files.tar").isProblem(404, "not-found");
    factory.post(id + "/confirm", null).isProblem(404, "not-found");
    assertThat(bundles.find(bundle.id()).orElseThrow().line().confirmedAt()).isNull();
    operator.get(id + "/files/..%2Freceipt.json").isStatus(400, 404);
    operator.get(id + "/files/nothing.csv").isProblem(404, "not-found");
    operator.get("/api/bundles/2000000000").isProblem(404, "not-found");
    operator.post("/api/bundles/2000000000/confirm", null).isProblem(404, "not-found");
  }

  @Test
  void whatNobodyFetchesIsSaidOnceAndOnceMoreBeforeTheOldTokensEnd() throws Exception {
    Line manifest = provision(FACTORY);
    renewals.renew(FACTORY, Duration.ofDays(800), null);
    Line renewal =
        bundles
            .page(new DeliveredBundles.Filter(FACTORY, Purpose.RENEW, null, false), null, 1)
            .get(0);
    until(renewal.id());
    long before = bundles.overdue();

    lies(manifest.id(), "8 days");
    lies(renewal.id(), "8 days");

    Await.until(PATIENCE, bundles::overdue, overdue -> overdue == before + 2);
    assertThat(reminders(manifest.id())).isEqualTo(2); // it replaces nothing: that was the last
    assertThat(reminders(renewal.id())).isEqualTo(1);
    assertThat(operator.get("/api/bundles?unfetched=true").json().toString())
        .contains(manifest.name(), renewal.name());
    jdbc.update(
        "UPDATE delivery SET old_tokens_end = now() + interval '3 days' WHERE bundle_id = ?",
        renewal.id());
    Await.until(PATIENCE, () -> reminders(renewal.id()), reminders -> reminders == 2);

    factory.post("/api/bundles/" + renewal.id() + "/confirm", null).is(200);
    Integer itsManifest =
        jdbc.queryForObject(
            "SELECT manifest_id FROM manifest WHERE bundle_id = ?", Integer.class, manifest.id());
    factory.get("/api/manifests/" + itsManifest + "/files/tokens.csv.age").is(200);

    assertThat(bundles.overdue()).isEqualTo(before);
  }

  @Test
  void whatWasTakenOutOfTheOutboxWasFetched() throws Exception {
    Line manifest = provision(FACTORY);
    Path outbox =
        home.root()
            .resolve(
                jdbc.queryForObject(
                    "SELECT folder FROM delivery WHERE bundle_id = ?",
                    String.class,
                    manifest.id()));
    Files.move(outbox, folder.resolve("taken"));

    lies(manifest.id(), "8 days");

    Await.until(PATIENCE, () -> state(manifest.id()), "FETCHED"::equals);
    assertThat(bundles.find(manifest.id()).orElseThrow().files()).isEmpty();
    operator.get("/api/bundles/" + manifest.id() + "/files.tar").isProblem(404, "not-found");
  }

  @Test
  void whatIsForASenderByFolderStaysInTheOutboxAlsoWhenThatFolderWasAnother() throws Exception {
    String moved = "moved-" + SEEDS.incrementAndGet();
    factories.add(TestFactory.named(moved).factory());
    jdbc.update(
        "INSERT INTO arrival (source, source_id, factory, file_name, location, state)"
            + " VALUES ('folder', ?, ?, 'a.csv', 'file:///gone/inbox/a.csv', 'DONE')",
        moved,
        moved);

    Line bundle = provision(moved);

    assertThat(bundle.deliveredTo()).contains("outbox");
  }

  private Line provision(String of) throws Exception {
    String name = "bundle-" + SEEDS.incrementAndGet();
    Path file =
        TestManifest.seeded(SEEDS.incrementAndGet()).rows(3).write(folder.resolve(name + ".csv"));
    assertThat(manifests.provision(file, of, null, null).status()).isEqualTo("COMPLETED");
    return until(name);
  }

  /** Until the bundle of the manifest of this name is where its factory finds it. */
  private Line until(String name) throws Exception {
    return Await.until(
            PATIENCE,
            () ->
                bundles
                    .page(new DeliveredBundles.Filter(null, null, null, false), null, 20)
                    .stream()
                    .filter(line -> line.name().startsWith(name) && line.deliveredAt() != null)
                    .toList(),
            found -> found.size() == 1)
        .get(0);
  }

  private void until(int id) throws Exception {
    Await.until(PATIENCE, () -> state(id), "DELIVERED"::equals);
  }

  private String state(int id) {
    return bundles.find(id).orElseThrow().line().state().name();
  }

  private void lies(int id, String since) {
    jdbc.update(
        "UPDATE delivery SET delivered_at = now() - ?::interval WHERE bundle_id = ?", since, id);
  }

  private int reminders(int id) {
    Integer reminders =
        jdbc.queryForObject(
            "SELECT reminders FROM delivery WHERE bundle_id = ?", Integer.class, id);
    return reminders == null ? -1 : reminders;
  }

  private static Map<String, byte[]> untar(byte[] archive, String bundle) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (var tar = new TarArchiveInputStream(new ByteArrayInputStream(archive))) {
      TarArchiveEntry entry = tar.getNextEntry();
      while (entry != null) {
        assertThat(entry.getName()).startsWith(bundle + "/");
        assertThat(entry.getMode() & 0777).isEqualTo(0600);
        files.put(entry.getName().substring(bundle.length() + 1), tar.readAllBytes());
        entry = tar.getNextEntry();
      }
    }
    return files;
  }

  @Override
  public void send(String name, String content) {
    Answer taken =
        factory.stream("/api/manifests/" + FACTORY + "/" + name, BodyPublishers.ofString(content))
            .is(202);
    arrivals.put(name, taken.json().get("arrival").asLong());
  }

  @Override
  public Found found(String name) throws Exception {
    JsonNode arrival =
        Await.until(
            PATIENCE,
            () -> factory.get("/api/arrivals/" + arrivals.get(name)).is(200).json(),
            shown -> List.of("DONE", "REFUSED", "FAILED").contains(shown.get("state").asString()));
    if (!arrival.get("state").asString().equals("DONE")) {
      return new Found(null, arrival.get("problem").asString());
    }
    JsonNode run = factory.get("/api/executions/" + arrival.get("execution")).is(200).json();
    JsonNode manifest = factory.get("/api/manifests/" + run.get("manifest")).is(200).json();
    return new Found(manifest.at("/line/accepted").asLong(), manifest.toString());
  }
}
