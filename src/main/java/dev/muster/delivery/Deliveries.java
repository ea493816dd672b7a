package dev.muster.delivery;

import dev.muster.arrival.Inbox;
import dev.muster.arrival.Place;
import dev.muster.arrival.Places;
import dev.muster.bundle.Bundle;
import dev.muster.bundle.BundleDelivered;
import dev.muster.bundle.Purpose;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/**
 * What is to be delivered. A row is locked while its bundle is brought there, and the lock ends
 * with the process: so one instance at a time does it, and another takes over from one that was
 * killed. Doing it again puts the same files there.
 */
@Component
class Deliveries {

  private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);

  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final Inbox inbox;
  private final Places places;
  private final DeliveryProperties properties;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  Deliveries(
      JdbcClient jdbc,
      TransactionOperations transaction,
      Inbox inbox,
      Places places,
      DeliveryProperties properties,
      ApplicationEventPublisher events,
      Clock clock) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.inbox = inbox;
    this.places = places;
    this.properties = properties;
    this.events = events;
    this.clock = clock;
  }

  private record Due(
      long deliveryId,
      String factory,
      String purpose,
      String folder,
      long devices,
      @Nullable String location,
      int attempts) {}

  /**
   * In the transaction that records the bundle: both happen, or neither. A manifest's bundle is the
   * answer to its arrival.
   */
  @EventListener
  void published(BundleDelivered delivered) {
    Bundle bundle = delivered.bundle();
    if (bundle.purpose() == Purpose.PROVISION) {
      return;
    }
    jdbc.sql(
            """
            INSERT INTO delivery (factory, purpose, folder, devices, location)
            SELECT :factory, :purpose, :folder, coalesce(sum(devices), 0), :location
              FROM bundle_part WHERE bundle_id = :bundle
            ON CONFLICT (folder) DO NOTHING\
            """)
        .param("factory", bundle.factory())
        .param("purpose", bundle.purpose().name())
        .param("folder", Objects.requireNonNull(bundle.outbox()))
        .param("location", inbox.lastSentFrom(bundle.factory()).map(URI::toString).orElse(null))
        .param("bundle", bundle.id())
        .update();
  }

  /**
   * Delivers what is due, one after the other.
   *
   * @return how many were tried
   */
  int deliverDue() {
    int tried = 0;
    while (Boolean.TRUE.equals(transaction.execute(status -> deliverOne()))) {
      tried++;
    }
    return tried;
  }

  private boolean deliverOne() {
    Optional<Due> due =
        jdbc.sql(
                """
                SELECT delivery_id, factory, purpose, folder, devices, location, attempts
                  FROM delivery WHERE delivered_at IS NULL AND due_at <= :now
                 ORDER BY due_at, delivery_id LIMIT 1 FOR UPDATE SKIP LOCKED\
                """)
            .param("now", clock.instant().atOffset(ZoneOffset.UTC))
            .query(Due.class)
            .optional();
    due.ifPresent(this::deliver);
    return due.isPresent();
  }

  private void deliver(Due due) {
    Path bundle = Path.of(due.folder());
    try {
      URI at = deliver(due, bundle);
      Instant now = clock.instant();
      jdbc.sql(
              """
              UPDATE delivery SET delivered_at = ?, delivered_to = ?, problem = NULL
               WHERE delivery_id = ?\
              """)
          .params(now.atOffset(ZoneOffset.UTC), at.toString(), due.deliveryId())
          .update();
      String name = String.valueOf(bundle.getFileName());
      events.publishEvent(
          new BundleBrought(due.factory(), due.purpose(), name, due.devices(), at, now));
      LOG.info("bundle=delivered factory={} bundle={} at={}", due.factory(), name, at);
    } catch (IOException e) {
      Duration delay = properties.delayAfter(due.attempts() + 1);
      jdbc.sql(
              """
              UPDATE delivery SET attempts = attempts + 1, problem = ?, due_at = ?
               WHERE delivery_id = ?\
              """)
          .params(
              String.valueOf(e.getMessage()),
              clock.instant().plus(delay).atOffset(ZoneOffset.UTC),
              due.deliveryId())
          .update();
      LOG.warn("bundle=not-delivered folder={} {}", bundle, e.toString());
    }
  }

  private URI deliver(Due due, Path bundle) throws IOException {
    URI sentFrom = due.location() == null ? null : URI.create(due.location());
    if (sentFrom == null) {
      return bundle.toUri();
    }
    Place place =
        places
            .holding(sentFrom)
            .orElseThrow(
                () ->
                    new IOException(
                        "Nothing is configured that reaches %s, where the factory last sent. Configure its source."
                            .formatted(sentFrom)));
    URI at = place.deliver(due.factory(), bundle);
    return at == null ? bundle.toUri() : at;
  }
}
