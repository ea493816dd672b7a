package dev.muster.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.muster.FreePort;
import dev.muster.Muster;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.bundle.AgeIdentity;
import dev.muster.signin.Sessions;
import dev.muster.signin.Sessions.Session;
import java.io.IOException;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;

/**
 * A service that is configured for an organisation's provider, which is another process's: here,
 * the provider that the tests' console has built in.
 */
@ConsoleTest
@Tag("slow")
class ConfiguredSignInTests {

  @Autowired private Console provider;
  @Autowired private ClientRegistrationRepository clients;
  @Autowired private Environment environment;

  @Test
  void bearerTokensOfTheProviderForMusterCountAndNoOthers(@TempDir Path mounted) throws Exception {
    Path audience = mounted.resolve("muster.sign-in.audience");
    Files.writeString(audience, "muster-security-officer\n");
    try (ConfigurableApplicationContext service =
        service(
            "muster.sign-in.issuer=" + provider.address(),
            "muster.sign-in.client-id=muster",
            "spring.config.import=configtree:" + mounted + "/",
            "muster.sign-in.roles-claim=roles")) {
      String officer = provider.bearerToken("security-officer");

      assertThat(get(service, "/api/nothing", "Bearer " + officer).statusCode()).isEqualTo(404);
      assertThat(get(service, "/api/nothing", "Bearer " + officer + "x").statusCode())
          .isEqualTo(401);
      assertThat(
              get(service, "/api/nothing", "Bearer " + provider.bearerToken("operator"))
                  .statusCode())
          .as("a token for another audience")
          .isEqualTo(401);
      Files.writeString(audience, "muster-operator\n");
      assertThat(get(service, "/api/nothing", "Bearer " + officer).statusCode())
          .as("a mounted file that was changed counts from the next start on")
          .isEqualTo(404);
      aSessionIsEndedAtAnotherInstance(service);
      HttpResponse<String> page = get(service, "/", null);
      assertThat(page.statusCode()).isEqualTo(302);
      HttpResponse<String> toProvider = get(service, "/oauth2/authorization/muster", null);
      assertThat(toProvider.headers().firstValue("Location").orElseThrow())
          .startsWith(provider.address() + "/oauth2/authorize?response_type=code&client_id=muster&")
          .contains("code_challenge_method=S256", "nonce=", "state=");
      assertThat(get(service, "/dev/sign-in", null).statusCode())
          .as("accounts for development")
          .isEqualTo(302);
    }
  }

  /** At a service that is another process's as far as its sessions and its clock are concerned. */
  @Test
  void whoSignedInLongAgoOrTooWeaklyIsSentToTheProviderAgain() throws Exception {
    AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);
    try (ConfigurableApplicationContext service =
        service(
            new LaterClock(later),
            "muster.sign-in.issuer=" + provider.address(),
            "muster.sign-in.client-id=muster-console",
            "muster.sign-in.client-secret=" + clientSecret(),
            "muster.sign-in.required.all.amr=otp,pwd",
            "muster.sign-in.required.security-officer.amr=mfa",
            "muster.sign-in.required.operator.acr=urn:example:strong",
            "server.servlet.session.cookie.name=ANOTHER")) {
      String muster = "http://127.0.0.1:" + port(service);
      for (String weak : List.of("security-officer", "operator")) {
        HttpResponse<String> refused = new Browser().signIn(muster, weak);
        assertThat(refused.statusCode()).as(weak).isEqualTo(403);
        assertThat(refused.body()).contains("You must sign in with another factor");
      }
      Browser here = new Browser();
      Browser there = new Browser();
      HttpResponse<String> account = here.signIn(muster, "auditor");
      assertThat(account.body()).contains("Your account");
      assertThat(Browser.way(account))
          .anyMatch(address -> address.contains("acr_values=urn:example:strong"))
          .noneMatch(address -> address.contains("prompt="));
      assertThat(there.signIn(muster, "auditor").body()).contains("Your account");
      later.set(Duration.ofMinutes(11));

      HttpResponse<String> form = here.endOthers(muster, account.body());

      assertThat(Browser.way(form))
          .anyMatch(address -> address.contains("prompt=login") && address.contains("max_age=600"));
      assertThat(form.uri().getPath()).isEqualTo("/dev/sign-in");
      assertThat(Browser.way(there.get(muster + "/account"))).as("not ended yet").hasSize(1);
      HttpResponse<String> old = here.signIn(form, "auditor");
      assertThat(old.statusCode()).as("the provider's time is this service's past").isEqualTo(403);
      assertThat(old.body()).contains("Nobody knows when you signed in");
      HttpResponse<String> again =
          here.signIn(here.endOthers(muster, here.get(muster + "/account").body()), "auditor");
      assertThat(again.statusCode()).isEqualTo(403);
      later.set(Duration.ZERO);
      HttpResponse<String> ended = here.endOthers(muster, here.get(muster + "/account").body());
      assertThat(ended.body()).contains("All your other sessions are ended.");
      assertThat(Browser.way(there.get(muster + "/account"))).as("ended").hasSizeGreaterThan(1);
    }
  }

  private String clientSecret() {
    return Objects.requireNonNull(clients.findByRegistrationId("muster")).getClientSecret();
  }

  /** As the page has it after signing in again, and what is done then. */
  @Test
  void whoHasSignedInAgainComesBackToThePageAndIsToldToDoItOnceMore() throws Exception {
    AtomicReference<Duration> later = new AtomicReference<>(Duration.ofMinutes(11));
    try (ConfigurableApplicationContext service =
        service(
            new LaterClock(later),
            "muster.sign-in.issuer=" + provider.address(),
            "muster.sign-in.client-id=muster-console",
            "muster.sign-in.client-secret=" + clientSecret(),
            "server.servlet.session.cookie.name=ANOTHER")) {
      String muster = "http://127.0.0.1:" + port(service);
      Browser here = new Browser();
      HttpResponse<String> form = here.endOthers(muster, here.signIn(muster, "auditor").body());
      later.set(Duration.ZERO);

      HttpResponse<String> back = here.signIn(form, "auditor");

      assertThat(back.uri()).hasToString(muster + "/account");
      assertThat(back.body()).contains("You have signed in again. Now do it once more.");
      assertThat(here.endOthers(muster, back.body()).body())
          .contains("All your other sessions are ended.");
    }
  }

  /** What goes from page to page as a browser does, without a window. */
  private final class Browser {

    private final HttpClient http =
        HttpClient.newBuilder()
            .cookieHandler(new CookieManager())
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();

    HttpResponse<String> get(String address) throws Exception {
      return send(http, ConfiguredSignInTests.get(address));
    }

    /** To the account's page, through the provider's form. */
    HttpResponse<String> signIn(String muster, String role) throws Exception {
      return signIn(get(muster + "/account"), role);
    }

    HttpResponse<String> signIn(HttpResponse<String> form, String role) throws Exception {
      return post(
          provider.address() + "/dev/sign-in",
          form.body(),
          "username=%s&password=%s".formatted(role, provider.password(role)));
    }

    HttpResponse<String> endOthers(String muster, String page) throws Exception {
      return post(muster + "/account/sessions/end-others", page, "x=y");
    }

    private HttpResponse<String> post(String address, String page, String fields) throws Exception {
      Matcher csrf = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"").matcher(page);
      assertThat(csrf.find()).as(page).isTrue();
      return send(
          http,
          ConfiguredSignInTests.get(address)
              .header("Content-Type", "application/x-www-form-urlencoded")
              .header("Referer", address.replaceFirst("/account/.*", "/account"))
              .POST(
                  BodyPublishers.ofString(
                      fields
                          + "&_csrf="
                          + URLEncoder.encode(csrf.group(1), StandardCharsets.UTF_8))));
    }

    /** Where it was led on the way to an answer. */
    static List<String> way(HttpResponse<String> answer) {
      List<String> way = new ArrayList<>();
      for (HttpResponse<String> one = answer;
          one != null;
          one = one.previousResponse().orElse(null)) {
        way.add(URLDecoder.decode(one.uri().toString(), StandardCharsets.UTF_8));
      }
      return way;
    }
  }

  /** In place of the service's own clock. */
  private record LaterClock(AtomicReference<Duration> later) implements BeanPostProcessor {
    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
      return bean instanceof Clock clock
          ? new Clock() {
            @Override
            public ZoneId getZone() {
              return clock.getZone();
            }

            @Override
            public Clock withZone(ZoneId zone) {
              return clock.withZone(zone);
            }

            @Override
            public Instant instant() {
              return clock.instant().plus(later.get());
            }
          }
          : bean;
    }
  }

  /** The session is the console's of the tests; it is this service that ends it. */
  private void aSessionIsEndedAtAnotherInstance(ConfigurableApplicationContext service)
      throws Exception {
    HttpRequest account =
        HttpRequest.newBuilder(URI.create(provider.address() + "/account"))
            .header("Accept", "text/html")
            .header("Cookie", "JSESSIONID=" + provider.session("technician").id())
            .build();
    HttpClient http = HttpClient.newHttpClient();
    assertThat(http.send(account, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
    Sessions elsewhere = service.getBean(Sessions.class);
    Callers.run(
        Caller.commandLine(),
        () ->
            elsewhere.all().stream()
                .filter(session -> session.name().equals("technician@dev"))
                .map(Session::account)
                .distinct()
                .forEach(elsewhere::endAll));
    assertThat(http.send(account, BodyHandlers.discarding()).statusCode()).isEqualTo(302);
  }

  @Test
  void whileTheProviderIsAwayPeopleAreToldAndDevicesAreServed() throws Exception {
    int nobody = FreePort.any();
    try (ConfigurableApplicationContext service =
        service(
            "muster.sign-in.issuer=http://127.0.0.1:" + nobody,
            "muster.sign-in.client-id=muster")) {
      HttpResponse<String> page = get(service, "/", null);
      assertThat(page.statusCode()).isEqualTo(503);
      assertThat(page.body()).contains("The identity provider can&#39;t be reached.");
      assertThat(get(service, "/device/token", null).statusCode()).isEqualTo(405);
    }
  }

  /** It answers with headers, and nothing of the body. */
  @Test
  void aProviderThatStopsInTheMiddleOfItsTokensKeepsNobodyWaiting() throws Exception {
    HttpServer stalling =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    String issuer = "http://127.0.0.1:" + stalling.getAddress().getPort();
    CountDownLatch over = new CountDownLatch(1);
    stalling.createContext(
        "/.well-known/openid-configuration",
        exchange -> {
          byte[] metadata =
              """
              {"issuer": "%1$s", "authorization_endpoint": "%1$s/authorize", "token_endpoint": "%1$s/token",
               "jwks_uri": "%1$s/keys", "subject_types_supported": ["public"], "response_types_supported": ["code"]}
              """
                  .formatted(issuer)
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, metadata.length);
          exchange.getResponseBody().write(metadata);
          exchange.close();
        });
    stalling.createContext(
        "/token",
        exchange -> {
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, 1000);
          exchange.getResponseBody().flush();
          try {
            boolean unused = over.await(2, TimeUnit.MINUTES);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    stalling.start();
    try (ConfigurableApplicationContext service =
        service("muster.sign-in.issuer=" + issuer, "muster.sign-in.client-id=muster")) {
      String muster = "http://127.0.0.1:" + port(service);
      HttpClient browser = HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
      Matcher state =
          Pattern.compile("[?&]state=([^&]+)")
              .matcher(
                  header(send(browser, get(muster + "/oauth2/authorization/muster")), "Location"));
      assertThat(state.find()).isTrue();

      HttpResponse<String> answer =
          send(
              browser,
              get(muster + "/login/oauth2/code/muster?code=some&state=" + state.group(1))
                  .timeout(Duration.ofMinutes(1)));

      assertThat(header(answer, "Location")).endsWith("/sign-in-failed");
    } finally {
      over.countDown();
      stalling.stop(0);
    }
  }

  @Test
  void withoutAProviderNobodyGetsInAndThePageSaysWhatToConfigure() throws Exception {
    try (ConfigurableApplicationContext service = service()) {
      HttpResponse<String> page = get(service, "/", null);
      assertThat(page.statusCode()).isEqualTo(503);
      assertThat(page.body()).contains("muster.sign-in.issuer");
      assertThat(
              get(service, "/api/nothing", "Bearer " + provider.bearerToken("operator"))
                  .statusCode())
          .isEqualTo(401);
    }
  }

  @Test
  void tooManyAttemptsFromOneAddressHaveToWait() throws Exception {
    try (ConfigurableApplicationContext service =
        service(
            "muster.sign-in.issuer=" + provider.address(),
            "muster.sign-in.client-id=muster",
            "muster.sign-in.times=3",
            "muster.sign-in.within=1h")) {
      List<Integer> answers =
          IntStream.range(0, 4)
              .mapToObj(i -> getUnchecked(service, "/oauth2/authorization/muster").statusCode())
              .toList();
      assertThat(answers).containsExactly(302, 302, 302, 429);
      HttpResponse<String> tooOften = getUnchecked(service, "/oauth2/authorization/muster");
      assertThat(tooOften.headers().firstValueAsLong("Retry-After").orElseThrow())
          .isBetween(1L, 1200L);
      assertThat(tooOften.body()).contains("Too many attempts");
    }
  }

  @Test
  void aProviderThatIsAwayOrSpellsItsIssuerOtherwiseIsSaidSoAndHealthDoesNotNeedIt()
      throws Exception {
    String token = "Bearer " + provider.bearerToken("operator");
    for (String issuer : List.of("http://127.0.0.1:" + FreePort.any(), provider.address() + "/")) {
      try (ConfigurableApplicationContext service =
          service("muster.sign-in.issuer=" + issuer, "muster.sign-in.client-id=muster")) {
        HttpResponse<String> answer = get(service, "/api/manifests", token);
        assertThat(answer.statusCode()).as(issuer).isEqualTo(503);
        assertThat(answer.body())
            .contains("urn:muster:problem:provider-away", "The identity provider can't be asked");
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        // Let through; this service has none to show, as nothing is served.
        assertThat(get(service, "/actuator/health", token).statusCode()).isEqualTo(404);
        assertThat(get(service, "/api/manifests", "Bearer nonsense").statusCode()).isIn(401, 503);
      }
    }
  }

  @Test
  void behindAProxyCookiesAreSecureAndMetricsAreForAccountsOnly() throws Exception {
    for (String strategy : List.of("framework", "native")) {
      try (ConfigurableApplicationContext service =
          service(
              "muster.sign-in.issuer=" + provider.address(),
              "muster.sign-in.client-id=muster",
              "server.forward-headers-strategy=" + strategy)) {
        assertThat(
                get(service, "/oauth2/authorization/muster", null, "X-Forwarded-Proto", "https")
                    .headers()
                    .firstValue("Set-Cookie")
                    .orElseThrow())
            .as(strategy)
            .startsWith("__Host-muster=")
            .contains("; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax");
        for (String header :
            List.of(
                "X-Forwarded-For", "X-Real-IP", "Via", "X-Forwarded-Proto", "Accept-Language")) {
          assertThat(get(service, "/actuator/prometheus", null, header, "127.0.0.1").statusCode())
              .as("%s %s", strategy, header)
              .isEqualTo(401);
        }
      }
    }
  }

  @Test
  void onLoopbackMetricsAreOpenAndProxiesAndOtherNamesAreNoted() throws Exception {
    try (ConfigurableApplicationContext service = service("muster.http.hosts=muster.example")) {
      // Let through; this service has none to show, as nothing is served.
      assertThat(get(service, "/actuator/prometheus", null).statusCode()).isEqualTo(404);
      assertThat(get(service, "/actuator/prometheus", null, "X-Real-IP", "192.0.2.1").statusCode())
          .isEqualTo(401);
      assertThat(rawGet(service, "/actuator/prometheus", "rebound.example"))
          .startsWith("HTTP/1.1 400")
          .contains("urn:muster:problem:unusable-address", "muster.http.hosts");
      assertThat(rawGet(service, "/actuator/prometheus", "muster.example"))
          .startsWith("HTTP/1.1 401");
    }
  }

  @Test
  void whatOthersCanReachIsEncryptedOrDoesNotStart() {
    assertThatThrownBy(() -> service("server.address=0.0.0.0"))
        .hasStackTraceContaining("server.ssl.bundle")
        .hasStackTraceContaining("server.forward-headers-strategy");
  }

  @Test
  void belowAPathSignInStylesAndScriptsAreThere() throws Exception {
    try (ConfigurableApplicationContext service =
        service(
            "muster.sign-in.issuer=" + provider.address(),
            "muster.sign-in.client-id=muster",
            "muster.sign-in.audience=muster-security-officer",
            "muster.sign-in.roles-claim=roles",
            "server.servlet.context-path=/muster")) {
      assertThat(get(service, "/muster/", null).headers().firstValue("Location").orElseThrow())
          .endsWith("/muster/oauth2/authorization/muster");
      assertThat(get(service, "/muster/oauth2/authorization/muster", null).statusCode())
          .isEqualTo(302);
      String page = get(service, "/muster/signed-out", null).body();
      List<String> addresses = addressesBelowMuster(page);
      for (String address : addresses) {
        assertThat(get(service, address, null).statusCode()).as(address).isIn(200, 302);
      }
    }
  }

  @Test
  void belowAPathProgramsAreAnsweredAsElsewhere() throws Exception {
    try (ConfigurableApplicationContext service =
        service(
            "muster.sign-in.issuer=" + provider.address(),
            "muster.sign-in.client-id=muster",
            "muster.sign-in.audience=muster-security-officer",
            "muster.sign-in.roles-claim=roles",
            "server.servlet.context-path=/muster")) {
      String factories = "http://localhost:" + port(service) + "/muster/api/factories";
      HttpClient http = HttpClient.newHttpClient();
      HttpRequest.Builder add =
          get(factories)
              .header("Authorization", "Bearer " + provider.bearerToken("security-officer"))
              .header("Content-Type", "application/json")
              .header("Accept-Language", "de")
              .header("Idempotency-Key", "below-" + System.nanoTime());
      HttpRequest once =
          add.copy()
              .POST(
                  BodyPublishers.ofString(
                      "{\"id\": \"below-%s\", \"settings\": {\"recipients\": [\"%s\"]}}"
                          .formatted(
                              System.nanoTime(), AgeIdentity.generate().recipient().publicKey())))
              .build();
      assertThat(http.send(once, BodyHandlers.ofString()).statusCode()).isEqualTo(201);
      HttpResponse<String> again = http.send(once, BodyHandlers.ofString());
      assertThat(again.statusCode()).isEqualTo(201);
      assertThat(header(again, "Idempotency-Replayed")).isEqualTo("true");
      HttpResponse<String> unmatched =
          http.send(add.copy().DELETE().build(), BodyHandlers.ofString());
      assertThat(unmatched.statusCode()).isEqualTo(405);
      assertThat(unmatched.body()).contains("urn:muster:problem:method-not-allowed");
    }
  }

  /** Forged headers do not get through; what the service says of itself is what its users see. */
  @Test
  void behindNginxAsDocumentedAddressesCookiesAndNamesAreThoseOfTheProxy(@TempDir Path folder)
      throws Exception {
    try (ConfigurableApplicationContext service =
            service(
                "muster.sign-in.issuer=" + provider.address(),
                "muster.sign-in.client-id=muster",
                "muster.sign-in.audience=muster-security-officer",
                "muster.sign-in.roles-claim=roles",
                "muster.http.hosts=localhost",
                "server.forward-headers-strategy=native");
        Nginx nginx = Nginx.start(Nginx.documented().get(0), port(service), folder)) {
      HttpClient http = nginx.client();
      HttpResponse<String> signIn =
          send(http, get(nginx.address() + "/oauth2/authorization/muster"));
      assertThat(header(signIn, "Set-Cookie"))
          .startsWith("__Host-muster=")
          .contains("; Path=/;", "; Secure", "; HttpOnly", "; SameSite=Lax");
      assertThat(header(signIn, "Strict-Transport-Security"))
          .contains("max-age=31536000", "includeSubDomains");
      assertThat(header(signIn, "Location"))
          .contains("redirect_uri=" + nginx.address() + "/login/oauth2/code/muster");
      assertThat(header(send(http, get(nginx.address() + "/")), "Location"))
          .startsWith(nginx.address() + "/");

      String bearer = "Bearer " + provider.bearerToken("security-officer");
      String factory = "nginx-" + System.nanoTime();
      HttpResponse<String> added =
          send(
              http,
              get(nginx.address() + "/api/factories")
                  .header("Authorization", bearer)
                  .header("Content-Type", "application/json")
                  .header("Forwarded", "for=192.0.2.66;host=evil.example;proto=http")
                  .header("X-Forwarded-For", "192.0.2.66")
                  .header("X-Forwarded-Host", "evil.example")
                  .header("X-Forwarded-Port", "81")
                  .header("X-Forwarded-Prefix", "/evil")
                  .POST(
                      BodyPublishers.ofString(
                          "{\"id\": \"%s\", \"settings\": {\"recipients\": [\"%s\"]}}"
                              .formatted(
                                  factory, AgeIdentity.generate().recipient().publicKey()))));
      assertThat(added.statusCode()).as(added.body()).isEqualTo(201);
      assertThat(header(added, "Location"))
          .isEqualTo(nginx.address() + "/api/factories/" + factory);
      HttpResponse<String> audit =
          send(
              http,
              get(nginx.address() + "/api/audit?limit=1&action=factory.add&subject=" + factory)
                  .header("Authorization", bearer));
      assertThat(audit.body()).contains("\"api 127.0.0.1\"");
      assertThat(send(http, get(nginx.address() + "/actuator/prometheus")).statusCode())
          .isEqualTo(401);
      assertThat(nginx.answerForHost("rebound.example"))
          .startsWith("HTTP/1.1 400")
          .contains("muster.http.hosts");
    }
  }

  @Test
  void behindNginxAsDocumentedBelowAPathEverythingIsBelowIt(@TempDir Path folder) throws Exception {
    String end = Nginx.documented().get(1);
    String server =
        Nginx.documented()
            .get(0)
            .replaceFirst(
                "(?s)    proxy_set_header X-Forwarded-Prefix.*",
                Matcher.quoteReplacement(end + "}\n"));
    try (ConfigurableApplicationContext service =
            service(
                "muster.sign-in.issuer=" + provider.address(),
                "muster.sign-in.client-id=muster",
                "muster.http.hosts=localhost",
                "server.forward-headers-strategy=framework");
        Nginx nginx = Nginx.start(server, port(service), folder)) {
      HttpClient http = nginx.client();
      String muster = nginx.address() + "/muster";
      assertThat(header(send(http, get(muster + "/")), "Location"))
          .isEqualTo(muster + "/oauth2/authorization/muster");
      HttpResponse<String> signIn = send(http, get(muster + "/oauth2/authorization/muster"));
      assertThat(header(signIn, "Location"))
          .contains("redirect_uri=" + muster + "/login/oauth2/code/muster");
      assertThat(header(signIn, "Set-Cookie")).contains("-muster=", "; Secure", "; HttpOnly");
      String page = send(http, get(muster + "/signed-out")).body();
      List<String> addresses = addressesBelowMuster(page);
      for (String address : addresses) {
        assertThat(send(http, get(nginx.address() + address)).statusCode())
            .as(address)
            .isIn(200, 302);
      }
    }
  }

  private static HttpRequest.Builder get(String address) {
    return HttpRequest.newBuilder(URI.create(address)).header("Accept", "text/html, */*");
  }

  private static HttpResponse<String> send(HttpClient http, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static String header(HttpResponse<String> answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  private static String port(ConfigurableApplicationContext service) {
    return Objects.requireNonNull(service.getEnvironment().getProperty("local.server.port"));
  }

  private static String rawGet(ConfigurableApplicationContext service, String path, String host)
      throws IOException {
    int port = Integer.parseInt(port(service));
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket
          .getOutputStream()
          .write(
              "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                  .formatted(path, host)
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** On the database of the tests' console, but nothing runs by itself here. */
  private ConfigurableApplicationContext service(String... properties) {
    return service(new LaterClock(new AtomicReference<>(Duration.ZERO)), properties);
  }

  private ConfigurableApplicationContext service(LaterClock clock, String... properties) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--spring.main.web-application-type=servlet",
                "--server.port=0",
                "--muster.home=" + environment.getProperty("muster.home")));
    for (String property : properties) {
      arguments.add("--" + property);
    }
    return new SpringApplicationBuilder(Muster.class)
        .initializers(context -> context.getBeanFactory().addBeanPostProcessor(clock))
        .run(arguments.toArray(String[]::new));
  }

  private static HttpResponse<String> getUnchecked(
      ConfigurableApplicationContext service, String path) {
    try {
      return get(service, path, null);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpResponse<String> get(
      ConfigurableApplicationContext service,
      String path,
      @Nullable String authorization,
      String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port(service) + path))
            .header("Accept", "text/html");
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }

  /** Of what a page links to and is made of. */
  private static List<String> addressesBelowMuster(String page) {
    List<String> addresses =
        Pattern.compile("(?:href|src)=\"(/[^\"]*)\"")
            .matcher(page)
            .results()
            .map(found -> found.group(1))
            .toList();
    assertThat(addresses).hasSizeGreaterThan(4).allMatch(one -> one.startsWith("/muster/"));
    return addresses;
  }
}
