package dev.muster.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.api.ApiClient.Answer;
import dev.muster.bundle.AgeIdentity;
import dev.muster.revocation.RevocationRuns;
import dev.muster.web.Console;
import dev.muster.web.ConsoleTest;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** What people know of a thing, and what it finds. */
@ConsoleTest
class FindingTests {

  private static final String NOBODY = "00000000-0000-4000-8000-000000000001";

  @Autowired private Console console;
  @Autowired private RevocationRuns revocations;

  @TempDir private Path folder;

  private final String run = Long.toString(ThreadLocalRandom.current().nextLong(1L << 40), 36);
  private final String factory = "finding-" + run;

  /** Of devices of this factory only, so that tests do not meet. */
  private final String beginning =
      "%08x".formatted(ThreadLocalRandom.current().nextInt()).toLowerCase(Locale.ROOT);

  private ApiClient operator;
  private ApiClient auditor;

  @BeforeEach
  void clients() {
    operator = new ApiClient(console, "operator");
    auditor = new ApiClient(console, "auditor");
  }

  @Test
  void devicesAreFoundByTheBeginningOfTheirIdsInTheOrderOfThese() {
    List<String> sent = provision("first", 7);
    Collections.sort(sent);

    assertThat(ids("id=" + beginning)).isEqualTo(sent);
    assertThat(ids("id=" + beginning + "&limit=3")).as("three at a time").isEqualTo(sent);
    String longer = sent.get(4).substring(0, 23);
    assertThat(ids("id=" + longer.toUpperCase(Locale.ROOT))).containsExactly(sent.get(4));
    assertThat(ids("id=%7B" + longer.replace("-", ""))).containsExactly(sent.get(4));
    assertThat(ids("id=" + beginning + "&serialNumber=first-" + run + "-2"))
        .singleElement()
        .isIn(sent);
    assertThat(ids("id=" + beginning + "&factory=none")).isEmpty();
    assertThat(ids("id=" + beginning + "&state=PROVISIONED")).isEqualTo(sent);
    assertThat(ids("id=" + beginning + "&state=REVOKED")).isEmpty();
    Answer others = new ApiClient(console, "factory").get("/api/devices?id=" + beginning).is(200);
    assertThat(others.json().get("items").size()).as("another factory's").isZero();
    for (String wrong :
        List.of("ab", "12-34", beginning + "-1-2", beginning + "g", "cafe" + "-".repeat(40))) {
      assertThat(auditor.get("/api/devices?id=" + wrong).isProblem(400, "invalid-request").body())
          .contains("'" + wrong + "' is no device id");
    }
  }

  /** What a list named that never came is found as well. */
  @Test
  void whatIsRevokedAndUnknownIsFoundByItsBeginningUnlessSomethingElseIsAsked() throws Exception {
    List<String> sent = provision("known", 1);
    String unknown = beginning + UUID.randomUUID().toString().substring(8);
    Path list = folder.resolve("stolen.csv");
    Files.writeString(list, "device_id,action,reason\n" + unknown + ",revoke,stolen\n");
    assertThat(revocations.apply(list, null, "operator of the test", null).status())
        .isEqualTo("COMPLETED");

    assertThat(ids("id=" + beginning)).containsExactlyInAnyOrder(sent.get(0), unknown);
    assertThat(ids("id=" + unknown)).containsExactly(unknown);
    assertThat(ids("id=" + beginning + "&state=UNKNOWN")).containsExactly(unknown);
    assertThat(ids("id=" + beginning + "&state=REVOKED")).containsExactly(unknown);
    assertThat(ids("id=" + beginning + "&factory=" + factory)).containsExactlyElementsOf(sent);
  }

  @Test
  void devicesAreFoundByHubAttributeAndTheEndOfTheirTokenNewestOrOldestFirst() {
    List<String> first = provision("first", 5);
    List<String> second = provision("second", 4);
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    JsonNode device = auditor.get("/api/devices/" + first.get(0)).is(200).json().get("device");
    String hub = device.get("hub").asString();
    Instant end = Instant.parse(device.get("tokenExpiresAt").asString());

    JsonNode page = auditor.get("/api/devices?limit=1&factory=" + factory).is(200).json();
    assertThat(page.get("total").asInt()).isEqualTo(9);
    List<String> newest = ids("factory=" + factory + "&limit=2");
    List<String> oldest = ids("factory=" + factory + "&limit=2&order=OLDEST");
    assertThat(oldest).isEqualTo(all);
    Collections.reverse(oldest);
    assertThat(newest).isEqualTo(oldest);
    assertThat(ids("factory=" + factory + "&hub=" + hub)).contains(first.get(0));
    assertThat(ids("factory=" + factory + "&hub=none")).isEmpty();
    assertThat(ids("factory=" + factory + "&attribute=colour%3Dred")).hasSize(5);
    assertThat(ids("factory=" + factory + "&attribute=colour%3Dblue&order=OLDEST&limit=1"))
        .containsExactly(first.get(1), first.get(3), second.get(1), second.get(3));
    assertThat(ids("factory=" + factory + "&tokenEndsFrom=" + end)).contains(first.get(0));
    assertThat(ids("factory=" + factory + "&tokenEndsUntil=" + end)).doesNotContain(first.get(0));
    assertThat(ids("tokenEndsUntil=2000-01-01T00:00:00Z&factory=" + factory)).isEmpty();
    assertThat(ids("state=REGISTERED&factory=" + factory)).isEmpty();
    assertThat(new HashSet<>(ids("state=PROVISIONED&factory=" + factory + "&limit=4"))).hasSize(9);

    auditor.get("/api/devices?attribute=red").isProblem(400, "invalid-request");
    assertThat(auditor.get("/api/devices?order=SIDEWAYS").isProblem(400, "invalid-request").body())
        .contains("'SIDEWAYS' is no order. It can be NEWEST, OLDEST.");
    assertThat(auditor.get("/api/devices?manifest=x").isProblem(400, "invalid-request").body())
        .contains("'x' is no manifest.");
  }

  @Test
  void manifestsExecutionsAndArrivalsAreFoundByTheirTime() {
    Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    List<String> unused = provision("dated", 1);
    Instant after = Instant.now().plusSeconds(1).truncatedTo(ChronoUnit.MILLIS);

    for (String list : List.of("manifests", "executions", "arrivals")) {
      String address = "/api/" + list + "?factory=" + factory;
      assertThat(size(address + "&from=" + before + "&until=" + after)).as(list).isEqualTo(1);
      assertThat(size(address + "&until=" + before)).as(list).isZero();
      assertThat(size(address + "&from=" + after)).as(list).isZero();
      auditor.get(address + "&from=yesterday").isProblem(400, "invalid-request");
      String file = "/api/" + list + "/export.jsonl?factory=" + factory;
      assertThat(auditor.get(file + "&from=" + before).is(200).body().lines()).as(list).hasSize(1);
      assertThat(auditor.get(file + "&from=" + after).is(200).body()).as(list).isEmpty();
    }
  }

  @Test
  void whateverIsKnownOfAThingFindsIt() {
    List<String> sent = provision("Some boards", 3);
    JsonNode manifest =
        auditor.get("/api/manifests?factory=" + factory).is(200).json().get("items").get(0);
    String number = manifest.get("id").asString();
    String name = manifest.get("name").asString();
    String id = sent.get(1);

    for (String spelling :
        List.of(
            id,
            id.toUpperCase(Locale.ROOT),
            "{" + id + "}",
            "urn:uuid:" + id,
            id.replace("-", ""),
            " " + id + " ",
            id.substring(0, 30),
            "Some boards-" + run + "-1")) {
      assertThat(found(auditor, spelling)).as(spelling).containsExactly("DEVICE " + id);
    }
    assertThat(found(auditor, beginning)).hasSize(3).allMatch(hit -> hit.startsWith("DEVICE "));
    assertThat(found(auditor, id + "\n" + sent.get(2) + ", " + UUID.randomUUID()))
        .containsExactly("DEVICE " + id, "DEVICE " + sent.get(2));
    JsonNode several = search(auditor, id + UUID.fromString(NOBODY) + id);
    assertThat(several.get("unknown").get(0).asString()).isEqualTo(NOBODY);
    for (String spelling :
        List.of(
            name,
            name.toUpperCase(Locale.ROOT),
            name + ".csv",
            manifest.get("sha256").asString(),
            manifest.get("sha256").asString().substring(0, 16))) {
      assertThat(found(auditor, spelling)).as(spelling).containsExactly("MANIFEST " + number);
    }
    assertThat(search(auditor, name).get("hits").get(0).get("exact").asBoolean()).isTrue();
    String begun = name.substring(0, name.length() - 2);
    assertThat(search(auditor, begun).get("hits").get(0).get("exact").asBoolean()).isFalse();
    assertThat(found(auditor, number)).contains("MANIFEST " + number);
    assertThat(found(auditor, manifest.get("execution").asString()))
        .contains("EXECUTION " + manifest.get("execution").asString());
    assertThat(found(auditor, factory)).containsExactly("FACTORY " + factory);
    assertThat(lists(auditor, factory)).contains("DEVICE factory " + factory);
    assertThat(lists(auditor, "Annex & B"))
        .containsExactly(
            "DEVICE building Annex & B",
            "DEVICE model Annex & B",
            "MANIFEST name Annex & B",
            "LIST name Annex & B",
            "EXECUTION text Annex & B",
            "ARRIVAL text Annex & B");
    for (String odd : List.of("%", "_", "\\", "'", "0", "99999999999999999999", "a".repeat(5000))) {
      assertThat(found(auditor, odd)).as(odd).noneMatch(hit -> hit.startsWith("DEVICE "));
    }
    auditor.get("/api/search").isProblem(400, "invalid-request");
  }

  @Test
  void aRevocationListIsFoundByItsNameNumberAndContent() throws Exception {
    Path file = folder.resolve("Recall-" + run + ".csv");
    Files.writeString(file, "device_id,action,reason\n" + NOBODY + ",restore,test " + run + "\n");
    assertThat(revocations.apply(file, null, "operator of the test", null).status())
        .isEqualTo("COMPLETED");
    JsonNode list =
        auditor.get("/api/revocation-lists?name=Recall-" + run).is(200).json().get("items").get(0);
    String number = list.get("id").asString();
    String sha256 =
        HexFormat.of()
            .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));

    for (String text : List.of("Recall-" + run, "recall-" + run + ".csv", sha256)) {
      assertThat(found(auditor, text)).as(text).containsExactly("LIST " + number);
    }
    assertThat(found(auditor, sha256.substring(0, 20))).containsExactly("LIST " + number);
    assertThat(found(auditor, number)).contains("LIST " + number);
    assertThat(found(new ApiClient(console, "factory"), sha256)).as("an operator's").isEmpty();
    assertThat(found(new ApiClient(console, "technician"), sha256)).isEmpty();
  }

  @Test
  void whoMaySeeLessFindsLess() {
    List<String> sent = provision("hidden", 1);
    JsonNode manifest =
        auditor.get("/api/manifests?factory=" + factory).is(200).json().get("items").get(0);
    ApiClient technician = new ApiClient(console, "technician");
    ApiClient other = new ApiClient(console, "factory");
    for (String text :
        List.of(
            sent.get(0),
            beginning,
            "hidden-" + run + "-0",
            manifest.get("name").asString(),
            manifest.get("sha256").asString(),
            factory)) {
      assertThat(found(operator, text)).as(text).hasSize(1);
      assertThat(found(other, text)).as("another factory: " + text).isEmpty();
      assertThat(found(technician, text))
          .as("a technician: " + text)
          .isEqualTo(
              found(operator, text).stream().filter(hit -> hit.startsWith("DEVICE")).toList());
    }
    assertThat(found(other, manifest.get("id").asString()))
        .doesNotContain("MANIFEST " + manifest.get("id").asString());
    assertThat(lists(technician, "7")).containsExactly("DEVICE building 7", "DEVICE model 7");
    assertThat(search(other, sent.get(0) + " " + NOBODY).get("unknown").size())
        .as("what is another's is as unknown as what is nobody's")
        .isEqualTo(2);
  }

  private static JsonNode search(ApiClient client, String text) {
    return client
        .get("/api/search?q=" + URLEncoder.encode(text, StandardCharsets.UTF_8))
        .is(200)
        .json();
  }

  private static List<String> found(ApiClient client, String text) {
    List<String> hits = new ArrayList<>();
    search(client, text)
        .get("hits")
        .forEach(hit -> hits.add(hit.get("kind").asString() + " " + hit.get("id").asString()));
    return hits;
  }

  private static List<String> lists(ApiClient client, String text) {
    List<String> lists = new ArrayList<>();
    search(client, text)
        .get("lists")
        .forEach(
            one ->
                lists.add(
                    "%s %s %s"
                        .formatted(
                            one.get("kind").asString(),
                            one.get("by").asString(),
                            one.get("value").asString())));
    return lists;
  }

  private int size(String address) {
    return auditor.get(address).is(200).json().get("items").size();
  }

  /** All that are found, page by page. */
  private List<String> ids(String query) {
    List<String> ids = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = auditor.get("/api/devices?" + query + cursor).is(200).json();
      page.get("items").forEach(device -> ids.add(device.get("id").asString()));
      cursor =
          page.path("next").asString("").isEmpty()
              ? ""
              : "&cursor=" + URLEncoder.encode(page.get("next").asString(), StandardCharsets.UTF_8);
    } while (!cursor.isEmpty());
    return ids;
  }

  /** Devices of one manifest, in its order; every second one is red, the others are blue. */
  private List<String> provision(String name, int devices) {
    Answer unused =
        operator.post(
            "/api/factories",
            "{\"id\": \"%s\", \"settings\": {\"recipients\": [\"%s\"]}}"
                .formatted(factory, AgeIdentity.generate().recipient().publicKey()));
    List<String> ids = new ArrayList<>();
    StringBuilder content = new StringBuilder("device_id,serial_number,colour\n");
    for (int i = 0; i < devices; i++) {
      String id = beginning + UUID.randomUUID().toString().substring(8);
      ids.add(id);
      content
          .append(id)
          .append(',')
          .append(name + "-" + run + "-" + i)
          .append(i % 2 == 0 ? ",red\n" : ",blue\n");
    }
    Answer taken =
        operator.stream(
                "/api/manifests/" + factory + "/" + name.replace(' ', '-') + "-" + run + ".csv",
                BodyPublishers.ofString(content.toString()))
            .is(202);
    JsonNode arrival = operator.get(taken.header("Location") + "?wait=60s").is(200).json();
    assertThat(arrival.get("state").asString()).isEqualTo("DONE");
    return ids;
  }
}
