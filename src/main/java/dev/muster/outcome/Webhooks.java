package dev.muster.outcome;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookSigningException;
import dev.muster.outcome.WebhookProperties.Hook;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Tells events over HTTP, signed as Standard Webhooks says. Each receiver has a thread of its own,
 * and each event its own attempts: one that is refused holds up neither the next nor another
 * receiver. Instances share what is due row by row. An event is told at least once, under the same
 * id when told again, and not always in the order in which things happened.
 */
@Component
@ConditionalOnBooleanProperty("muster.serve")
class Webhooks implements SmartLifecycle {

  private static final Logger LOG = LoggerFactory.getLogger(Webhooks.class);

  private static final Duration PATIENCE_AT_THE_END = Duration.ofSeconds(10);

  /** Beyond it a pause is the longest in any case. */
  private static final int MOST_TRIPLED = 12;

  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final WebhookProperties properties;
  private final Clock clock;
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private volatile boolean running;

  Webhooks(
      JdbcClient jdbc,
      TransactionOperations transaction,
      WebhookProperties properties,
      Clock clock) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.properties = properties;
    this.clock = clock;
  }

  /** Writes down, in the transaction that is under way, that its receivers are to be told. */
  void add(@Nullable String factory, CloudEvent<?> event, String json) {
    properties.hooks().stream()
        .filter(hook -> hook.wants(event.type(), factory))
        .forEach(
            hook ->
                jdbc.sql(
                        """
                        INSERT INTO webhook_delivery (webhook, factory, event_id, type, subject, event, happened_at, due_at)
                        VALUES (:webhook, :factory, :id, :type, :subject, :event::json, :at, :at)\
                        """)
                    .param("webhook", hook.name())
                    .param("factory", factory)
                    .param("id", event.id())
                    .param("type", event.type())
                    .param("subject", event.subject())
                    .param("event", json)
                    .param("at", event.time().atOffset(ZoneOffset.UTC))
                    .update());
  }

  @Override
  public void start() {
    running = true;
    for (Hook hook : properties.hooks()) {
      Thread thread = new Thread(() -> tell(hook), "webhook-" + hook.name());
      threads.add(thread);
      thread.start();
    }
  }

  @Override
  public void stop() {
    running = false;
    threads.forEach(Thread::interrupt);
    for (Thread thread : threads) {
      try {
        thread.join(PATIENCE_AT_THE_END.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    threads.clear();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  private void tell(Hook hook) {
    HttpClient http =
        HttpClient.newBuilder()
            .connectTimeout(properties.timeout())
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    Instant tidied = Instant.MIN;
    while (running) {
      try {
        if (Boolean.TRUE.equals(transaction.execute(status -> tellNext(hook, http)))) {
          continue;
        }
        if (tidied.isBefore(clock.instant().minus(Duration.ofHours(1)))) {
          forget(hook);
          tidied = clock.instant();
        }
      } catch (RuntimeException e) {
        LOG.warn("webhook={} not-looked {}", hook.name(), e.toString());
      }
      try {
        Thread.sleep(properties.poll().toMillis());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void forget(Hook hook) {
    jdbc.sql(
            """
            DELETE FROM webhook_delivery
             WHERE webhook = ? AND due_at IS NULL AND happened_at < ?\
            """)
        .param(hook.name())
        .param(clock.instant().minus(properties.keep()).atOffset(ZoneOffset.UTC))
        .update();
  }

  private record Due(long id, String eventId, String event, Instant happenedAt, int attempts) {}

  /** What came of an attempt; {@code status} is null when nobody answered. */
  private record Attempt(
      @Nullable Integer status, @Nullable String problem, @Nullable Duration retryAfter) {

    boolean taken() {
      return problem == null;
    }

    /** The receiver says that it wants nothing of it any more (RFC 9110, 15.5.11). */
    boolean gone() {
      return status != null && status == 410;
    }
  }

  /** Tells what has been due longest; false when nothing is. */
  private boolean tellNext(Hook hook, HttpClient http) {
    Optional<Due> next =
        jdbc.sql(
                """
                SELECT delivery_id, event_id, event::text, happened_at, attempts FROM webhook_delivery
                 WHERE webhook = ? AND due_at <= ?
                 ORDER BY due_at, delivery_id LIMIT 1 FOR UPDATE SKIP LOCKED\
                """)
            .param(hook.name())
            .param(clock.instant().atOffset(ZoneOffset.UTC))
            .query(
                (row, number) ->
                    new Due(
                        row.getLong(1),
                        row.getString(2),
                        row.getString(3),
                        row.getTimestamp(4).toInstant(),
                        row.getInt(5)))
            .optional();
    if (next.isEmpty()) {
      return false;
    }
    Due due = next.get();
    Attempt attempt = send(hook, http, due);
    if (!running && attempt.status() == null) {
      return false; // interrupted: nothing is known of it, and it is told again
    }
    Instant now = clock.instant();
    Instant again = attempt.taken() ? null : again(due, attempt, now);
    jdbc.sql(
            """
            UPDATE webhook_delivery
               SET attempts = attempts + 1, attempted_at = :now, status = :status, problem = :problem,
                   taken_at = CASE WHEN :taken THEN :now::timestamptz END, due_at = :again
             WHERE delivery_id = :id\
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
          "webhook={} event={} not-told attempts={} again={} {}",
          hook.name(),
          due.eventId(),
          due.attempts() + 1,
          again == null ? "never" : again,
          attempt.problem());
    }
    return true;
  }

  private @Nullable Instant again(Due due, Attempt attempt, Instant now) {
    if (attempt.gone() || due.happenedAt().plus(properties.giveUp()).isBefore(now)) {
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

  private Attempt send(Hook hook, HttpClient http, Due due) {
    long seconds = clock.instant().getEpochSecond();
    try {
      HttpRequest request =
          HttpRequest.newBuilder(hook.url())
              .timeout(properties.timeout())
              .header("Content-Type", "application/cloudevents+json; charset=utf-8")
              .header("User-Agent", "Muster")
              .header("webhook-id", due.eventId())
              .header("webhook-timestamp", Long.toString(seconds))
              .header("webhook-signature", signatures(hook, due, seconds))
              .POST(BodyPublishers.ofString(due.event()))
              .build();
      HttpResponse<Void> response = http.send(request, BodyHandlers.discarding());
      int status = response.statusCode();
      return status / 100 == 2
          ? new Attempt(status, null, null)
          : new Attempt(status, "It answered %d.".formatted(status), retryAfter(response));
    } catch (IOException e) {
      return new Attempt(null, "It did not answer: " + e, null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Attempt(null, "It was interrupted.", null);
    }
  }

  /** One a secret, with a blank between. */
  private static String signatures(Hook hook, Due due, long seconds) {
    StringBuilder signatures = new StringBuilder();
    for (String secret : hook.secrets()) {
      try {
        signatures
            .append(signatures.isEmpty() ? "" : " ")
            .append(new Webhook(secret).sign(due.eventId(), seconds, due.event()));
      } catch (WebhookSigningException e) {
        throw new IllegalStateException("HMAC-SHA256 is in every Java", e);
      }
    }
    return signatures.toString();
  }

  /** Seconds only; a date would need the receiver's clock. */
  private static @Nullable Duration retryAfter(HttpResponse<?> response) {
    return response
        .headers()
        .firstValue("Retry-After")
        .filter(value -> value.matches("\\d{1,9}"))
        .map(value -> Duration.ofSeconds(Long.parseLong(value)))
        .orElse(null);
  }
}
