package dev.muster.outcome;

import com.azure.core.amqp.AmqpRetryOptions;
import com.azure.core.amqp.exception.AmqpErrorCondition;
import com.azure.core.amqp.exception.AmqpException;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.messaging.eventhubs.EventData;
import com.azure.messaging.eventhubs.EventDataBatch;
import com.azure.messaging.eventhubs.EventHubClientBuilder;
import com.azure.messaging.eventhubs.EventHubProducerClient;
import com.azure.messaging.eventhubs.models.CreateBatchOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Outcomes as events in an event hub; the partition key is the factory. */
final class EventHubDestination implements Destination {

  private final EventHubProducerClient producer;

  EventHubDestination(OutcomeProperties properties) {
    OutcomeProperties.EventHub hub = properties.eventHub();
    EventHubClientBuilder builder =
        new EventHubClientBuilder()
            .retryOptions(
                new AmqpRetryOptions().setTryTimeout(properties.sendTimeout()).setMaxRetries(1));
    if (hub.connectionString() != null) {
      builder.connectionString(hub.connectionString());
    } else {
      builder.credential(hub.namespace(), hub.name(), new DefaultAzureCredentialBuilder().build());
    }
    this.producer = builder.buildProducerClient();
  }

  @Override
  public String name() {
    return "event-hub";
  }

  @Override
  public List<Outcome> send(List<Outcome> outcomes) {
    Map<@Nullable String, List<Outcome>> byFactory = new LinkedHashMap<>();
    for (Outcome outcome : outcomes) {
      byFactory.computeIfAbsent(outcome.factory(), factory -> new ArrayList<>()).add(outcome);
    }
    List<Outcome> tooLarge = new ArrayList<>();
    byFactory.forEach((factory, its) -> tooLarge.addAll(send(factory, its)));
    return tooLarge;
  }

  /** In as many batches as they take. Returns what does not fit into one of its own. */
  private List<Outcome> send(@Nullable String factory, List<Outcome> outcomes) {
    CreateBatchOptions options = new CreateBatchOptions().setPartitionKey(factory);
    List<Outcome> tooLarge = new ArrayList<>();
    EventDataBatch batch = producer.createBatch(options);
    for (Outcome outcome : outcomes) {
      EventData event = new EventData(outcome.event());
      event.setContentType("application/cloudevents+json; charset=UTF-8");
      boolean taken = add(event, batch);
      if (!taken && batch.getCount() > 0) {
        producer.send(batch);
        batch = producer.createBatch(options);
        taken = add(event, batch);
      }
      if (!taken) {
        tooLarge.add(outcome);
      }
    }
    if (batch.getCount() > 0) {
      producer.send(batch);
    }
    return tooLarge;
  }

  /** Of what would not even fit alone, the client says so by an exception, mostly. */
  private static boolean add(EventData event, EventDataBatch batch) {
    try {
      return batch.tryAdd(event);
    } catch (AmqpException e) {
      if (e.getErrorCondition() == AmqpErrorCondition.LINK_PAYLOAD_SIZE_EXCEEDED) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
