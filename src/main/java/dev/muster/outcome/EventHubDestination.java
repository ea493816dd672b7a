package dev.muster.outcome;

import com.azure.core.amqp.AmqpRetryOptions;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.messaging.eventhubs.EventData;
import com.azure.messaging.eventhubs.EventHubClientBuilder;
import com.azure.messaging.eventhubs.EventHubProducerClient;
import com.azure.messaging.eventhubs.models.SendOptions;
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
  public void send(List<Outcome> outcomes) {
    Map<@Nullable String, List<EventData>> byFactory = new LinkedHashMap<>();
    for (Outcome outcome : outcomes) {
      EventData event = new EventData(outcome.event());
      event.setContentType("application/cloudevents+json; charset=UTF-8");
      byFactory.computeIfAbsent(outcome.factory(), factory -> new ArrayList<>()).add(event);
    }
    byFactory.forEach(
        (factory, events) -> producer.send(events, new SendOptions().setPartitionKey(factory)));
  }

  @Override
  public void close() {
    producer.close();
  }
}
