package dev.muster.eventhubs;

import com.azure.core.amqp.AmqpRetryOptions;
import com.azure.messaging.eventhubs.CheckpointStore;
import com.azure.messaging.eventhubs.EventHubClientBuilder;
import com.azure.messaging.eventhubs.EventProcessorClient;
import com.azure.messaging.eventhubs.EventProcessorClientBuilder;
import com.azure.messaging.eventhubs.LoadBalancingStrategy;
import com.azure.messaging.eventhubs.models.EventContext;
import com.azure.messaging.eventhubs.models.EventPosition;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;

/** Azure's own processor, which writes down what it gets. */
final class TestProcessor implements AutoCloseable {

  record Received(String partition, String text) {}

  private final ConcurrentLinkedQueue<Received> received = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
  private final Set<String> partitions = ConcurrentHashMap.newKeySet();
  private final EventProcessorClient client;

  /** Starts it; it checkpoints the events whose text is such, and no others. */
  TestProcessor(
      String connectionString,
      CheckpointStore store,
      Map<String, EventPosition> startingPositions,
      Predicate<String> checkpointed) {
    client =
        new EventProcessorClientBuilder()
            .connectionString(connectionString)
            .consumerGroup(EventHubClientBuilder.DEFAULT_CONSUMER_GROUP_NAME)
            .checkpointStore(store)
            .initialPartitionEventPosition(startingPositions)
            .loadBalancingStrategy(LoadBalancingStrategy.GREEDY)
            .loadBalancingUpdateInterval(Duration.ofMillis(500))
            .partitionOwnershipExpirationInterval(Duration.ofSeconds(10))
            .retryOptions(quickRetries())
            .processPartitionInitialization(
                context -> partitions.add(context.getPartitionContext().getPartitionId()))
            .processPartitionClose(
                context -> partitions.remove(context.getPartitionContext().getPartitionId()))
            .processEvent(event -> process(event, checkpointed))
            .processError(error -> errors.add(error.getThrowable()))
            .buildEventProcessorClient();
    client.start();
  }

  static AmqpRetryOptions quickRetries() {
    return new AmqpRetryOptions()
        .setDelay(Duration.ofMillis(200))
        .setMaxDelay(Duration.ofSeconds(1))
        .setTryTimeout(Duration.ofSeconds(10));
  }

  List<Received> received() {
    return List.copyOf(received);
  }

  /** The texts it got that begin so, in the order it got them. */
  List<String> texts(String beginning) {
    return received.stream()
        .map(Received::text)
        .filter(text -> text.startsWith(beginning))
        .toList();
  }

  /** The partitions that are its own just now. */
  Set<String> partitions() {
    return Set.copyOf(partitions);
  }

  List<Throwable> errors() {
    return List.copyOf(errors);
  }

  @Override
  public void close() {
    client.stop();
  }

  private void process(EventContext event, Predicate<String> checkpointed) {
    String text = event.getEventData().getBodyAsString();
    received.add(new Received(event.getPartitionContext().getPartitionId(), text));
    if (checkpointed.test(text)) {
      event.updateCheckpoint();
    }
  }
}
