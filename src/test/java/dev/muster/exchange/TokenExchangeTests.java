package dev.muster.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.muster.AllPermitted;
import dev.muster.Await;
import dev.muster.LogFile;
import dev.muster.SteppingClock;
import dev.muster.TestDatabase;
import dev.muster.TestManifest;
import dev.muster.bundle.AgeIdentity;
import dev.muster.database.TransactionLock;
import dev.muster.export.Period;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.registry.DeviceFacts;
import dev.muster.registry.DeviceFacts.RefusedExchange;
import dev.muster.registry.KnownDevices;
import dev.muster.run.RunOutcome;
import dev.muster.seen.SeenBy;
import dev.muster.status.StatusAction;
import dev.muster.status.StatusChanges;
import dev.muster.status.StatusEntries;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Devices exchange tokens with the real server, over HTTP, on a real PostgreSQL. */
@DirtiesContext
@ExtendWith(AllPermitted.class)
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "spring.main.web-application-type=servlet",
      "muster.home=target/exchange-home",
      "muster.folder.enabled=false",
      "muster.exchange.token-lifetime=P90D",
      "muster.exchange.patience=4s",
      "logging.level.root=DEBUG",
      "logging.level.jdk=INFO",
      "muster.hubs[0].name=west",
      "muster.hubs[0].namespace=contoso-west.servicebus.windows.net",
      "muster.hubs[0].event-hub=telemetry",
      "muster.hubs[0].key-name=device-send",
      "muster.hubs[0].primary-key=" + TokenExchangeTests.WEST_KEY,
      "muster.hubs[0].secondary-key=" + TokenExchangeTests.WEST_SECOND_KEY,
      "muster.hubs[1].name=north",
      "muster.hubs[1].namespace=contoso-north.servicebus.windows.net",
      "muster.hubs[1].event-hub=telemetry",
      "muster.hubs[1].key-name=device-send",
      "muster.hubs[1].primary-key=" + TokenExchangeTests.NORTH_KEY,
    })
class TokenExchangeTests {

  static final String WEST_KEY = "d2VzdC1wcmltYXJ5LWtleS1mb3ItdGVzdHMtb25seSE=";
  static final String WEST_SECOND_KEY = "d2VzdC1zZWNvbmRhcnkta2V5LWZvci10ZXN0cy0hISE=";
  static final String NORTH_KEY = "bm9ydGgtcHJpbWFyeS1rZXktZm9yLXRlc3RzLW9ubHk=";

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());
  private static final JsonMapper JSON = new JsonMapper();

  private static final String REFUSED =
      "{\"detail\":\"Present the device's own token, unchanged and still valid, in one"
          + " Authorization header.\",\"instance\":\"/device/token\",\"status\":401,\"title\":\"No"
          + " fresh token\",\"type\":\"urn:muster:problem:token-refused\"}";

  @TempDir private Path folder;

  @Autowired private ManifestRuns runs;
  @Autowired private Factories factories;
  @Autowired private StatusChanges changes;
  @Autowired private TokenReports reports;
  @Autowired private KnownDevices devices;
  @Autowired private PlatformTransactionManager transactions;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private SteppingClock clock;
  @LocalServerPort private int port;

  private final HttpClient http = HttpClient.newHttpClient();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @TestConfiguration
  static class Time {
    @Bean
    @Primary
    SteppingClock steppingClock() {
      return new SteppingClock();
    }
  }

  @BeforeEach
  void count() {
    Metrics.addRegistry(meters);
    jdbc.update("UPDATE hub SET key_in_use = 'PRIMARY'");
  }

  @AfterEach
  void noTokenIsInTheLog() throws IOException {
    Metrics.removeRegistry(meters);
    assertThat(Files.readString(LogFile.current()))
        .contains("DEBUG")
        .doesNotContain("sig=", WEST_KEY, WEST_SECOND_KEY, NORTH_KEY);
  }

  @Test
  void aValidTokenIsExchangedForAFreshOne() throws Exception {
    TestToken token = provisioned(1).get(0);
    jdbc.update("UPDATE factory SET suspended = true"); // holds for new devices only
    Instant before = clock.instant().truncatedTo(ChronoUnit.SECONDS);

    HttpResponse<String> response = exchange(token.text());

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.headers().firstValue("Cache-Control")).hasValue("no-store");
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
    JsonNode body = JSON.readTree(response.body());
    assertThat(body.propertyNames())
        .containsExactly("device_id", "namespace", "event_hub", "token", "expires_at");
    assertThat(body.get("device_id").asString()).isEqualTo(token.device());
    assertThat(body.get("namespace").asString()).isEqualTo(token.namespace());
    assertThat(body.get("event_hub").asString()).isEqualTo(token.eventHub());
    Instant expiresAt = Instant.parse(body.get("expires_at").asString());
    assertThat(expiresAt)
        .isBetween(before.plus(Duration.ofDays(90)), clock.instant().plus(Duration.ofDays(90)));
    assertThat(body.get("token").asString()).isEqualTo(token.expiry(expiresAt).text());
    assertThat(recordedExpiry(token.device())).isEqualTo(expiresAt);
    assertThat(counted("fresh")).isEqualTo(1);
  }

  @Test
  void aDeviceIsSeenWhenItExchangesAndWhatItWasRefusedIsCountedWithIt() throws Exception {
    TestToken token = provisioned(1).get(0);
    UUID device = UUID.fromString(token.device());
    assertThat(facts(device).device().firstSeenAt()).isNull();

    Instant before = clock.instant();
    String fresh = freshTokenOf(exchange(token.text()));
    DeviceFacts seen = facts(device);
    assertThat(seen.firstSeenBy()).isEqualTo(SeenBy.EXCHANGE);
    assertThat(seen.device().firstSeenAt()).isBetween(before, clock.instant());
    assertThat(seen.device().lastSeenAt()).isEqualTo(seen.device().firstSeenAt());
    clock.pass(Duration.ofMinutes(2));
    fresh = freshTokenOf(exchange(fresh));
    DeviceFacts again = facts(device);
    assertThat(again.device().firstSeenAt()).isEqualTo(seen.device().firstSeenAt());
    assertThat(again.device().lastSeenAt()).isAfterOrEqualTo(before.plus(Duration.ofMinutes(2)));

    change(token, StatusAction.DISABLE);
    assertRefused(exchange(fresh), "disabled");
    assertThat(exchange(fresh).statusCode()).isEqualTo(401);
    assertThat(exchange(token.key("another").text()).statusCode()).isEqualTo(401);
    UUID unknown = UUID.randomUUID();
    assertThat(exchange(token.device(unknown.toString()).text()).statusCode()).isEqualTo(401);
    assertThat(exchange(token.device(unknown.toString()).expiry(1_700_000_000).text()).statusCode())
        .isEqualTo(401);
    assertThat(exchange(token.expiry(1_700_000_000).text()).statusCode()).isEqualTo(401);
    List<RefusedExchange> refused =
        Await.until(
            Duration.ofSeconds(30),
            () -> facts(device).refused(),
            found -> found.stream().mapToLong(RefusedExchange::times).sum() >= 3);
    assertThat(refused)
        .extracting(RefusedExchange::reason, RefusedExchange::times)
        .containsExactlyInAnyOrder(tuple("disabled", 2L), tuple("expired", 1L));
    assertThat(
            jdbc.queryForObject(
                "SELECT count(*) FROM exchange_refusal WHERE device_id = ?", Long.class, unknown))
        .isZero();
  }

  private DeviceFacts facts(UUID device) {
    return devices.one(device).orElseThrow();
  }

  @Test
  void theFreshTokenIsExchangedInTurnAndForNoOtherDevice() throws Exception {
    List<TestToken> devices = provisioned(2);
    String fresh = freshTokenOf(exchange(devices.get(0).text()));
    clock.pass(Duration.ofMinutes(2));

    assertRefused(
        exchange(fresh.replace(devices.get(0).device(), devices.get(1).device())), "signature");
    assertThat(exchange(fresh).statusCode()).isEqualTo(200);
    assertThat(reportsOf(devices.get(0))).isEmpty();
  }

  /** How a token may be wrong, and the reason that the log and the counter give. */
  record Wrong(
      String name, String reason, UnaryOperator<TestToken> token, UnaryOperator<String> text) {

    static Wrong token(String name, String reason, UnaryOperator<TestToken> change) {
      return new Wrong(name, reason, change, UnaryOperator.identity());
    }

    static Wrong text(String name, String reason, UnaryOperator<String> change) {
      return new Wrong(name, reason, UnaryOperator.identity(), change);
    }

    String of(TestToken right) {
      return text.apply(token.apply(right).text());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Wrong> wrongTokens() {
    String other = UUID.randomUUID().toString();
    return Stream.of(
        Wrong.token("signed with another key", "signature", t -> t.key("another")),
        Wrong.token("of a hub that is not ours", "hub", t -> t.namespace("evil.example.org")),
        Wrong.token("for another event hub", "hub", t -> t.eventHub("commands")),
        Wrong.token("of another policy", "hub", t -> t.keyName("manage")),
        Wrong.token("expired", "expired", t -> t.expiry(1_700_000_000)),
        Wrong.token("of an unknown device", "unknown-device", t -> t.device(other)),
        Wrong.token(
            "device in upper case", "form", t -> t.device(t.device().toUpperCase(Locale.ROOT))),
        Wrong.token("device in braces", "form", t -> t.device("{" + t.device() + "}")),
        Wrong.token("wildcard for a device", "form", t -> t.device("*")),
        Wrong.token("deeper", "form", t -> t.device(t.device() + "/messages")),
        Wrong.token("two devices", "hub", t -> t.device(t.device() + "/publishers/" + other)),
        Wrong.token("no expiry to speak of", "form", t -> t.expiry(0)),
        Wrong.token("expiry far too long", "form", t -> t.expiry(Long.MAX_VALUE)),
        Wrong.text("another device's name", "signature", t -> t.replaceFirst(GUID, other)),
        Wrong.text("later expiry", "signature", t -> t.replaceFirst("&se=\\d", "&se=9")),
        Wrong.text("half a signature", "signature", t -> t.replaceFirst("(&sig=.{20})[^&]*", "$1")),
        Wrong.text("no signature", "form", t -> t.replaceFirst("&sig=[^&]*", "")),
        Wrong.text("empty signature", "form", t -> t.replaceFirst("&sig=[^&]*", "&sig=")),
        Wrong.text("lower-case percent encoding", "form", t -> t.replace("%3A%2F%2F", "%3a%2f%2f")),
        Wrong.text(
            "percent encoding of a letter", "hub", t -> t.replace("telemetry", "telemetr%79")),
        Wrong.text("not percent-encoded", "form", t -> t.replace("%3A", ":").replace("%2F", "/")),
        Wrong.text("an expiry twice", "form", t -> t + t.replaceFirst(".*(&se=\\d+).*", "$1")),
        Wrong.text("a resource twice", "form", t -> t.replaceFirst("(sr=[^&]*)", "$1&$1")),
        Wrong.text("a field more", "form", t -> t + "&x=y"),
        Wrong.text("other order", "form", t -> t.replaceFirst("(.*)(&se=\\d+)(&skn.*)", "$1$3$2")),
        Wrong.text("leading zero", "form", t -> t.replace("&se=", "&se=0")),
        Wrong.text("other scheme", "form", t -> t.replace("SharedAccessSignature", "Bearer")),
        Wrong.text("scheme in lower case", "form", t -> t.replace("SharedAccess", "sharedaccess")),
        Wrong.text("two spaces", "form", t -> t.replace(" ", "  ")),
        Wrong.text("something before", "form", t -> "x" + t),
        Wrong.text("endless field", "form", t -> t + "x".repeat(5000)),
        Wrong.text("nothing", "form", t -> ""));
  }

  private static final String GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

  @ParameterizedTest
  @MethodSource("wrongTokens")
  void aWrongTokenIsRefusedWithoutAWordWhy(Wrong wrong) throws Exception {
    TestToken right = provisioned(1).get(0);

    HttpResponse<String> response = exchange(wrong.of(right));

    assertRefused(response, wrong.reason());
    assertThat(recordedExpiry(right.device()).getEpochSecond()).isEqualTo(right.expiry());
    assertThat(exchange(right.text()).statusCode()).isEqualTo(200);
  }

  @Test
  void aRequestWithoutATokenOrWithTwoIsRefused() throws Exception {
    List<TestToken> devices = provisioned(2);

    assertRefused(exchange(), "form");
    assertRefused(exchange("Bearer eyJhbGciOiJub25lIn0.e30."), "form");
    assertRefused(exchange(devices.get(0).text(), devices.get(1).text()), "form");
    assertRefused(exchange(devices.get(0).text(), devices.get(0).text()), "form");
  }

  @Test
  void aTokenForAHubThatTheDeviceIsNotAssignedToIsRefusedHoweverWellItIsSigned() throws Exception {
    TestToken right = provisioned(1).get(0);
    boolean isWest = right.namespace().contains("west");
    TestToken otherHub =
        right
            .namespace("contoso-%s.servicebus.windows.net".formatted(isWest ? "north" : "west"))
            .key(isWest ? NORTH_KEY : WEST_KEY);

    assertRefused(exchange(otherHub.text()), "other-hub");
    assertRefused(exchange(otherHub.key(right.key()).text()), "signature");
  }

  @Test
  void aDeviceThatIsOutOfServiceGetsNothingAndOneThatIsBackGetsItsToken() throws Exception {
    TestToken token = provisioned(1).get(0);

    change(token, StatusAction.DISABLE);
    assertRefused(exchange(token.text()), "disabled");
    change(token, StatusAction.ENABLE);
    String fresh = freshTokenOf(exchange(token.text()));
    clock.pass(Duration.ofMinutes(2));
    change(token, StatusAction.REVOKE);
    assertRefused(exchange(fresh), "revoked");
    assertRefused(exchange(token.text()), "revoked");
    change(token, StatusAction.RESTORE);
    assertThat(exchange(fresh).statusCode()).isEqualTo(200);
    assertThat(reportsOf(token)).isEmpty();
  }

  @Test
  void aDeviceThatWasNeverGivenATokenGetsNoneHere() throws Exception {
    TestToken token = provisioned(1).get(0);
    jdbc.update(
        """
        UPDATE manifest SET delivered_at = NULL
         WHERE manifest_id = (SELECT manifest_id FROM device WHERE device_id = ?::uuid)
        """,
        token.device());

    assertRefused(exchange(token.text()), "registered");
  }

  @Test
  void bothKeysOfAPolicyAreGoodAndTheFreshTokenIsSignedWithTheOneInUse() throws Exception {
    TestToken west = provisionedAt("west", 1).get(0);
    jdbc.update("UPDATE hub SET key_in_use = 'SECONDARY' WHERE name = 'west'");

    HttpResponse<String> first = exchange(west.text());
    clock.pass(Duration.ofMinutes(2));
    HttpResponse<String> second = exchange(freshTokenOf(first));

    assertThat(freshTokenOf(first))
        .isEqualTo(west.key(WEST_SECOND_KEY).expiry(expiryOf(first)).text());
    assertThat(freshTokenOf(second))
        .isEqualTo(west.key(WEST_SECOND_KEY).expiry(expiryOf(second)).text());
  }

  @Test
  void aHubWhoseKeyInUseIsNotConfiguredIsAnErrorThatSaysNothingToTheDevice() throws Exception {
    TestToken north = provisionedAt("north", 1).get(0);
    jdbc.update("UPDATE hub SET key_in_use = 'SECONDARY' WHERE name = 'north'");

    HttpResponse<String> response = exchange(north.text());

    assertThat(response.statusCode()).isEqualTo(500);
    assertIsProblem(response);
    assertThat(response.body()).doesNotContain("key");
    assertThat(recordedExpiry(north.device()).getEpochSecond()).isEqualTo(north.expiry());
  }

  @Test
  void anOldTokenAfterANewerOneIsServedAndReportedInOneRowADevice() throws Exception {
    TestToken token = provisioned(1).get(0).expiry(clock.instant().plus(Duration.ofDays(30)));
    freshTokenOf(exchange(token.text()));
    // its manifest said later
    Instant first = recordedExpiry(token.device());
    for (int i = 0; i < 3; i++) {
      clock.pass(Duration.ofMinutes(2));
      freshTokenOf(exchange(token.text()));
    }

    List<TokenReports.Report> found = reportsOf(token);
    assertThat(found).hasSize(1);
    TokenReports.Report report = found.get(0);
    assertThat(report.times()).isEqualTo(4);
    assertThat(report.presentedExpiry().getEpochSecond()).isEqualTo(token.expiry());
    assertThat(report.currentExpiry()).isAfter(first).isBefore(recordedExpiry(token.device()));
    assertThat(report.remoteAddress()).isEqualTo("127.0.0.1");
    assertThat(report.at()).isAfter(report.firstAt());
    assertThat(Files.readString(LogFile.current()))
        .containsPattern(
            "WARN .*exchange=old-token device=" + token.device() + " .*remote=127.0.0.1");
  }

  @Test
  void aDeviceGetsOneFreshTokenAMinute() throws Exception {
    List<TestToken> devices = provisioned(2);
    String fresh = freshTokenOf(exchange(devices.get(0).text()));
    clock.pass(Duration.ofSeconds(20));

    HttpResponse<String> tooSoon = exchange(fresh);

    assertThat(tooSoon.statusCode()).isEqualTo(429);
    assertIsProblem(tooSoon);
    assertThat(JSON.readTree(tooSoon.body()).get("type").asString())
        .isEqualTo("urn:muster:problem:token-too-soon");
    long wait = Long.parseLong(tooSoon.headers().firstValue("Retry-After").orElseThrow());
    assertThat(wait).isBetween(20L, 40L);
    assertThat(exchange(devices.get(1).text()).statusCode()).isEqualTo(200);
    clock.pass(Duration.ofSeconds(wait));
    assertThat(exchange(fresh).statusCode()).isEqualTo(200);
  }

  @Test
  void ofManyExchangesOfOneDeviceAtOnceOneGetsAToken() throws Exception {
    TestToken token = provisioned(1).get(0);

    List<HttpResponse<String>> responses =
        atOnce(12, () -> exchange(token.text()), new CountDownLatch(1));

    assertThat(responses.stream().map(HttpResponse::statusCode).filter(code -> code == 200))
        .hasSize(1);
    assertThat(responses.stream().map(HttpResponse::statusCode)).containsOnly(200, 429);
    assertThat(reportsOf(token)).isEmpty();
  }

  @Test
  void thoseWhoComeTogetherAreServedInOneTransactionAndEachGetsItsOwnAnswer() throws Exception {
    List<TestToken> devices = provisioned(12);
    change(devices.get(0), StatusAction.REVOKE);
    freshTokenOf(exchange(devices.get(1).text()));
    TestToken unknown = devices.get(2).device(UUID.randomUUID().toString());
    TestToken twice = devices.get(3);
    TestToken gone = devices.get(4);
    List<TestToken> good = devices.subList(5, 10);
    List<TestToken> asked = new ArrayList<>(List.of(devices.get(0), devices.get(1), unknown));
    asked.addAll(List.of(twice, twice, twice));
    asked.addAll(good);

    List<HttpResponse<String>> responses =
        inOneGroup(
            devices.subList(10, 12),
            asked,
            () -> {
              try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket
                    .getOutputStream()
                    .write(
                        "POST /device/token HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\n\r\n"
                            .formatted(gone.text())
                            .getBytes(StandardCharsets.ISO_8859_1));
                awaitThreads(asked.size() + 1, TokenExchangeTests::queued);
              }
            });

    assertRefused(responses.get(0), "revoked");
    assertThat(responses.get(1).statusCode()).isEqualTo(429);
    assertRefused(responses.get(2), "unknown-device");
    assertThat(responses.subList(3, 6).stream().map(HttpResponse::statusCode))
        .containsExactlyInAnyOrder(200, 429, 429);
    for (int i = 0; i < good.size(); i++) {
      HttpResponse<String> response = responses.get(6 + i);
      assertThat(freshTokenOf(response)).isEqualTo(good.get(i).expiry(expiryOf(response)).text());
      assertThat(recordedExpiry(good.get(i).device())).isEqualTo(expiryOf(response));
    }
    assertThat(
            jdbc.queryForList(
                "SELECT DISTINCT xmin::text FROM device_status WHERE device_id = ANY (?::uuid[])",
                String.class,
                (Object) ids(devices.subList(3, 10))))
        .as("transactions that wrote: both who were served before may take up others at once")
        .hasSizeBetween(1, 2);
    // One at the beginning, two before the group, seven of it, of which one's caller has gone
    assertThat(Await.until(Duration.ofSeconds(3), () -> counted("fresh"), fresh -> fresh >= 10))
        .isEqualTo(10);
    assertThat(counted("too-soon")).isEqualTo(3);
    assertThat(counted("revoked")).isEqualTo(1);
    assertThat(counted("unknown-device")).isEqualTo(1);
    assertThat(
            Files.readString(LogFile.current())
                .lines()
                .filter(line -> line.contains("exchange=refused"))
                .filter(
                    line ->
                        line.contains(unknown.device()) || line.contains(devices.get(0).device())))
        .hasSize(2);
  }

  @Test
  void aDeviceThatOthersChangeWaitsWithoutItsNeighbours() throws Exception {
    List<TestToken> devices = provisioned(12);
    TestToken changing = devices.get(4);
    TransactionTemplate transaction = new TransactionTemplate(transactions);

    CompletableFuture<HttpResponse<String>> waiting =
        transaction.execute(
            status -> {
              change(changing, StatusAction.REVOKE);
              Map<String, CompletableFuture<HttpResponse<String>>> answers =
                  begunInOneGroup(devices.subList(10, 12), devices.subList(0, 10), () -> {});
              CompletableFuture<HttpResponse<String>> itsOwn =
                  Objects.requireNonNull(answers.remove(changing.device()));
              assertThat(answers.values().stream().map(answer -> answer.join().statusCode()))
                  .hasSize(9)
                  .containsOnly(200);
              assertThat(itsOwn).isNotDone();
              return itsOwn;
            });

    assertRefused(Objects.requireNonNull(waiting).join(), "revoked");
  }

  @Test
  void anErrorOverOneDeviceIsItsOwnAndOneOfTheDatabaseCostsNobodyTheToken() throws Exception {
    List<TestToken> devices = provisioned(8);
    List<TestToken> leading = provisioned(4);
    TestToken odd = devices.get(5);
    try {
      jdbc.execute(
          "ALTER TABLE device_status ADD CONSTRAINT odd CHECK (device_id <> '%s') NOT VALID"
              .formatted(odd.device()));
      List<HttpResponse<String>> responses =
          inOneGroup(leading.subList(0, 2), devices.subList(4, 8), () -> {});
      assertThat(responses.stream().map(HttpResponse::statusCode))
          .containsExactly(200, 503, 200, 200);
      assertThat(responses.get(1).body()).contains("urn:muster:problem:busy");

      jdbc.execute(
          """
          CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END';
          CREATE TRIGGER cut AFTER INSERT ON device_status
             FOR EACH STATEMENT EXECUTE FUNCTION cut()\
          """);
      assertThat(
              inOneGroup(leading.subList(2, 4), devices.subList(0, 4), () -> {}).stream()
                  .map(HttpResponse::statusCode))
          .containsExactly(503, 503, 503, 503);
    } finally {
      jdbc.execute("DROP FUNCTION IF EXISTS cut() CASCADE");
      jdbc.execute("ALTER TABLE device_status DROP CONSTRAINT IF EXISTS odd");
    }

    for (TestToken token : List.of(odd, devices.get(0), devices.get(3))) {
      assertThat(exchange(token.text()).statusCode()).isEqualTo(200);
    }
  }

  /** Answers in the order of the tokens, which may be the same. */
  private List<HttpResponse<String>> inOneGroup(
      List<TestToken> leading, List<TestToken> tokens, Step meanwhile) {
    return begunInOneGroup(leading, tokens, meanwhile).values().stream()
        .map(CompletableFuture::join)
        .toList();
  }

  /** Something that may fail. */
  private interface Step {
    void run() throws Exception;
  }

  /**
   * As many as are served at the same time are made to wait for a change of keys, and the others
   * wait behind them until all are there.
   *
   * @return by device; those behind the first of a device have a number behind it
   */
  private Map<String, CompletableFuture<HttpResponse<String>>> begunInOneGroup(
      List<TestToken> leading, List<TestToken> tokens, Step meanwhile) {
    Map<String, CompletableFuture<HttpResponse<String>>> answers = new LinkedHashMap<>();
    List<CompletableFuture<HttpResponse<String>>> before = new ArrayList<>();
    TransactionTemplate changeOfKeys = new TransactionTemplate(transactions);
    changeOfKeys.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    changeOfKeys.executeWithoutResult(
        status -> {
          TransactionLock.SIGNING_KEYS.exclusive(jdbc);
          try {
            for (int i = 0; i < leading.size(); i++) {
              before.add(begin(leading.get(i)));
              awaitThreads(i + 1, TokenExchangeTests::atWork);
            }
            for (TestToken token : tokens) {
              String name = token.device();
              answers.put(answers.containsKey(name) ? name + answers.size() : name, begin(token));
            }
            awaitThreads(tokens.size(), TokenExchangeTests::queued);
            meanwhile.run();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    before.forEach(CompletableFuture::join);
    return answers;
  }

  private CompletableFuture<HttpResponse<String>> begin(TestToken token) {
    return http.sendAsync(
        request("/device/token").header("Authorization", token.text()).POST(noBody()).build(),
        BodyHandlers.ofString());
  }

  /** A thread whose group is made up. */
  private static boolean atWork(Set<String> calls) {
    return calls.contains(TokenExchange.class.getName() + ".together");
  }

  /** A thread that is in the queue; one that has only come to it may miss the next group. */
  private static boolean queued(Set<String> calls) {
    return calls.contains(GroupWork.class.getName() + ".ask")
        && calls.contains(CompletableFuture.class.getName() + ".timedGet");
  }

  private static void awaitThreads(long threads, Predicate<Set<String>> calling) throws Exception {
    long unused =
        Await.until(
            Duration.ofSeconds(3),
            () ->
                Thread.getAllStackTraces().values().stream()
                    .map(
                        frames ->
                            Stream.of(frames)
                                .map(frame -> frame.getClassName() + "." + frame.getMethodName())
                                .collect(Collectors.toSet()))
                    .filter(calling)
                    .count(),
            found -> found >= threads);
  }

  private static String[] ids(List<TestToken> tokens) {
    return tokens.stream().map(TestToken::device).toArray(String[]::new);
  }

  @Test
  void devicesExchangeWhileAListChangesThousandsOfThemAndNoneThatWasRevokedGetsAToken()
      throws Exception {
    List<TestToken> devices = provisioned(4000);
    List<TestToken> exchanging = devices.stream().filter(t -> t.device().charAt(0) < '1').toList();
    assertThat(exchanging).hasSizeGreaterThan(150);
    // Every second one of them is on the list too
    StatusEntries entries = new StatusEntries();
    for (int i = 0; i < devices.size(); i += 2) {
      UUID id = UUID.fromString(devices.get(i).device());
      entries.add(
          id.getMostSignificantBits(),
          id.getLeastSignificantBits(),
          i,
          StatusAction.REVOKE,
          "stolen",
          false);
    }
    CountDownLatch begun = new CountDownLatch(1);
    ExecutorService other = Executors.newSingleThreadExecutor();
    Map<String, Integer> statuses = new HashMap<>();
    try {
      Future<?> list =
          other.submit(
              () -> {
                begun.await();
                return new TransactionTemplate(transactions)
                    .execute(
                        status ->
                            changes.apply(
                                entries, StatusChanges.Authority.over("test", null), false));
              });
      List<Callable<HttpResponse<String>>> calls = new ArrayList<>();
      for (TestToken token : exchanging) {
        calls.add(() -> exchange(token.text()));
      }
      List<HttpResponse<String>> responses = together(calls, begun);
      list.get();
      for (int i = 0; i < exchanging.size(); i++) {
        statuses.put(exchanging.get(i).device(), responses.get(i).statusCode());
      }
    } finally {
      other.shutdownNow();
    }

    assertThat(statuses.values()).contains(200).isSubsetOf(200, 401);
    assertThat(
            jdbc.queryForObject(
                "SELECT count(*) FROM device_status WHERE state = 'REVOKED' AND device_id = ANY"
                    + " (?::uuid[])",
                Long.class,
                devices.stream()
                    .map(TestToken::device)
                    .toList()
                    .toString()
                    .replace('[', '{')
                    .replace(']', '}')))
        .isEqualTo(2000);
    for (Map.Entry<String, Integer> one : statuses.entrySet()) {
      Map<String, Object> row =
          jdbc.queryForMap(
              "SELECT r.state, s.exchanged_at FROM registry r LEFT JOIN"
                  + " device_status s USING (device_id) WHERE device_id = ?::uuid",
              one.getKey());
      if (one.getValue() == 200) {
        assertThat(row.get("exchanged_at")).isNotNull();
        assertThat(recordedExpiry(one.getKey()))
            .isBefore(clock.instant().plus(Duration.ofDays(91)));
      } else {
        assertThat(row).containsEntry("state", "REVOKED").containsEntry("exchanged_at", null);
      }
    }
    clock.pass(Duration.ofMinutes(2));
    assertRefused(exchange(devices.get(0).text()), "revoked");
    assertThat(exchange(devices.get(1).text()).statusCode()).isEqualTo(200);
  }

  @Test
  void aDeviceExchangesWhileChunksAreLoadedAndListsAppliedUnlessItIsOnOneItself() throws Exception {
    List<TestToken> devices = provisioned(3);

    List<HttpResponse<String>> during =
        new TransactionTemplate(transactions)
            .execute(
                status -> {
                  // As a load's transaction has it
                  TransactionLock.DEVICE_STATUS.shared(jdbc);
                  HttpResponse<String> duringLoad = exchangeUnchecked(devices.get(0));
                  StatusEntries entries = new StatusEntries();
                  UUID listed = UUID.fromString(devices.get(1).device());
                  entries.add(
                      listed.getMostSignificantBits(),
                      listed.getLeastSignificantBits(),
                      1,
                      StatusAction.REVOKE,
                      "stolen",
                      false);
                  assertThat(
                          changes.apply(entries, StatusChanges.Authority.over("test", null), false))
                      .hasSize(1);
                  return List.of(
                      duringLoad,
                      exchangeUnchecked(devices.get(2)),
                      exchangeUnchecked(devices.get(1)));
                });

    assertThat(during.stream().map(HttpResponse::statusCode)).containsExactly(200, 200, 503);
    HttpResponse<String> busy = during.get(2);
    assertThat(busy.headers().firstValue("Retry-After")).hasValue("30");
    assertThat(busy.body()).contains("urn:muster:problem:busy");
    assertRefused(exchange(devices.get(1).text()), "revoked");
  }

  @Test
  void aDeviceThatIsRevokedWhileItWaitsGetsNothing() throws Exception {
    TestToken token = provisioned(1).get(0);
    ExecutorService device = Executors.newSingleThreadExecutor();
    try {
      Future<HttpResponse<String>> waiting =
          new TransactionTemplate(transactions)
              .execute(
                  status -> {
                    change(token, StatusAction.REVOKE);
                    Future<HttpResponse<String>> response =
                        device.submit(() -> exchange(token.text()));
                    awaitWaiting();
                    return response;
                  });
      assertRefused(waiting.get(), "revoked");
    } finally {
      device.shutdownNow();
    }
  }

  @Test
  void onceARotationIsDoneTokensOfTheOldKeyAreRefusedAndFreshOnesAreNot() throws Exception {
    List<TestToken> devices = provisionedAt("west", 2);
    try {
      rotated("west", 1, 0);
      String fresh = freshTokenOf(exchange(devices.get(0).text()));
      rotated("west", 1, 1);
      clock.pass(Duration.ofMinutes(2));

      assertRefused(exchange(devices.get(0).text()), "old-key");
      assertRefused(exchange(devices.get(1).text()), "old-key");
      assertThat(exchange(fresh).statusCode()).isEqualTo(200);
      // The next rotation goes back to the key that was new then
      rotated("west", 2, 1);
      clock.pass(Duration.ofMinutes(2));
      assertThat(exchange(fresh).statusCode()).isEqualTo(200);
    } finally {
      rotated("west", 0, 0);
    }
  }

  private void awaitWaiting() {
    TestDatabase.await(
        jdbc,
        Duration.ofSeconds(3),
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')");
  }

  private void rotated(String hub, int keySince, int validSince) {
    jdbc.update(
        "UPDATE hub SET key_in_use = ?, key_since = ?, valid_since = ? WHERE name = ?",
        keySince == 1 ? "SECONDARY" : "PRIMARY",
        keySince,
        validSince,
        hub);
  }

  @Test
  void aTokenThatEndsLaterThanAnyThatWasIssuedIsRefusedHoweverWellItIsSigned() throws Exception {
    TestToken token = provisioned(1).get(0);

    assertRefused(exchange(token.expiry(token.expiry() + 1).text()), "never-issued");
    assertThat(exchange(token.text()).statusCode()).isEqualTo(200);
    clock.pass(Duration.ofMinutes(2));
    // The fresh one ends earlier; the first one is as good as it was
    assertThat(exchange(token.text()).statusCode()).isEqualTo(200);
  }

  private HttpResponse<String> exchangeUnchecked(TestToken token) {
    try {
      return exchange(token.text());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theServerTellsNothingAboutItself() throws Exception {
    List<HttpResponse<String>> responses =
        List.of(
            send(request("/device/token").GET()),
            send(request("/device/token").DELETE()),
            send(request("/nothing/here").GET()),
            send(request("/").GET()),
            send(request("/error").GET()),
            send(request("/device/token/").POST(noBody())),
            send(request("/device/token").header("Accept", "text/html").POST(noBody())),
            send(
                request("/device/token")
                    .POST(HttpRequest.BodyPublishers.ofString("x".repeat(2000)))));

    assertThat(responses.stream().map(HttpResponse::statusCode))
        .containsExactly(405, 405, 401, 401, 401, 404, 406, 413);
    assertThat(responses.get(0).headers().firstValue("Allow")).hasValue("POST");
    for (HttpResponse<String> response : responses) {
      assertIsProblem(response);
    }
  }

  @Test
  void whatIsNoRequestIsRefusedInTheSameForm() throws Exception {
    String token = provisioned(1).get(0).text();
    String start = "POST /device/token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    Map<String, String> answers =
        Map.of(
            "no HTTP", raw("HELO\r\n\r\n"),
            "no host", raw("POST /device/token HTTP/1.1\r\nAuthorization: " + token + "\r\n\r\n"),
            "forbidden character", raw("POST /device/{token} HTTP/1.1\r\nHost: x\r\n\r\n"),
            "trace", raw("TRACE /device/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
            "control character", raw(start + "Authorization: " + token + "\u0001\r\n\r\n"),
            "header without a colon", raw(start + "Authorization " + token + "\r\n\r\n"),
            "huge header", raw(start + "Authorization: " + token + "x".repeat(20_000) + "\r\n\r\n"),
            "many headers", raw(start + "X: y\r\n".repeat(200) + "\r\n"),
            "two lengths", raw(start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"));

    answers.forEach(
        (what, answer) ->
            assertThat(answer)
                .as(what)
                .startsWith(what.equals("trace") ? "HTTP/1.1 405 " : "HTTP/1.1 400 ")
                .contains("\r\nContent-Type: application/problem+json\r\n")
                .contains("\r\nConnection: close\r\n")
                .doesNotContainIgnoringCase("server:", "tomcat", "exception", "sig="));
  }

  private static void assertIsProblem(HttpResponse<String> response) {
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(JSON.readTree(response.body()).get("status").asInt())
        .isEqualTo(response.statusCode());
    assertThat(response.headers().map()).doesNotContainKeys("Server", "server", "X-Powered-By");
    assertThat(response.body()).doesNotContainIgnoringCase("tomcat", "exception", "at dev.muster");
  }

  /** As every refusal looks, to the byte; only the counter knows the reason. */
  private void assertRefused(HttpResponse<String> response, String reason) throws IOException {
    Map<String, List<String>> headers = new HashMap<>(response.headers().map());
    headers.remove("date");

    assertThat(response.statusCode()).as(response.body()).isEqualTo(401);
    assertThat(JSON.readTree(response.body())).isEqualTo(JSON.readTree(REFUSED));
    assertThat(headers)
        .isEqualTo(
            Map.of(
                "cache-control", List.of("no-store"),
                "content-type", List.of("application/problem+json"),
                "transfer-encoding", List.of("chunked"),
                "www-authenticate", List.of("SharedAccessSignature")));
    assertThat(counted(reason)).as(reason).isPositive();
    assertThat(Files.readString(LogFile.current())).contains("exchange=refused reason=" + reason);
  }

  private double counted(String outcome) {
    return meters.counter("muster.exchange.requests", "outcome", outcome).count();
  }

  private HttpResponse<String> exchange(String... authorization)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request("/device/token").POST(noBody());
    for (String value : authorization) {
      request.header("Authorization", value);
    }
    return send(request);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
        .timeout(Duration.ofSeconds(60));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static HttpRequest.BodyPublisher noBody() {
    return HttpRequest.BodyPublishers.noBody();
  }

  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      socket.getInputStream().transferTo(answer);
      return answer.toString(StandardCharsets.ISO_8859_1);
    }
  }

  private static String freshTokenOf(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body()).get("token").asString();
  }

  private static Instant expiryOf(HttpResponse<String> response) {
    return Instant.parse(JSON.readTree(response.body()).get("expires_at").asString());
  }

  private List<TokenReports.Report> reportsOf(TestToken token) {
    return reports.page(
        new TokenReports.Filter(UUID.fromString(token.device()), null, Period.EVER), null, 10);
  }

  private void change(TestToken token, StatusAction action) {
    assertThat(changes.change(UUID.fromString(token.device()), action, "test", "tester").changed())
        .isTrue();
  }

  private Instant recordedExpiry(String device) {
    return Objects.requireNonNull(
            jdbc.queryForObject(
                "SELECT token_expires_at FROM registry WHERE device_id = ?::uuid",
                Timestamp.class,
                device))
        .toInstant();
  }

  private static <T> List<T> atOnce(int count, Callable<T> call, CountDownLatch begun)
      throws Exception {
    return together(Collections.nCopies(count, call), begun);
  }

  /** Makes all calls on eight threads; lets others begin with the first. */
  private static <T> List<T> together(List<Callable<T>> calls, CountDownLatch begun)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (Callable<T> call : calls) {
        futures.add(threads.submit(call));
      }
      begun.countDown();
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  /** Devices of a manifest of their own, with the tokens that are in its bundle. */
  private List<TestToken> provisioned(int devices) throws IOException {
    String factory = "exchanging-" + SEEDS.incrementAndGet();
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    Path file =
        TestManifest.seeded(SEEDS.incrementAndGet())
            .rows(devices)
            .write(folder.resolve(factory + ".csv"));
    RunOutcome outcome = runs.provision(file, factory, null, null);
    assertThat(outcome.status()).isEqualTo("COMPLETED");
    return jdbc.query(
        """
        SELECT device_id::text, hub, extract(epoch FROM token_expires_at)::bigint
          FROM registry WHERE factory = ? ORDER BY line
        """,
        (row, number) ->
            new TestToken(
                "contoso-%s.servicebus.windows.net".formatted(row.getString(2)),
                "telemetry",
                "device-send",
                row.getString(2).equals("west") ? WEST_KEY : NORTH_KEY,
                row.getString(1),
                row.getLong(3)),
        factory);
  }

  private List<TestToken> provisionedAt(String hub, int devices) throws IOException {
    return provisioned(devices * 40).stream()
        .filter(token -> token.namespace().contains(hub))
        .limit(devices)
        .toList();
  }
}
