package dev.muster.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.AllPermitted;
import dev.muster.Await;
import dev.muster.TestManifest;
import dev.muster.arrival.Arrivals;
import dev.muster.arrival.Arrivals.Shown;
import dev.muster.arrival.PlaceContract;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.AgeRecipient;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.factory.FactoryAdministration;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.kafka.event.ConsumerRetryAuthEvent;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The service with a real broker: manifests come as messages, and what came of them goes out as
 * events.
 */
@DirtiesContext
@ExtendWith(AllPermitted.class)
@SpringBootTest(
    properties = {
      "muster.serve=true",
      "muster.home=target/kafka-home",
      "muster.folder.enabled=false",
      "muster.arrivals.first-delay=100ms",
      "muster.arrivals.max-attempts=2",
      "muster.kafka.seen-topic=devices-seen",
      "muster.outcomes.poll=100ms",
      "muster.outcomes.send-timeout=2s"
    })
class KafkaTests implements PlaceContract {

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private static Path folder;
  private static @Nullable KafkaBroker started;

  @Autowired private Arrivals arrivals;
  @Autowired private Factories factories;
  @Autowired private FactoryAdministration administration;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private JsonMapper json;
  @Autowired private ConcurrentMessageListenerContainer<String, byte[]> container;

  @Autowired private ConfigurableApplicationContext context;

  private String factory = "";

  @BeforeAll
  static void startBroker() throws Exception {
    broker();
  }

  @DynamicPropertySource
  static void broker(DynamicPropertyRegistry properties) {
    properties.add("muster.kafka.bootstrap-servers", () -> broker().bootstrapServers());
  }

  @AfterAll
  static void stopBroker() throws Exception {
    broker().close();
  }

  private static synchronized KafkaBroker broker() {
    if (started == null) {
      try {
        started =
            KafkaBroker.start(
                folder, "manifests:2", "manifests.DLT", "provisioning-outcomes", "devices-seen");
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    return started;
  }

  @BeforeEach
  void addFactory() {
    factory = "kafka-" + SEEDS.incrementAndGet();
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"plain", "mark", "line", "blank", "gzip", "header in capitals", "binary", "batch"})
  void anAnnouncementIsUnderstoodInEveryModeAndWhateverStandsBeforeIt(String form)
      throws Exception {
    String data =
        "{\"url\":\"https://elsewhere.example/m/%s/a.csv\",\"sha256\":\"%s\"}"
            .formatted(factory, "ab".repeat(32));
    String event =
        "{\"specversion\":\"1.0\",\"type\":\"m\",\"source\":\"/x\",\"id\":\"1\",\"data\":%s}"
            .formatted(data);
    byte[] value =
        switch (form) {
          case "mark" -> ("\ufeff" + event).getBytes(UTF_8);
          case "line" -> ("\n" + event).getBytes(UTF_8);
          case "blank" -> (" \t" + event).getBytes(UTF_8);
          case "gzip" -> gzip(event);
          case "binary" -> data.getBytes(UTF_8);
          case "batch" -> ("[" + event + "," + event + "]").getBytes(UTF_8);
          default -> event.getBytes(UTF_8);
        };
    Map<String, String> headers =
        switch (form) {
          case "header in capitals" -> Map.of("Content-Type", "Application/CloudEvents+JSON");
          case "binary" -> Map.of("CE_SpecVersion", "1.0", "content-type", "application/json");
          case "batch" -> Map.of("content-type", "application/cloudevents-batch+json");
          default -> Map.of();
        };
    broker().send("manifests", factory, value, headers);

    List<String> locations =
        Await.until(
            PATIENCE,
            () ->
                jdbc.queryForList(
                    "SELECT location FROM arrival WHERE factory = ?", String.class, factory),
            found -> found.size() == (form.equals("batch") ? 2 : 1));
    assertThat(locations).containsOnly("https://elsewhere.example/m/" + factory + "/a.csv");
  }

  @Test
  void whoMayNotReadAnyMoreGoesOnWhenItMay() throws Exception {
    CountDownLatch refused = new CountDownLatch(container.getContainers().size());
    ApplicationListener<ConsumerRetryAuthEvent> listener =
        new ApplicationListener<>() {
          @Override
          public void onApplicationEvent(ConsumerRetryAuthEvent event) {
            refused.countDown();
          }
        };
    context.addApplicationListener(listener);
    try {
      broker().refuseReading("manifests");
      assertThat(refused.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      broker().send("manifests", factory, content(2), Map.of("manifest-name", "refused.csv"));
    } finally {
      broker().allowAll();
      context.removeApplicationListener(listener);
    }

    // It looks again every half a minute, and may be told a last time what held before.
    Await.until(
        PATIENCE.multipliedBy(3),
        () ->
            jdbc.queryForList(
                "SELECT file_name FROM arrival WHERE factory = ?", String.class, factory),
        List.of("refused.csv")::equals);
    assertThat(ended("refused.csv").state()).isEqualTo("DONE");
  }

  @Test
  void anAnnouncementOfAnotherVersionGoesToTheDeadLettersWithTheTrueReason() throws Exception {
    broker()
        .send(
            "manifests",
            factory,
            "{\"url\":\"https://elsewhere.example/m/a.csv\"}".getBytes(UTF_8),
            Map.of("ce_specversion", "0.3"));
    Await.until(
        PATIENCE,
        () -> jdbc.queryForList("SELECT problem FROM unusable_message", String.class),
        problems ->
            problems.stream().anyMatch(one -> one.contains("Its header ce_specversion is '0.3'")));
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(text.getBytes(UTF_8));
    }
    return packed.toByteArray();
  }

  @Test
  void aFactoryIsToldOfItsBundleAndConfirmsItByAMessage() throws Exception {
    broker().send("manifests", factory, content(4), Map.of("manifest-name", "told.csv"));
    assertThat(ended("told.csv").state()).isEqualTo("DONE");
    JsonNode told =
        event(
            one ->
                one.path("type").asString("").equals("dev.muster.bundle.delivered")
                    && one.at("/data/factory").asString("").equals(factory));
    assertThat(told.at("/data/purpose").asString()).isEqualTo("PROVISION");
    assertThat(told.at("/data/devices").asLong()).isEqualTo(4);
    int bundle = told.at("/data/id").asInt();

    for (String id : List.of("2000000000", "\"first\"", Integer.toString(bundle))) {
      broker()
          .send(
              "manifests",
              factory,
              """
              {"specversion": "1.0", "type": "dev.muster.bundle.confirmed", "source": "/line/7", "id": "1",
               "data": {"id": %s}}
              """
                  .formatted(id)
                  .getBytes(UTF_8),
              Map.of());
    }

    Await.until(
        PATIENCE,
        () ->
            jdbc.queryForList(
                "SELECT confirmed_by FROM delivery WHERE bundle_id = ? AND confirmed_at IS NOT"
                    + " NULL",
                String.class,
                bundle),
        List.of("factory " + factory)::equals);
    Await.until(
        PATIENCE,
        () -> jdbc.queryForList("SELECT problem FROM unusable_message", String.class),
        problems ->
            problems.contains("Factory '%s' has no bundle 2000000000.".formatted(factory))
                && problems.stream().anyMatch(one -> one.contains("is \"first\"; it must be")));
    assertThat(find("told.csv")).isNotNull();
    assertThat(
            jdbc.queryForObject(
                "SELECT count(*) FROM arrival WHERE factory = ?", Long.class, factory))
        .isEqualTo(1);
  }

  @Test
  void aManifestInAMessageIsProvisionedAndItsOutcomeTold() throws Exception {
    broker().send("manifests", factory, content(25), Map.of("manifest-name", "line-3.csv"));

    assertThat(ended("line-3.csv").state()).isEqualTo("DONE");

    JsonNode event = outcome("line-3.csv");
    assertThat(event.path("specversion").asString()).isEqualTo("1.0");
    assertThat(event.path("type").asString()).isEqualTo("dev.muster.manifest.provisioned");
    assertThat(event.path("subject").asString()).isEqualTo(factory + "/line-3.csv");
    assertThat(event.path("data").path("accepted").asLong()).isEqualTo(25);
    assertThat(event.path("data").path("bundle").asString()).startsWith("file:");
    assertThat(event.toString()).doesNotContain("SharedAccessSignature");
    Await.until(PATIENCE, () -> broker().committed("muster") - sent(), left -> left == 0);
  }

  @Test
  void aManifestThatIsRefusedIsToldAsRefused() throws Exception {
    broker()
        .send(
            "manifests",
            null,
            "no ids\n1\n".getBytes(StandardCharsets.UTF_8),
            Map.of("factory", factory, "manifest-name", "bad.csv"));

    assertThat(ended("bad.csv").state()).isEqualTo("REFUSED");
    JsonNode event = outcome("bad.csv");
    assertThat(event.path("type").asString()).isEqualTo("dev.muster.manifest.refused");
    assertThat(event.path("data").path("problem").asString()).contains("device_id");
  }

  @Test
  void anAnnouncementIsWrittenDownWithWhatItPromises() throws Exception {
    String sha256 = "AB".repeat(32);
    broker()
        .send(
            "manifests",
            factory,
            """
            {"specversion":"1.0","type":"com.contoso.manifest","source":"/line/7","id":"1",
             "data":{"url":"https://nowhere.example/manifests/%s/far.csv.gz","sha256":"%s","rows":12}}
            """
                .formatted(factory, sha256)
                .getBytes(StandardCharsets.UTF_8),
            Map.of("content-type", "application/cloudevents+json"));

    Shown shown = ended("far.csv.gz");

    assertThat(shown.state()).isEqualTo("FAILED");
    assertThat(shown.problem())
        .contains("Nothing is configured that reaches https://nowhere.example");
    assertThat(
            jdbc.queryForMap(
                "SELECT announced_sha256, announced_rows, location FROM arrival WHERE arrival_id ="
                    + " ?",
                shown.arrival()))
        .containsEntry("announced_sha256", "ab".repeat(32))
        .containsEntry("announced_rows", 12L)
        .containsEntry("location", "https://nowhere.example/manifests/" + factory + "/far.csv.gz");
    assertThat(outcome("far.csv.gz").path("type").asString())
        .isEqualTo("dev.muster.manifest.failed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          no value              | x |      |                                                    | is empty
          nobody's              |   |      | device_id                                          | whose it is
          two factories         | x | y    | device_id                                          | Make them the same
          broken JSON           | x |      | {"specversion                                      | not JSON
          no CloudEvent         | x |      | {"data":{}}                                        | specversion
          no address            | x |      | {"specversion":"1.0","data":{}}                    | data.url
          a key in its address  | x |      | {"specversion":"1.0","data":{"url":"https://a.b/c?sig=1"}} | has a query
          no hash               | x |      | {"specversion":"1.0","data":{"url":"https://a.b/c"}} | data.sha256
          """)
  void aMessageThatCanNeverWorkIsADeadLetterThatSaysWhy(
      String name,
      @Nullable String key,
      @Nullable String header,
      @Nullable String value,
      String why)
      throws Exception {
    String mark = "mark-" + SEEDS.incrementAndGet();
    Map<String, String> headers =
        header == null ? Map.of("mark", mark) : Map.of("mark", mark, "factory", header);
    byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
    broker().send("manifests", key, bytes, headers);
    broker().send("manifests", factory, content(2), Map.of("manifest-name", "next.csv"));

    List<ConsumerRecord<String, byte[]>> dead =
        Await.until(
            PATIENCE,
            () ->
                broker().messages("manifests.DLT").stream()
                    .filter(message -> mark.equals(KafkaBroker.header(message, "mark")))
                    .toList(),
            found -> !found.isEmpty());

    assertThat(dead).hasSize(1);
    assertThat(dead.get(0).key()).isEqualTo(key);
    assertThat(dead.get(0).value()).isEqualTo(bytes);
    assertThat(KafkaBroker.header(dead.get(0), "muster-problem")).contains(why);
    assertThat(ended("next.csv").state()).isEqualTo("DONE");
    ConsumerRecord<String, byte[]> sent =
        broker().messages("manifests").stream()
            .filter(message -> mark.equals(KafkaBroker.header(message, "mark")))
            .findFirst()
            .orElseThrow();
    // With its time: a topic that is made again counts from 0 again
    assertThat(
            jdbc.queryForObject(
                "SELECT problem FROM unusable_message WHERE source = 'kafka' AND source_id = ?",
                String.class,
                "manifests-%d@%d-%d".formatted(sent.partition(), sent.offset(), sent.timestamp())))
        .contains(why);
  }

  @Test
  void aMessageThatIsDeliveredAgainIsOneArrival() throws Exception {
    broker().send("manifests", factory, content(3), Map.of("manifest-name", "twice.csv"));
    ended("twice.csv");
    container.stop();
    rewind();
    container.start();
    broker().send("manifests", factory, content(3), Map.of("manifest-name", "after.csv"));
    broker().send("manifests", factory + "0", content(3), Map.of("manifest-name", "after.csv"));

    ended("after.csv");

    Await.until(PATIENCE, () -> broker().committed("muster") - sent(), left -> left == 0);
    assertThat(
            arrivals.page(Arrivals.Filter.ALL, null, 1000).stream()
                .filter(shown -> shown.factory().equals(factory))
                .map(Shown::manifest))
        .containsExactlyInAnyOrder("twice.csv", "after.csv");
  }

  @Test
  void aDatabaseThatIsAwayIsWaitedFor() throws Exception {
    int deadBefore = broker().messages("manifests.DLT").size();
    // As good as away: nobody can write to the inbox.
    jdbc.execute("ALTER TABLE arrival RENAME TO arrival_away");
    try {
      broker().send("manifests", factory, content(4), Map.of("manifest-name", "patient.csv"));
      Thread.sleep(5_000); // long enough for more tries than the unexpected gets
      assertThat(broker().messages("manifests.DLT")).hasSize(deadBefore);
      assertThat(broker().committed("muster")).isLessThan(sent());
    } finally {
      jdbc.execute("ALTER TABLE arrival_away RENAME TO arrival");
    }

    assertThat(ended("patient.csv").state()).isEqualTo("DONE");
    assertThat(broker().messages("manifests.DLT")).hasSize(deadBefore);
  }

  @Test
  void whatCouldNotBeToldWhileTheBrokerWasAwayIsToldAfterwards() throws Exception {
    broker().send("manifests", factory, content(5), Map.of("manifest-name", "before.csv"));
    Await.until(PATIENCE, () -> find("before.csv"), shown -> shown != null);
    broker().stop();
    ended("before.csv");
    Thread.sleep(5_000); // longer than a send may take
    broker().startAgain();

    assertThat(outcome("before.csv").path("data").path("accepted").asLong()).isEqualTo(5);
    Await.until(
        PATIENCE,
        () -> jdbc.queryForObject("SELECT count(*) FROM outcome", Long.class),
        waiting -> waiting != null && waiting == 0);
    broker().send("manifests", factory, content(6), Map.of("manifest-name", "then.csv"));
    assertThat(ended("then.csv").state()).isEqualTo("DONE");
  }

  @Test
  void whatIsTooLargeForTheBrokerHoldsUpNoOther() throws Exception {
    jdbc.update(
        """
        INSERT INTO outcome (destination, factory, event)
        SELECT 'kafka', ?, json_build_object('subject', n, 'data', repeat('x', CASE n WHEN 2 THEN 2000000 ELSE 10 END))
          FROM generate_series(1, 3) n\
        """,
        factory);

    assertThat(
            Await.until(
                PATIENCE,
                () ->
                    broker().messages("provisioning-outcomes").stream()
                        .filter(message -> factory.equals(message.key()))
                        .map(message -> json.readTree(message.value()).path("subject").asInt())
                        .toList(),
                told -> told.contains(3)))
        .containsExactly(1, 3);
  }

  @Test
  void whenDevicesWereSeenIsTakenFromMessagesAndWhatIsNoneGoesToTheDeadLetters() throws Exception {
    broker().send("manifests", factory, content(2), Map.of("manifest-name", "seen.csv"));
    ended("seen.csv");
    List<String> devices =
        jdbc.queryForList(
            "SELECT device_id::text FROM device JOIN manifest USING (manifest_id) WHERE factory ="
                + " ?",
            String.class,
            factory);
    String csv = "device_id,seen_at\n%s,2026-01-02T10:00:00Z\n".formatted(devices.get(0));
    String event =
        "{\"devices\": [{\"id\": \"%s\", \"seenAt\": \"2026-01-03T10:00:00Z\"}, {\"id\": 7}]}"
            .formatted(devices.get(1));

    for (String value : List.of(csv, "{\"device\": 1}", "nonsense " + factory, event)) {
      broker().send("devices-seen", null, value.getBytes(UTF_8), Map.of());
    }

    Await.until(
        PATIENCE,
        () ->
            jdbc.queryForList(
                """
                SELECT to_char(last_at AT TIME ZONE 'UTC', 'MM-DD') || last_by FROM device_seen
                 WHERE device_id = ANY (?::uuid[]) ORDER BY 1\
                """,
                String.class,
                (Object) devices.toArray(String[]::new)),
        seen -> seen.equals(List.of("01-02KAFKA", "01-03KAFKA")));
    List<String> problems =
        broker().messages("manifests.DLT").stream()
            .filter(
                message ->
                    List.of("{\"device\": 1}", "nonsense " + factory)
                        .contains(new String(message.value(), UTF_8)))
            .map(message -> String.valueOf(KafkaBroker.header(message, "muster-problem")))
            .toList();
    assertThat(problems)
        .satisfiesExactly(
            first -> assertThat(first).contains("It has no list devices"),
            second -> assertThat(second).contains("device_id,seen_at"));
  }

  /** Of all topics that are read. */
  private static int sent() throws Exception {
    return broker().messages("manifests").size() + broker().messages("devices-seen").size();
  }

  private static void rewind() throws Exception {
    try (org.apache.kafka.clients.admin.Admin admin =
        org.apache.kafka.clients.admin.Admin.create(
            Map.of("bootstrap.servers", broker().bootstrapServers()))) {
      Await.until(
          PATIENCE,
          () -> {
            try {
              admin.deleteConsumerGroups(List.of("muster")).all().get();
              return true;
            } catch (java.util.concurrent.ExecutionException e) {
              return false; // its members have not left yet
            }
          },
          done -> done);
    }
  }

  private static byte[] content(int rows) {
    return TestManifest.seeded(SEEDS.incrementAndGet())
        .rows(rows)
        .content()
        .getBytes(StandardCharsets.UTF_8);
  }

  private Shown ended(String name) throws Exception {
    Shown shown =
        Await.until(
            PATIENCE,
            () -> find(name),
            seen -> seen != null && List.of("DONE", "REFUSED", "FAILED").contains(seen.state()));
    return java.util.Objects.requireNonNull(shown);
  }

  @Test
  void aFactoryIsToldThatItsKeysWereChanged() throws Exception {
    AgeRecipient other = AgeIdentity.generate().recipient();
    administration.change(new Factory(factory, List.of(other), null));

    JsonNode event = event(one -> true);
    assertThat(event.path("type").asString()).isEqualTo("dev.muster.factory.keys-changed");
    String before = event.at("/data/before/recipients/0").asString();
    String after = event.at("/data/after/recipients/0").asString();
    assertThat(List.of(before, after)).doesNotHaveDuplicates().allMatch(f -> f.length() == 50);
    assertThat(event.toString()).doesNotContain("age1");
  }

  private @Nullable Shown find(String name) {
    return arrivals.page(Arrivals.Filter.ALL, null, 1000).stream()
        .filter(seen -> seen.factory().equals(factory) && seen.manifest().equals(name))
        .findFirst()
        .orElse(null);
  }

  private JsonNode outcome(String name) throws Exception {
    return event(event -> event.path("data").path("manifest").asString("").equals(name));
  }

  private JsonNode event(Predicate<JsonNode> which) throws Exception {
    List<JsonNode> events =
        Await.until(
            PATIENCE,
            () ->
                broker().messages("provisioning-outcomes").stream()
                    .filter(message -> factory.equals(message.key()))
                    .map(message -> json.readTree(message.value()))
                    .filter(which)
                    .toList(),
            found -> !found.isEmpty());
    assertThat(events).hasSize(1);
    return events.get(0);
  }

  @Override
  public void send(String name, String content) throws Exception {
    broker().send("manifests", factory, content.getBytes(UTF_8), Map.of("manifest-name", name));
  }

  @Override
  public Found found(String name) throws Exception {
    JsonNode event = outcome(name);
    JsonNode accepted = event.at("/data/accepted");
    return new Found(accepted.isNumber() ? accepted.asLong() : null, event.toString());
  }
}
