package dev.muster.eventhubs;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobClient;
import dev.muster.AllPermitted;
import dev.muster.Await;
import dev.muster.TestManifest;
import dev.muster.arrival.Arrivals;
import dev.muster.arrival.Arrivals.Shown;
import dev.muster.arrival.Arrivals.Unusable;
import dev.muster.blob.Azurite;
import dev.muster.bundle.AgeIdentity;
import dev.muster.eventhubs.EventHubsStandIn.HubSettings;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The service with Azurite and the stand-in of Event Hubs: notices bring blobs to the inbox long
 * before the sweep would, and outcomes go out as events.
 */
@DirtiesContext
@ExtendWith(AllPermitted.class)
@SpringBootTest(
    properties = {
      "muster.serve=true",
      "muster.home=target/notices-home",
      "muster.folder.enabled=false",
      "muster.blob.sweep=1h",
      "muster.blob.quiet=500ms",
      "muster.notices.rebalance=1s",
      "muster.outcomes.poll=100ms"
    })
@Tag("slow")
class NoticeTests {

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static @Nullable Azurite startedAzurite;
  private static @Nullable EventHubsStandIn startedHubs;

  @Autowired private Arrivals arrivals;
  @Autowired private Factories factories;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private JsonMapper json;
  @Autowired private NoticesHealth health;

  private String factory = "";

  @BeforeAll
  static void start() throws Exception {
    startedAzurite = Azurite.start("manifests", "outbox", "muster-checkpoints");
    startedHubs =
        EventHubsStandIn.start(HubSettings.hub("notices", 2), HubSettings.hub("outcomes", 1));
  }

  @DynamicPropertySource
  static void places(DynamicPropertyRegistry properties) {
    properties.add("muster.blob.connection-string", () -> azurite().connectionString());
    properties.add(
        "muster.notices.checkpoints.connection-string", () -> azurite().connectionString());
    properties.add("muster.notices.connection-string", () -> hubs().connectionString("notices"));
    properties.add(
        "muster.outcomes.event-hub.connection-string", () -> hubs().connectionString("outcomes"));
  }

  @AfterAll
  static void stop() throws Exception {
    if (startedHubs != null) {
      startedHubs.close();
    }
    if (startedAzurite != null) {
      startedAzurite.close();
    }
  }

  private static Azurite azurite() {
    return Objects.requireNonNull(startedAzurite);
  }

  private static EventHubsStandIn hubs() {
    return Objects.requireNonNull(startedHubs);
  }

  @BeforeEach
  void addFactory() {
    factory = "noticed-" + SEEDS.incrementAndGet();
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
  }

  @Test
  void aNoticeInEventGridsSchemaBringsItsBlob() throws Exception {
    BlobClient blob = upload("grid.csv");
    hubs().append("notices", "0", eventGrid(blob));

    assertThat(ended("grid.csv").state()).isEqualTo("DONE");

    JsonNode outcome = outcome("grid.csv");
    assertThat(outcome.path("type").asString()).isEqualTo("dev.muster.manifest.provisioned");
    assertThat(outcome.path("data").path("bundle").asString())
        .endsWith("/outbox/" + factory + "/grid.csv/");
  }

  @Test
  void aNoticeInTheSchemaOfCloudEventsDoesToo() throws Exception {
    BlobClient blob = upload("cloud.csv");
    hubs().append("notices", "1", cloudEvent(blob));
    hubs().append("notices", "1", cloudEvent(blob));

    assertThat(ended("cloud.csv").state()).isEqualTo("DONE");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"lot 7.csv", "lot#7.csv", "lot 100%.csv", "[x].csv", "50%25.csv", "a+b.csv"})
  void anAddressThatIsNotEncodedIsUnderstoodByItsSubject(String name) throws Exception {
    BlobClient blob = upload(name);
    String plain = blob.getContainerClient().getBlobContainerUrl() + "/" + factory + "/" + name;
    hubs().append("notices", "0", eventGrid(blob).replace(blob.getBlobUrl(), plain));

    assertThat(ended(name).state()).isEqualTo("DONE");
  }

  @Test
  void aBlobThatGotItsNameByRenamingIsTaken() throws Exception {
    BlobClient blob = upload("renamed.csv");
    hubs()
        .append(
            "notices",
            "1",
            """
            [{"eventType":"Microsoft.Storage.BlobRenamed","subject":"/blobServices/default/containers/manifests/blobs/%s",
              "data":{"api":"RenameFile","sourceUrl":"%s.part","destinationUrl":"%s"}}]
            """
                .formatted(blob.getBlobName(), blob.getBlobUrl(), blob.getBlobUrl()));

    assertThat(ended("renamed.csv").state()).isEqualTo("DONE");
  }

  @Test
  void noticesThatCantBeReceivedAreAPartOfHealth() throws Exception {
    Await.until(PATIENCE, () -> health.health().getStatus(), Status.UP::equals);
    azurite().container("muster-checkpoints").delete();
    Health health =
        Await.until(
            PATIENCE, this.health::health, now -> now.getStatus().getCode().equals("DEGRADED"));
    assertThat(String.valueOf(health.getDetails().get("problem"))).isNotBlank().doesNotContain("<");
    azurite().container("muster-checkpoints").create();
    Await.until(PATIENCE, () -> this.health.health().getStatus(), Status.UP::equals);
  }

  @Test
  void whatIsNoNoticeIsKeptAndPassedOver() throws Exception {
    hubs().append("notices", "0", "rubbish " + factory);
    BlobClient blob = upload("next.csv");
    hubs().append("notices", "0", eventGrid(blob));

    assertThat(ended("next.csv").state()).isEqualTo("DONE");
    assertThat(arrivals.unusable(100))
        .filteredOn(one -> one.source().equals("eventhubs"))
        .extracting(Unusable::problem)
        .contains("It is not JSON.");
  }

  @Test
  void noticesWaitForTheInboxAndComeThroughARestartOfTheHub() throws Exception {
    jdbc.execute("ALTER TABLE arrival RENAME TO arrival_away");
    BlobClient blob = upload("patient.csv");
    try {
      hubs().append("notices", "0", eventGrid(blob));
      Thread.sleep(2_000); // several tries
    } finally {
      jdbc.execute("ALTER TABLE arrival_away RENAME TO arrival");
    }
    assertThat(ended("patient.csv").state()).isEqualTo("DONE");

    hubs().restart();
    BlobClient after = upload("after.csv");
    hubs().append("notices", "0", eventGrid(after));

    assertThat(ended("after.csv").state()).isEqualTo("DONE");
    assertThat(outcome("after.csv").path("data").path("accepted").asLong()).isEqualTo(5);
  }

  /** More than one batch holds, and among them what none does. */
  @Test
  void whatIsTooLargeForTheHubHoldsUpNoOther() throws Exception {
    jdbc.update(
        """
        INSERT INTO outcome (destination, factory, event)
        SELECT 'event-hub', ?, json_build_object('subject', ?::text || n,
                                                 'data', repeat('x', CASE n WHEN 7 THEN 2000000 ELSE 30000 END))
          FROM generate_series(1, 40) n\
        """,
        factory,
        factory);

    List<String> told =
        Await.until(
            PATIENCE,
            () ->
                hubs().events("outcomes").stream()
                    .map(event -> json.readTree(event.text()).path("subject").asString())
                    .filter(subject -> subject.startsWith(factory))
                    .toList(),
            subjects -> subjects.contains(factory + 40));
    assertThat(told)
        .isEqualTo(
            IntStream.rangeClosed(1, 40).filter(n -> n != 7).mapToObj(n -> factory + n).toList());
  }

  private BlobClient upload(String name) {
    BlobClient blob = azurite().blob("manifests", factory + "/" + name);
    blob.upload(
        BinaryData.fromString(TestManifest.seeded(SEEDS.incrementAndGet()).rows(5).content()));
    return blob;
  }

  private static String eventGrid(BlobClient blob) {
    return """
    [{"topic":"/subscriptions/1/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
      "subject":"/blobServices/default/containers/manifests/blobs/%s","eventType":"Microsoft.Storage.BlobCreated",
      "eventTime":"2026-11-24T00:00:00Z","id":"1","dataVersion":"","metadataVersion":"1",
      "data":{"api":"PutBlob","eTag":"%s","contentType":"text/csv","blobType":"BlockBlob","contentLength":%d,"url":"%s"}},
     {"eventType":"Microsoft.Storage.BlobDeleted","data":{"url":"%s"}}]
    """
        .formatted(
            blob.getBlobName(),
            etag(blob),
            blob.getProperties().getBlobSize(),
            blob.getBlobUrl(),
            blob.getBlobUrl());
  }

  private static String cloudEvent(BlobClient blob) {
    return """
    {"specversion":"1.0","id":"1","source":"/subscriptions/1","type":"Microsoft.Storage.BlobCreated",
     "time":"2026-11-24T00:00:00Z","data":{"api":"PutBlob","eTag":"%s","url":"%s"}}
    """
        .formatted(etag(blob), blob.getBlobUrl());
  }

  private static String etag(BlobClient blob) {
    return blob.getProperties().getETag().replace("\"", "");
  }

  private Shown ended(String name) throws Exception {
    List<Shown> found =
        Await.until(
            PATIENCE,
            () ->
                arrivals.page(Arrivals.Filter.ALL, null, 1000).stream()
                    .filter(seen -> seen.factory().equals(factory) && seen.manifest().equals(name))
                    .toList(),
            seen ->
                !seen.isEmpty()
                    && seen.stream()
                        .allMatch(
                            one -> List.of("DONE", "REFUSED", "FAILED").contains(one.state())));
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private JsonNode outcome(String name) throws Exception {
    return Await.until(
            PATIENCE,
            () ->
                hubs().events("outcomes").stream()
                    .map(event -> json.readTree(event.text()))
                    .filter(event -> event.path("subject").asString().equals(factory + "/" + name))
                    .toList(),
            found -> !found.isEmpty())
        .get(0);
  }
}
