package dev.muster.publisher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.Await;
import dev.muster.exchange.TestToken;
import dev.muster.publisher.HubFaults.Throttle;
import dev.muster.publisher.HubHttpStandIn.Call;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With the JDK's HTTP client, and tokens and entries made from the service's documentation. */
@Timeout(60)
class HubHttpStandInTests {

  private static final String HUB = "line-a";
  private static final String OTHER_HUB = "line-b";
  private static final String QUERY = "?timeout=60&api-version=2014-05";
  private static final String CONTENT_TYPE = "application/atom+xml;type=entry;charset=utf-8";
  private static final String ENTRY =
      """
      <entry xmlns="http://www.w3.org/2005/Atom">
        <content type="application/xml">
          <RevokedPublisherDescription xmlns="%s">
            <Name>%s</Name>
          </RevokedPublisherDescription>
        </content>
      </entry>
      """;
  private static final String SERVICE_BUS =
      "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";

  private static HubHttpStandIn hub;
  private static HttpClient client;

  private final String device = UUID.randomUUID().toString();

  @BeforeAll
  static void start() {
    hub = HubHttpStandIn.start(HUB, OTHER_HUB);
    client = TestDevice.client(hub.certificate());
  }

  @AfterEach
  void heal() {
    hub.faults().heal();
    hub.pageSize(Integer.MAX_VALUE);
  }

  @AfterAll
  static void close() {
    hub.close();
  }

  @Test
  void aDeviceSendsWithItsToken() {
    assertThat(send(device, token())).isEqualTo(201);
    assertThat(send(device, token().key(hub.secondaryKey(HUB, HubHttpStandIn.DEVICE_SEND))))
        .isEqualTo(201);
    assertThat(send(device, managing())).as("Manage includes all").isEqualTo(201);

    assertThat(hub.eventsOf(HUB, device)).containsExactly("hello", "hello", "hello");
    assertThat(hub.eventsOf(OTHER_HUB, device)).isEmpty();
  }

  @Test
  void aTokenIsForItsDeviceHubPortAndTimeAlone() {
    TestToken own = token();

    assertThat(send(device, own.device(UUID.randomUUID().toString()))).isEqualTo(401);
    assertThat(send(device, own.device(device.substring(0, 35)))).isEqualTo(401);
    assertThat(send(device, own.eventHub(OTHER_HUB))).isEqualTo(401);
    assertThat(send(device, own.namespace("localhost"))).isEqualTo(401);
    assertThat(send(device, own.namespace("localhost:1"))).isEqualTo(401);
    assertThat(send(device, own.expiry(Instant.now().minusSeconds(1)))).isEqualTo(401);
    assertThat(send(device, own.key("bm90IHRoZSBrZXk="))).isEqualTo(401);
    assertThat(send(device, own.keyName(HubHttpStandIn.MANAGE))).isEqualTo(401);
    assertThat(sendWith(device, "nonsense")).isEqualTo(401);
    assertThat(sendWith(device, own.text(encoded("https://" + hub.namespace()))))
        .as("a hub's policy does not vouch for the namespace")
        .isEqualTo(401);
    assertThat(hub.eventsOf(HUB, device)).isEmpty();
  }

  @Test
  void schemeAndCaseOfATokensResourceDoNotMatter() {
    String resource = token().resource();

    for (String same :
        List.of(resource.replace("https:", "sb:"), resource.toUpperCase(Locale.ROOT))) {
      assertThat(sendWith(device, token().text(encoded(same)))).as(same).isEqualTo(201);
    }
  }

  @Test
  void aRefusalSaysWhyAndNotTheToken() {
    String expired = token().expiry(Instant.now().minusSeconds(60)).text();

    HttpResponse<String> answer =
        call("POST", HUB + "/publishers/" + device + "/messages", expired, "x", "text/plain");

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).contains("<Code>401</Code>", "ExpiredToken").doesNotContain("sig=");
  }

  @Test
  void aTokenUnderARegeneratedKeyIsRefused() {
    try (HubHttpStandIn own = HubHttpStandIn.start(HUB)) {
      HttpClient trusting = TestDevice.client(own.certificate());
      String policy = HubHttpStandIn.DEVICE_SEND;
      TestToken primary = token(own, own.primaryKey(HUB, policy));
      TestToken secondary = token(own, own.secondaryKey(HUB, policy));

      own.regeneratePrimaryKey(HUB, policy);
      assertThat(new TestDevice(trusting, primary.resource(), primary.text()).send("x"))
          .isEqualTo(401);
      assertThat(new TestDevice(trusting, secondary.resource(), secondary.text()).send("x"))
          .isEqualTo(201);

      own.regenerateSecondaryKey(HUB, policy);
      assertThat(new TestDevice(trusting, secondary.resource(), secondary.text()).send("x"))
          .isEqualTo(401);
    }
  }

  @Test
  void aRevokedPublisherIsRefusedAtItsHubUntilItIsRestored() {
    assertThat(revoke(device).statusCode()).isEqualTo(201);
    assertThat(revoke(device).statusCode()).isEqualTo(409);
    assertThat(hub.revoked(HUB)).contains(device);
    assertThat(send(device, token())).isEqualTo(401);
    assertThat(send(device.toUpperCase(Locale.ROOT), token())).isEqualTo(401);
    assertThat(sendToOther(device)).as("at the other hub").isEqualTo(201);

    assertThat(restore(device)).isEqualTo(200);
    assertThat(restore(device)).isEqualTo(404);
    assertThat(hub.revoked(HUB)).doesNotContain(device);
    assertThat(send(device, token())).isEqualTo(201);
  }

  @Test
  void onlyATokenThatMayManageTheHubRevokes() {
    String key = hub.primaryKey(HUB, HubHttpStandIn.DEVICE_SEND);
    TestToken sending = token();
    String hubsResource = encoded("https://" + hub.namespace() + "/" + HUB);

    assertThat(revokeWith(sending.text()).statusCode()).isEqualTo(401);
    assertThat(revokeWith(sending.key(key).text(hubsResource)).body()).contains("'Manage' claim");
    assertThat(revokeWith(managing().text()).statusCode())
        .as("for the publisher alone")
        .isEqualTo(401);
    assertThat(revokeWith(managing().eventHub(OTHER_HUB).text()).statusCode()).isEqualTo(401);
    assertThat(revokeWith(managing().expiry(1).text(hubsResource)).statusCode()).isEqualTo(401);
    assertThat(hub.revoked(HUB)).doesNotContain(device);
  }

  @Test
  void aHubThatIsNotThereIsNotFound() {
    assertThat(
            call("PUT", "none/revokedpublishers/" + device + QUERY, manage(), "", CONTENT_TYPE)
                .statusCode())
        .isEqualTo(404);
    assertThat(
            call("POST", "none/publishers/" + device + "/messages", manage(), "", "text/plain")
                .statusCode())
        .isEqualTo(404);
  }

  @Test
  void whatIsNoRevocationIsABadRequest() {
    String path = HUB + "/revokedpublishers/" + device;
    String good = ENTRY.formatted(SERVICE_BUS, device);

    assertThat(put(path, good, CONTENT_TYPE)).as("no version").isEqualTo(400);
    assertThat(put(path + QUERY.replace("2014-05", "2013-01"), good, CONTENT_TYPE)).isEqualTo(400);
    assertThat(put(path + QUERY, good, "application/atom+xml")).isEqualTo(400);
    for (String body :
        List.of(
            "",
            "<entry",
            ENTRY.formatted(SERVICE_BUS, UUID.randomUUID()),
            ENTRY.formatted(SERVICE_BUS + "/", device),
            good.replace("2005/Atom", "2006/Atom"),
            good.replace("application/xml", "text/plain"),
            good.replace("<Name>", "<Name>x</Name><Name>"),
            "<!DOCTYPE entry>" + good)) {
      assertThat(put(path + QUERY, body, CONTENT_TYPE)).as(body).isEqualTo(400);
    }
    assertThat(hub.revoked(HUB)).doesNotContain(device);
    assertThat(put(path + QUERY, good, CONTENT_TYPE)).isEqualTo(201);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 100})
  void theListNamesAllPageByPage(int pageSize) {
    List<String> revoked =
        IntStream.range(0, 7).mapToObj(i -> UUID.randomUUID().toString()).toList();
    revoked.forEach(this::revoke);
    hub.pageSize(pageSize);

    List<String> listed = new ArrayList<>();
    Optional<String> page = Optional.of(HUB + "/revokedpublishers" + QUERY);
    while (page.isPresent()) {
      String feed = call("GET", page.get(), manage(), "", CONTENT_TYPE).body();
      found("<Name>([^<]*)</Name>", feed).forEach(listed::add);
      page =
          found("rel=\"next\" href=\"https://[^/]*/([^\"]*)\"", feed).stream()
              .findFirst()
              .map(address -> address.replace("&amp;", "&"));
    }

    assertThat(listed).containsExactlyElementsOf(hub.revoked(HUB)).containsAll(revoked);
  }

  @Test
  void whatIsBeyondTheLimitIsToldHowLongToWait() {
    hub.faults().throttle(Throttle.of(0, 429, Duration.ofSeconds(7)));

    HttpResponse<String> answer = revoke(device);

    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.headers().firstValue("Retry-After")).hasValue("7");
    assertThat(hub.revoked(HUB)).doesNotContain(device);

    hub.faults().throttle(new Throttle(0, 503, Duration.ofHours(1), true));
    HttpResponse<String> dated = revoke(device);
    assertThat(dated.statusCode()).isEqualTo(503);
    assertThat(
            ZonedDateTime.parse(
                dated.headers().firstValue("Retry-After").orElseThrow(),
                DateTimeFormatter.RFC_1123_DATE_TIME))
        .isAfter(Instant.now().plusSeconds(3000).atZone(ZoneOffset.UTC));
  }

  @Test
  void whenSoManyCallsAreUsedUpAllMustWait() throws Exception {
    hub.faults().throttleAfterEach(2, 429, Duration.ofSeconds(1));

    assertThat(revoke(device).statusCode()).isEqualTo(201);
    assertThat(revoke(device).statusCode()).isEqualTo(409);
    HttpResponse<String> refused = revoke(device);

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
    Await.until(Duration.ofSeconds(20), () -> revoke(device).statusCode(), status -> status == 409);
  }

  @Test
  void callsFailAsTold() {
    String other = UUID.randomUUID().toString();
    hub.faults().failNext(2, 500);
    assertThat(revoke(device).statusCode()).isEqualTo(500);
    assertThat(revoke(device).statusCode()).isEqualTo(500);
    assertThat(revoke(device).statusCode()).isEqualTo(201);

    hub.faults().failFor(other, 400);
    assertThat(revoke(other).statusCode()).isEqualTo(400);
    assertThat(restore(device)).isEqualTo(200);

    hub.faults().failAll(503);
    assertThat(revoke(device).statusCode()).isEqualTo(503);
    assertThat(send(device, token())).as("sending goes on").isEqualTo(201);

    hub.faults().heal();
    assertThat(revoke(other).statusCode()).isEqualTo(201);
  }

  @Test
  void aDroppedCallChangesNothingAndABrokenOneDoes() {
    hub.faults().dropNext(1);
    assertThatThrownBy(() -> revoke(device)).isInstanceOf(UncheckedIOException.class);
    assertThat(hub.revoked(HUB)).doesNotContain(device);

    hub.faults().breakAfterApplying(1);
    assertThatThrownBy(() -> revoke(device)).isInstanceOf(UncheckedIOException.class);
    assertThat(hub.revoked(HUB)).contains(device);
    assertThat(revoke(device).statusCode()).isEqualTo(409);

    assertThat(callsOf(device))
        .extracting(Call::status)
        .containsExactly(HubHttpStandIn.NO_ANSWER, HubHttpStandIn.NO_ANSWER, 409);
    assertThat(hub.countByStatus().get(HubHttpStandIn.NO_ANSWER)).isEqualTo(2);
  }

  @Test
  void slowCallsAreUnderWayTogether() {
    hub.faults().delay(Duration.ofMillis(300));

    List<CompletableFuture<Integer>> answers =
        IntStream.range(0, 8)
            .mapToObj(i -> UUID.randomUUID().toString())
            .map(one -> request("PUT", path(one), manage(), entry(one), CONTENT_TYPE))
            .map(request -> client.sendAsync(request, BodyHandlers.ofString()))
            .map(answer -> answer.thenApply(HttpResponse::statusCode))
            .toList();

    assertThat(answers.stream().map(CompletableFuture::join)).containsOnly(201);
    assertThat(hub.mostAtOnce()).isGreaterThan(1);
  }

  @Test
  void itStopsAndResumesOnTheSamePort() {
    revoke(device);
    String other = UUID.randomUUID().toString();

    hub.stop();
    assertThatThrownBy(() -> revoke(other)).isInstanceOf(UncheckedIOException.class);
    hub.resume();

    assertThat(revoke(device).statusCode()).as("it remembers").isEqualTo(409);
    assertThat(revoke(other).statusCode()).isEqualTo(201);
  }

  private static TestToken token(HubHttpStandIn of, String key, String device) {
    return new TestToken(
        of.namespace(),
        HUB,
        HubHttpStandIn.DEVICE_SEND,
        key,
        device,
        Instant.now().plusSeconds(600).getEpochSecond());
  }

  private TestToken token(HubHttpStandIn of, String key) {
    return token(of, key, device);
  }

  private TestToken token() {
    return token(hub, hub.primaryKey(HUB, HubHttpStandIn.DEVICE_SEND));
  }

  private TestToken managing() {
    return token().keyName(HubHttpStandIn.MANAGE).key(hub.primaryKey(HUB, HubHttpStandIn.MANAGE));
  }

  private String manage() {
    return managing().text(encoded("https://" + hub.namespace() + "/" + HUB));
  }

  private int send(String to, TestToken token) {
    return sendWith(to, token.text());
  }

  private int sendWith(String to, String token) {
    String address = "https://%s/%s/publishers/%s".formatted(hub.namespace(), HUB, to);
    return new TestDevice(client, address, token).send("hello");
  }

  private int sendToOther(String to) {
    TestToken there =
        token()
            .eventHub(OTHER_HUB)
            .device(to)
            .key(hub.primaryKey(OTHER_HUB, HubHttpStandIn.DEVICE_SEND));
    return new TestDevice(client, there.resource(), there.text()).send("hello");
  }

  private HttpResponse<String> revoke(String publisher) {
    return call("PUT", path(publisher), manage(), entry(publisher), CONTENT_TYPE);
  }

  private HttpResponse<String> revokeWith(String token) {
    return call("PUT", path(device), token, entry(device), CONTENT_TYPE);
  }

  private int restore(String publisher) {
    return call("DELETE", path(publisher), manage(), "", CONTENT_TYPE).statusCode();
  }

  private int put(String path, String body, String contentType) {
    return call("PUT", path, manage(), body, contentType).statusCode();
  }

  private static List<Call> callsOf(String publisher) {
    return hub.calls().stream().filter(call -> publisher.equals(call.publisher())).toList();
  }

  private static String path(String publisher) {
    return HUB + "/revokedpublishers/" + publisher + QUERY;
  }

  private static String entry(String publisher) {
    return ENTRY.formatted(SERVICE_BUS, publisher);
  }

  private static HttpResponse<String> call(
      String method, String path, String token, String body, String contentType) {
    try {
      return client.send(request(method, path, token, body, contentType), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpRequest request(
      String method, String path, String token, String body, String contentType) {
    return HttpRequest.newBuilder(URI.create("https://" + hub.namespace() + "/" + path))
        .header("Authorization", token)
        .header("Content-Type", contentType)
        .method(method, BodyPublishers.ofString(body))
        .build();
  }

  private static List<String> found(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    return matcher.results().map(result -> result.group(1)).toList();
  }

  private static String encoded(String uri) {
    return URLEncoder.encode(uri, UTF_8);
  }
}
