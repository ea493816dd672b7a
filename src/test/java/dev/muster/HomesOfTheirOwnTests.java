package dev.muster;

import static dev.muster.TestDatabase.count;
import static dev.muster.TestDatabase.jdbc;
import static dev.muster.TestFiles.files;
import static org.assertj.core.api.Assertions.assertThat;

import com.azure.storage.blob.models.BlobItem;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.blob.Azurite;
import dev.muster.database.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Two instances that have PostgreSQL and a container in common, and no disk. They don't call these
 * alike.
 */
@Tag("slow")
class HomesOfTheirOwnTests {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Pattern ADDRESS = Pattern.compile("tokens at (http://[^/]+)/device/token");
  private static final String KEY = "cHJpbWFyeS1rZXktZm9yLXRlc3RzLW9ubHktYW5kLW5v";
  private static final String DATABASE = "postgresql";
  private static final String STORE = "store";
  private static final int PARTS = 120;
  private static final int PART = 10;

  private static final String WORKERS =
      """
      SELECT count(DISTINCT worker) FROM run_part JOIN batch_step_execution USING (step_execution_id)
       WHERE step_name LIKE 'issue:%'\
      """;

  /** Partitions of the latest run that a process has begun. */
  private static final String BEGUN =
      """
      SELECT count(*) FROM run_part WHERE worker LIKE '%%/%d' AND open\
      """;

  @TempDir private Path folder;

  private final JsonMapper json = new JsonMapper();
  private final HttpClient http = HttpClient.newHttpClient();

  /** An instance, by the machine that it has alone. */
  private record Instance(Machine machine, String address, String token) {

    Path home() {
      return machine.home();
    }

    Process process() {
      return machine.process();
    }
  }

  @Test
  void whatOneReceivedAndBeganAnotherBringsToItsEndAndBothGiveItOut() throws Exception {
    List<Machine> machines = new ArrayList<>();
    try (Azurite azurite = Azurite.start("muster");
        EmbeddedPostgres postgres = PreparedHome.database(folder.resolve("database"))) {
      JdbcTemplate jdbc = jdbc(postgres);
      Map<String, Integer> servers =
          Map.of(
              DATABASE,
              URI.create(postgres.jdbcUrl().substring("jdbc:".length())).getPort(),
              STORE,
              azurite.port());
      for (int number = 1; number <= 2; number++) {
        String called = number == 1 ? "localhost" : Machine.address(number);
        machines.add(
            new Machine(folder, number, servers, options(azurite, postgres, called), "serve"));
      }
      Path identity = folder.resolve("identity");
      MusterProcess operator =
          MusterProcess.untouched(
              folder.resolve("operator"), options(azurite, postgres, "127.0.0.1"));
      Result added = operator.run("factory", "add", "acme", "--recipient", recipient(identity));
      assertThat(added.exitCode()).as(added.err()).isZero();
      Instance first = serve(machines.get(0));
      String content = TestManifest.seeded(19).rows(PARTS * PART).content();
      HttpResponse<byte[]> taken =
          ask(first, "PUT", "/api/manifests/acme/m.csv", BodyPublishers.ofString(content));
      assertThat(taken.statusCode()).isEqualTo(202);

      Await.until(PATIENCE, () -> count(jdbc, "SELECT count(*) FROM bundle_part"), n -> n > 5);
      first.process().destroyForcibly().waitFor();
      assertThat(count(jdbc, "SELECT count(*) FROM bundle WHERE publishing_at IS NOT NULL"))
          .as("killed before it was delivered")
          .isZero();

      Instance second = serve(machines.get(1));
      Await.until(
          PATIENCE,
          () -> jdbc.queryForList("SELECT state::text FROM arrival", String.class),
          List.of("DONE")::equals);

      assertThat(count(jdbc, "SELECT count(DISTINCT split_part(staged, '-', 1)) FROM bundle_part"))
          .as("parts of the first, and of the second")
          .isEqualTo(2);
      assertThat(blobs(azurite))
          .as("nothing is left but the content, which is swept later, and the bundle")
          .allMatch(name -> name.startsWith("content/") || name.startsWith("outbox/acme/"))
          .filteredOn(name -> name.startsWith("content/"))
          .hasSize(1);
      assertThat(files(second.home().resolve("spool"))).isEmpty();
      assertThat(files(second.home().resolve("outbox/.staging"))).isEmpty();
      assertThat(second.home().resolve("outbox/acme")).doesNotExist();
      Instance again = serve(machines.get(0));
      Map<String, byte[]> bundle = bundle(second, 1);
      assertWhole(bundle, PARTS, identity);
      assertSame(bundle(again, 1), bundle);
      assertSame(archive(second), bundle);

      String larger = TestManifest.seeded(20).rows(2 * PARTS * PART).content();
      taken = ask(again, "PUT", "/api/manifests/acme/large.csv", BodyPublishers.ofString(larger));
      assertThat(taken.statusCode()).isEqualTo(202);
      Await.until(
          PATIENCE,
          () -> jdbc.queryForList("SELECT state::text FROM arrival", String.class),
          List.of("DONE", "DONE")::equals);
      assertThat(count(jdbc, WORKERS)).as("who did parts").isEqualTo(2);
      Map<String, byte[]> shared = bundle(second, 2);
      assertWhole(shared, 2 * PARTS, identity);
      assertSame(bundle(again, 2), shared);

      List<Instance> both = List.of(again, second);
      Instance frozen = whoLeads(3, both, jdbc);
      RunProgram.signal("STOP", frozen.process().toHandle());
      awaitDone(3, jdbc);
      RunProgram.signal("CONT", frozen.process().toHandle());
      awaitLiving(2, jdbc);
      Instance unheard = whoLeads(4, both, jdbc);
      unheard.machine().line(DATABASE).fallSilent();
      awaitDone(4, jdbc);
      unheard.machine().line(DATABASE).mend();
      awaitLiving(2, jdbc);
      Instance withoutStore = whoLeads(5, both, jdbc).equals(again) ? second : again;
      awaitPartsOf(withoutStore, jdbc);
      withoutStore.machine().line(STORE).cut();
      awaitDone(5, jdbc);
      withoutStore.machine().line(STORE).mend();
      assertThat(count(jdbc, "SELECT count(*) FROM run_part WHERE problem IS NOT NULL"))
          .as("what one can't do goes to the other")
          .isZero();
      for (int number = 3; number <= 5; number++) {
        assertWhole(bundle(both.get(number % 2), number), PARTS + 1, identity);
      }
      assertThat(count(jdbc, "SELECT count(*) FROM registry WHERE state = 'PROVISIONED'"))
          .isEqualTo((6L * PARTS + 3) * PART);

      Path list =
          Files.writeString(
              folder.resolve("stolen.csv"),
              "device_id,action\n%s,revoke\n"
                  .formatted(TestManifest.seeded(19).rows(1).deviceId(2)));
      Result revoked = operator.run("revoke", list.toString());
      assertThat(revoked.exitCode()).as(revoked.out() + revoked.err()).isZero();
      assertThat(revoked.out())
          .containsPattern("changed +1\n")
          .contains("report    http://127.0.0.1:", "/muster/outbox/revocations/stolen-");
    } catch (AssertionError e) {
      StringBuilder said = new StringBuilder(String.valueOf(e.getMessage()));
      for (Machine machine : machines) {
        said.append(machine.said());
      }
      throw new AssertionError(said.toString(), e);
    } finally {
      for (Machine machine : machines) {
        machine.close();
      }
    }
  }

  /** Sends a manifest that is large for them, and says who leads its run once both are at it. */
  private Instance whoLeads(int number, List<Instance> both, JdbcTemplate jdbc) throws Exception {
    String content = TestManifest.seeded(40 + number).rows((PARTS + 1) * PART).content();
    String path = "/api/manifests/acme/m%d.csv".formatted(number);
    Instance sender = both.get(number % 2);
    assertThat(ask(sender, "PUT", path, BodyPublishers.ofString(content)).statusCode())
        .isEqualTo(202);
    for (Instance one : both) {
      awaitPartsOf(one, jdbc);
    }
    return both.stream()
        .filter(one -> TestDatabase.atWork(jdbc, one.process()) > 0)
        .findFirst()
        .orElseThrow();
  }

  private static void awaitPartsOf(Instance one, JdbcTemplate jdbc) throws Exception {
    Await.until(
        PATIENCE, () -> count(jdbc, BEGUN.formatted(one.process().pid())), parts -> parts > 0);
  }

  /** Others go on; how soon, docs/faults.sh measures. */
  private static void awaitDone(int number, JdbcTemplate jdbc) throws Exception {
    Await.until(
        PATIENCE,
        () -> jdbc.queryForList("SELECT state::text FROM arrival", String.class),
        Collections.nCopies(number, "DONE")::equals);
  }

  private static void awaitLiving(int instances, JdbcTemplate jdbc) throws Exception {
    Await.until(
        PATIENCE,
        () -> count(jdbc, "SELECT count(*) FROM instance WHERE buried_at IS NULL"),
        living -> living == instances);
  }

  private static Instance serve(Machine machine) throws Exception {
    machine.start();
    Running running = machine.running();
    Await.until(
        PATIENCE,
        () -> running.out() + running.err(),
        out -> ADDRESS.matcher(out).find() || !running.process().isAlive());
    Matcher found = ADDRESS.matcher(running.out());
    assertThat(found.find()).as(running.out() + running.err()).isTrue();
    String address = found.group(1);
    return new Instance(
        machine,
        address,
        DevelopmentAccounts.bearerToken(address, machine.home().resolve("keys"), "operator"));
  }

  private Map<String, byte[]> bundle(Instance instance, int number) throws Exception {
    String path = "/api/bundles/" + number;
    JsonNode listed = json.readTree(ask(instance, "GET", path, BodyPublishers.noBody()).body());
    Map<String, byte[]> files = new TreeMap<>();
    for (JsonNode file : listed.path("files")) {
      String name = file.path("name").asString("");
      HttpResponse<byte[]> answer =
          ask(instance, "GET", path + "/files/" + name, BodyPublishers.noBody());
      assertThat(answer.statusCode()).as(name).isEqualTo(200);
      files.put(name, answer.body());
    }
    return files;
  }

  private Map<String, byte[]> archive(Instance instance) throws Exception {
    byte[] tar = ask(instance, "GET", "/api/bundles/1/files.tar", BodyPublishers.noBody()).body();
    Map<String, byte[]> files = new TreeMap<>();
    try (var in = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
      for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        files.put(entry.getName().replaceFirst(".*/", ""), in.readAllBytes());
      }
    }
    return files;
  }

  private void assertWhole(Map<String, byte[]> bundle, int parts, Path identity) throws Exception {
    JsonNode receipt = json.readTree(file(bundle, "receipt.json"));
    Set<String> tokens = new HashSet<>();
    for (JsonNode part : receipt.path("parts")) {
      String name = part.path("name").asString("");
      assertThat(
              HexFormat.of()
                  .formatHex(MessageDigest.getInstance("SHA-256").digest(file(bundle, name))))
          .as(name)
          .isEqualTo(part.path("sha256").asString(""));
    }
    for (int number : List.of(1, parts)) {
      String name = "tokens-%03d-of-%d.csv.age".formatted(number, parts);
      RunProgram.Result opened =
          RunProgram.run(List.of("age", "-d", "-i", identity.toString()), file(bundle, name));
      assertThat(opened.exitCode()).as(opened.stderr()).isZero();
      opened.text().lines().skip(1).forEach(line -> assertThat(tokens.add(line)).isTrue());
    }
    assertThat(tokens).hasSize(2 * PART);
    assertThat(bundle).hasSize(parts + 2); // receipt and report
  }

  private static byte[] file(Map<String, byte[]> bundle, String name) {
    return Objects.requireNonNull(bundle.get(name), name);
  }

  private static void assertSame(Map<String, byte[]> actual, Map<String, byte[]> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    actual.forEach((name, content) -> assertThat(content).as(name).isEqualTo(expected.get(name)));
  }

  private static List<String> blobs(Azurite azurite) {
    return azurite.container("muster").listBlobs().stream().map(BlobItem::getName).toList();
  }

  private HttpResponse<byte[]> ask(
      Instance instance, String method, String path, HttpRequest.BodyPublisher body)
      throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(instance.address() + path))
            .header("Authorization", "Bearer " + instance.token())
            .method(method, body)
            .build(),
        BodyHandlers.ofByteArray());
  }

  private static String recipient(Path identity) throws IOException {
    String keys = RunProgram.run(List.of("age-keygen"), new byte[0]).text();
    Files.writeString(identity, keys, StandardCharsets.UTF_8);
    return keys.lines()
        .filter(line -> line.startsWith("# public key: "))
        .map(line -> line.substring("# public key: ".length()))
        .findFirst()
        .orElseThrow();
  }

  private static String[] options(Azurite azurite, EmbeddedPostgres postgres, String host) {
    return new String[] {
      "-Dspring.profiles.active=dev",
      "-Dspring.datasource.url=" + postgres.jdbcUrl().replace("127.0.0.1", host),
      "-Dspring.datasource.username=" + postgres.user(),
      "-Dspring.datasource.password=" + postgres.password(),
      "-Dmuster.store.blob.connection-string=" + azurite.connectionString(host),
      "-Dmuster.provisioning.chunk-rows=" + PART,
      "-Dmuster.provisioning.part-devices=" + PART,
      "-Dmuster.partitions.remote-from=" + PARTS * PART,
      "-Dmuster.schedule.nightly=-",
      "-Dmuster.arrivals.heartbeat=1s",
      "-Dmuster.arrivals.silence=4s",
      "-Dmuster.arrivals.first-delay=200ms",
      "-Dmuster.hubs[0].name=contoso",
      "-Dmuster.hubs[0].namespace=contoso.servicebus.windows.net",
      "-Dmuster.hubs[0].event-hub=telemetry",
      "-Dmuster.hubs[0].key-name=send",
      "-Dmuster.hubs[0].primary-key=" + KEY
    };
  }
}
