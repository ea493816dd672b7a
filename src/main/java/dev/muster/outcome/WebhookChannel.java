package dev.muster.outcome;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookSigningException;
import dev.muster.call.BoundedBody;
import dev.muster.call.RetryAfter;
import dev.muster.home.FailureSentence;
import dev.muster.outcome.WebhookProperties.Hook;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One webhook: events over HTTP, signed as Standard Webhooks says. */
final class WebhookChannel implements Channel {

  private final Hook hook;
  private final Duration timeout;
  private final Clock clock;
  private final HttpClient http;

  WebhookChannel(Hook hook, Duration timeout, Clock clock) {
    this.hook = hook;
    this.timeout = timeout;
    this.clock = clock;
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(timeout)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  @Override
  public Way way() {
    return Way.WEBHOOK;
  }

  @Override
  public String recipient() {
    return hook.name();
  }

  @Override
  public List<String> recipients(String type, @Nullable String factory) {
    return hook.wants(type, factory) ? List.of(hook.name()) : List.of();
  }

  @Override
  public Attempt send(Due due) {
    // Its receiver may have become another since this was kept for it.
    if (!hook.wants(due.type(), due.factory())) {
      return Attempt.unwanted();
    }
    long seconds = clock.instant().getEpochSecond();
    String event = due.eventTo(hook.factory() == null);
    try {
      HttpRequest request =
          HttpRequest.newBuilder(hook.url())
              .timeout(timeout)
              .header("Content-Type", "application/cloudevents+json; charset=utf-8")
              .header("User-Agent", "Muster")
              .header("webhook-id", due.eventId())
              .header("webhook-timestamp", Long.toString(seconds))
              .header("webhook-signature", signatures(due.eventId(), event, seconds))
              .POST(BodyPublishers.ofString(event))
              .build();
      HttpResponse<Void> response = http.send(request, BoundedBody.discarded(timeout));
      int status = response.statusCode();
      // 410: it wants nothing of it any more (RFC 9110, 15.5.11)
      return status / 100 == 2
          ? new Attempt(status, null, null, false)
          : new Attempt(
              status,
              "It answered %d.".formatted(status),
              RetryAfter.of(response.headers(), clock).orElse(null),
              status == 410);
    } catch (HttpConnectTimeoutException e) {
      return Attempt.failed("No connection to it came about in time.");
    } catch (HttpTimeoutException e) {
      return Attempt.failed("It did not answer, or not to the end, in time.");
    } catch (IOException e) {
      return Attempt.failed("It did not answer. " + FailureSentence.of(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Attempt.failed("It was interrupted.");
    }
  }

  /** One a secret, with a blank between. */
  private String signatures(String id, String event, long seconds) {
    StringBuilder signatures = new StringBuilder();
    for (String secret : hook.secrets()) {
      try {
        signatures
            .append(signatures.isEmpty() ? "" : " ")
            .append(new Webhook(secret).sign(id, seconds, event));
      } catch (WebhookSigningException e) {
        throw new IllegalStateException("HMAC-SHA256 is in every Java", e);
      }
    }
    return signatures.toString();
  }
}
