package dev.muster.watching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.DevelopmentAccounts;
import dev.muster.FreePort;
import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Running;
import dev.muster.PreparedHome;
import dev.muster.TestManifest;
import dev.muster.database.EmbeddedPostgres;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One real service whose broker and hub are away, watched from outside as operators do. A manifest
 * and a revocation list have gone through it.
 */
@Tag("slow")
class WatchingTests {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern ADDRESS = Pattern.compile("tokens at (http://[^/]+)/device/token");
  private static final Pattern GUID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  /** What Prometheus itself, and labels, functions and words of its language are. */
  private static final Pattern METRIC =
      Pattern.compile("\\b(?:muster|http|hikaricp|jvm|process|system)_[a-z0-9_]+");

  private static final String KEY = "cHJpbWFyeS1rZXktZm9yLXRlc3RzLW9ubHktcGxlYXNlIQ==";
  private static final TestManifest MANIFEST = TestManifest.seeded(77).rows(30).row("no-guid");

  @TempDir private static Path folder;

  private static Path home;
  private static TraceReceiver traces;
  private static Running service;
  private static String address;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @BeforeAll
  static void aServiceHasWorked() throws Exception {
    home = folder.resolve("home");
    traces = new TraceReceiver();
    int closed = FreePort.any();
    service =
        new MusterProcess(
                home,
                "-Dspring.profiles.active=dev",
                "-Dmuster.metrics.refresh=300ms",
                "-Dmuster.metrics.refresh-tokens=300ms",
                "-Dmuster.health.timeout=500ms",
                "-Dmuster.arrivals.revocations=at-once",
                "-Dmuster.folder.poll=200ms",
                "-Dmuster.kafka.bootstrap-servers=127.0.0.1:" + closed,
                "-Dmuster.hubs[0].name=west",
                "-Dmuster.hubs[0].namespace=localhost:" + closed,
                "-Dmuster.hubs[0].event-hub=telemetry",
                "-Dmuster.hubs[0].key-name=send",
                "-Dmuster.hubs[0].primary-key=" + KEY,
                "-Dmuster.hubs[0].manage-key-name=manage",
                "-Dmuster.hubs[0].manage-key=" + KEY,
                "-Dlogging.structured.format.file=ecs",
                "-Dmanagement.opentelemetry.enabled=true",
                "-Dmanagement.tracing.sampling.probability=1.0",
                "-Dmanagement.opentelemetry.tracing.export.schedule-delay=200ms",
                "-Dmanagement.opentelemetry.tracing.export.otlp.endpoint=" + traces.address())
            .start("serve");
    Await.until(PATIENCE, service::out, out -> ADDRESS.matcher(out).find());
    Matcher found = ADDRESS.matcher(service.out());
    assertThat(found.find()).isTrue();
    address = found.group(1);
    drop("inbox/fabrikam/thirty.csv", MANIFEST.content());
    await("muster_devices_provisioned_total{factory=\"fabrikam\"} 30");
    drop(
        "revocations/fabrikam/one.csv",
        "device_id,action,reason\n%s,revoke,lost\n".formatted(MANIFEST.deviceId(5)));
    await("muster_runs_seconds_count{job=\"apply-revocations\",status=\"completed\"} 1");
    HTTP.send(
        HttpRequest.newBuilder(URI.create(address + "/device/token"))
            .POST(BodyPublishers.noBody())
            .build(),
        BodyHandlers.discarding());
  }

  @AfterAll
  static void end() throws Exception {
    service.process().destroyForcibly().waitFor();
    traces.close();
    PreparedHome.database(home).close();
  }

  @Test
  void aBrokerAndAHubThatAreAwayAreSeenAndNeitherEndsTheServiceNorTakesItOutOfTheWay()
      throws Exception {
    JsonNode health = await("auditor", "hubs");

    assertThat(text(health, "status")).isEqualTo("DEGRADED");
    assertThat(text(health, "components", "kafka", "status")).isEqualTo("DEGRADED");
    assertThat(text(health, "components", "hubs", "details", "west", "trouble"))
        .isEqualTo("UNREACHABLE");
    assertThat(text(health, "components", "db", "status")).isEqualTo("UP");
    assertThat(health.get("components").has("blob")).as("not configured").isFalse();
    assertThat(get("/actuator/health", null).statusCode()).isEqualTo(200);
    for (String probe : List.of("liveness", "readiness")) {
      HttpResponse<String> answer = get("/actuator/health/" + probe, null);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("{\"status\":\"UP\"}");
    }
  }

  @Test
  void onlyWhoMaySeeExecutionsOfAllFactoriesLearnsWhatIsNotWell() throws Exception {
    for (String role : new String[] {null, "technician", "factory"}) {
      assertThat(new JsonMapper().readTree(get("/actuator/health", role).body()).propertyNames())
          .as("as %s", role)
          .containsExactly("status");
    }
    for (String role : List.of("operator", "security-officer", "auditor")) {
      assertThat(health(role).has("components")).as("as %s", role).isTrue();
    }
  }

  @Test
  void anInboxInWhichSomethingWaitsTooLongIsDegraded() throws Exception {
    try (EmbeddedPostgres postgres = PreparedHome.database(home)) {
      JdbcClient jdbc =
          JdbcClient.create(
              new DriverManagerDataSource(
                  postgres.jdbcUrl(), postgres.user(), postgres.password()));
      jdbc.sql(
              """
              INSERT INTO arrival (source, source_id, factory, file_name, location, arrived_at, due_at)
              VALUES ('folder', 'forgotten', 'fabrikam', 'forgotten.csv', 'folder:forgotten',
                      now() - interval '90 minutes', now() + interval '1 day')\
              """)
          .update();
      try {
        JsonNode inbox = health("auditor").get("components").get("inbox");
        assertThat(text(inbox, "status")).isEqualTo("DEGRADED");
        assertThat(inbox.get("details").get("waiting").asInt()).isEqualTo(1);
        Await.until(
            PATIENCE,
            WatchingTests::scrape,
            all -> value(all, "muster_arrivals_oldest_seconds") > 5_300);
        await("muster_health{part=\"inbox\"} 0.0");
      } finally {
        jdbc.sql("DELETE FROM arrival WHERE source_id = 'forgotten'").update();
      }
    }
    assertThat(text(health("auditor"), "components", "inbox", "status")).isEqualTo("UP");
  }

  @Test
  void metricsSayWhatWasDoneAndNameNoDevice() throws Exception {
    for (String line :
        List.of(
            "muster_hub_pending{hub=\"west\"} 1",
            "muster_hub_calls_seconds_count{call=\"revoke\",error=\"none\",hub=\"west\",outcome=\"unreachable\"}",
            "muster_tokens_ending{week=\"ended\"} 0",
            "muster_rejects_total{code=\"malformed-device-id\",factory=\"fabrikam\"} 1.0",
            "muster_rows_total{step=\"load\"} 31.0",
            "muster_rows_total{step=\"issue\"} 30.0",
            "muster_runs_seconds_count{job=\"provision-manifest\",status=\"completed\"} 1",
            "muster_arrivals_ended_total{kind=\"manifest\",source=\"folder\",verdict=\"done\"} 1.0",
            "muster_actions_total{action=\"manifest.send\",outcome=\"done\"} 1.0",
            "muster_exchange_requests_total{outcome=\"form\"} 1.0",
            "muster_devices 30.0",
            "muster_instances 1.0",
            "muster_hub_trouble{hub=\"west\"} 1.0",
            "muster_health{part=\"kafka\"} 0.0")) {
      await(line);
    }
    String all = scrape();
    assertThat(GUID.matcher(all).results().map(match -> match.group())).isEmpty();
  }

  @Test
  void whatAnAlertWatchesForStandsAtNoughtBeforeItEverWas() throws Exception {
    for (String counter :
        List.of(
            "muster_rejects_total{code=\"revoked-device\",factory=\"fabrikam\"} 0.0",
            "muster_actions_total{action=\"factory.change\",outcome=\"denied\"} 0.0",
            "muster_exchange_requests_total{outcome=\"other-hub\"} 0.0",
            "muster_arrivals_ended_total{kind=\"revocations\",source=\"folder\",verdict=\"refused\"}"
                + " 0.0")) {
      await(counter);
    }
    assertThat(get("/actuator/prometheus", null).body())
        .as("also when no nightly run ever was")
        .containsPattern("muster_nightly_ended_seconds [0-9.]+E9");
  }

  @Test
  void everyMetricOfTheDashboardAndOfTheAlertsIsThereAndEveryAlertLeadsToItsRunbook()
      throws Exception {
    JsonNode dashboard =
        new JsonMapper().readTree(Files.readString(Path.of("deploy/grafana/muster.json")));
    List<String> expressions = new ArrayList<>();
    dashboard.findValues("expr").forEach(node -> expressions.add(node.asString()));
    assertThat(expressions).hasSizeGreaterThan(30);
    Map<String, List<Map<String, List<Map<String, Object>>>>> alerts =
        new Yaml().load(Files.readString(Path.of("deploy/prometheus/alerts.yml")));
    Set<String> sections = sections();
    for (Map<String, Object> rule :
        Objects.requireNonNull(Objects.requireNonNull(alerts.get("groups")).get(0).get("rules"))) {
      expressions.add(String.valueOf(rule.get("expr")));
      Map<?, ?> annotations = Objects.requireNonNull((Map<?, ?>) rule.get("annotations"));
      assertThat(sections)
          .as(String.valueOf(rule.get("alert")))
          .contains(String.valueOf(annotations.get("runbook")).replace("docs/operations.md#", ""));
      assertThat(annotations.get("summary")).isNotNull();
    }
    Set<String> wanted =
        expressions.stream()
            .flatMap(expression -> METRIC.matcher(expression).results())
            .map(match -> match.group())
            .collect(Collectors.toCollection(TreeSet::new));

    Await.until(PATIENCE, () -> missing(wanted), Set::isEmpty);
    String documented = Files.readString(Path.of("docs/operations.md"));
    assertThat(wanted.stream().filter(name -> name.startsWith("muster_")))
        .allSatisfy(name -> assertThat(documented).contains(plain(name)));
  }

  /** What is heard of as it happens, and files, take as long as they take. */
  @Test
  void noStreamAndNoFileMakesPagesSlow() throws Exception {
    Matcher leavesOut =
        Pattern.compile("MusterPagesAreSlow.*?uri!~\"([^\"]*)\"", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("deploy/prometheus/alerts.yml")));
    assertThat(leavesOut.find()).isTrue();
    Pattern left =
        Pattern.compile(Objects.requireNonNull(leavesOut.group(1)).replace("\\\\", "\\"));

    assertThat(
            List.of(
                "/live",
                "/api/events",
                "/api/arrivals/{id}",
                "/bundles/{bundle:\\d+}/files.tar",
                "/api/devices/export.{format:csv|jsonl}"))
        .allMatch(uri -> left.matcher(uri).matches());
    assertThat(List.of("/", "/devices", "/api/arrivals", "/arrivals/{arrival:\\d+}"))
        .noneMatch(uri -> left.matcher(uri).matches());
  }

  @Test
  void aRunIsOneTraceAndItsLinesInTheLogAreJson() throws Exception {
    List<Span> spans =
        Await.until(
            PATIENCE,
            traces::spans,
            all ->
                named(all, "provision-manifest").count() == 1
                    && named(all, "revoke publisher").count() > 0
                    && named(all, "/actuator/prometheus").count() > 0);
    Span run = named(spans, "provision-manifest").findFirst().orElseThrow();
    assertThat(
            spans.stream()
                .filter(span -> span.getTraceId().equals(run.getTraceId()))
                .map(Span::getName)
                .map(name -> name.replaceFirst(":1$", " worker")))
        .contains("receive", "load", "load worker", "settle", "issue", "issue worker", "deliver");
    assertThat(spans.toString()).doesNotContain(KEY, "sig=");

    Path log = home.resolve("log/muster.log");
    JsonNode started =
        Files.readAllLines(log).stream()
            .map(new JsonMapper()::readTree)
            .filter(line -> text(line, "message").startsWith("run=started"))
            .filter(line -> text(line, "manifest").equals("fabrikam/thirty"))
            .findFirst()
            .orElseThrow();
    assertThat(text(started, "execution")).isEqualTo("1");
    assertThat(text(started, "traceId")).isEqualTo(hex(run.getTraceId().toByteArray()));
    assertThat(Files.getPosixFilePermissions(log)).hasSize(2);
  }

  /**
   * A sample's exemplar is asked of the tracer: also by the thread that tells of a collection of
   * garbage, while another makes the tracer. In Spring Boot 4.1 each then waits for the other.
   */
  @Test
  void noMetricAsksForTheTracer() throws Exception {
    HttpResponse<String> scraped =
        HTTP.send(
            HttpRequest.newBuilder(URI.create(address + "/actuator/prometheus"))
                .header("Accept", "application/openmetrics-text; version=1.0.0")
                .build(),
            BodyHandlers.ofString());

    assertThat(scraped.body())
        .contains("muster_runs_seconds_bucket", "# EOF")
        .doesNotContain("trace_id");
  }

  @Test
  void nothingElseIsOpen() throws Exception {
    for (String path :
        List.of("/actuator", "/actuator/env", "/actuator/metrics", "/actuator/heapdump")) {
      assertThat(get(path, null).statusCode()).as(path).isEqualTo(401);
      assertThat(get(path, "operator").statusCode()).as(path).isEqualTo(403);
    }
  }

  private static Set<String> missing(Set<String> wanted) throws Exception {
    Set<String> there =
        scrape()
            .lines()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.split("[{ ]", 2)[0])
            .collect(Collectors.toCollection(HashSet::new));
    return wanted.stream()
        .filter(name -> !there.contains(name))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** As docs/operations.md names it. */
  private static String plain(String metric) {
    return metric.replaceFirst("_(bucket|count|sum)$", "");
  }

  /** The anchors of the sections, as GitHub makes them. */
  private static Set<String> sections() throws IOException {
    return Files.readAllLines(Path.of("docs/operations.md")).stream()
        .filter(line -> line.startsWith("## "))
        .map(
            line ->
                line.substring(3).toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9 -]", ""))
        .map(heading -> heading.replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  private static Stream<Span> named(List<Span> spans, String part) {
    return spans.stream().filter(span -> span.getName().contains(part));
  }

  private static String hex(byte[] bytes) {
    return java.util.HexFormat.of().formatHex(bytes);
  }

  private static double value(String scrape, String metric) {
    return scrape
        .lines()
        .filter(line -> line.startsWith(metric + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(metric.length() + 1)))
        .findFirst()
        .orElse(Double.NaN);
  }

  private static void await(String line) throws Exception {
    Await.until(PATIENCE, WatchingTests::scrape, all -> all.contains(line));
  }

  private static JsonNode await(String role, String degraded) throws Exception {
    return Await.until(
        PATIENCE,
        () -> health(role),
        health -> text(health, "components", degraded, "status").equals("DEGRADED"));
  }

  private static String scrape() throws Exception {
    return get("/actuator/prometheus", null).body();
  }

  private static JsonNode health(String role) throws Exception {
    return new JsonMapper().readTree(get("/actuator/health", role).body());
  }

  private static String text(JsonNode node, String... path) {
    JsonNode found = node;
    for (String name : path) {
      found = found.path(name);
    }
    return found.asString("");
  }

  private static HttpResponse<String> get(String path, @Nullable String role) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + path));
    if (role != null) {
      request.header(
          "Authorization",
          "Bearer " + DevelopmentAccounts.bearerToken(address, home.resolve("keys"), role));
    }
    return HTTP.send(request.build(), BodyHandlers.ofString());
  }

  private static void drop(String file, String content) throws IOException {
    Path target = home.resolve(file);
    Files.createDirectories(target.getParent());
    Path written = Files.writeString(folder.resolve("written"), content);
    Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
  }
}
