package dev.muster.delivery;

import dev.muster.arrival.Answer;
import dev.muster.arrival.ArrivalEnded;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.Place;
import dev.muster.arrival.Places;
import dev.muster.bundle.Bundle;
import dev.muster.bundle.BundleDelivered;
import dev.muster.factory.DeliveryPlace;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.FailureSentence;
import dev.muster.store.Outbox;
import dev.muster.store.Outbox.Folder;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
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

  /** However soon the old tokens end, this part of the patience is given. */
  private static final int GRACE = 7;

  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final Inbox inbox;
  private final Factories factories;
  private final Places places;
  private final Outbox outbox;
  private final DeliveryProperties properties;
  private final BundleProperties bundles;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  Deliveries(
      JdbcClient jdbc,
      TransactionOperations transaction,
      Inbox inbox,
      Factories factories,
      Places places,
      Outbox outbox,
      DeliveryProperties properties,
      BundleProperties bundles,
      ApplicationEventPublisher events,
      Clock clock) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.inbox = inbox;
    this.factories = factories;
    this.places = places;
    this.outbox = outbox;
    this.properties = properties;
    this.bundles = bundles;
    this.events = events;
    this.clock = clock;
  }

  private record Due(
      int bundleId,
      String factory,
      String purpose,
      String folder,
      long devices,
      @Nullable String location,
      @Nullable DeliveryPlace place,
      int attempts) {}

  /**
   * In the transaction that records the bundle: both happen, or neither. What answers an arrival is
   * brought by that answer, unless its factory wants it elsewhere, or the arrival is refused
   * already: then somebody has restarted its run all the same.
   */
  @EventListener
  void published(BundleDelivered delivered) {
    Bundle bundle = delivered.bundle();
    Instant oldTokensEnd = bundle.oldTokensEnd();
    DeliveryPlace place = factories.find(bundle.factory()).map(Factory::deliver).orElse(null);
    Long arrival = delivered.arrival();
    jdbc.sql(
            """
            INSERT INTO delivery (bundle_id, factory, purpose, folder, devices, location, place, old_tokens_end, due_at)
            SELECT :bundle, :factory, :purpose, :folder, coalesce(sum(devices), 0), :location, :place, :oldTokensEnd,
                   CASE WHEN :answers THEN 'infinity' ELSE now() END
              FROM bundle_part WHERE bundle_id = :bundle\
            """)
        .param("bundle", bundle.id())
        .param("factory", bundle.factory())
        .param("purpose", bundle.purpose().name())
        .param("folder", Objects.requireNonNull(bundle.outbox()))
        .param("location", inbox.lastSentFrom(bundle.factory()).map(URI::toString).orElse(null))
        .param("place", place == null ? null : place.name())
        .param("oldTokensEnd", oldTokensEnd == null ? null : utc(oldTokensEnd))
        .param("answers", place == null && arrival != null && inbox.mayAnswerWithBundle(arrival))
        .update();
  }

  /**
   * In the transaction that ends an arrival. Its answer brought its bundle; or it did not, as of
   * one that was given up while somebody restarted its run, and then the bundle is brought by
   * itself.
   */
  @EventListener
  void answered(ArrivalEnded ended) {
    Answer answer = ended.answer();
    if (answer.verdict() == Answer.Verdict.REFUSED) {
      jdbc.sql(
              """
              UPDATE delivery d SET due_at = now()
                FROM bundle b
               WHERE b.arrival_id = ? AND d.bundle_id = b.bundle_id
                 AND d.due_at = 'infinity' AND d.delivered_at IS NULL\
              """)
          .param(ended.arrival().id())
          .update();
    }
    Folder folder = answer.bundle();
    if (answer.verdict() != Answer.Verdict.DONE || folder == null) {
      return;
    }
    jdbc.sql(
            """
            SELECT bundle_id, factory, purpose, folder, devices, location, place, attempts
              FROM delivery WHERE folder = ? AND place IS NULL AND delivered_at IS NULL FOR UPDATE\
            """)
        .param(folder.key())
        .query(Due.class)
        .optional()
        .ifPresent(due -> brought(due, folder, answer.toldAt()));
  }

  /** Delivers what is due, one after the other. Returns how many were tried. */
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
                SELECT bundle_id, factory, purpose, folder, devices, location, place, attempts
                  FROM delivery WHERE delivered_at IS NULL AND due_at <= now()
                 ORDER BY due_at, bundle_id LIMIT 1 FOR UPDATE SKIP LOCKED\
                """)
            .query(Due.class)
            .optional();
    due.ifPresent(this::deliver);
    return due.isPresent();
  }

  private void deliver(Due due) {
    Folder bundle = outbox.at(due.folder());
    try {
      brought(due, bundle, deliver(due, bundle));
    } catch (IOException e) {
      Duration delay = properties.delayAfter(due.attempts() + 1);
      jdbc.sql(
              """
              UPDATE delivery SET attempts = attempts + 1, problem = ?, due_at = now() + make_interval(secs => ?)
               WHERE bundle_id = ?\
              """)
          .params(FailureSentence.of(e), delay.toMillis() / 1e3, due.bundleId())
          .update();
      LOG.warn("bundle=not-delivered folder={} {}", bundle, e.toString());
    }
  }

  /**
   * @param elsewhere where it was brought; null, or its own address: it stays in the outbox
   */
  private void brought(Due due, Folder bundle, @Nullable URI elsewhere) {
    Instant now = clock.instant();
    String name = bundle.name();
    URI at = elsewhere == null ? bundle.uri() : elsewhere;
    jdbc.sql(
            """
            UPDATE delivery SET delivered_at = ?, delivered_to = ?, problem = NULL WHERE bundle_id = ?\
            """)
        .params(utc(now), at.equals(bundle.uri()) ? bundle.key() : at.toString(), due.bundleId())
        .update();
    events.publishEvent(
        new BundleBrought(
            due.bundleId(), due.factory(), due.purpose(), name, due.devices(), at, now));
    LOG.info("bundle=delivered factory={} bundle={} at={}", due.factory(), name, at);
  }

  /**
   * Says of each bundle once that nobody has fetched it for too long, and once more before its old
   * tokens end. One whose folder is gone from the outbox, and which was to be fetched there, was
   * fetched.
   *
   * @return how many were looked at
   */
  int remind() {
    int looked = 0;
    while (Boolean.TRUE.equals(transaction.execute(status -> remindOne()))) {
      looked++;
    }
    return looked;
  }

  private record Unfetched(
      int bundleId,
      String factory,
      String purpose,
      String folder,
      long devices,
      Instant deliveredAt,
      String deliveredTo,
      @Nullable Instant oldTokensEnd) {}

  private boolean remindOne() {
    Instant now = clock.instant();
    Optional<Unfetched> unfetched =
        jdbc.sql(
                """
                SELECT bundle_id, factory, purpose, folder, devices, delivered_at, delivered_to, old_tokens_end
                  FROM delivery
                 WHERE delivered_at IS NOT NULL AND fetched_at IS NULL AND confirmed_at IS NULL
                   AND (reminders = 0 AND delivered_at <= :patience OR reminders < 2 AND old_tokens_end <= :soon AND delivered_at <= :grace)
                 ORDER BY bundle_id LIMIT 1 FOR UPDATE SKIP LOCKED\
                """)
            .param("patience", utc(now.minus(bundles.patience())))
            .param("soon", utc(now.plus(bundles.patience())))
            .param("grace", utc(now.minus(bundles.patience().dividedBy(GRACE))))
            .query(Unfetched.class)
            .optional();
    unfetched.ifPresent(one -> remind(one, now));
    return unfetched.isPresent();
  }

  private void remind(Unfetched one, Instant now) {
    Folder folder = outbox.at(one.folder());
    if (Outbox.holds(one.deliveredTo()) && !isThere(folder)) {
      jdbc.sql("UPDATE delivery SET fetched_at = ?, fetched_by = 'outbox' WHERE bundle_id = ?")
          .params(utc(now), one.bundleId())
          .update();
      return;
    }
    boolean last =
        one.oldTokensEnd() == null || !one.oldTokensEnd().isAfter(now.plus(bundles.patience()));
    jdbc.sql("UPDATE delivery SET reminders = ? WHERE bundle_id = ?")
        .params(last ? 2 : 1, one.bundleId())
        .update();
    String name = folder.name();
    BundleBrought delivered =
        new BundleBrought(
            one.bundleId(),
            one.factory(),
            one.purpose(),
            name,
            one.devices(),
            outbox.uri(one.deliveredTo()),
            one.deliveredAt());
    events.publishEvent(new BundleUnfetched(delivered, one.oldTokensEnd(), now));
    LOG.warn(
        "bundle=unfetched factory={} bundle={} since={}", one.factory(), name, one.deliveredAt());
  }

  /** What can't be looked at is taken to be there: it is looked at again. */
  private static boolean isThere(Folder folder) {
    try {
      return folder.isThere();
    } catch (IOException e) {
      LOG.warn("bundle=not-looked-at folder={} {}", folder, e.toString());
      return true;
    }
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  private @Nullable URI deliver(Due due, Folder bundle) throws IOException {
    Optional<Place> place = place(due);
    return place.isEmpty() ? null : place.get().deliver(due.factory(), bundle);
  }

  /** Where it is brought; empty: it stays in the outbox. */
  private Optional<Place> place(Due due) throws IOException {
    if (due.place() == DeliveryPlace.FOLDER || due.place() == DeliveryPlace.API) {
      return Optional.empty();
    }
    if (due.place() != null) {
      return Optional.of(
          places
              .named(due.place())
              .orElseThrow(
                  () ->
                      new IOException(
                          "Its factory wants it by %s, and no such source is configured. Configure it, or let the factory have its bundles elsewhere."
                              .formatted(due.place()))));
    }
    if (due.location() == null) {
      return Optional.empty();
    }
    URI sentFrom = URI.create(due.location());
    if ("file".equals(sentFrom.getScheme())) {
      // A watched folder, wherever it was: what sends there fetches from the outbox.
      return Optional.empty();
    }
    return Optional.of(
        places
            .holding(sentFrom)
            .orElseThrow(
                () ->
                    new IOException(
                        "Nothing is configured that reaches %s, where the factory last sent. Configure its source."
                            .formatted(sentFrom))));
  }
}
