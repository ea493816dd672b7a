package dev.muster.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.Obstacle;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Role;
import dev.muster.api.ApiClient.Answer;
import dev.muster.bundle.AgeIdentity;
import dev.muster.credential.HubNumbers;
import dev.muster.database.SessionLock;
import dev.muster.factory.DevelopmentFactory;
import dev.muster.home.MusterHome;
import dev.muster.status.HubWork;
import dev.muster.status.HubWork.Trouble;
import dev.muster.watching.Overview;
import dev.muster.web.Console;
import dev.muster.web.ConsoleTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The REST API, over HTTP, with bearer tokens of the provider for development. */
@ConsoleTest
class ApiTests {

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());
  private static final Path DESCRIPTION = Path.of("docs/openapi.json");

  @Autowired private Console console;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private MusterHome home;
  @Autowired private Overview overview;
  @Autowired private HubNumbers hubNumbers;
  @Autowired private HubWork hubWork;
  @Autowired private SessionLock sessionLock;

  private final String factory = "api-" + SEEDS.incrementAndGet();
  private ApiClient operator;
  private ApiClient technician;
  private ApiClient auditor;

  @BeforeEach
  void clients() {
    operator = new ApiClient(console, "operator");
    technician = new ApiClient(console, "technician");
    auditor = new ApiClient(console, "auditor");
  }

  @Test
  void aManifestIsStreamedAndProvisionedOnceHoweverOftenItIsSent() throws Exception {
    operator.post("/api/factories", newFactory(factory)).is(201);
    TestManifest manifest = TestManifest.seeded(SEEDS.incrementAndGet()).rows(1200).row("no-guid");

    Answer first = send(manifest);
    JsonNode arrived = operator.get(first.header("Location") + "?wait=60s").is(200).json();
    assertThat(arrived.get("state").asString()).as("what waited for its end").isEqualTo("DONE");
    Answer again = send(manifest);
    JsonNode arrivedAgain = untilDone(again);

    assertThat(arrived.get("manifest").asString()).isEqualTo("boards, week 47.csv");
    assertThat(arrived.get("sender").asString()).contains("operator");
    assertThat(arrivedAgain.get("arrival").asLong()).isNotEqualTo(arrived.get("arrival").asLong());
    JsonNode found = operator.get("/api/manifests?factory=" + factory).is(200).json();
    assertThat(found.get("items")).hasSize(1);
    JsonNode line = found.get("items").get(0);
    assertThat(line.get("state").asString()).isEqualTo("DELIVERED");
    assertThat(line.get("accepted").asLong()).isEqualTo(1200);
    String id = "/api/manifests/" + line.get("id").asInt();
    JsonNode reject = operator.get(id + "/rejects").is(200).json().get("items").get(0);
    assertThat(reject.get("value").asString()).isEqualTo("no-guid");
    Answer receipt = operator.get(id + "/files/receipt.json").is(200);
    assertThat(receipt.header("Content-Disposition")).contains("\"boards__week_47-receipt.json\"");
    assertThat(receipt.json().get("accepted").asLong()).isEqualTo(1200);
    operator.get(id + "/files/..%2Freceipt.json").isStatus(400, 404);

    Set<String> devices = new HashSet<>();
    List<Integer> sizes = new ArrayList<>();
    String page = "/api/devices?limit=150&manifest=" + line.get("id").asInt();
    while (!page.isEmpty()) {
      Answer answer = auditor.get(page).is(200);
      answer.json().get("items").forEach(one -> devices.add(one.get("id").asString()));
      sizes.add(answer.json().get("items").size());
      page = answer.header("Link").replaceFirst("^<(.*)>; rel=\"next\"$", "$1");
      assertThat(page.isEmpty())
          .isEqualTo(
              answer.json().path("next").isMissingNode() || answer.json().get("next").isNull());
    }
    assertThat(sizes).containsExactly(150, 150, 150, 150, 150, 150, 150, 150);
    assertThat(devices).hasSize(1200);

    ApiClient other = new ApiClient(console, "factory");
    other.get(id).isProblem(404, "not-found");
    other.get("/api/arrivals/" + arrived.get("arrival").asLong()).isProblem(404, "not-found");
    other.stream("/api/manifests/" + factory + "/mine.csv", BodyPublishers.ofString("device_id\n"))
        .isProblem(403, "not-permitted");
  }

  @Test
  void whatIsWrongIsSaidWithATypeThatStays() {
    new ApiClient(console, null).get("/api/devices").isProblem(401, "not-signed-in");
    auditor.send("DELETE", "/api/factories/" + factory, null).isProblem(403, "not-permitted");
    auditor.get("/api/nothing").isProblem(404, "not-found");
    auditor.get("/api/executions/987654321").isProblem(404, "not-found");
    auditor.get("/api/executions/first").isProblem(400, "invalid-request");
    assertThat(auditor.get("/api/devices?state=banana").isProblem(400, "invalid-request").body())
        .contains("'banana' is no state. It can be ", "REVOKED");
    Answer method = auditor.send("DELETE", "/api/audit", null).isProblem(405, "method-not-allowed");
    assertThat(method.header("Allow")).isEqualTo("GET");
    operator
        .post("/api/factories", "id=x", "Content-Type", "text/plain")
        .isProblem(415, "unsupported-media-type");
    auditor.send("GET", "/api/audit", null, "Accept", "image/png").isProblem(406, "not-acceptable");
    auditor.get("/api/audit?cursor=rubbish").isProblem(400, "invalid-request");
    auditor.get("/api/arrivals/1?wait=61s").isProblem(400, "invalid-request");
    auditor.get("/api/arrivals/1?wait=long").isProblem(400, "invalid-request");
    auditor.get("/api/devices?cursor=MTpydWJiaXNo").isProblem(400, "invalid-request");
    auditor.get("/api/devices?state=BROKEN").isProblem(400, "invalid-request");
    assertThat(auditor.get("/api/arrivals?state=faild").isProblem(400, "invalid-request").body())
        .contains("'faild' is no state. It can be ", "FAILED");
    assertThat(auditor.get("/api/executions?status=ENDED").isProblem(400, "invalid-request").body())
        .contains("'ENDED' is no status. It can be ", "COMPLETED");
    auditor.get("/api/arrivals/export.csv?state=faild").isProblem(400, "invalid-request");
    Answer limit = auditor.get("/api/audit?limit=1000").isProblem(400, "invalid-request");
    assertThat(limit.json().at("/errors/0/field").asString()).isEqualTo("limit");
    Answer body =
        operator
            .post("/api/factories", "{\"id\": \"x\", \"settings\": {\"recipients\": []}}")
            .isProblem(400, "invalid-request");
    assertThat(body.json().at("/errors/0/field").asString()).isEqualTo("settings.recipients");
    operator.post("/api/factories", "{\"id\":").isProblem(400, "invalid-request");
    operator
        .post(
            "/api/factories",
            "{\"id\": \"%s\", \"settings\": {\"recipients\": [\"age1nonsense\"]}}"
                .formatted(factory))
        .isProblem(400, "invalid-request");
    String key = AgeIdentity.generate().recipient().publicKey();
    String many = String.join("\",\"", Collections.nCopies(669, key));
    assertThat(
            operator
                .post(
                    "/api/factories",
                    "{\"id\": \"%s\", \"settings\": {\"recipients\": [\"%s\"]}}"
                        .formatted(factory, many))
                .isProblem(400, "invalid-request")
                .body())
        .contains("668 recipients at most, and these are 669");
  }

  @Test
  void aPostWithAKeyIsDoneOnceAndAnsweredAgain() {
    String key = UUID.randomUUID().toString();
    String body = newFactory(factory);

    Answer first = operator.post("/api/factories", body, "Idempotency-Key", key).is(201);
    Answer again = operator.post("/api/factories", body, "Idempotency-Key", key).is(201);

    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.header("Location")).isEqualTo(first.header("Location"));
    assertThat(again.header("Content-Type")).isEqualTo(first.header("Content-Type"));
    assertThat(first.header("Idempotency-Replayed")).isEmpty();
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    operator
        .post("/api/factories", newFactory(factory + "-b"), "Idempotency-Key", key)
        .isProblem(422, "idempotency-key-reused");
    operator.post("/api/factories", body).isProblem(409, "refused");
    // What was not permitted is not remembered, and another's keys are none of ours.
    auditor.post("/api/factories", body, "Idempotency-Key", key).isProblem(403, "not-permitted");
    operator.get("/api/factories/" + factory + "-b").isProblem(404, "not-found");
    operator
        .post("/api/factories", body, "Idempotency-Key", "a key")
        .isProblem(400, "invalid-request");
  }

  @Test
  void theNightlyRunIsDoneOnceForAKeyAndNeverTwoAtATime() throws Exception {
    JsonNode before = auditor.get("/api/nightly?limit=1").is(200).json();
    assertThat(before.get("next").asString()).contains("T02:00:00Z");
    auditor.post("/api/nightly", null).isProblem(403, "not-permitted");
    technician.get("/api/nightly").isProblem(403, "not-permitted");
    auditor.get("/api/nightly?limit=51").isProblem(400, "invalid-request");
    Answer others = new ApiClient(console, "factory").get("/api/nightly");
    assertThat(others.isProblem(403, "not-permitted").body()).contains("what is others'");
    try (SessionLock.Held elsewhere =
        sessionLock.take(SessionLock.Work.NIGHTLY_RUN).orElseThrow()) {
      assertThat(elsewhere.isHeld()).isTrue();
      assertThat(auditor.get("/api/nightly").is(200).json().get("underWay").asBoolean()).isTrue();
      assertThat(operator.post("/api/nightly", null).isProblem(409, "refused").body())
          .contains("Another process is at the nightly run at this moment.");
    }
    int last = run(before);

    String key = UUID.randomUUID().toString();
    Answer begun = operator.post("/api/nightly", null, "Idempotency-Key", key).is(202);
    Answer again = operator.post("/api/nightly", null, "Idempotency-Key", key).is(202);

    assertThat(begun.header("Location")).endsWith("/api/nightly");
    assertThat(again.body()).isEqualTo(begun.body());
    JsonNode after =
        Await.until(
            Duration.ofMinutes(1),
            () -> operator.get("/api/nightly?limit=1").is(200).json(),
            now -> !now.get("underWay").asBoolean() && run(now) > last);
    JsonNode ended = after.get("runs").get(0);
    assertThat(run(after)).as("once").isEqualTo(last + 1);
    assertThat(ended.get("state").asString()).isIn("COMPLETE", "INCOMPLETE");
    assertThat(ended.get("report").get("run").asInt()).isEqualTo(last + 1);
    assertThat(audited("action=nightly.run&limit=1").get(0).get("actor").asString())
        .isEqualTo("operator@dev");
  }

  private static int run(JsonNode nightly) {
    JsonNode runs = nightly.get("runs");
    return runs.isEmpty() ? 0 : runs.get(0).get("run").asInt();
  }

  @Test
  void theDenyListIsSeenFetchedAndPublishedAnewWithoutItsKey() throws Exception {
    auditor.post("/api/deny-list/snapshot", null).isProblem(403, "not-permitted");
    new ApiClient(console, "factory").get("/api/deny-list").isProblem(403, "not-permitted");
    ApiClient officer = new ApiClient(console, "security-officer");
    String device = UUID.randomUUID().toString();
    technician.put("/api/registry/" + device, "{\"Building\": 1, \"Room\": 2}").is(201);
    officer.post("/api/devices/" + device + "/revoke", "{\"reason\": \"stolen\"}").is(200);

    officer.post("/api/deny-list/snapshot", null).isStatus(200, 202);

    String denied =
        Await.until(
            Duration.ofMinutes(1),
            () -> {
              String newest = "none";
              for (JsonNode file : auditor.get("/api/deny-list").is(200).json().get("files")) {
                String name = file.get("name").asString();
                newest = name.startsWith("snapshot-") ? name : newest;
              }
              Answer file = auditor.get("/api/deny-list/files/" + newest);
              return file.status() == 200 ? file.body() : "";
            },
            list -> list.contains(device));
    assertThat(denied).contains("\"" + device + "\",\"status\":\"REVOKED\"");
    JsonNode state = auditor.get("/api/deny-list").is(200).json();
    assertThat(state.get("destinations").get(0).get("destination").asString()).isEqualTo("files");
    assertThat(state.get("devices").get("REVOKED").asLong()).isPositive();
    Answer key = auditor.get("/api/deny-list/files/public-key.pem").is(200);
    assertThat(key.header("Content-Disposition")).contains("public-key.pem");
    assertThat(key.body()).startsWith("-----BEGIN PUBLIC KEY-----");
    Answer index = auditor.get("/api/deny-list/files/index.json").is(200);
    assertThat(index.json().get("key_id").asString()).isEqualTo(state.get("keyId").asString());
    auditor.get("/api/deny-list/files/deny-list.pem").isProblem(404, "not-found");
    auditor.get("/api/deny-list/files/..%2F..%2Fkeys%2Fdeny-list.pem").isStatus(400, 404);
  }

  @Test
  void whoeverAddsAFactoryAgainThatHadACeilingIsASecurityOfficer() {
    String theirs = AgeIdentity.generate().recipient().publicKey();
    String path = "/api/factories/" + factory + "-ceiling";
    ApiClient officer = new ApiClient(console, "security-officer");
    officer.put(path, settings(theirs, "\"ceiling\": \"10\"")).is(201);
    operator.put(path, settings(theirs, "\"maxRejects\": \"2%\"")).isProblem(403, "not-permitted");

    operator.send("DELETE", path, null).is(204);

    operator.put(path, settings(theirs, "\"maxRejects\": \"2%\"")).isProblem(403, "not-permitted");
    officer.put(path, settings(theirs, "\"maxRejects\": \"2%\"")).is(201);
  }

  @Test
  void keysOfAFactoryAreChangedByTheSecurityOfficerAndKept() {
    String theirs = AgeIdentity.generate().recipient().publicKey();
    String mine = AgeIdentity.generate().recipient().publicKey();
    String path = "/api/factories/" + factory;
    ApiClient officer = new ApiClient(console, "security-officer");
    operator.put(path, settings(theirs, "\"maxRejects\": \"1%\"")).is(201);

    operator.put(path, settings(theirs, "\"maxRejects\": \"2%\"")).is(200);
    String limits = "\"suspended\": true, \"validUntil\": \"2100-12-31\", \"maxDevices\": 7";
    operator.put(path, settings(theirs, limits)).is(200);
    JsonNode limited = operator.get(path).is(200).json().get("settings");
    assertThat(limited.toString()).contains(limits.replace(": ", ":").replace(", ", ","));
    operator.put(path, settings(theirs, "\"maxDevices\": 0")).isProblem(400, "invalid-request");
    Answer denied = operator.put(path, settings(mine, "\"maxRejects\": \"2%\""));
    denied.isProblem(403, "not-permitted");
    assertThat(denied.json().get("detail").asString()).contains("a security officer changes");
    operator.put(path, settings(theirs, "\"anyDevice\": true")).isProblem(403, "not-permitted");
    operator
        .put(path, settings(theirs, "\"signingKeys\": [\"" + SIGNING_KEY + "\"]"))
        .isProblem(403, "not-permitted");
    String twoKeys = "\"signingKeys\":[\"%s\",\"%s\"]".formatted(SIGNING_KEY, NEXT_SIGNING_KEY);
    officer.put(path, settings(theirs, twoKeys)).is(200);
    assertThat(officer.get(path).is(200).json().toString()).contains(twoKeys);
    Answer three =
        officer.put(path, settings(theirs, twoKeys.replace("[", "[\"" + SIGNING_KEY + "\",")));
    three.isProblem(400, "invalid-request");
    assertThat(three.json().get("detail").asString()).contains("2 signing keys at most");
    officer.put(path, settings(theirs, "\"signingKeys\": []")).is(200);
    operator
        .put(path + "-x", settings(mine, "\"anyDevice\": true"))
        .isProblem(403, "not-permitted");
    operator.send("DELETE", path, null).is(204);
    operator.put(path, settings(mine, "\"maxRejects\": \"2%\"")).isProblem(403, "not-permitted");
    operator.put(path, settings(theirs, "\"maxRejects\": \"2%\"")).is(201);
    officer.put(path, settings(mine, "\"anyDevice\": true")).is(200);

    assertThat(
            jdbc.queryForList(
                "SELECT subject FROM audit_entry WHERE action = 'factory.keys' AND subject LIKE ?"
                    + " ORDER BY entry_id",
                String.class,
                "factory=" + factory + " %"))
        .hasSize(5)
        .anySatisfy(
            subject ->
                assertThat(subject)
                    .contains("after=(recipients " + fingerprint(theirs) + ", signs with SHA256:")
                    .contains(fingerprint(SIGNING_KEY))
                    .contains(fingerprint(NEXT_SIGNING_KEY)))
        .last()
        .isEqualTo(
            "factory=%s before=(recipients %s, does not sign, lists name its own devices) after=(recipients %s, does not sign, lists name any device)"
                .formatted(factory, fingerprint(theirs), fingerprint(mine)));
    assertThat(
            jdbc.queryForObject(
                "SELECT count(*) FROM audit_entry WHERE action LIKE 'factory.%' AND outcome ="
                    + " 'DENIED' AND subject LIKE ?",
                Long.class, "factory=" + factory + "%"))
        .isEqualTo(5);
  }

  private static final String SIGNING_KEY =
      "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

  private static final String NEXT_SIGNING_KEY =
      "MCowBQYDK2VwAyEAXeNWhVn3+X+FLHpQ8qT9DoUeIN0XQD/XEN2EEOlJNOg=";

  private static String settings(String recipient, String more) {
    return "{\"recipients\": [\"%s\"], %s}".formatted(recipient, more);
  }

  /** As openssl would: {@code printf %s KEY | openssl dgst -sha256 -binary | base64}. */
  private static String fingerprint(String key) {
    try {
      byte[] sha256 =
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
      return "SHA256:" + Base64.getEncoder().encodeToString(sha256).replace("=", "");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whoShowsNoGoodBearerTokenIsKeptWithoutIt() {
    String shown = "nonsense." + UUID.randomUUID();
    new ApiClient(console, null)
        .send("GET", "/api/devices", null, "Authorization", "Bearer " + shown)
        .isProblem(401, "not-signed-in");

    assertThat(
            jdbc.queryForList(
                "SELECT actor, origin, problem FROM audit_entry WHERE action = 'sign-in' AND"
                    + " outcome = 'DENIED' ORDER BY entry_id DESC LIMIT 1"))
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.get("actor")).isEqualTo("unknown");
              assertThat(entry.get("origin")).isEqualTo("api 127.0.0.1");
              assertThat(String.valueOf(entry)).doesNotContain(shown);
            });
  }

  /** Names change hands; issuer and subject do not. */
  @Test
  void theAuditHasWhoItWasForGoodBesideTheName() {
    operator.post("/api/factories", newFactory(factory)).is(201);
    String bearer = console.bearerToken("operator");
    String claims = bearer.substring(bearer.indexOf('.') + 1, bearer.lastIndexOf('.'));
    JsonNode token = new JsonMapper().readTree(Base64.getUrlDecoder().decode(claims));
    String account = token.get("iss").asString() + " " + token.get("sub").asString();
    String subject = "factory=" + factory;

    JsonNode entry = audited("action=factory.add&subject=" + subject).get(0);
    assertThat(entry.get("actor").asString()).isEqualTo("operator@dev");
    assertThat(entry.get("account").asString()).isEqualTo(account);
    String byAccount = "actor=" + URLEncoder.encode(account, StandardCharsets.UTF_8);
    assertThat(audited(byAccount + "&action=factory.add&subject=" + subject)).hasSize(1);
    assertThat(audited(byAccount + "x&action=factory.add&subject=" + subject)).isEmpty();
  }

  private List<JsonNode> audited(String query) {
    List<JsonNode> entries = new ArrayList<>();
    auditor.get("/api/audit?" + query).is(200).json().get("items").forEach(entries::add);
    return entries;
  }

  @Test
  void whoIsDeniedIsKeptWhicheverWayTheyAsked() throws Exception {
    String device = UUID.randomUUID().toString();
    technician.put("/api/registry/" + device, "{\"Building\": 1, \"Room\": 2}").is(201);

    auditor.post("/api/devices/" + device + "/token", null).isProblem(403, "not-permitted");
    Console.Session session = console.session("auditor");
    assertThat(post(session, "/devices/" + device + "/token", "form=x")).isEqualTo(403);
    assertThat(post(session, "/technician/token", "device=" + device + "&building=1&room=2&form=x"))
        .isEqualTo(403);
    new ApiClient(console, "factory")
        .stream("/api/manifests/" + factory + "/theirs.csv", BodyPublishers.ofString("device_id\n"))
            .isProblem(403, "not-permitted");

    assertThat(audited("outcome=DENIED&action=token.issue&subject=device=" + device))
        .extracting(entry -> entry.get("origin").asString())
        .containsExactlyInAnyOrder("api 127.0.0.1", "console 127.0.0.1", "console 127.0.0.1");
    assertThat(audited("outcome=DENIED&actor=factory@dev&subject=" + factory)).hasSize(1);
  }

  private int post(Console.Session session, String path, String form) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(console.address() + path))
                .header("Cookie", "JSESSIONID=" + session.id())
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form + "&_csrf=" + session.csrf()))
                .build(),
            BodyHandlers.discarding())
        .statusCode();
  }

  /** Nor with which list, nor what others have behind its gateway. */
  @Test
  void aFactoryIsNotToldWhoDidSomethingToItsDeviceNorWhatOthersHaveBehindIt() throws Exception {
    String gateway = UUID.randomUUID().toString();
    operator.post("/api/factories", newFactory(factory)).is(201);
    provision("fabrikam", gateway + ",\n" + UUID.randomUUID() + "," + gateway);
    provision(factory, UUID.randomUUID() + "," + gateway);
    new ApiClient(console, "security-officer")
        .post("/api/devices/" + gateway + "/revoke", "{\"reason\": \"it was stolen\"}")
        .is(200);

    ApiClient fabrikam = new ApiClient(console, "factory");
    JsonNode arrival = fabrikam.get("/api/arrivals?limit=1").is(200).json().get("items").get(0);
    assertThat(arrival.get("location").asString()).as("no folder here").doesNotContain("/");
    String run = "/api/executions/" + arrival.get("execution").asLong();
    assertThat(fabrikam.get(run).is(200).json().get("asked").propertyNames())
        .contains("name")
        .doesNotContain("file", "content");
    assertThat(auditor.get(run).is(200).json().get("asked").propertyNames()).contains("file");
    String path = "/api/devices/" + gateway;
    assertThat(auditor.get(path + "/history").is(200).body()).contains("security-officer@dev");
    assertThat(fabrikam.get(path + "/history").is(200).body())
        .contains("it was stolen")
        .doesNotContain("security-officer");
    assertThat(auditor.get(path).is(200).json().get("devicesBehind").asInt()).isEqualTo(2);
    assertThat(fabrikam.get(path).is(200).json().get("devicesBehind").asInt()).isEqualTo(1);
    assertThat(page("auditor", "/devices/" + gateway)).contains("security-officer@dev");
    assertThat(page("factory", "/devices/" + gateway))
        .contains("it was stolen")
        .doesNotContain("security-officer");
  }

  @Test
  void aFactoryUndoesNothingThatTheSecurityOfficerDidByApiOrPage() throws Exception {
    String device = UUID.randomUUID().toString();
    provision("fabrikam", device + ",");
    ApiClient officer = new ApiClient(console, "security-officer");
    String path = "/api/devices/" + device;
    officer.post(path + "/revoke", "{\"reason\": \"stolen\"}").is(200);

    new ApiClient(console, "factory")
        .post(path + "/restore", "{\"reason\": \"mine\"}")
        .isProblem(403, "not-permitted");
    assertThat(post(console.session("factory"), "/devices/" + device + "/restore", "reason=mine"))
        .isEqualTo(403);

    assertThat(officer.get(path).json().at("/device/state").asString()).isEqualTo("REVOKED");
    officer.post(path + "/restore", "{\"reason\": \"found\"}").is(200);
    assertThat(officer.get(path).json().at("/device/state").asString()).isEqualTo("PROVISIONED");
  }

  private void provision(String whose, String rows) throws Exception {
    Answer sent =
        operator.stream(
                "/api/manifests/" + whose + "/" + factory + ".csv",
                BodyPublishers.ofString("device_id,gateway_id\n" + rows + "\n"))
            .is(202);
    JsonNode unused = untilDone(sent);
  }

  private String page(String role, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(console.address() + path))
                .header("Cookie", "JSESSIONID=" + console.session(role).id())
                .header("Accept", "text/html")
                .build(),
            BodyHandlers.ofString())
        .body();
  }

  @Test
  void manyAtOnceWithOneKeyAreDoneOnce() throws Exception {
    String key = UUID.randomUUID().toString();
    String body = newFactory(factory);
    CountDownLatch start = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Callable<Answer> post =
            () -> {
              start.await();
              return operator.post("/api/factories", body, "Idempotency-Key", key);
            };
        answers.add(threads.submit(post));
      }
      start.countDown();
      int done = 0;
      for (Future<Answer> future : answers) {
        Answer answer = future.get();
        if (answer.status() == 409) {
          answer.isProblem(409, "idempotency-key-in-use");
        } else {
          done += answer.is(201).header("Idempotency-Replayed").isEmpty() ? 1 : 0;
        }
      }
      assertThat(done).isEqualTo(1);
    } finally {
      threads.shutdownNow();
    }
    assertThat(
            jdbc.queryForObject(
                "SELECT count(*) FROM audit_entry WHERE action = 'factory.add' AND subject LIKE ?",
                Long.class,
                "factory=" + factory + " %"))
        .isEqualTo(1);
  }

  @Test
  void anAnswerThatHoldsATokenIsNotKept() {
    String device = UUID.randomUUID().toString();
    String key = UUID.randomUUID().toString();
    technician.put("/api/registry/" + device, "{\"Building\": 1, \"Room\": 2}").is(201);
    String path = "/api/devices/" + device + "/token";

    Answer told = technician.post(path, null, "Idempotency-Key", key).is(200);
    technician.post(path, null, "Idempotency-Key", key).isProblem(409, "token-was-told");

    assertThat(told.header("Cache-Control")).contains("no-store");
    assertThat(told.json().get("token").asString()).startsWith("SharedAccessSignature ");
    assertThat(jdbc.queryForList("SELECT status, body FROM api_answer WHERE key = ?", key))
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.get("status")).isEqualTo(200);
              assertThat(row.get("body")).isNull();
            });
    assertThat(
            jdbc.queryForObject(
                "SELECT count(*) FROM audit_entry WHERE action = 'token.issue' AND subject = ?",
                Long.class,
                "device=" + device))
        .isEqualTo(1);
    JsonNode history = technician.get("/api/devices/" + device + "/history").is(200).json();
    assertThat(history.get(0).get("kind").asString()).isEqualTo("TOKEN");
    assertThat(
            technician.get("/api/devices/" + device).is(200).json().at("/device/state").asString())
        .isEqualTo("PROVISIONED");
  }

  @Test
  void anUploadChangesWhatItsSenderSaysAndIsCountedSo() throws Exception {
    operator.post("/api/factories", newFactory(factory)).is(201);
    String device = UUID.randomUUID().toString();
    String first = "device_id,model\n%s,TH-200\n".formatted(device);
    JsonNode unused = untilDone(sendRows("first.csv", first));
    String changed = "device_id,model\n%s,TH-300\n%s,TH-300\n".formatted(device, UUID.randomUUID());

    JsonNode done = untilDone(sendRows("second.csv?updates=VALUES", changed));

    JsonNode shown = operator.get("/api/devices/" + device).is(200).json();
    assertThat(shown.at("/device/model").asString()).as(shown.toString()).isEqualTo("TH-300");
    assertThat(operator.get("/api/devices/" + device + "/history").is(200).body())
        .contains("TH-200", "TH-300");
    String execution = "/executions/" + done.get("execution").asLong();
    JsonNode numbers = operator.get("/api" + execution).is(200).json().get("numbers");
    assertThat(numbers.toString())
        .isEqualTo("{\"rows\":2,\"accepted\":1,\"updated\":1,\"rejected\":0}");
    assertThat(page("operator", execution)).contains("2 rows, 1 accepted, 1 updated, 0 rejected");

    JsonNode again = untilEnded(sendRows("again.csv?updates=VALUES", first));
    assertThat(again.get("state").asString()).isEqualTo("REFUSED");
    assertThat(again.get("problem").asString())
        .contains("Send the rows that are to change under it as a file of their own.");
  }

  @Test
  void allDevicesThatAreMeantAreChangedAfterALook() throws Exception {
    operator.post("/api/factories", newFactory(factory)).is(201);
    TestManifest manifest = TestManifest.seeded(SEEDS.incrementAndGet()).rows(5);
    JsonNode unused = untilDone(sendRows("five.csv", manifest.content()));
    String changes = "/api/devices/changes?factory=" + factory;
    String disable = "{\"action\": \"DISABLE\", \"reason\": \"wrong batch\"}";

    Answer taken = operator.post(changes, disable).is(202);
    JsonNode looked =
        Await.until(
            Duration.ofSeconds(60),
            () -> operator.get(taken.header("Location")).is(200).json(),
            upload -> upload.hasNonNull("findings"));
    JsonNode findings = looked.get("findings");
    assertThat(findings.at("/chosen/byState").toString()).isEqualTo("{\"PROVISIONED\":5}");
    assertThat(findings.at("/effect/changed").toString()).isEqualTo("{\"disable\":5}");
    assertThat(findings.at("/effect/ceiling").asLong()).isGreaterThanOrEqualTo(1000);
    assertThat(looked.get("sha256").asString()).hasSize(64);
    assertThat(looked.at("/chosen/devices/factory").asString()).isEqualTo(factory);

    Answer begun = operator.post(taken.header("Location") + "/confirm", null).is(202);
    assertThat(begun.json().get("arrival").isNull()).isTrue();
    JsonNode unusedToo =
        Await.until(
            Duration.ofSeconds(60),
            () -> operator.get(begun.header("Location")).is(200).json(),
            execution -> execution.at("/summary/status").asString().equals("COMPLETED"));
    assertThat(operator.get("/api/devices?state=DISABLED&factory=" + factory).json().get("items"))
        .hasSize(5);

    operator.get(taken.header("Location")).isProblem(404, "not-found");
    operator.post("/api/devices/changes", disable).isProblem(409, "refused");
    operator
        .post(changes, "{\"action\": \"DISABLE\", \"reason\": \"\"}")
        .isProblem(400, "invalid-request");
    operator.post(changes, disable.replace("DISABLE", "REVOKE")).isProblem(403, "not-permitted");
    auditor.post(changes, disable).isProblem(403, "not-permitted");
    for (String slip : List.of("&manifest=", "&manifests=7", "&state=DISABLED&state=REVOKED")) {
      operator.post(changes + slip, disable).isProblem(400, "invalid-request");
    }
  }

  @Test
  void chosenDevicesAreMovedToWhereTheyBelongNow() throws Exception {
    String key = AgeIdentity.generate().recipient().publicKey();
    String settings = "{\"recipients\": [\"%s\"], \"hubs\": [\"%s\"]}";
    operator
        .post(
            "/api/factories",
            "{\"id\": \"%s\", \"settings\": %s}"
                .formatted(factory, settings.formatted(key, "west")))
        .is(201);
    JsonNode unused =
        untilDone(
            sendRows("five.csv", TestManifest.seeded(SEEDS.incrementAndGet()).rows(5).content()));
    operator.send("PUT", "/api/factories/" + factory, settings.formatted(key, "east")).is(200);
    String changes = "/api/devices/changes?factory=" + factory;
    assertThat(
            operator
                .post(changes, "{\"action\": \"MOVE\", \"reason\": \"why\", \"hub\": \"east\"}")
                .isProblem(409, "refused")
                .body())
        .contains("muster.placement.quarantine names it");

    Answer taken = operator.post(changes, "{\"action\": \"MOVE\", \"reason\": \"why\"}").is(202);
    JsonNode looked =
        Await.until(
            Duration.ofSeconds(60),
            () -> operator.get(taken.header("Location")).is(200).json(),
            upload -> upload.hasNonNull("findings"));
    assertThat(looked.at("/findings/renewals/0/devices").asLong()).isEqualTo(5);
    assertThat(looked.at("/findings/held").isNull()).isTrue();
    Answer begun = operator.post(taken.header("Location") + "/confirm", null).is(202);
    JsonNode unusedToo =
        Await.until(
            Duration.ofSeconds(60),
            () -> operator.get(begun.header("Location")).is(200).json(),
            execution -> execution.at("/summary/status").asString().equals("COMPLETED"));

    JsonNode moved = operator.get("/api/devices?hub=east&factory=" + factory).json().get("items");
    assertThat(moved).hasSize(5);
    int bundle =
        operator
            .get("/api/devices/" + moved.at("/0/id").asString())
            .is(200)
            .json()
            .get("bundle")
            .asInt();
    assertThat(operator.get("/api/devices?bundle=" + bundle).json().get("items")).hasSize(5);
  }

  @Test
  void whatIsAgreedOnAFactorysFilesOverTheApiIsWhatTheyAreReadBy() throws Exception {
    operator.post("/api/factories", newFactory(factory)).is(201);
    String path = "/api/factories/" + factory + "/format";
    assertThat(operator.get(path).is(200).json().get("names").isEmpty()).isTrue();
    String format =
        """
        {"separator": "SEMICOLON", "encoding": "WINDOWS_1252",
         "names": {"Geräte-ID": "device_id", "Typ": "model"}, "defaults": {"building": "Halle 3"},
         "required": ["model"], "patterns": {"serial_number": "SN-\\\\d+"}}\
        """;

    JsonNode put = operator.put(path, format).is(200).json();

    assertThat(operator.get(path).is(200).json()).isEqualTo(put);
    assertThat(put.at("/names/Typ").asString()).isEqualTo("model");
    String device = UUID.randomUUID().toString();
    byte[] rows =
        "Geräte-ID;Typ;serial_number\n%s;Größe 3;SN-1\n".formatted(device).getBytes("windows-1252");
    JsonNode unused = untilDone(sendRows("own.csv", rows));
    JsonNode shown = operator.get("/api/devices/" + device).is(200).json().get("device");
    assertThat(shown.get("model").asString()).isEqualTo("Größe 3");
    assertThat(shown.get("building").asString()).isEqualTo("Halle 3");
    assertThat(shown.get("serialNumber").asString()).isEqualTo("SN-1");

    for (String[] wrong :
        new String[][] {
          {"{\"patterns\": {\"model\": \"(?=T)\"}}", "model"},
          {"{\"defaults\": {\"device_id\": \"1\"}}", "device_id is a GUID"},
          {"{\"names\": {\"\": \"model\"}}", "A column's name has 1 to"},
          {"{\"separator\": \"COLON\"}", "separator: must be one of COMMA, SEMICOLON"},
          {
            "{\"seperator\": \"COMMA\"}",
            "seperator: is not known here; there are allowed, defaults, encoding"
          },
          {"{\"allowed\": {\"model\": \"T1\"}}", "allowed.model: is not what"}
        }) {
      Answer answer = operator.put(path, wrong[0]).isProblem(400, "invalid-request");
      assertThat(answer.body()).contains(wrong[1]);
    }
    assertThat(operator.get(path).is(200).json()).as("as it was").isEqualTo(put);
    auditor.put(path, format).isProblem(403, "not-permitted");
    operator.put("/api/factories/none-" + factory + "/format", format).isProblem(404, "not-found");
  }

  @Test
  void aFormatIsTriedOnASampleBeforeItIsSaved() throws Exception {
    operator.post("/api/factories", newFactory(factory)).is(201);
    String path = "/api/factories/" + factory + "/format";
    String format =
        """
        {"separator": "SEMICOLON", "encoding": "WINDOWS_1252",
         "names": {"Geräte-ID": "device_id", "Typ": "model"}, "allowed": {"model": ["Größe 3"]}}\
        """;
    StringBuilder rows = new StringBuilder("Geräte-ID;Typ\n");
    for (int i = 0; i < 30; i++) {
      rows.append(UUID.randomUUID()).append(i < 5 ? ";Größe 3\n" : ";Größe 4\n");
    }
    byte[] sample = rows.toString().getBytes("windows-1252");

    JsonNode tried = tryOn(operator, path, format, sample).is(200).json();

    assertThat(tried.hasNonNull("refused")).isFalse();
    assertThat(tried.get("rows").asLong()).isEqualTo(30);
    assertThat(tried.get("accepted").asLong()).isEqualTo(5);
    assertThat(tried.get("rejected").asLong()).isEqualTo(25);
    assertThat(tried.at("/rejectedByCode/VALUE_NOT_ALLOWED").asLong()).isEqualTo(25);
    assertThat(tried.at("/columns/0/column").asString()).isEqualTo("device_id");
    assertThat(tried.at("/columns/0/asSent").asString()).isEqualTo("Geräte-ID");
    assertThat(tried.get("rejects")).hasSize(20);
    JsonNode first = tried.at("/rejects/0");
    assertThat(first.get("line").asLong()).isEqualTo(7);
    assertThat(first.get("column").asString()).isEqualTo("model");
    assertThat(first.get("value").asString()).isEqualTo("Größe 4");
    assertThat(first.get("message").asString()).isEqualTo("model may be 'Größe 3'.");
    assertThat(operator.get(path).is(200).json().get("names").isEmpty()).as("not saved").isTrue();
    assertThat(operator.get("/api/manifests?factory=" + factory).json().get("items")).isEmpty();

    JsonNode saved = tryOn(operator, path, null, sample).is(200).json();
    assertThat(saved.at("/refused/code").asString()).as("by the one that is").isEqualTo("NOT_UTF8");
    assertThat(saved.at("/refused/message").asString()).contains("windows-1252");
    ApiClient officer = new ApiClient(console, "security-officer");
    assertThat(tryOn(officer, path, format, sample).is(200).json())
        .as("who may save it may try it")
        .isEqualTo(tried);

    assertThat(
            tryOn(operator, path, "{\"patterns\": {\"model\": \"(?=T)\"}}", sample)
                .isProblem(400, "invalid-request")
                .body())
        .contains("model");
    tryOn(operator, path, "{\"seperator\": \"COMMA\"}", sample).isProblem(400, "invalid-request");
    tryOn(operator, path, format, null).isProblem(400, "invalid-request");
    operator.put(path + "/sample", "{}").isProblem(415, "unsupported-media-type");
    operator.stream(
            path + "/sample",
            BodyPublishers.ofString("no parts"),
            "Content-Type",
            "multipart/form-data")
        .isProblem(400, "invalid-request");
    tryOn(operator, path, format, new byte[(16 << 20) + 1]).isProblem(413, "too-large");
    assertThat(
            operator.stream(
                    path + "/sample",
                    BodyPublishers.ofByteArrays(List.of(new byte[1000])), // its length is not said
                    "Content-Type",
                    "multipart/form-data; boundary=part")
                .isProblem(400, "invalid-request")
                .body())
        .as("before two gigabytes of it are taken")
        .contains("Content-Length");
    jdbc.update("UPDATE factory SET hubs = '{gone}' WHERE id = ?", factory);
    assertThat(tryOn(operator, path, format, sample).isProblem(409, "refused").body())
        .contains("Hub 'gone'", "not configured any more");
    jdbc.update("UPDATE factory SET hubs = '{}' WHERE id = ?", factory);
    tryOn(auditor, path, format, sample).isProblem(403, "not-permitted");
    tryOn(new ApiClient(console, "factory"), path, format, sample).isProblem(403, "not-permitted");
    tryOn(operator, "/api/factories/none-" + factory + "/format", format, sample)
        .isProblem(404, "not-found");
  }

  /**
   * @param format JSON; null: none is sent
   * @param sample null: none is sent
   */
  private static Answer tryOn(
      ApiClient client, String path, @Nullable String format, byte @Nullable [] sample) {
    String part =
        "--part\r\nContent-Disposition: form-data; name=\"%s\"%s\r\nContent-Type: %s\r\n\r\n";
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if (format != null) {
      body.writeBytes(
          (part.formatted("format", "", "application/json") + format + "\r\n")
              .getBytes(StandardCharsets.UTF_8));
    }
    if (sample != null) {
      body.writeBytes(
          part.formatted("sample", "; filename=\"s.csv\"", "text/csv")
              .getBytes(StandardCharsets.UTF_8));
      body.writeBytes(sample);
      body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
    }
    body.writeBytes("--part--\r\n".getBytes(StandardCharsets.UTF_8));
    return client.stream(
        path + "/sample",
        BodyPublishers.ofByteArray(body.toByteArray()),
        "Content-Type",
        "multipart/form-data; boundary=part");
  }

  /** By every way in which it can look. */
  @Test
  void aFactorysAccountIsShownNoPathOfThisMachineAsTheReasonWhyItsFileWaits(@TempDir Path folder)
      throws Exception {
    TestManifest manifest = TestManifest.seeded(SEEDS.incrementAndGet()).rows(3);
    Path file = manifest.write(folder.resolve("hindered.csv"));
    Obstacle obstacle = Obstacle.to(home, DevelopmentFactory.ID, file);
    ApiClient sender = new ApiClient(console, "factory");
    String location =
        sender.stream(
                "/api/manifests/" + DevelopmentFactory.ID + "/hindered.csv",
                BodyPublishers.ofFile(file))
            .is(202)
            .header("Location");
    JsonNode arrival =
        Await.until(
            Duration.ofSeconds(60),
            () -> operator.get(location).is(200).json(),
            seen -> seen.hasNonNull("problem"));
    String root = home.root().toString();
    assertThat(arrival.get("problem").asString()).as("to operators").contains("in the way", root);
    String inTheWay = "Something is in the way of it here.";
    String number = arrival.get("arrival").asString();

    for (String path :
        List.of(
            location,
            location + "?wait=1s",
            "/api/arrivals",
            "/api/arrivals/export.csv",
            "/api/arrivals/export.jsonl",
            "/api/executions",
            "/api/search?q=" + number)) {
      String body = sender.get(path).is(200).body();
      assertThat(body).as(path).doesNotContain(root);
      if (path.contains("arrivals")) {
        assertThat(body).as(path).contains(inTheWay);
      }
    }
    for (String path : List.of("/arrivals/" + number, "/arrivals", "/")) {
      assertThat(page("factory", path)).as(path).doesNotContain(root);
    }
    assertThat(page("factory", "/arrivals/" + number)).contains(inTheWay);
    assertThat(page("operator", "/arrivals/" + number)).contains(root);
    assertThat(operator.get("/api/arrivals/export.csv").is(200).body()).contains(root);

    obstacle.remove();
    operator.post("/api/arrivals/" + number + "/retry", null);
    JsonNode done =
        Await.until(
            Duration.ofSeconds(60),
            () -> sender.get(location + "?wait=60s").is(200).json(),
            seen -> seen.get("state").asString().equals("DONE"));
    assertThat(done.hasNonNull("problem")).isFalse();
  }

  /** An earlier Muster took patterns that this one can't read. */
  @Test
  void aFormatThatCanNoLongerBeUsedIsSaidToWhoSends() throws Exception {
    operator.post("/api/factories", newFactory(factory)).is(201);
    operator
        .put("/api/factories/" + factory + "/format", "{\"patterns\": {\"model\": \"T.*\"}}")
        .is(200);
    jdbc.update(
        "UPDATE factory SET file_format = replace(file_format::text, 'T.*', '(?=T).*')::json WHERE"
            + " id = ?",
        factory);

    JsonNode refused =
        untilEnded(sendRows("a.csv", "device_id,model\n%s,T1\n".formatted(UUID.randomUUID())));

    assertThat(refused.get("state").asString()).isEqualTo("REFUSED");
    assertThat(refused.get("problem").asString())
        .contains("can't be used any more", "Have it changed, then send the file again.");
    operator.put("/api/factories/" + factory + "/format", "{}").is(200);
  }

  private Answer sendRows(String nameAndQuery, String rows) {
    return sendRows(nameAndQuery, rows.getBytes(StandardCharsets.UTF_8));
  }

  private Answer sendRows(String nameAndQuery, byte[] rows) {
    return operator.stream(
            "/api/manifests/" + factory + "/" + nameAndQuery, BodyPublishers.ofByteArray(rows))
        .is(202);
  }

  @Test
  void whatNobodyTakesIsListedForWhoMaySeeIt() throws Exception {
    Path mine = ownFolder(DevelopmentFactory.ID).resolve(factory + ".zip");
    Path another = ownFolder(factory).resolve(factory + ".xlsx");
    Files.writeString(mine, "PK");
    Files.writeString(another, "PK");
    List<JsonNode> all =
        Await.until(Duration.ofSeconds(30), () -> untaken(auditor), found -> found.size() == 2);
    List<JsonNode> own = untaken(new ApiClient(console, "factory"));

    assertThat(all)
        .extracting(one -> one.get("place").asString())
        .containsExactlyInAnyOrder(
            "inbox/%s/".formatted(DevelopmentFactory.ID), "inbox/%s/".formatted(factory));
    assertThat(own).extracting(one -> one.get("name").asString()).containsExactly(factory + ".zip");
    assertThat(own.get(0).get("source").asString()).isEqualTo("folder");
    assertThat(own.get(0).get("why").asString()).contains("neither in .csv nor in .csv.gz");
    assertThat(own.get(0).get("advice").asString()).startsWith("Unpack it");
    assertThat(own.get(0).get("firstSeenAt").asString()).isNotBlank();
    assertThat(own.get(0).get("lastSeenAt").asString()).isNotBlank();
    technician.get("/api/untaken-files").isProblem(403, "not-permitted");

    Files.delete(mine);
    Files.delete(another);
    Await.until(Duration.ofSeconds(30), () -> untaken(auditor), List::isEmpty);
  }

  private Path ownFolder(String whose) throws IOException {
    return Files.createDirectories(home.inbox().resolve(whose));
  }

  private List<JsonNode> untaken(ApiClient client) {
    return client
        .get("/api/untaken-files")
        .is(200)
        .json()
        .valueStream()
        .filter(one -> one.get("name").asString().startsWith(factory))
        .toList();
  }

  @Test
  void whoHasTheMessagesSaysWhenDevicesWereSeenAndTheManifestSaysHowManyNeverWere()
      throws Exception {
    operator.post("/api/factories", newFactory(factory)).is(201);
    JsonNode arrived =
        untilDone(
            sendRows("seen.csv", TestManifest.seeded(SEEDS.incrementAndGet()).rows(3).content()));
    String manifest =
        "manifest="
            + operator.get("/api/manifests?factory=" + factory).json().at("/items/0/id").asInt();
    assertThat(arrived.get("state").asString()).isEqualTo("DONE");
    List<String> ids =
        auditor
            .get("/api/devices?" + manifest)
            .json()
            .get("items")
            .valueStream()
            .map(one -> one.get("id").asString())
            .toList();
    String unknown = UUID.randomUUID().toString();

    JsonNode taken =
        operator
            .post(
                "/api/devices/seen",
                """
                {"devices": [
                  {"id": "%1$s", "seenAt": "2026-01-03T10:00:00Z"},
                  {"id": "%1$s", "seenAt": "2026-01-01T10:00:00+01:00"},
                  {"id": "%2$s", "seenAt": "2026-01-02T10:00:00Z"},
                  {"id": "%3$s", "seenAt": "2026-01-02T10:00:00Z"},
                  {"id": "%2$s", "seenAt": "2999-01-01T00:00:00Z"},
                  {"id": "nothing", "seenAt": "2026-01-02T10:00:00Z"},
                  {"id": "%2$s", "seenAt": "yesterday"}]}\
                """
                    .formatted(ids.get(0), ids.get(1), unknown))
            .is(200)
            .json();
    assertThat(taken.get("rows").asLong()).isEqualTo(7);
    assertThat(taken.get("taken").asLong()).isEqualTo(3);
    assertThat(taken.get("unknown").asLong()).isEqualTo(1);
    assertThat(taken.get("refused").asLong()).isEqualTo(3);
    assertThat(taken.at("/problems/0/row").asLong()).isEqualTo(5);
    assertThat(taken.at("/problems/0/problem").asString()).contains("in the future");
    assertThat(taken.at("/problems/2/problem").asString()).contains("'yesterday' is no time");
    for (int time = 0; time < 2; time++) { // again, it is the same
      operator
          .post(
              "/api/devices/seen",
              "device_id,seen_at\n" + ids.get(0) + ",2026-01-02T10:00:00Z\n",
              "Content-Type",
              "text/csv")
          .is(200);
    }
    JsonNode device = auditor.get("/api/devices/" + ids.get(0)).is(200).json();
    assertThat(device.at("/device/firstSeenAt").asString()).isEqualTo("2026-01-01T09:00:00Z");
    assertThat(device.at("/device/lastSeenAt").asString()).isEqualTo("2026-01-03T10:00:00Z");
    assertThat(device.get("lastSeenBy").asString()).isEqualTo("API");
    assertThat(page("operator", "/devices/" + ids.get(0)))
        .contains("2026-01-01 09:00:00 UTC", "as was told by API");

    JsonNode line = auditor.get("/api/manifests?factory=" + factory).json().at("/items/0");
    assertThat(line.get("seen").asLong()).isEqualTo(2);
    assertThat(line.get("neverSeen").asLong()).isEqualTo(1);
    assertThat(page("operator", "/manifests/" + line.get("id").asInt()))
        .contains("of 3 whose tokens were delivered", "1 never seen");
    assertThat(found(manifest + "&seen=NEVER")).containsExactly(ids.get(2));
    assertThat(found(manifest + "&seen=SEEN")).containsExactlyInAnyOrder(ids.get(0), ids.get(1));
    assertThat(found(manifest + "&seenBefore=2026-01-03T00:00:00Z")).containsExactly(ids.get(1));
    assertThat(auditor.get("/api/devices/export.csv?seen=NEVER&" + manifest).is(200).body())
        .contains(ids.get(2))
        .doesNotContain(ids.get(0));
    assertThat(page("operator", "/devices?seen=NEVER&" + manifest))
        .contains(ids.get(2))
        .doesNotContain(ids.get(1));

    operator.post("/api/devices/seen", "{}").isProblem(400, "invalid-request");
    operator
        .post("/api/devices/seen", "id,at\n", "Content-Type", "text/csv")
        .isProblem(409, "refused");
    auditor.post("/api/devices/seen", "{\"devices\": []}").isProblem(403, "not-permitted");
  }

  private List<String> found(String query) {
    return auditor
        .get("/api/devices?" + query)
        .is(200)
        .json()
        .get("items")
        .valueStream()
        .map(one -> one.get("id").asString())
        .toList();
  }

  @Test
  void everythingThatIsListedCanBeRead() {
    for (String path :
        List.of(
            "/api/overview",
            "/api/executions?limit=3",
            "/api/arrivals?state=OPEN",
            "/api/unusable-messages",
            "/api/untaken-files",
            "/api/revocation-lists",
            "/api/factories",
            "/api/hubs",
            "/api/hubs/west",
            "/api/audit?limit=3&outcome=DONE",
            "/api/manifests?state=DELIVERED&limit=3",
            "/api/devices?state=REGISTERED&limit=3")) {
      assertThat(auditor.get(path).is(200).header("Content-Type")).isEqualTo("application/json");
    }
    assertThat(auditor.get("/api/hubs").body()).doesNotContain("primaryKey", "secret");
  }

  @Test
  void whatWasRefusedInTheLastDayStandsInTheOverviewAndAFactorySeesItsOwn() throws Exception {
    operator.post("/api/factories", newFactory(factory)).is(201);
    Caller own = Caller.account("sender", "sender", "test", List.of(Role.FACTORY), factory);
    Caller another =
        Caller.account("other", "other", "test", List.of(Role.FACTORY), "not-" + factory);
    assertThat(Callers.get(own, overview::inbox).refused()).isZero();

    JsonNode ended = untilEnded(sendRows("rubbish.csv", "colour,size\nred,3\n"));

    assertThat(ended.get("state").asString()).as(ended.toString()).isEqualTo("REFUSED");
    assertThat(Callers.get(own, overview::inbox).refused()).isEqualTo(1);
    assertThat(Callers.get(another, overview::inbox).refused()).isZero();
    assertThat(auditor.get("/api/overview").is(200).json().at("/inbox/refused").asLong())
        .isPositive();
    assertThat(page("auditor", "/"))
        .contains("href=\"/arrivals?state=REFUSED\"", "refused in the last 24 hours");
    jdbc.update(
        "UPDATE arrival SET ended_at = now() - interval '25 hours' WHERE arrival_id = ?",
        ended.get("arrival").asLong());
    assertThat(Callers.get(own, overview::inbox).refused()).as("a day later").isZero();
  }

  @Test
  void aHubInTroubleStandsInTheOverviewForWhoMaySeeHubs() throws Exception {
    assertThat(hubsInTrouble(auditor)).doesNotContain("north");
    short north = hubNumbers.assign(List.of("north")).get(0);
    // Nobody may manage it, so nobody is told: what was wrong once says nothing.
    short west = hubNumbers.assign(List.of("west")).get(0);
    try {
      hubWork.pause(north, Duration.ZERO, Trouble.UNREACHABLE, "It can't be reached.");
      hubWork.pause(west, Duration.ZERO, Trouble.UNREACHABLE, "It can't be reached.");

      assertThat(hubsInTrouble(auditor)).containsExactly("north");
      assertThat(page("auditor", "/")).contains("href=\"/hubs/north\"", "Hub north: unreachable");
      assertThat(hubsInTrouble(new ApiClient(console, "factory"))).isEmpty();
      assertThat(page("factory", "/")).doesNotContain("/hubs/north");
    } finally {
      jdbc.update(
          "UPDATE hub_standing SET (paused_until, pauses, trouble, problem, problem_at) = (NULL, 0,"
              + " NULL, NULL, NULL) WHERE hub_id IN (?, ?)",
          north,
          west);
    }
  }

  private static List<String> hubsInTrouble(ApiClient who) {
    return who.get("/api/overview")
        .is(200)
        .json()
        .get("hubsInTrouble")
        .valueStream()
        .map(one -> one.get("hub").asString())
        .toList();
  }

  @Test
  void theDescriptionIsTheOneThatIsCommitted() throws IOException {
    String served = auditor.get("/api/openapi.json").is(200).body().strip() + "\n";
    assertThat(auditor.get("/api/openapi.json").is(200).body().strip() + "\n")
        .as("what is served to who asks again")
        .isEqualTo(served);
    if (Boolean.getBoolean("muster.openapi.write")) {
      Files.writeString(DESCRIPTION, served);
    }
    assertThat(served)
        .as("docs/openapi.json is not what is served; write it with -Dmuster.openapi.write=true")
        .isEqualTo(Files.readString(DESCRIPTION));
    JsonNode api = new JsonMapper().readTree(served);
    each(
        api.get("paths"),
        path ->
            each(
                path,
                operation -> {
                  assertThat(operation.path("summary").asString()).isNotBlank();
                  assertThat(operation.get("tags")).hasSize(1);
                  assertThat(operation.get("responses").propertyNames()).contains("401", "403");
                }));
    api.get("components")
        .get("schemas")
        .forEachEntry(
            (schema, described) ->
                described
                    .path("properties")
                    .forEachEntry(
                        (property, part) ->
                            assertThat(part.path("description").asString(""))
                                .as("%s.%s: see api/vocabulary.properties", schema, property)
                                .isNotBlank()
                                .doesNotContain("<", "{@", "\n")));
  }

  private static void each(JsonNode object, Consumer<JsonNode> consumer) {
    object.forEach(consumer);
  }

  private Answer send(TestManifest manifest) {
    byte[] content = manifest.content().getBytes(StandardCharsets.UTF_8);
    Answer answer =
        operator.stream(
                "/api/manifests/" + factory + "/boards,%20week%2047.csv",
                BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(content)),
                "Muster-Rows",
                "1201")
            .is(202);
    assertThat(answer.json().get("bytes").asLong()).isEqualTo(content.length);
    return answer;
  }

  private JsonNode untilDone(Answer sent) throws Exception {
    JsonNode ended = untilEnded(sent);
    assertThat(ended.get("state").asString()).as(ended.toString()).isEqualTo("DONE");
    return ended;
  }

  private JsonNode untilEnded(Answer sent) throws Exception {
    String location = sent.header("Location");
    assertThat(location).endsWith("/api/arrivals/" + sent.json().get("arrival").asLong());
    return Await.until(
        Duration.ofSeconds(60),
        () -> operator.get(location + "?wait=60s").is(200).json(),
        arrival -> Set.of("DONE", "REFUSED", "FAILED").contains(arrival.get("state").asString()));
  }

  private static String newFactory(String id) {
    return "{\"id\": \"%s\", \"settings\": {\"recipients\": [\"%s\"], \"tokenLifetime\": \"P30D\"}}"
        .formatted(id, AgeIdentity.generate().recipient().publicKey());
  }
}
