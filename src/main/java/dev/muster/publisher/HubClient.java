package dev.muster.publisher;

import dev.muster.call.BoundedBody;
import dev.muster.call.RetryAfter;
import dev.muster.credential.sas.Hub;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One hub's revoked publishers, over its REST API. Thread-safe.
 *
 * @see <a href="https://learn.microsoft.com/rest/api/eventhub/revoke-publisher">Revoke
 *     publisher</a>
 */
final class HubClient {

  private static final String QUERY = "?timeout=60&api-version=2014-05";
  private static final String ENTRY = "application/atom+xml;type=entry;charset=utf-8";
  private static final String REVOCATION =
      """
      <entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml">\
      <RevokedPublisherDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">\
      <Name>%s</Name></RevokedPublisherDescription></content></entry>\
      """;

  private static final Duration TO_CONNECT = Duration.ofSeconds(10);

  /** The service closes what is idle for longer; a call over such a connection would fail. */
  private static final Duration IDLE = Duration.ofSeconds(20);

  /** For one part of a list, with the rows that are written of it meanwhile. */
  private static final Duration LONGEST_PAGE = Duration.ofHours(1);

  private static final int TRIES_OF_A_PAGE = 5;
  private static final Duration LONGEST_WAIT_FOR_A_PAGE = Duration.ofSeconds(60);

  private final URI base;
  private final Authorization authorization;
  private final @Nullable SSLContext trust;
  private final Duration timeout;
  private final Duration firstDelay;
  private final Clock clock;
  private final String name;
  private final ObservationRegistry observations;
  private @Nullable HttpClient http;
  private long usedAt;

  HubClient(
      Hub hub,
      Authorization authorization,
      @Nullable SSLContext trust,
      PublisherProperties properties,
      Clock clock,
      ObservationRegistry observations) {
    this.name = hub.name();
    this.observations = observations;
    this.base =
        URI.create("https://%s/%s/revokedpublishers".formatted(hub.namespace(), hub.eventHub()));
    this.authorization = authorization;
    this.trust = trust;
    this.timeout = properties.timeout();
    this.firstDelay = properties.firstDelay();
    this.clock = clock;
  }

  /** Revokes a publisher, or restores it. */
  CompletableFuture<Answer> tell(UUID device, boolean revoke) {
    Observation call =
        Observation.createNotStarted("muster.hub.calls", observations)
            .contextualName(revoke ? "revoke publisher" : "restore publisher")
            .lowCardinalityKeyValue("hub", name)
            .lowCardinalityKeyValue("call", revoke ? "revoke" : "restore")
            .start();
    return ask(device, revoke)
        .whenComplete(
            (answer, failure) ->
                call.lowCardinalityKeyValue("outcome", answer == null ? "failed" : answer.word())
                    .stop());
  }

  private CompletableFuture<Answer> ask(UUID device, boolean revoke) {
    HttpRequest.Builder request;
    try {
      request = request(URI.create(base + "/" + device + QUERY));
    } catch (Authorization.UnavailableException e) {
      return CompletableFuture.completedFuture(
          new Answer.NotAccepted(String.valueOf(e.getMessage())));
    }
    if (revoke) {
      request
          .header("Content-Type", ENTRY)
          .PUT(BodyPublishers.ofString(REVOCATION.formatted(device), StandardCharsets.UTF_8));
    } else {
      request.DELETE();
    }
    return http()
        .sendAsync(request.build(), BoundedBody.beginning(timeout))
        .handle(
            (response, failure) ->
                failure == null ? answer(response, response.body(), revoke) : answer(failure));
  }

  /**
   * Hands over the names of all revoked publishers.
   *
   * @throws IOException when they can't be had, or are not all there; says why in a sentence
   */
  void list(Consumer<String> name) throws IOException, InterruptedException {
    URI page = URI.create(base + QUERY);
    Set<URI> seen = new HashSet<>();
    while (seen.add(page)) {
      Optional<String> next;
      try (InputStream feed = page(page)) {
        next = RevokedPublishersFeed.read(feed, name);
      }
      if (next.isEmpty()) {
        return;
      }
      page = following(page, next.get());
    }
    throw new IOException("The hub's list leads back to a part of it that was read already.");
  }

  /** The list's next part, which the token is shown to as well. */
  static URI following(URI page, String link) throws IOException {
    URI next;
    try {
      next = page.resolve(link);
    } catch (IllegalArgumentException e) {
      throw new IOException("The hub's list goes on at what is no address.", e);
    }
    if (!"https".equals(next.getScheme())
        || !page.getRawAuthority().equalsIgnoreCase(next.getRawAuthority())) {
      throw new IOException("The hub's list goes on at another host, which is not followed.");
    }
    return next;
  }

  private InputStream page(URI uri) throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      Answer answer;
      try {
        HttpResponse<InputStream> response =
            http()
                .send(
                    request(uri).GET().build(),
                    BoundedBody.streamed(timeout, timeout.plus(LONGEST_PAGE)));
        if (response.statusCode() == 200) {
          return response.body();
        }
        response.body().close();
        answer = answer(response, "", true);
      } catch (Authorization.UnavailableException e) {
        answer = new Answer.NotAccepted(String.valueOf(e.getMessage()));
      } catch (IOException e) {
        answer = answer(e);
      }
      Duration wait;
      if (answer instanceof Answer.Throttled throttled) {
        wait = throttled.retryAfter() == null ? delay(attempt) : throttled.retryAfter();
      } else if (answer instanceof Answer.Failed || answer instanceof Answer.Unreachable) {
        wait = delay(attempt);
      } else {
        throw new IOException(problem(answer));
      }
      if (attempt == TRIES_OF_A_PAGE || wait.compareTo(LONGEST_WAIT_FOR_A_PAGE) > 0) {
        throw new IOException(problem(answer));
      }
      Thread.sleep(wait.toMillis());
    }
  }

  private Duration delay(int attempt) {
    return Duration.ofMillis(
        ThreadLocalRandom.current().nextLong(firstDelay.toMillis() * (1L << attempt) + 1));
  }

  private static String problem(Answer answer) {
    if (answer instanceof Answer.Failed failed) {
      return failed.problem();
    }
    if (answer instanceof Answer.Refused refused) {
      return refused.problem();
    }
    if (answer instanceof Answer.Throttled throttled) {
      return throttled.problem();
    }
    if (answer instanceof Answer.Unreachable unreachable) {
      return unreachable.problem();
    }
    return answer instanceof Answer.NotAccepted notAccepted
        ? notAccepted.problem()
        : "The hub did not list its revoked publishers.";
  }

  private HttpRequest.Builder request(URI uri) {
    return HttpRequest.newBuilder(uri)
        .timeout(timeout)
        .header("Authorization", authorization.header());
  }

  private synchronized HttpClient http() {
    long now = System.nanoTime();
    HttpClient current = http;
    if (current == null || now - usedAt > IDLE.toNanos()) {
      HttpClient.Builder builder =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(timeout.compareTo(TO_CONNECT) < 0 ? timeout : TO_CONNECT);
      if (trust != null) {
        builder.sslContext(trust);
      }
      current = builder.build();
      http = current;
    }
    usedAt = now;
    return current;
  }

  private Answer answer(HttpResponse<?> response, String body, boolean revoke) {
    int status = response.statusCode();
    return switch (status) {
      case 200, 201 -> new Answer.Done();
      case 409 -> {
        if (isBusyWithIt(body)) {
          yield new Answer.Failed("The hub answered 409.");
        }
        yield revoke ? new Answer.Done() : refused(status);
      }
      case 404 ->
          revoke
              ? new Answer.NotAccepted(
                  "There is no such hub (404). See its namespace and event-hub under muster.hubs.")
              : new Answer.Done();
      case 401, 403 ->
          new Answer.NotAccepted(
              "The hub does not accept Muster (%d). %s".formatted(status, authorization.advice()));
      case 408 -> new Answer.Failed("The hub answered 408.");
      case 429, 503 ->
          new Answer.Throttled(
              "The hub is called too often, or busy (%d).".formatted(status),
              RetryAfter.of(response.headers(), clock).orElse(null));
      default -> {
        if (status >= 500) {
          yield new Answer.Failed("The hub answered %d.".formatted(status));
        }
        yield status >= 400
            ? refused(status)
            : new Answer.NotAccepted(
                "What answers at this address is no hub (%d). See its namespace under muster.hubs."
                    .formatted(status));
      }
    };
  }

  /**
   * Whether a 409 says that something else is done with the publisher at this moment, not that it
   * is revoked already. A publisher's name, which is a GUID, never reads so.
   */
  private static boolean isBusyWithIt(String body) {
    String said = body.toLowerCase(Locale.ROOT);
    return said.contains("subcode=40901")
        || said.contains("conflicting operation")
        || said.contains("clean up");
  }

  private static Answer refused(int status) {
    return new Answer.Refused("The hub calls the request wrong (%d).".formatted(status));
  }

  private static Answer answer(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof HttpConnectTimeoutException
        || cause instanceof ConnectException
        || cause instanceof UnresolvedAddressException) {
      return new Answer.Unreachable("The hub can't be reached.");
    }
    if (cause instanceof SSLException) {
      return new Answer.Unreachable(
          "No encrypted connection to the hub comes about (%s). Is its certificate trusted? See muster.publishers.ssl-bundle."
              .formatted(cause.getClass().getSimpleName()));
    }
    if (cause instanceof HttpTimeoutException) {
      return new Answer.Failed("The hub gave no answer in time.");
    }
    return new Answer.Failed("The connection to the hub broke.");
  }
}
