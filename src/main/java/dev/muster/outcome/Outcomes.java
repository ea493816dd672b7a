package dev.muster.outcome;

import dev.muster.arrival.ArrivalEnded;
import dev.muster.delivery.BundleBrought;
import dev.muster.delivery.BundleUnfetched;
import dev.muster.factory.FactoryKeysChanged;
import dev.muster.home.ServiceThreads;
import dev.muster.kafka.KafkaProperties;
import dev.muster.outcome.Destination.Outcome;
import dev.muster.renewal.TokensEnding;
import dev.muster.revocation.SecondPersonAsked;
import dev.muster.schedule.NightlyEnded;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.json.JsonMapper;

/**
 * The durable outbox. Written in the transaction that ends an arrival; emptied by one thread a
 * destination, so that one that is away does not hold up the other. Instances share it row by row.
 * An outcome leaves it in the transaction in which it was confirmed, so it is told at least once;
 * one that is too large for a destination leaves it with a line in the log, and holds up no other.
 */
@Component
@ConditionalOnBooleanProperty("muster.serve")
@EnableConfigurationProperties(OutcomeProperties.class)
class Outcomes implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(Outcomes.class);

  private static final int AT_ONCE = 100;
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final JsonMapper json;
  private final OutcomeProperties properties;
  private final NotificationQueue notifications;
  private final List<Destination> destinations = new ArrayList<>();
  private final ServiceThreads threads = new ServiceThreads();
  private volatile boolean running;

  Outcomes(
      JdbcClient jdbc,
      TransactionOperations transaction,
      JsonMapper json,
      OutcomeProperties properties,
      NotificationQueue notifications,
      ObjectProvider<KafkaProperties> kafka) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.json = json;
    this.properties = properties;
    this.notifications = notifications;
    kafka.ifAvailable(broker -> destinations.add(new KafkaDestination(broker, properties)));
    if (properties.eventHub().on()) {
      destinations.add(new EventHubDestination(properties));
    }
  }

  /** In the transaction that ends the arrival: both happen, or neither. */
  @EventListener
  void ended(ArrivalEnded ended) {
    CloudEvent<OutcomeEvent> told = OutcomeEvent.of(ended);
    tell(ended.arrival().factory(), told, told.saying(told.data().here(ended.problem())));
  }

  /** In the transaction that records that the bundle is where its factory finds it. */
  @EventListener
  void delivered(BundleBrought delivered) {
    tell(delivered.factory(), BundleEvent.of(delivered));
  }

  /** In the transaction that records that it is told. */
  @EventListener
  void unfetched(BundleUnfetched unfetched) {
    tell(unfetched.delivered().factory(), BundleEvent.of(unfetched));
  }

  /** In the transaction that changes them. */
  @EventListener
  void keysChanged(FactoryKeysChanged changed) {
    tell(changed.factory(), FactoryKeysEvent.of(changed));
  }

  /** In the transaction that records that it is told. */
  @EventListener
  void secondPersonAsked(SecondPersonAsked asked) {
    tell(
        asked.factory(),
        CloudEvent.of("dev.muster.second-person.asked", asked.what(), asked.at(), asked));
  }

  /** In the transaction that records its end. */
  @EventListener
  void nightEnded(NightlyEnded ended) {
    NightlyEnded.Told here = ended.told();
    CloudEvent<NightlyEnded.Told> told =
        CloudEvent.of(
            "dev.muster.nightly.ended",
            "nightly/" + here.run(),
            here.endedAt(),
            here.asToSenders());
    tell(null, told, told.saying(here));
  }

  /** In the transaction that records that it is told. */
  @EventListener
  void tokensEnd(TokensEnding ending) {
    tell(
        ending.factory(),
        CloudEvent.of("dev.muster.tokens.ending", ending.factory(), ending.at(), ending));
  }

  private void tell(@Nullable String factory, CloudEvent<?> cloudEvent) {
    tell(factory, cloudEvent, cloudEvent);
  }

  /**
   * Writes down what is to be told. Who reads a topic or an event hub may be a sender.
   *
   * @param factory whose it is; null: nobody's alone
   * @param here the same event, as those are told who see the whole service
   */
  private void tell(@Nullable String factory, CloudEvent<?> cloudEvent, CloudEvent<?> here) {
    String event = json.writeValueAsString(cloudEvent);
    notifications.add(
        factory, cloudEvent, event, here.equals(cloudEvent) ? null : json.writeValueAsString(here));
    for (Destination destination : destinations) {
      jdbc.sql("INSERT INTO outcome (destination, factory, event) VALUES (?, ?, ?::json)")
          .params(Arrays.asList(destination.name(), factory, event))
          .update();
    }
  }

  @Override
  public void start() {
    running = true;
    for (Destination destination : destinations) {
      threads.start("outcomes-" + destination.name(), () -> tell(destination));
    }
  }

  @Override
  public void stop() {
    running = false;
    threads.end();
    destinations.forEach(Destination::close);
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  private void tell(Destination destination) {
    Duration pause = properties.poll();
    while (running) {
      try {
        Integer told = transaction.execute(status -> tellSome(destination));
        if (told != null && told == AT_ONCE) {
          continue;
        }
        pause = properties.poll();
      } catch (RuntimeException e) {
        LOG.warn("outcomes=not-told destination={} {}", destination.name(), e.toString());
        pause =
            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
                ? LONGEST_PAUSE
                : pause.multipliedBy(2);
      }
      try {
        Thread.sleep(pause.toMillis());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private int tellSome(Destination destination) {
    List<Outcome> outcomes =
        jdbc.sql(
                """
                DELETE FROM outcome WHERE outcome_id = ANY (ARRAY(
                    SELECT outcome_id FROM outcome WHERE destination = ?
                     ORDER BY outcome_id LIMIT ? FOR UPDATE SKIP LOCKED))
                RETURNING outcome_id, factory, event::text\
                """)
            .params(destination.name(), AT_ONCE)
            .query((row, number) -> new Outcome(row.getLong(1), row.getString(2), row.getString(3)))
            .list();
    if (!outcomes.isEmpty()) {
      List<Outcome> inOrder = new ArrayList<>(outcomes);
      inOrder.sort((one, other) -> Long.compare(one.id(), other.id()));
      List<Outcome> tooLarge;
      try {
        tooLarge = destination.send(inOrder);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new NotToldException(e);
      } catch (Exception e) {
        throw new NotToldException(e);
      }
      for (Outcome outcome : tooLarge) {
        LOG.warn(
            "outcomes=too-large destination={} It can't be told there: {} characters, {}",
            destination.name(),
            outcome.event().length(),
            outcome.head());
      }
      LOG.info(
          "outcomes=told destination={} outcomes={}",
          destination.name(),
          outcomes.size() - tooLarge.size());
    }
    return outcomes.size();
  }

  /** Rolls back: they stay in the outbox. */
  private static final class NotToldException extends RuntimeException {
    NotToldException(Exception cause) {
      super(cause);
    }
  }
}
