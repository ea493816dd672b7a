package dev.muster.eventhubs;

import com.azure.core.amqp.AmqpTransportType;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.messaging.eventhubs.EventProcessorClient;
import com.azure.messaging.eventhubs.EventProcessorClientBuilder;
import com.azure.messaging.eventhubs.checkpointstore.blob.BlobCheckpointStore;
import com.azure.messaging.eventhubs.models.ErrorContext;
import com.azure.messaging.eventhubs.models.EventContext;
import com.azure.messaging.eventhubs.models.EventPosition;
import com.azure.storage.blob.BlobContainerClientBuilder;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.NoticedPlace;
import dev.muster.arrival.NoticedPlace.Notice;
import dev.muster.arrival.Source;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads notices from an event hub. The instances share its partitions; each is checkpointed only
 * after what it told of is in the inbox. A message that is no notice is kept, for people to look
 * at, and passed over.
 */
@Component
@ConditionalOnBooleanProperty("muster.serve")
@EnableConfigurationProperties(EventHubsProperties.class)
class EventHubsSource implements SmartLifecycle {

  private static final Source NOTICES = new Source("eventhubs");

  private static final Logger LOG = LoggerFactory.getLogger(EventHubsSource.class);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final EventHubsProperties properties;
  private final List<NoticedPlace> places;
  private final Inbox inbox;
  private final JsonMapper json;
  private final NoticeTroubles troubles;
  private @Nullable EventProcessorClient processor;
  private volatile boolean running;

  EventHubsSource(
      EventHubsProperties properties,
      List<NoticedPlace> places,
      Inbox inbox,
      JsonMapper json,
      NoticeTroubles troubles) {
    this.properties = properties;
    this.places = places;
    this.inbox = inbox;
    this.json = json;
    this.troubles = troubles;
  }

  @Override
  public void start() {
    if (!properties.on()) {
      return;
    }
    running = true;
    EventProcessorClient client = client();
    processor = client;
    client.start();
    LOG.info("notices=read from={}", properties);
  }

  @Override
  public void stop() {
    running = false;
    if (processor != null) {
      processor.stop();
      processor = null;
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  private EventProcessorClient client() {
    EventProcessorClientBuilder builder =
        new EventProcessorClientBuilder()
            .consumerGroup(properties.consumerGroup())
            .transportType(AmqpTransportType.AMQP)
            .checkpointStore(checkpoints())
            .loadBalancingUpdateInterval(properties.rebalance())
            .partitionOwnershipExpirationInterval(properties.rebalance().multipliedBy(6))
            .processEvent(this::receive)
            .processError(this::trouble);
    if (properties.connectionString() == null) {
      builder.credential(
          properties.namespace(),
          properties.eventHub(),
          new DefaultAzureCredentialBuilder().build());
    } else if (properties.eventHub() == null) {
      builder.connectionString(properties.connectionString());
    } else {
      builder.connectionString(properties.connectionString(), properties.eventHub());
    }
    // A partition that was never read is read from its beginning: a notice may be waiting there.
    return builder
        .initialPartitionEventPosition(id -> EventPosition.earliest())
        .buildEventProcessorClient();
  }

  private BlobCheckpointStore checkpoints() {
    EventHubsProperties.Checkpoints where = properties.checkpoints();
    BlobContainerClientBuilder container =
        new BlobContainerClientBuilder().containerName(where.container());
    if (where.connectionString() != null) {
      container.connectionString(where.connectionString());
    } else if (where.endpoint() != null) {
      container.endpoint(where.endpoint()).credential(new DefaultAzureCredentialBuilder().build());
    } else {
      throw new IllegalStateException(
          "Notices need a place for their checkpoints: set"
              + " muster.notices.checkpoints.connection-string or .endpoint.");
    }
    return new BlobCheckpointStore(container.buildAsyncClient());
  }

  /**
   * Returns only when the inbox has it; the checkpoint comes after. Waits for the database however
   * long.
   */
  private void receive(EventContext event) {
    Duration pause = Duration.ofMillis(200);
    while (running) {
      try {
        receiveNow(event);
        event.updateCheckpoint();
        troubles.over();
        return;
      } catch (IOException | RuntimeException e) {
        LOG.warn("notices=waiting partition={} {}", partition(event), e.toString());
        if (!sleep(pause)) {
          return;
        }
        pause =
            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
                ? LONGEST_PAUSE
                : pause.multipliedBy(2);
      }
    }
  }

  private void receiveNow(EventContext event) throws IOException {
    byte[] message = event.getEventData().getBody();
    try {
      for (Notice notice : BlobNotice.of(message, json)) {
        boolean known = false;
        for (NoticedPlace place : places) {
          if (place.holds(notice.location())) {
            known = true;
            place.noticed(notice);
          }
        }
        if (!known) {
          // Not the query: it may be a credential.
          String elsewhere = notice.location().toString().replaceFirst("[?].*", "?…");
          LOG.warn("notices=elsewhere blob={} is in no container that is configured", elsewhere);
        }
      }
    } catch (UnusableNoticeException e) {
      String id = partition(event) + "@" + event.getEventData().getSequenceNumber();
      LOG.warn("notices=unusable message={} {}", id, e.getMessage());
      inbox.keepUnusable(NOTICES, id, e.sentence(), message);
    }
  }

  private static String partition(EventContext event) {
    return event.getPartitionContext().getEventHubName()
        + "/"
        + event.getPartitionContext().getPartitionId();
  }

  private static boolean sleep(Duration pause) {
    try {
      Thread.sleep(pause.toMillis());
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void trouble(ErrorContext error) {
    troubles.seen(String.valueOf(error.getThrowable().getMessage()));
  }
}
