package dev.muster;

import static dev.muster.TestDatabase.atWork;
import static dev.muster.TestDatabase.count;
import static dev.muster.TestDatabase.jdbc;
import static dev.muster.TestFiles.files;
import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.models.BlobItem;
import dev.muster.MusterProcess.Running;
import dev.muster.blob.Azurite;
import dev.muster.bundle.Receipt;
import dev.muster.database.EmbeddedPostgres;
import dev.muster.eventhubs.EventHubsStandIn;
import dev.muster.eventhubs.EventHubsStandIn.HubSettings;
import dev.muster.kafka.KafkaBroker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Manifests over all four sources at once, to three instances, of which one is killed and one
 * paused for longer than its heartbeat may stay away, while the broker is restarted: every device
 * is there once, every sender is answered, and nothing is left behind.
 */
@Tag("slow")
class FourSourcesTests {

  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final String FACTORY = "fabrikam";

  /** By hand 50, two hundred in all: {@code -Dmuster.each=50}. */
  private static final int EACH = Integer.getInteger("muster.each", 20);

  private static final int LARGE_ROWS = 8_000;
  private static final int SMALL_ROWS = 20;

  @TempDir private Path folder;

  private final JsonMapper json = new JsonMapper();
  private final Set<String> contents = new HashSet<>();
  private long devices;

  @Test
  void everyDeviceIsThereOnceEverySenderIsAnsweredAndNothingIsLeftBehind() throws Exception {
    Path home = folder.resolve("var");
    List<Running> instances = new ArrayList<>();
    try (Azurite azurite = Azurite.start("manifests", "announced", "outbox", "muster-checkpoints");
        KafkaBroker broker =
            KafkaBroker.start(
                folder.resolve("kafka"), "manifests:3", "manifests.DLT", "provisioning-outcomes");
        EventHubsStandIn hubs = EventHubsStandIn.start(HubSettings.hub("notices", 2));
        EmbeddedPostgres postgres = PreparedHome.database(home)) {
      MusterProcess muster =
          new MusterProcess(
              home,
              "-Dmuster.provisioning.chunk-rows=1000",
              "-Dmuster.provisioning.part-devices=4000",
              "-Dmuster.arrivals.heartbeat=1s",
              "-Dmuster.arrivals.silence=5s",
              "-Dmuster.arrivals.first-delay=500ms",
              "-Dmuster.blob.connection-string=" + azurite.connectionString(),
              "-Dmuster.blob.further-containers=announced",
              "-Dmuster.blob.sweep=2s",
              "-Dmuster.blob.quiet=500ms",
              "-Dmuster.kafka.bootstrap-servers=" + broker.bootstrapServers(),
              "-Dmuster.kafka.properties.[session.timeout.ms]=6000",
              "-Dmuster.kafka.properties.[heartbeat.interval.ms]=1000",
              "-Dmuster.notices.connection-string=" + hubs.connectionString("notices"),
              "-Dmuster.notices.checkpoints.connection-string=" + azurite.connectionString(),
              "-Dmuster.notices.rebalance=1s");
      JdbcTemplate jdbc = jdbc(postgres);
      for (int i = 0; i < 3; i++) {
        instances.add(muster.start("serve"));
      }
      for (Running instance : instances) {
        Await.until(PATIENCE, instance::out, out -> out.contains("serving"));
      }
      Process killed = instances.get(0).process();
      Process paused = instances.get(1).process();

      // First half
      for (int i = 0; i < EACH / 2; i++) {
        sendToAll(i, home, azurite, broker, hubs);
      }
      Await.until(PATIENCE, () -> atWork(jdbc, killed), atWork -> atWork > 0);
      killed.destroyForcibly().waitFor();
      Await.until(PATIENCE, () -> atWork(jdbc, paused), atWork -> atWork > 0);
      RunProgram.signal("STOP", paused.toHandle());
      broker.stop();
      // Long enough to be buried
      Await.until(
          PATIENCE,
          () -> count(jdbc, "SELECT count(*) FROM instance WHERE buried_at IS NULL"),
          living -> living == 1);
      broker.startAgain();
      RunProgram.signal("CONT", paused.toHandle());
      // Second half
      for (int i = EACH / 2; i < EACH; i++) {
        sendToAll(i, home, azurite, broker, hubs);
      }
      // What was provisioned over one source comes again over another.
      String repeated = content(3 * EACH + 1);
      drop(home, "repeated.csv", repeated);

      Await.until(
          PATIENCE,
          () -> count(jdbc, "SELECT count(*) FROM arrival WHERE state = 'DONE'"),
          done -> done == 4 * EACH + 1);
      Await.until(PATIENCE, () -> count(jdbc, "SELECT count(*) FROM outcome"), left -> left == 0);

      assertThat(
              jdbc.queryForList(
                  "SELECT source || ' ' || file_name || ' ' || state FROM arrival WHERE state <>"
                      + " 'DONE'",
                  String.class))
          .isEmpty();
      assertThat(count(jdbc, "SELECT count(*) FROM unusable_message")).isZero();
      assertThat(count(jdbc, "SELECT count(*) FROM registry WHERE state = 'PROVISIONED'"))
          .isEqualTo(devices);
      assertThat(count(jdbc, "SELECT count(*) FROM registry")).isEqualTo(devices);
      assertThat(count(jdbc, "SELECT count(*) FROM manifest WHERE delivered_at IS NOT NULL"))
          .isEqualTo(contents.size());
      for (int i = 0; i < EACH; i++) {
        assertReceipt(
            Files.readString(
                home.resolve("archive/" + FACTORY + "/folder-" + i + ".csv.receipt.json")));
        assertReceipt(answer(azurite, "blob-" + i + ".csv"));
        assertReceipt(answer(azurite, "noticed-" + i + ".csv"));
        if (i % 2 == 1) {
          assertReceipt(announcedAnswer(azurite, "announced-" + i + ".csv"));
        }
      }
      assertThat(provisioned(broker)).hasSize(4 * EACH + 1);
      assertThat(broker.messages("manifests.DLT")).isEmpty();
      assertThat(files(home.resolve("inbox"))).isEmpty();
      assertThat(files(home.resolve("spool"))).isEmpty();
      assertThat(files(home.resolve("outbox/.staging"))).isEmpty();
      List<Path> said = new ArrayList<>(files(home.resolve("log")));
      instances.forEach(instance -> said.addAll(List.of(instance.outFile(), instance.errFile())));
      for (Path file : said) {
        assertThat(Files.readString(file))
            .as(file.toString())
            .doesNotContain(hubs.primaryKey())
            .doesNotContain(Azurite.KEY)
            .doesNotContain("SharedAccessSignature");
      }
    } finally {
      for (Running instance : instances) {
        instance.process().destroyForcibly().waitFor();
      }
    }
  }

  private void sendToAll(
      int i, Path home, Azurite azurite, KafkaBroker broker, EventHubsStandIn hubs)
      throws Exception {
    drop(home, "folder-" + i + ".csv", content(i));
    upload(azurite, "manifests", "blob-" + i + ".csv", content(EACH + i));
    BlobClient noticed =
        upload(azurite, "manifests", "noticed-" + i + ".csv", content(2 * EACH + i));
    hubs.append(
        "notices",
        Integer.toString(i % 2),
        """
        [{"eventType":"Microsoft.Storage.BlobCreated","data":{"url":"%s","eTag":"%s"}}]
        """
            .formatted(noticed.getBlobUrl(), noticed.getProperties().getETag().replace("\"", "")));
    String content = content(3 * EACH + i);
    if (i % 2 == 0) {
      broker.send(
          "manifests",
          FACTORY,
          content.getBytes(StandardCharsets.UTF_8),
          Map.of("manifest-name", "message-" + i + ".csv"));
    } else {
      BlobClient announced = upload(azurite, "announced", "announced-" + i + ".csv", content);
      String event =
          """
          {"specversion":"1.0","type":"manifest","source":"/line","id":"%d","data":{"url":"%s","sha256":"%s","rows":%d}}
          """
              .formatted(i, announced.getBlobUrl(), sha256(content), rows(3 * EACH + i));
      broker.send(
          "manifests",
          FACTORY,
          event.getBytes(StandardCharsets.UTF_8),
          Map.of("content-type", "application/cloudevents+json"));
    }
  }

  /** Every tenth is large enough to be killed in the middle. */
  private static int rows(int number) {
    return number % 10 == 0 ? LARGE_ROWS : SMALL_ROWS;
  }

  private String content(int number) {
    String content = TestManifest.seeded(number).rows(rows(number)).content();
    if (contents.add(content)) {
      devices += rows(number);
    }
    return content;
  }

  private static void drop(Path home, String name, String content) throws IOException {
    Path inbox = Files.createDirectories(home.resolve("inbox").resolve(FACTORY));
    Path aside = Files.writeString(inbox.resolve(name + ".part"), content);
    Files.move(aside, inbox.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private static BlobClient upload(Azurite azurite, String container, String name, String content) {
    BlobClient blob = azurite.blob(container, FACTORY + "/" + name);
    blob.upload(BinaryData.fromString(content));
    return blob;
  }

  private static String answer(Azurite azurite, String manifest) {
    return azurite
        .blob("outbox", FACTORY + "/" + manifest + "/receipt.json")
        .downloadContent()
        .toString();
  }

  /** Behind the number of its arrival. */
  private static String announcedAnswer(Azurite azurite, String manifest) {
    String folder = FACTORY + "/" + manifest + "/announced-";
    return azurite.container("outbox").listBlobs().stream()
        .map(BlobItem::getName)
        .filter(name -> name.startsWith(folder) && name.endsWith("/receipt.json"))
        .findFirst()
        .map(name -> azurite.blob("outbox", name).downloadContent().toString())
        .orElseThrow();
  }

  private static void assertReceipt(String receipt) {
    Receipt parsed = Receipt.parse(receipt);
    assertThat(parsed.accepted()).isEqualTo(parsed.rows()).isPositive();
  }

  /** The names of the manifests whose provisioning was told. */
  private Set<String> provisioned(KafkaBroker broker) {
    Set<String> names = new HashSet<>();
    broker.messages("provisioning-outcomes").stream()
        .map(message -> json.readTree(message.value()))
        .filter(event -> event.path("type").asString().equals("dev.muster.manifest.provisioned"))
        .map(event -> event.path("data"))
        .map((JsonNode data) -> data.path("arrivalSourceId").asString())
        .forEach(names::add);
    return names;
  }

  private static String sha256(String content) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8)));
  }
}
