package dev.muster.outcome;

import dev.muster.home.ServiceThreads;
import dev.muster.outcome.Channel.Attempt;
import dev.muster.outcome.Channel.Due;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Who is to be notified, and was. Each webhook has a thread of its own, and mail has one; each
 * notification has attempts of its own: one that is refused holds up neither the next nor another
 * channel. Instances share what is due row by row. An event is sent at least once, under the same
 * id when sent again, and not always in the order in which things happened.
 */
@Component
@ConditionalOnBooleanProperty("muster.serve")
class NotificationQueue implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(NotificationQueue.class);

  /** Beyond it a pause is the longest in any case. */
  private static final int MOST_TRIPLED = 12;

  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final NotificationProperties properties;
  private final Clock clock;
  private final List<Channel> channels = new ArrayList<>();
  private final ServiceThreads threads = new ServiceThreads();
  private volatile boolean running;

  NotificationQueue(
      JdbcClient jdbc,
      TransactionOperations transaction,
      NotificationProperties properties,
      WebhookProperties webhooks,
      ObjectProvider<MailChannel> mail,
      Clock clock) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.properties = properties;
    this.clock = clock;
    webhooks
        .hooks()
        .forEach(hook -> channels.add(new WebhookChannel(hook, properties.timeout(), clock)));
    mail.ifAvailable(channels::add);
  }

  /**
   * Writes down, in the transaction that is under way, who is to be notified.
   *
   * @param here as those are told who see the whole service; null: the same
   */
  void add(@Nullable String factory, CloudEvent<?> event, String json, @Nullable String here) {
    for (Channel channel : channels) {
      for (String recipient : channel.recipients(event.type(), factory)) {
        jdbc.sql(
                """
                INSERT INTO notification (channel, recipient, factory, event_id, type, subject, event, event_here,
                                          happened_at, due_at)
                VALUES (:channel, :recipient, :factory, :id, :type, :subject, :event::json, :here::json, :at, :at)\
                """)
            .param("channel", channel.way().name())
            .param("recipient", recipient)
            .param("factory", factory)
            .param("id", event.id())
            .param("type", event.type())
            .param("subject", event.subject())
            .param("event", json)
            .param("here", here)
            .param("at", event.time().atOffset(ZoneOffset.UTC))
            .update();
      }
    }
  }

  @Override
  public void start() {
    running = true;
    for (Channel channel : channels) {
      threads.start("notifications-" + named(channel), () -> send(channel));
    }
  }

  @Override
  public void stop() {
    running = false;
    threads.end();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  private static String named(Channel channel) {
    return channel.recipient() == null ? "mail" : channel.recipient();
  }

  private void send(Channel channel) {
    Instant tidied = Instant.MIN;
    while (running) {
      try {
        if (Boolean.TRUE.equals(transaction.execute(status -> sendNext(channel, status)))) {
          continue;
        }
        if (tidied.isBefore(clock.instant().minus(Duration.ofHours(1)))) {
          forget();
          tidied = clock.instant();
        }
      } catch (RuntimeException e) {
        LOG.warn("notifications={} not-looked {}", named(channel), e.toString());
      }
      try {
        Thread.sleep(properties.poll().toMillis());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /**
   * Also what has been due so long that nobody sends it: of a way that is not configured any more.
   */
  private void forget() {
    jdbc.sql(
            """
            DELETE FROM notification
             WHERE happened_at < :before AND (due_at IS NULL OR due_at < :before)\
            """)
        .param("before", clock.instant().minus(properties.keep()).atOffset(ZoneOffset.UTC))
        .update();
  }

  /** Sends what has been due longest; false when nothing is. */
  private boolean sendNext(Channel channel, TransactionStatus transactionStatus) {
    Optional<Due> next =
        jdbc.sql(
                """
                SELECT notification_id AS id, recipient, factory, event_id, type, event::text AS event,
                       event_here::text AS event_here, happened_at, attempts
                  FROM notification
                 WHERE channel = :channel AND (:recipient::text IS NULL OR recipient = :recipient::text)
                   AND due_at <= :now
                 ORDER BY due_at, notification_id LIMIT 1 FOR UPDATE SKIP LOCKED\
                """)
            .param("channel", channel.way().name())
            .param("recipient", channel.recipient())
            .param("now", clock.instant().atOffset(ZoneOffset.UTC))
            .query(Due.class)
            .optional();
    if (next.isEmpty()) {
      return false;
    }
    Due due = next.get();
    Attempt attempt = send(channel, due, transactionStatus);
    if (!running && !attempt.taken() && attempt.status() == null) {
      return false; // interrupted: nothing is known of it, and it is sent again
    }
    Instant now = clock.instant();
    Instant again = attempt.taken() ? null : again(due, attempt, now);
    jdbc.sql(
            """
            UPDATE notification
               SET attempts = attempts + 1, attempted_at = :now, status = :status, problem = :problem,
                   taken_at = CASE WHEN :taken THEN :now::timestamptz END, due_at = :again
             WHERE notification_id = :id\
            """)
        .param("now", now.atOffset(ZoneOffset.UTC))
        .param("status", attempt.status())
        .param("problem", attempt.problem())
        .param("taken", attempt.taken())
        .param("again", again == null ? null : again.atOffset(ZoneOffset.UTC))
        .param("id", due.id())
        .update();
    if (!attempt.taken()) {
      LOG.warn(
          "notifications={} event={} not-sent attempts={} again={} {}",
          named(channel),
          due.eventId(),
          due.attempts() + 1,
          again == null ? "never" : again,
          attempt.problem());
    }
    return true;
  }

  /** What nobody thought of counts as a failure; else it would stay the first one for good. */
  private static Attempt send(Channel channel, Due due, TransactionStatus transactionStatus) {
    Object before = transactionStatus.createSavepoint();
    try {
      return channel.send(due);
    } catch (RuntimeException e) {
      transactionStatus.rollbackToSavepoint(before);
      LOG.warn("notifications={} event={} failed", named(channel), due.eventId(), e);
      return Attempt.failed(
          "Muster could not send it (%s); the log says more."
              .formatted(e.getClass().getSimpleName()));
    }
  }

  private @Nullable Instant again(Due due, Attempt attempt, Instant now) {
    if (attempt.never() || due.happenedAt().plus(properties.giveUp()).isBefore(now)) {
      return null;
    }
    Duration pause =
        properties
            .firstPause()
            .multipliedBy((long) Math.pow(3, Math.min(due.attempts(), MOST_TRIPLED)));
    Duration asked = attempt.retryAfter();
    if (asked != null && asked.compareTo(pause) > 0) {
      pause = asked;
    }
    Duration longest = properties.longestPause();
    return now.plus(pause.compareTo(longest) > 0 ? longest : pause);
  }
}
