package dev.muster;

import static dev.muster.TestDatabase.count;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Fleet.Held;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import java.net.URLDecoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * What people do about runs, and what they see of them, while several instances with homes of their
 * own work on their partitions. Some ten minutes, so by hand: {@code ./mvnw -Dtest=WorkersCampaign
 * test}.
 */
class WorkersCampaign {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int PART = 200;
  private static final int ROWS = 60_000;

  private static final String[] OPTIONS = {
    "-Dmuster.provisioning.chunk-rows=500",
    "-Dmuster.provisioning.part-devices=" + PART,
    "-Dmuster.partitions.remote-from=1000",
    "-Dmuster.arrivals.large=50KB"
  };

  @TempDir private Path folder;

  private interface Story {
    void of(Fleet fleet) throws Exception;
  }

  private void with(int services, int workers, Story story) throws Exception {
    try (Fleet fleet = new Fleet(folder, services, workers, OPTIONS)) {
      try {
        story.of(fleet);
      } catch (AssertionError e) {
        throw new AssertionError(e.getMessage() + fleet.said(), e);
      }
    }
  }

  @Test
  void whatIsStoppedWithdrawnOrAbandonedNobodyWorksOnAndItCanBeSentAgain() throws Exception {
    with(
        2,
        1,
        fleet -> {
          String content = TestManifest.seeded(61).rows(ROWS).content();
          int other;
          long loading;
          try (Held held = fleet.hold("device")) {
            fleet.send(0, "first.csv", content);
            loading = fleet.awaitAtWork("load", fleet.machines());
            other = 1 - fleet.leader();
            JsonNode seen = fleet.get(other, "/api/executions/" + loading);
            assertThat(workers(seen, "load")).as("who does what").hasSize(3);
            stop(fleet, other, loading);
          }
          awaitStopped(fleet, other, loading);
          assertNothingIsDone(fleet);
          assertThat(count(fleet.jdbc(), "SELECT count(*) FROM device"))
              .isPositive()
              .isLessThan(ROWS)
              .isEqualTo(progress(fleet, other, loading, "load").path("done").asLong(0));
          post(fleet, other, loading, "withdraw");
          assertNothingIsLeft(fleet);
          fleet.awaitArrivals("FAILED");

          long issuing;
          try (Held held = fleet.hold("bundle_part")) {
            fleet.send(1, "again.csv", content);
            issuing = fleet.awaitAtWork("issue", fleet.machines());
            other = 1 - fleet.leader();
            stop(fleet, other, issuing);
          }
          assertThat(issuing).isGreaterThan(loading);
          awaitStopped(fleet, other, issuing);
          assertNothingIsDone(fleet);
          assertThat(progress(fleet, other, issuing, "issue").path("done").asLong(0))
              .as("tokens in finished parts")
              .isEqualTo(count(fleet.jdbc(), "SELECT sum(devices) FROM bundle_part"));
          assertThat(post(fleet, other, issuing, "abandon").statusCode()).isEqualTo(200);
          assertThat(fleet.stored("outbox/acme/")).as("no part is delivered").isEmpty();
          post(fleet, other, issuing, "withdraw");
          assertNothingIsLeft(fleet);

          long led;
          int leader;
          try (Held held = fleet.hold("device")) {
            fleet.send(0, "once-more.csv", content);
            led = fleet.awaitAtWork("load", fleet.machines());
            leader = fleet.leader();
            other = 1 - leader;
            fleet.machine(leader).process().destroyForcibly().waitFor();
          }
          withdrawAsSoonAsItCanBe(fleet, other, led);
          assertNothingIsLeft(fleet);
          fleet.startAgain(leader);
          Await.until(
              PATIENCE,
              () -> fleet.leftAt(fleet.machine(fleet.machines().size() - 1)),
              List::isEmpty);

          fleet.send(1, "last.csv", content);
          fleet.awaitLastArrival("DONE"); // and those before are told the same
          assertThat(
                  count(fleet.jdbc(), "SELECT count(*) FROM registry WHERE state = 'PROVISIONED'"))
              .isEqualTo(ROWS);
          assertEachOnce(fleet, ROWS);
          assertNothingIsDone(fleet);
          assertThat(fleet.stored("outbox/.staging/")).isEmpty();
          assertThat(fleet.stored("spool/")).isEmpty();
        });
  }

  private static void stop(Fleet fleet, int by, long execution) throws Exception {
    HttpResponse<byte[]> answer =
        fleet.ask(by, "POST", "/api/executions/%d/stop".formatted(execution), "");
    assertThat(answer.statusCode()).as(Fleet.text(answer)).isEqualTo(202);
  }

  private static void awaitStopped(Fleet fleet, int by, long execution) throws Exception {
    Await.until(
        PATIENCE,
        () ->
            fleet
                .get(by, "/api/executions/" + execution)
                .path("summary")
                .path("status")
                .asString(""),
        "STOPPED"::equals);
  }

  private static HttpResponse<byte[]> post(Fleet fleet, int by, long execution, String what)
      throws Exception {
    HttpResponse<byte[]> answer =
        fleet.ask(by, "POST", "/api/executions/%d/%s".formatted(execution, what), "");
    assertThat(answer.statusCode()).as(Fleet.text(answer)).isIn(200, 202);
    return answer;
  }

  /** Its leader was killed; those who work on it are refused nothing until they have noticed. */
  private static void withdrawAsSoonAsItCanBe(Fleet fleet, int by, long execution)
      throws Exception {
    Await.until(
        PATIENCE,
        () ->
            fleet
                .ask(by, "POST", "/api/executions/%d/withdraw".formatted(execution), "")
                .statusCode(),
        status -> status == 202);
  }

  /** And whoever did something has nothing left of it. */
  private static void assertNothingIsDone(Fleet fleet) throws Exception {
    assertThat(fleet.partitionsAtWork()).isZero();
    assertThat(
            fleet
                .jdbc()
                .queryForList("SELECT DISTINCT status FROM batch_step_execution", String.class))
        .doesNotContain("STARTING", "STARTED", "STOPPING", "UNKNOWN");
    for (Machine machine : fleet.machines()) {
      Await.until(PATIENCE, () -> fleet.leftAt(machine), List::isEmpty);
    }
  }

  private static void assertNothingIsLeft(Fleet fleet) throws Exception {
    Await.until(
        PATIENCE,
        () -> count(fleet.jdbc(), "SELECT count(*) FROM manifest WHERE withdrawn_at IS NULL"),
        standing -> standing == 0);
    Await.until(PATIENCE, () -> fleet.stored("spool/"), List::isEmpty);
    assertThat(count(fleet.jdbc(), "SELECT count(*) FROM device")).isZero();
    assertThat(count(fleet.jdbc(), "SELECT count(*) FROM bundle_part")).isZero();
    assertThat(fleet.partitionsAtWork()).isZero();
    assertThat(fleet.stored("outbox/")).isEmpty();
  }

  @Test
  void renewalsRotationsAndMovesAreSharedAndEachDeviceIsDoneOnce() throws Exception {
    with(
        2,
        1,
        fleet -> {
          fleet.send(0, "m.csv", TestManifest.seeded(62).rows(ROWS).content());
          fleet.awaitArrivals("DONE");
          List<String> all = devices(fleet, "true");

          Running renewing;
          int killed = 2;
          try (Held held = fleet.hold("bundle_part")) {
            renewing = fleet.operator().start("renew", "--within", "P3650D");
            fleet.awaitAtWork("issue", fleet.machines());
            fleet.machine(killed).process().destroyForcibly().waitFor();
          }
          assertEnded(renewing);
          fleet.startAgain(killed);
          assertThat(assertRenewed(fleet, all, hub -> "primary").size())
              .as("who did parts")
              .isGreaterThan(2);

          Running rotating;
          int other = 0;
          List<String> atContoso = devices(fleet, "hub = 'contoso'");
          assertThat(atContoso.size()).isBetween(1001, ROWS - 1);
          try (Held held = fleet.hold("bundle_part")) {
            rotating = fleet.operator().start("rotate-key", "contoso");
            fleet.awaitAtWork("issue", List.of(fleet.machine(other)));
            fleet.machine(other).process().destroyForcibly().waitFor();
          }
          assertEnded(rotating);
          fleet.startAgain(other);
          assertRenewed(fleet, atContoso, hub -> "secondary");

          Running moving;
          try (Held held = fleet.hold("bundle_part")) {
            moving =
                fleet
                    .operator("-Dmuster.hubs[0].draining=true")
                    .start("reassign", "--drain", "contoso");
            fleet.awaitAtWork("issue", fleet.machines());
            fleet.machine(1).process().destroyForcibly().waitFor();
          }
          assertEnded(moving);
          fleet.startAgain(1);
          assertRenewed(fleet, atContoso, hub -> "primary");
          assertThat(devices(fleet, "hub = 'northwind'")).isEqualTo(all);
          assertThat(count(fleet.jdbc(), "SELECT count(*) FROM renewal_device")).isZero();
          assertThat(
                  count(
                      fleet.jdbc(),
                      "SELECT count(*) FROM batch_job_execution WHERE status <> 'COMPLETED'"))
              .as("nobody had to begin again")
              .isZero();
          assertNothingIsDone(fleet);
        });
  }

  private static void assertEnded(Running command) throws Exception {
    Await.until(PATIENCE, () -> command.process().isAlive(), alive -> !alive);
    assertThat(command.process().exitValue()).as(command.out() + command.err()).isZero();
  }

  private static List<String> devices(Fleet fleet, String which) {
    return fleet
        .jdbc()
        .queryForList(
            "SELECT device_id::text FROM registry WHERE %s ORDER BY device_id".formatted(which),
            String.class);
  }

  /**
   * Parts of so many devices in their order, as one process alone makes them, with tokens of the
   * key that is asked for.
   *
   * @return who made them, as the API tells
   */
  private static Set<String> assertRenewed(
      Fleet fleet, List<String> expected, Function<String, String> keyOfHub) throws Exception {
    List<List<String>> parts = new ArrayList<>();
    Map<String, String> hubs = new HashMap<>();
    fleet
        .jdbc()
        .query(
            "SELECT device_id::text, hub FROM registry",
            row -> {
              hubs.put(row.getString(1), row.getString(2));
            });
    for (List<String> part : lastBundle(fleet)) {
      List<String> devices = new ArrayList<>();
      for (String line : part) {
        String device = line.substring(0, line.indexOf(','));
        String hub = Objects.requireNonNull(hubs.get(device), device);
        assertThat(line).contains(signature(line, hub, keyOfHub.apply(hub)));
        devices.add(device);
      }
      parts.add(devices);
    }
    List<List<String>> alone = new ArrayList<>();
    for (int at = 0; at < expected.size(); at += PART) {
      alone.add(expected.subList(at, Math.min(at + PART, expected.size())));
    }
    assertThat(parts).isEqualTo(alone);
    long execution = count(fleet.jdbc(), "SELECT max(job_execution_id) FROM batch_job_execution");
    JsonNode detail = fleet.get(0, "/api/executions/" + execution);
    assertThat(step(detail, "issue").path("done").asLong(0)).isEqualTo(expected.size());
    return workers(detail, "issue");
  }

  /** The lines of each part of the newest bundle. */
  private static Collection<List<String>> lastBundle(Fleet fleet) throws Exception {
    return fleet.opened(0, count(fleet.jdbc(), "SELECT max(bundle_id) FROM bundle")).values();
  }

  /** The signature that a line's token must have. */
  private static String signature(String line, String hub, String key) throws Exception {
    Map<String, String> fields = new HashMap<>();
    Arrays.stream(line.substring(line.indexOf("SharedAccessSignature ") + 22).split("&", -1))
        .map(field -> field.split("=", 2))
        .forEach(field -> fields.put(field[0], field[1]));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(Fleet.key(hub, key).getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    byte[] signed =
        mac.doFinal((fields.get("sr") + "\n" + fields.get("se")).getBytes(StandardCharsets.UTF_8));
    String expected = Base64.getEncoder().encodeToString(signed);
    String given = Objects.requireNonNull(fields.get("sig"));
    return URLDecoder.decode(given, StandardCharsets.UTF_8).equals(expected)
        ? given
        : "a signature with the %s key of %s".formatted(key, hub);
  }

  @Test
  void largeRunsShareTheInstancesAndAListDoesNotWaitForThem() throws Exception {
    with(
        2,
        1,
        fleet -> {
          Result second =
              fleet.operator().run("factory", "add", "small", "--recipient", fleet.recipient());
          assertThat(second.exitCode()).as(second.err()).isZero();
          fleet.send(0, "large-1.csv", TestManifest.seeded(63).rows(ROWS).content());
          fleet.awaitAtWork("load", List.of(fleet.machine(2)));
          fleet.send(1, "large-2.csv", TestManifest.seeded(64).rows(ROWS).content());
          long other = fleet.awaitAtWork("load", List.of(fleet.machine(2)));
          fleet.as("security-officer");
          HttpResponse<byte[]> list =
              fleet.ask(
                  1,
                  "PUT",
                  "/api/revocation-lists/acme/list.csv",
                  "device_id,action,reason\n11111111-2222-4333-8444-555555555555,revoke,lost\n");
          assertThat(list.statusCode()).as(Fleet.text(list)).isEqualTo(202);
          fleet.as("operator");
          HttpResponse<byte[]> small =
              fleet.ask(
                  0,
                  "PUT",
                  "/api/manifests/small/one.csv",
                  TestManifest.seeded(65).rows(2).content());
          assertThat(small.statusCode()).as(Fleet.text(small)).isEqualTo(202);

          JsonNode running =
              Await.until(
                  PATIENCE,
                  () -> fleet.get(0, "/api/executions/" + other),
                  detail ->
                      workers(detail, "load").size() == 3
                          && step(detail, "load").path("perSecond").asDouble(0) > 0);
          assertThat(step(running, "load").path("total").asLong(0)).isEqualTo(ROWS);
          assertThat(step(running, "load").path("done").asLong(0))
              .as("of all of them")
              .isGreaterThanOrEqualTo(most(running));

          fleet.awaitArrivals("DONE", "DONE", "DONE", "DONE");
          assertThat(
                  fleet
                      .jdbc()
                      .queryForList(
                          "SELECT file_name FROM arrival ORDER BY ended_at", String.class))
              .containsSubsequence("list.csv", "large-1.csv")
              .containsSubsequence("list.csv", "large-2.csv")
              .containsSubsequence("one.csv", "large-1.csv")
              .containsSubsequence("one.csv", "large-2.csv");
          assertThat(
                  count(
                      fleet.jdbc(),
                      """
                      WITH loaded AS (
                          SELECT p.* FROM run_part p JOIN batch_step_execution USING (step_execution_id)
                           WHERE step_name LIKE 'load:%%')
                      SELECT count(*) FROM loaded a JOIN loaded b USING (worker)
                       WHERE a.job_execution_id = %d AND b.job_execution_id < a.job_execution_id
                         AND worker LIKE '%%/%d' AND a.taken_at < b.taken_at\
                      """
                          .formatted(other, fleet.machine(2).process().pid())))
              .as("the worker is at both")
              .isPositive();
          assertThat(
                  count(fleet.jdbc(), "SELECT count(*) FROM registry WHERE state = 'PROVISIONED'"))
              .isEqualTo(2L * ROWS + 2);
        });
  }

  /** The most that one of those who work on it has loaded. */
  private static long most(JsonNode detail) {
    Map<String, Long> loaded = new HashMap<>();
    steps(detail, "load")
        .forEach(
            step ->
                loaded.merge(
                    step.path("worker").asString(""), step.path("read").asLong(0), Long::sum));
    return loaded.values().stream().mapToLong(Long::longValue).max().orElseThrow();
  }

  private static JsonNode progress(Fleet fleet, int by, long execution, String name)
      throws Exception {
    return step(fleet.get(by, "/api/executions/" + execution), name);
  }

  private static JsonNode step(JsonNode detail, String name) {
    return StreamSupport.stream(detail.path("progress").spliterator(), false)
        .filter(step -> step.path("step").asString("").equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static List<JsonNode> steps(JsonNode detail, String name) {
    return StreamSupport.stream(detail.path("summary").path("steps").spliterator(), false)
        .filter(step -> step.path("name").asString("").startsWith(name + ":"))
        .toList();
  }

  /** Who did partitions of a step. */
  private static Set<String> workers(JsonNode detail, String name) {
    Set<String> workers = new TreeSet<>();
    steps(detail, name)
        .forEach(
            step -> {
              if (step.path("worker").isString()) {
                workers.add(step.path("worker").asString(""));
              }
            });
    return workers;
  }

  private static void assertEachOnce(Fleet fleet, int devices) throws Exception {
    List<String> lines = new ArrayList<>();
    lastBundle(fleet).forEach(lines::addAll);
    assertThat(lines).hasSize(devices);
    Set<String> once = new HashSet<>();
    lines.forEach(line -> assertThat(once.add(line.substring(0, 36))).as(line).isTrue());
  }
}
