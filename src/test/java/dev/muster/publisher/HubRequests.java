package dev.muster.publisher;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.muster.eventhubs.Resource;
import dev.muster.publisher.HubFaults.Fate;
import dev.muster.publisher.HubHttpStandIn.Call;
import java.io.IOException;
import java.net.URLDecoder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;
import org.jspecify.annotations.Nullable;

/** Answers requests as the service does, and remembers them. */
final class HubRequests extends ValveBase {

  private static final String ENTRY = "application/atom+xml;type=entry;charset=utf-8";
  private static final String FEED = "application/atom+xml;type=feed;charset=utf-8";
  private static final String ERROR = "application/xml; charset=utf-8";
  private static final String API_VERSION = "2014-05";

  private static final Duration LONGEST_STALL = Duration.ofSeconds(60);

  private final String namespace;
  private final Map<String, PublisherHub> hubs;
  private final HubFaults faults;
  private final ConcurrentLinkedQueue<Call> calls = new ConcurrentLinkedQueue<>();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger mostAtOnce = new AtomicInteger();
  private volatile int pageSize = Integer.MAX_VALUE;

  HubRequests(String namespace, Map<String, PublisherHub> hubs, HubFaults faults) {
    super(true);
    this.namespace = namespace;
    this.hubs = Map.copyOf(hubs);
    this.faults = faults;
  }

  private record Answer(
      int status,
      String contentType,
      String body,
      @Nullable String retryAfter,
      @Nullable CountDownLatch stall) {

    Answer(int status, String contentType, String body, @Nullable String retryAfter) {
      this(status, contentType, body, retryAfter, null);
    }

    Answer stalled(CountDownLatch until) {
      return new Answer(status, contentType, body, retryAfter, until);
    }

    static Answer empty(int status) {
      return new Answer(status, ERROR, "", null);
    }

    static Answer error(int status, String detail) {
      return error(status, detail, null);
    }

    static Answer error(int status, String detail, @Nullable String retryAfter) {
      String body = "<Error><Code>%d</Code><Detail>%s</Detail></Error>";
      return new Answer(status, ERROR, body.formatted(status, escaped(detail)), retryAfter);
    }
  }

  /** What an address names: a hub, and what is in it. */
  private record Address(String hub, List<String> rest) {

    static Address of(Request request) {
      List<String> segments =
          Arrays.stream(request.getRequestURI().substring(1).split("/", -1))
              .map(segment -> URLDecoder.decode(segment.replace("+", "%2B"), UTF_8))
              .toList();
      return new Address(segments.get(0), segments.subList(1, segments.size()));
    }

    boolean isMessages() {
      return rest.size() == 3 && rest.get(0).equals("publishers") && rest.get(2).equals("messages");
    }

    boolean isRevokedPublishers() {
      return !rest.isEmpty() && rest.size() <= 2 && rest.get(0).equals("revokedpublishers");
    }

    @Nullable String publisher() {
      return rest.size() > 1 ? rest.get(1) : null;
    }
  }

  @Override
  public void invoke(Request request, Response response) throws IOException {
    mostAtOnce.accumulateAndGet(underWay.incrementAndGet(), Math::max);
    try {
      Address address = Address.of(request);
      // All of it, so that the connection can be used again
      byte[] body = request.getInputStream().readAllBytes();
      Optional<Answer> answer = answer(request, address, body);
      calls.add(
          new Call(
              request.getMethod(),
              address.hub(),
              address.publisher(),
              answer.map(Answer::status).orElse(HubHttpStandIn.NO_ANSWER),
              Instant.now()));
      if (answer.isPresent()) {
        send(answer.get(), response);
      } else {
        response.getCoyoteResponse().action(ActionCode.CLOSE_NOW, null);
      }
    } finally {
      underWay.decrementAndGet();
    }
  }

  List<Call> calls() {
    return List.copyOf(calls);
  }

  int mostAtOnce() {
    return mostAtOnce.get();
  }

  void pageSize(int entries) {
    this.pageSize = entries;
  }

  private Optional<Answer> answer(Request request, Address address, byte[] body) {
    PublisherHub hub = hubs.get(address.hub());
    if (address.isMessages()) {
      return Optional.of(hub == null ? noSuchHub(address) : message(request, hub, address, body));
    }
    if (!address.isRevokedPublishers()) {
      return Optional.of(Answer.error(404, "The address is not known here."));
    }
    pause(faults.delay());
    Fate fate = faults.next(address.publisher());
    if (fate instanceof Fate.Failed failed) {
      return Optional.of(
          Answer.error(
              failed.status(),
              failed.status() == 409
                  ? "SubCode=40901. Another conflicting operation is in progress."
                  : "As the test has it."));
    }
    if (fate instanceof Fate.Throttled throttled) {
      return Optional.of(
          Answer.error(
              throttled.throttle().status(),
              "The request is terminated because the entity is being throttled.",
              throttled.throttle().header().orElse(null)));
    }
    if (fate instanceof Fate.Dropped) {
      return Optional.empty();
    }
    Answer answer =
        hub == null ? noSuchHub(address) : revokedPublishers(request, hub, address, body);
    if (fate instanceof Fate.Stalled stalled) {
      return Optional.of(answer.stalled(stalled.until()));
    }
    return fate instanceof Fate.Broken ? Optional.empty() : Optional.of(answer);
  }

  private static Answer noSuchHub(Address address) {
    return Answer.error(404, "The messaging entity '" + address.hub() + "' could not be found.");
  }

  private Answer message(Request request, PublisherHub hub, Address address, byte[] body) {
    String publisher = address.rest().get(1);
    if (!request.getMethod().equals("POST")) {
      return Answer.error(405, "Events are sent with POST.");
    }
    Resource audience = Resource.of(namespace, address.hub() + "/publishers/" + publisher);
    Optional<String> refusal = hub.whyNotSend(token(request), audience);
    if (refusal.isPresent()) {
      return Answer.error(401, refusal.get());
    }
    if (hub.isRevoked(publisher)) {
      return Answer.error(401, "Unauthorized: The publisher '" + publisher + "' is revoked.");
    }
    hub.take(publisher, new String(body, UTF_8));
    return Answer.empty(201);
  }

  private Answer revokedPublishers(
      Request request, PublisherHub hub, Address address, byte[] body) {
    Optional<String> refusal = hub.whyNotManage(token(request));
    if (refusal.isPresent()) {
      return Answer.error(401, refusal.get());
    }
    if (!API_VERSION.equals(request.getParameter("api-version"))) {
      return Answer.error(400, "The api-version is missing or not supported.");
    }
    String publisher = address.publisher();
    String method = request.getMethod();
    if (publisher == null) {
      return method.equals("GET")
          ? list(hub, address.hub(), request.getParameter("$skip"))
          : Answer.error(405, "The list is only to be read.");
    }
    return switch (method) {
      case "PUT" -> revoke(request, hub, publisher, body);
      case "DELETE" ->
          hub.restore(publisher)
              ? Answer.empty(200)
              : Answer.error(404, "The publisher '" + publisher + "' is not revoked.");
      default -> Answer.error(405, "A revoked publisher is put or deleted.");
    };
  }

  private static Answer revoke(Request request, PublisherHub hub, String publisher, byte[] body) {
    if (!ENTRY.equals(request.getHeader("Content-Type"))) {
      return Answer.error(400, "The content type must be '" + ENTRY + "'.");
    }
    Optional<String> named = RevokedPublisherEntry.publisher(body);
    if (named.isEmpty()) {
      return Answer.error(400, "The body is no Atom entry with a RevokedPublisherDescription.");
    }
    if (!named.get().equals(publisher)) {
      return Answer.error(400, "The entry's name is not the one in the address.");
    }
    return hub.revoke(publisher)
        ? new Answer(201, ENTRY, entry(publisher), null)
        : Answer.error(409, "The publisher '" + publisher + "' is revoked already.");
  }

  private Answer list(PublisherHub hub, String name, @Nullable String skip) {
    int from = skip == null ? 0 : Integer.parseInt(skip);
    NavigableSet<String> revoked = hub.revoked();
    List<String> page = new ArrayList<>();
    revoked.stream().skip(from).limit(pageSize).forEach(page::add);
    boolean more = page.size() == pageSize && from + page.size() < revoked.size();
    String address = "https://%s/%s/revokedpublishers".formatted(namespace, escaped(name));
    String next =
        more
            ? "<link rel=\"next\" href=\"%s?api-version=%s&amp;%%24skip=%d\"/>"
                .formatted(address, API_VERSION, from + page.size())
            : "";
    String feed =
        "<feed xmlns=\"%s\"><title type=\"text\">revokedpublishers</title><id>%s</id>%s%s</feed>"
            .formatted(
                RevokedPublisherEntry.ATOM,
                address,
                next,
                page.stream().map(HubRequests::entry).collect(Collectors.joining()));
    return new Answer(200, FEED, feed, null);
  }

  private static String entry(String publisher) {
    String name = escaped(publisher);
    return """
    <entry xmlns="%s"><title type="text">%s</title><content type="application/xml">\
    <RevokedPublisherDescription xmlns="%s"><Name>%s</Name></RevokedPublisherDescription>\
    </content></entry>\
    """
        .formatted(RevokedPublisherEntry.ATOM, name, RevokedPublisherEntry.SERVICE_BUS, name);
  }

  private static void send(Answer answer, Response response) throws IOException {
    response.setStatus(answer.status());
    if (answer.retryAfter() != null) {
      response.setHeader("Retry-After", answer.retryAfter());
    }
    byte[] body = answer.body().getBytes(UTF_8);
    if (body.length > 0) {
      response.setContentType(answer.contentType());
    }
    response.setContentLength(body.length);
    if (answer.stall() == null) {
      response.getOutputStream().write(body);
      return;
    }
    response.getOutputStream().write(body, 0, body.length / 2);
    response.flushBuffer();
    try {
      boolean unused = answer.stall().await(LONGEST_STALL.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the server stops
    }
    response.getCoyoteResponse().action(ActionCode.CLOSE_NOW, null);
  }

  private static String token(Request request) {
    String header = request.getHeader("Authorization");
    return header == null ? "" : header;
  }

  private static void pause(Duration delay) {
    if (delay.isZero()) {
      return;
    }
    try {
      Thread.sleep(delay.toMillis());
    } catch (InterruptedException e) {
      // The server stops
      Thread.currentThread().interrupt();
    }
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
