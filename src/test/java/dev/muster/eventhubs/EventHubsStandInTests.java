package dev.muster.eventhubs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.azure.core.amqp.exception.AmqpErrorCondition;
import com.azure.core.amqp.exception.AmqpException;
import com.azure.messaging.eventhubs.EventData;
import com.azure.messaging.eventhubs.EventDataBatch;
import com.azure.messaging.eventhubs.EventHubClientBuilder;
import com.azure.messaging.eventhubs.EventHubConsumerAsyncClient;
import com.azure.messaging.eventhubs.EventHubProducerClient;
import com.azure.messaging.eventhubs.PartitionProperties;
import com.azure.messaging.eventhubs.models.CreateBatchOptions;
import com.azure.messaging.eventhubs.models.EventPosition;
import com.azure.messaging.eventhubs.models.PartitionEvent;
import com.azure.messaging.eventhubs.models.ReceiveOptions;
import com.azure.messaging.eventhubs.models.SendOptions;
import dev.muster.eventhubs.EventHubsStandIn.HubSettings;
import dev.muster.eventhubs.TestProcessor.Received;
import java.net.ConnectException;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;

/**
 * With Azure's own clients: what holds here holds at the service, and most of it is tried there too
 * when there is one (see {@link EventHubUnderTest}).
 */
@Timeout(120)
@Tag("slow")
class EventHubsStandInTests {

  private static final Duration SOON = Duration.ofSeconds(40);
  private static final String RECEIVED_FROM = "notices/ConsumerGroups/$Default/Partitions/0";
  private static final String WRONG_KEY = "bm90IHRoZSBrZXkgb2YgdGhpcyBodWIsIG5vdCBhdCBhbGw=";
  private static EventHubUnderTest hub;

  private final String mark = UUID.randomUUID() + " ";

  @BeforeAll
  static void open() {
    hub = EventHubUnderTest.open(HubSettings.hub("notices", 4), HubSettings.hub("notices-2", 1));
  }

  @AfterAll
  static void close() {
    hub.close();
  }

  @Test
  void whatIsSentToAPartitionArrivesFromItInOrder() {
    try (EventHubProducerClient producer = producer(hub.connectionString());
        TestProcessor processor = processor(new InMemoryCheckpointStore())) {
      List<String> partitions = producer.getPartitionIds().stream().toList();
      for (String partition : partitions) {
        SendOptions there = new SendOptions().setPartitionId(partition);
        producer.send(List.of(event(partition + " 0")), there);
        producer.send(
            IntStream.range(1, 20).mapToObj(i -> event(partition + " " + i)).toList(), there);
        producer.send(List.of(event(partition + " 20")), there);
      }

      await().atMost(SOON).until(() -> processor.texts(mark).size() >= 21 * partitions.size());

      for (String partition : partitions) {
        assertThat(own(processor.received()))
            .filteredOn(event -> event.partition().equals(partition))
            .extracting(Received::text)
            .containsExactlyElementsOf(
                IntStream.rangeClosed(0, 20).mapToObj(i -> mark + partition + " " + i).toList());
      }
      assertThat(processor.errors()).isEmpty();
    }
  }

  @Test
  void whatIsSentToNoPartitionArrivesOnceFromOneOrTheOther() {
    List<String> sent = IntStream.range(0, 30).mapToObj(i -> mark + i).toList();
    try (EventHubProducerClient producer = producer(hub.connectionString());
        TestProcessor processor = processor(new InMemoryCheckpointStore())) {
      sent.forEach(text -> producer.send(List.of(new EventData(text))));

      await().atMost(SOON).until(() -> processor.texts(mark).size() >= sent.size());

      assertThat(processor.texts(mark)).containsExactlyInAnyOrderElementsOf(sent);
      assertThat(own(processor.received()).stream().map(Received::partition).distinct())
          .hasSizeGreaterThan(1);
    }
  }

  @Test
  void aBatchOfManyFramesKeepsItsKeyAndItsPropertiesAndStaysTogether() {
    String padding = "x".repeat(5_000);
    try (EventHubProducerClient producer = producer(hub.connectionString());
        Watch watch = new Watch(hub, EventPosition.fromEnqueuedTime(Instant.now()))) {
      EventDataBatch batch = producer.createBatch(new CreateBatchOptions().setPartitionKey(mark));
      for (int i = 0; i < 100; i++) {
        EventData event = event(i + padding).setContentType("text/plain");
        event.getProperties().put("number", i);
        assertThat(batch.tryAdd(event)).isTrue();
      }
      producer.send(batch);

      List<PartitionEvent> received = watch.awaitOwn(mark, 100);

      assertThat(received)
          .extracting(event -> event.getData().getProperties().get("number"))
          .containsExactlyElementsOf(IntStream.range(0, 100).boxed().toList());
      assertThat(received)
          .allSatisfy(
              event -> {
                assertThat(event.getData().getPartitionKey()).isEqualTo(mark);
                assertThat(event.getData().getContentType()).isEqualTo("text/plain");
                assertThat(event.getData().getBodyAsString()).endsWith(padding);
              });
      assertThat(
              received.stream()
                  .map(event -> event.getPartitionContext().getPartitionId())
                  .distinct())
          .hasSize(1);
    }
  }

  @Test
  void theHubTellsOfItsPartitionsAndTheirLastEvents() {
    try (EventHubProducerClient producer = producer(hub.connectionString())) {
      producer.send(List.of(event("last")), new SendOptions().setPartitionId("1"));

      PartitionProperties partition = producer.getPartitionProperties("1");

      assertThat(producer.getEventHubProperties().getName()).isEqualTo(hub.name());
      assertThat(partition.getEventHubName()).isEqualTo(hub.name());
      assertThat(partition.isEmpty()).isFalse();
      assertThat(partition.getLastEnqueuedTime())
          .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
      assertThat(partition.getLastEnqueuedSequenceNumber()).isNotNegative();
    }
  }

  @Test
  void aWrongKeyIsRefused() {
    assertThat(sendWith(hub.connectionStringWithKey(WRONG_KEY)))
        .satisfies(EventHubsStandInTests::isUnauthorized);
  }

  @Test
  void aWrongKeyIsRefusedToAProcessorToo() {
    String wrong = hub.connectionStringWithKey(WRONG_KEY);
    try (TestProcessor processor =
        new TestProcessor(wrong, new InMemoryCheckpointStore(), Map.of(), text -> false)) {
      await().atMost(SOON).until(() -> !processor.errors().isEmpty());

      assertThat(processor.errors().get(0)).satisfies(EventHubsStandInTests::isUnauthorized);
      assertThat(processor.partitions()).isEmpty();
    }
  }

  @Test
  void eitherKeyOfThePolicyOpens() {
    EventHubsStandIn standIn = hub.standIn();

    assertThat(sendWith(hub.connectionStringWithKey(standIn.primaryKey()))).isNull();
    assertThat(sendWith(hub.connectionStringWithKey(standIn.secondaryKey()))).isNull();
  }

  @Test
  void aTokenOpensWhatItIsForUntilItExpires() {
    assertThat(sendWithToken(hub.name(), Duration.ofMinutes(5))).isNull();
    assertThat(sendWithToken("", Duration.ofMinutes(5))).as("of the namespace").isNull();
    assertThat(sendWithToken(hub.name(), Duration.ofMinutes(-5)))
        .satisfies(EventHubsStandInTests::isUnauthorized)
        .hasMessageContaining("xpired");
  }

  @Test
  void aTokenForAnotherHubIsRefused() {
    Duration valid = Duration.ofMinutes(5);

    assertThat(sendWithToken("another", valid)).satisfies(EventHubsStandInTests::isUnauthorized);
    // Names that begin the same.
    assertThat(sendWithToken(hub.name() + "-2", valid))
        .satisfies(EventHubsStandInTests::isUnauthorized);
    assertThat(sendWithToken(hub.name().substring(0, 3), valid))
        .satisfies(EventHubsStandInTests::isUnauthorized);
    assertThat(sendWithToken(hub.name() + "/Partitions/0", valid))
        .as("of one partition, for the whole hub")
        .satisfies(EventHubsStandInTests::isUnauthorized);
  }

  @Test
  void aTokenWhoseExpiryWasRaisedIsRefused() {
    Instant expiry = Instant.now().minusSeconds(300);
    String raised =
        hub.token(hub.name(), expiry)
            .replace(
                "se=" + expiry.getEpochSecond(), "se=" + expiry.plusSeconds(600).getEpochSecond());

    assertThat(sendWith(hub.connectionStringWithToken(raised)))
        .satisfies(EventHubsStandInTests::isUnauthorized);
  }

  @Test
  void aLinkWithoutATokenIsRefused() {
    EventHubsStandIn standIn = hub.standIn();

    assertThat(RawLink.sender(standIn, "notices")).satisfies(EventHubsStandInTests::isUnauthorized);
    assertThat(RawLink.receiver(standIn, RECEIVED_FROM))
        .satisfies(EventHubsStandInTests::isUnauthorized);
  }

  @Test
  void aLinkIsNotServedAnyMoreWhenItsTokenHasExpired() {
    EventHubsStandIn standIn = hub.standIn();
    Instant expiry = Instant.now().plusSeconds(2).truncatedTo(ChronoUnit.SECONDS);
    String token = hub.token(hub.name(), expiry);
    CompletableFuture<ErrorCondition> end =
        CompletableFuture.supplyAsync(() -> RawLink.receiver(standIn, RECEIVED_FROM, token));

    await()
        .atMost(SOON)
        .until(
            () -> {
              standIn.append("notices", "0", mark + "one more");
              return end.isDone();
            });

    assertThat(Instant.now()).isAfterOrEqualTo(expiry);
    assertThat(end.join()).satisfies(EventHubsStandInTests::isUnauthorized);
  }

  @Test
  void whatIsNotThereIsNotFound() {
    hub.standIn();

    assertThat(sendWith(hub.at("no-such-hub").connectionString()))
        .satisfies(thrown -> isRefused(thrown, AmqpErrorCondition.NOT_FOUND));
    assertThat(catchThrowable(() -> sendTo("9", "nowhere")))
        .satisfies(thrown -> isRefused(thrown, AmqpErrorCondition.ARGUMENT_OUT_OF_RANGE_ERROR));
  }

  @Test
  void aPublishersTokenOpensItsOwnAddressOnly() {
    String device = hub.name() + "/publishers/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    String token = hub.token(device, Instant.now().plusSeconds(300));
    EventHubUnderTest publisher = hub.at(device);
    EventHubUnderTest other =
        hub.at(hub.name() + "/publishers/11111111-4b5a-6978-8796-a5b4c3d2e1f0");

    assertThat(sendWith(publisher.connectionStringWithToken(token))).isNull();
    assertThat(sendWith(other.connectionStringWithToken(token)))
        .satisfies(EventHubsStandInTests::isUnauthorized);
    assertThat(sendWith(hub.connectionStringWithToken(token)))
        .satisfies(EventHubsStandInTests::isUnauthorized);
    assertThat(hub.standIn().events(hub.name()))
        .filteredOn(event -> event.text().startsWith(mark))
        .singleElement()
        .extracting(StoredEvent::publisher)
        .isEqualTo("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
  }

  @Test
  void aProcessorGoesOnAtItsCheckpointAfterARestart() {
    Map<String, EventPosition> now = positions();
    InMemoryCheckpointStore store = new InMemoryCheckpointStore();
    for (int i = 1; i <= 5; i++) {
      sendTo("2", "event " + i);
    }
    try (TestProcessor first =
        new TestProcessor(hub.connectionString(), store, now, (mark + "event 3")::equals)) {
      await().atMost(SOON).until(() -> first.texts(mark).size() >= 5);
    }

    hub.restartIfPossible();
    sendTo("2", "event 6");

    try (TestProcessor second =
        new TestProcessor(hub.connectionString(), store, now, text -> false)) {
      await().atMost(SOON).until(() -> second.texts(mark).contains(mark + "event 6"));
      assertThat(second.texts(mark))
          .containsExactly(mark + "event 4", mark + "event 5", mark + "event 6");
    }
  }

  @Test
  void aProcessorComesBackByItselfWhenTheHubWasAway() {
    EventHubsStandIn standIn = hub.standIn();
    try (TestProcessor processor = processor(new InMemoryCheckpointStore())) {
      sendTo("3", "before");
      await().atMost(SOON).until(() -> processor.texts(mark).size() == 1);

      standIn.stop();
      assertThat(catchThrowable(() -> new Socket(standIn.host(), standIn.port()).close()))
          .isInstanceOf(ConnectException.class);
      standIn.append("notices", "3", mark + "while away");
      standIn.resume();
      standIn.append("notices", "3", mark + "after");

      await().atMost(SOON).until(() -> processor.texts(mark).contains(mark + "after"));
      assertThat(new HashSet<>(processor.texts(mark)))
          .containsExactlyInAnyOrder(mark + "before", mark + "while away", mark + "after");
    }
  }

  @Test
  void twoProcessorsShareThePartitionsAndEachEventArrives() {
    InMemoryCheckpointStore store = new InMemoryCheckpointStore();
    Map<String, EventPosition> now = positions();
    Set<String> all = now.keySet();
    List<String> sent = new ArrayList<>();
    try (TestProcessor one = new TestProcessor(hub.connectionString(), store, now, text -> true)) {
      await().atMost(SOON).until(() -> one.partitions().equals(all));
      try (TestProcessor two =
          new TestProcessor(hub.connectionString(), store, now, text -> true)) {
        await()
            .atMost(SOON)
            .until(
                () ->
                    one.partitions().size() == all.size() / 2
                        && two.partitions().size() == all.size() - all.size() / 2
                        && union(one.partitions(), two.partitions()).equals(all));
        for (String partition : all) {
          for (int i = 0; i < 25; i++) {
            sendTo(partition, partition + " " + i);
            sent.add(mark + partition + " " + i);
          }
        }

        await()
            .atMost(SOON)
            .until(() -> one.texts(mark).size() + two.texts(mark).size() >= sent.size());

        assertThat(Stream.concat(one.texts(mark).stream(), two.texts(mark).stream()))
            .containsExactlyInAnyOrderElementsOf(sent);
        assertThat(one.texts(mark)).isNotEmpty();
        assertThat(two.texts(mark)).isNotEmpty();
      }
      // The other has gone: what was its own comes back.
      await().atMost(SOON).until(() -> one.partitions().equals(all));
    }
  }

  @Test
  void aReceiverWithAHigherOwnerLevelTakesTheLinkAndOneWithALowerDoesNotGetIt() {
    EventPosition now = endOf("0");
    try (Watch first = new Watch(hub, "0", now, new ReceiveOptions().setOwnerLevel(1L))) {
      sendTo("0", "to the first");
      first.awaitOwn(mark, 1);

      try (Watch second = new Watch(hub, "0", now, new ReceiveOptions().setOwnerLevel(2L))) {
        second.awaitOwn(mark, 1);
        assertThat(first.awaitError())
            .satisfies(thrown -> isRefused(thrown, AmqpErrorCondition.LINK_STOLEN));

        try (Watch lower = new Watch(hub, "0", now, new ReceiveOptions().setOwnerLevel(1L));
            Watch none = new Watch(hub, "0", now, new ReceiveOptions())) {
          assertThat(lower.awaitError())
              .satisfies(thrown -> isRefused(thrown, AmqpErrorCondition.LINK_STOLEN));
          assertThat(none.awaitError())
              .satisfies(thrown -> isRefused(thrown, AmqpErrorCondition.LINK_STOLEN));
        }
        sendTo("0", "to the second");
        second.awaitOwn(mark, 2);
      }
    }
  }

  @Test
  void aReceiverBeginsWhereItSays() {
    EventPosition before = endOf("1");
    sendTo("1", "a");
    awaitLaterThan(lastOf("1").getLastEnqueuedTime());
    sendTo("1", "b");
    awaitLaterThan(lastOf("1").getLastEnqueuedTime());
    sendTo("1", "c");
    List<PartitionEvent> all;
    try (Watch watch = new Watch(hub, "1", before, new ReceiveOptions())) {
      all = watch.awaitOwn(mark, 3);
    }
    EventData second = all.get(1).getData();

    assertThat(textsFrom(EventPosition.fromOffsetString(second.getOffsetString()), 1))
        .containsExactly(mark + "c");
    assertThat(textsFrom(EventPosition.fromSequenceNumber(second.getSequenceNumber()), 1))
        .containsExactly(mark + "c");
    assertThat(textsFrom(EventPosition.fromSequenceNumber(second.getSequenceNumber(), true), 2))
        .containsExactly(mark + "b", mark + "c");
    assertThat(textsFrom(EventPosition.fromEnqueuedTime(second.getEnqueuedTime()), 1))
        .containsExactly(mark + "c");
    assertThat(second.getOffsetString()).isNotEqualTo(second.getSequenceNumber().toString());
  }

  @Test
  void aReceiverThatBeginsAtTheLatestGetsWhatComesAfterIt() {
    sendTo("0", "old");
    ReceiveOptions tracking = new ReceiveOptions().setTrackLastEnqueuedEventProperties(true);
    try (Watch watch = new Watch(hub, "0", EventPosition.latest(), tracking)) {
      // Nobody is told when the link is open: what comes before it is not for this receiver.
      await()
          .atMost(SOON)
          .until(
              () -> {
                sendTo("0", "new");
                return !watch.own(mark).isEmpty();
              });

      List<PartitionEvent> received = watch.own(mark);
      assertThat(received)
          .allSatisfy(event -> assertThat(event.getData().getBodyAsString()).endsWith("new"));
      assertThat(received.get(0).getLastEnqueuedEventProperties().getSequenceNumber())
          .isGreaterThanOrEqualTo(received.get(0).getData().getSequenceNumber());
    }
  }

  @Test
  void aCheckpointBeyondTheLastEventIsAnErrorAndNotASilentStart() {
    hub.standIn();
    try (Watch watch =
        new Watch(hub, "1", EventPosition.fromOffsetString("999999999"), new ReceiveOptions())) {
      assertThat(watch.awaitError())
          .satisfies(thrown -> isRefused(thrown, AmqpErrorCondition.ARGUMENT_ERROR))
          .hasMessageContaining("999999999");
    }
  }

  @Test
  void whatATestAppendsIsReceivedAndWhatIsSentCanBeRead() {
    EventHubsStandIn standIn = hub.standIn();
    EventPosition now = endOf("2");
    standIn.append("notices", "2", (mark + "appended").getBytes(UTF_8), Map.of("source", "test"));

    try (Watch watch = new Watch(hub, "2", now, new ReceiveOptions())) {
      assertThat(watch.awaitOwn(mark, 1).get(0).getData().getProperties())
          .containsEntry("source", "test");
    }
    sendTo("2", "sent");
    assertThat(standIn.events("notices"))
        .filteredOn(event -> event.text().startsWith(mark))
        .extracting(StoredEvent::partition, StoredEvent::text)
        .containsExactly(tuple("2", mark + "appended"), tuple("2", mark + "sent"));
  }

  private EventData event(String text) {
    return new EventData(mark + text);
  }

  private List<Received> own(List<Received> received) {
    return received.stream().filter(event -> event.text().startsWith(mark)).toList();
  }

  private void sendTo(String partition, String text) {
    try (EventHubProducerClient producer = producer(hub.connectionString())) {
      producer.send(List.of(event(text)), new SendOptions().setPartitionId(partition));
    }
  }

  private Throwable sendWith(String connectionString) {
    return catchThrowable(
        () -> {
          try (EventHubProducerClient producer = producer(connectionString)) {
            producer.send(List.of(event("tried")));
          }
        });
  }

  private Throwable sendWithToken(String path, Duration validity) {
    String token = hub.token(path, Instant.now().plus(validity));
    return sendWith(hub.connectionStringWithToken(token));
  }

  private List<String> textsFrom(EventPosition position, int count) {
    try (Watch watch = new Watch(hub, "1", position, new ReceiveOptions())) {
      return watch.awaitOwn(mark, count).stream()
          .map(event -> event.getData().getBodyAsString())
          .toList();
    }
  }

  private static TestProcessor processor(InMemoryCheckpointStore store) {
    return new TestProcessor(hub.connectionString(), store, positions(), text -> false);
  }

  private static EventHubProducerClient producer(String connectionString) {
    return new EventHubClientBuilder()
        .connectionString(connectionString)
        .retryOptions(TestProcessor.quickRetries().setMaxRetries(1))
        .buildProducerClient();
  }

  /** After everything that is in the hub now. */
  private static Map<String, EventPosition> positions() {
    Map<String, EventPosition> positions = new HashMap<>();
    try (EventHubProducerClient producer = producer(hub.connectionString())) {
      for (String partition : producer.getPartitionIds()) {
        positions.put(partition, after(producer.getPartitionProperties(partition)));
      }
    }
    return positions;
  }

  private static EventPosition endOf(String partition) {
    return after(lastOf(partition));
  }

  private static EventPosition after(PartitionProperties partition) {
    return partition.isEmpty()
        ? EventPosition.earliest()
        : EventPosition.fromSequenceNumber(partition.getLastEnqueuedSequenceNumber());
  }

  private static PartitionProperties lastOf(String partition) {
    try (EventHubProducerClient producer = producer(hub.connectionString())) {
      return producer.getPartitionProperties(partition);
    }
  }

  private static void awaitLaterThan(Instant moment) {
    await().atMost(SOON).until(() -> Instant.now().isAfter(moment.plusMillis(1)));
  }

  private static Set<String> union(Set<String> one, Set<String> other) {
    Set<String> both = new HashSet<>(one);
    both.addAll(other);
    return both;
  }

  private static void isUnauthorized(Throwable thrown) {
    isRefused(thrown, AmqpErrorCondition.UNAUTHORIZED_ACCESS);
  }

  private static void isUnauthorized(ErrorCondition condition) {
    assertThat(condition.getCondition().toString()).isEqualTo("amqp:unauthorized-access");
  }

  private static void isRefused(Throwable thrown, AmqpErrorCondition condition) {
    assertThat(thrown)
        .isInstanceOfSatisfying(
            AmqpException.class,
            refused -> assertThat(refused.getErrorCondition()).isEqualTo(condition));
  }

  /** A receiver without a processor around it: of one partition, or of all. */
  private static final class Watch implements AutoCloseable {

    private final ConcurrentLinkedQueue<PartitionEvent> events = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private final List<Disposable> receiving = new ArrayList<>();
    private final EventHubConsumerAsyncClient client;

    Watch(EventHubUnderTest hub, String partition, EventPosition from, ReceiveOptions options) {
      client = client(hub);
      receive(partition, from, options);
    }

    Watch(EventHubUnderTest hub, EventPosition from) {
      client = client(hub);
      client
          .getPartitionIds()
          .toIterable()
          .forEach(partition -> receive(partition, from, new ReceiveOptions()));
    }

    List<PartitionEvent> own(String mark) {
      return events.stream()
          .filter(event -> event.getData().getBodyAsString().startsWith(mark))
          .toList();
    }

    List<PartitionEvent> awaitOwn(String mark, int count) {
      await().atMost(SOON).until(() -> own(mark).size() >= count);
      return own(mark);
    }

    Throwable awaitError() {
      await().atMost(SOON).until(() -> !errors.isEmpty());
      return errors.element();
    }

    @Override
    public void close() {
      receiving.forEach(Disposable::dispose);
      client.close();
    }

    private void receive(String partition, EventPosition from, ReceiveOptions options) {
      receiving.add(
          client
              .receiveFromPartition(partition, from, options)
              .subscribe(events::add, errors::add));
    }

    private static EventHubConsumerAsyncClient client(EventHubUnderTest hub) {
      return new EventHubClientBuilder()
          .connectionString(hub.connectionString())
          .consumerGroup(EventHubClientBuilder.DEFAULT_CONSUMER_GROUP_NAME)
          .retryOptions(TestProcessor.quickRetries())
          .buildAsyncConsumerClient();
    }
  }
}
