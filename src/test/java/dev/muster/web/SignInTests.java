package dev.muster.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
import com.microsoft.playwright.options.FormData;
import com.microsoft.playwright.options.RequestOptions;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.muster.access.AuditLog.Outcome;
import dev.muster.audit.AuditTrail;
import dev.muster.export.Period;
import dev.muster.home.MusterHome;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ConsoleTest
@Tag("slow")
class SignInTests {

  @Autowired private Console console;
  @Autowired private MusterHome home;
  @Autowired private AuditTrail audit;
  @Autowired private JdbcClient jdbc;
  @Autowired private JWKSource<SecurityContext> keys;

  @Test
  void aPersonSignsInThroughTheProviderAndOutAgain() {
    Page page = console.anonymous();
    List<String> urls = new ArrayList<>();
    page.onRequest(request -> urls.add(request.url()));
    page.navigate(console.address() + "/account");
    assertThat(page).hasURL(console.address() + "/dev/sign-in");
    console.accessible(page);
    console.signIn(page, "operator");
    assertThat(page).hasURL(console.address() + "/account");
    assertThat(page.locator("main")).containsText("operator@dev");
    console.accessible(page);
    assertThat(urls).as("tokens in a URL").noneMatch(url -> url.contains("token="));
    Cookie session = page.context().cookies().get(0);
    assertThat(session.httpOnly).isTrue();
    assertThat(session.sameSite.name()).isEqualTo("LAX");

    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Sign out")).click();
    assertThat(page).hasURL(console.address() + "/signed-out");
    console.accessible(page);
    page.navigate(console.address() + "/account");
    assertThat(page).hasURL(console.address() + "/dev/sign-in");
    assertThat(
            audit.page(
                new AuditTrail.Filter("operator@dev", "sign-", null, Outcome.DONE, Period.EVER),
                null,
                10))
        .extracting(entry -> entry.action())
        .contains("sign-in", "sign-out");
  }

  @Test
  void aPersonSeesTheirSessionsAndEndsTheOthers() throws Exception {
    Console.Session here = console.session("auditor");
    Console.Session there = console.session("auditor");
    assertThat(account(here)).isEqualTo(200);
    assertThat(account(there)).isEqualTo(200);
    Page page = console.signedIn("auditor");
    page.navigate(console.address() + "/account");
    assertThat(page.locator("main")).containsText("now: this session");
    assertThat(page.locator("main")).containsText("Java-http-client");
    console.accessible(page);

    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("End all others")).click();

    assertThat(page.getByRole(AriaRole.STATUS)).containsText("All your other sessions are ended.");
    assertThat(account(here)).as("a session that was ended").isEqualTo(302);
    assertThat(account(there)).as("a session that was ended").isEqualTo(302);
    page.reload();
    assertThat(page.locator("main")).containsText("auditor@dev");
    assertThat(
            audit.page(
                new AuditTrail.Filter(
                    "auditor@dev", "session.end", null, Outcome.DONE, Period.EVER),
                null,
                1))
        .extracting(entry -> entry.subject())
        .singleElement()
        .asString()
        .startsWith("all-but=");
  }

  @Test
  void theSecurityOfficerSeesAndEndsAnybodysSession() throws Exception {
    Console.Session somebody = console.session("technician");
    Page page = console.signedIn("security-officer");
    page.navigate(console.address() + "/sessions");
    console.accessible(page);
    Locator row =
        page.getByRole(AriaRole.ROW)
            .filter(new Locator.FilterOptions().setHasText("technician@dev"))
            .first();
    row.getByRole(AriaRole.BUTTON).first().click();
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("The session is ended.");
    assertThat(account(somebody)).as("a session that was ended").isEqualTo(302);

    Console.Session another = console.session("technician");
    String officer = "Bearer " + console.bearerToken("security-officer");
    JsonNode sessions =
        new JsonMapper().readTree(get("/api/sessions", "Authorization", officer).body());
    String technicians =
        sessions.values().stream()
            .filter(session -> session.get("name").asString().equals("technician@dev"))
            .findFirst()
            .orElseThrow()
            .get("account")
            .asString();
    HttpRequest end =
        HttpRequest.newBuilder(
                URI.create(
                    console.address()
                        + "/api/sessions?account="
                        + URLEncoder.encode(technicians, StandardCharsets.UTF_8)))
            .header("Authorization", officer)
            .DELETE()
            .build();
    HttpClient http = HttpClient.newHttpClient();
    assertThat(http.send(end, BodyHandlers.discarding()).statusCode()).isEqualTo(204);
    assertThat(account(another)).as("a session that was ended").isEqualTo(302);
    assertThat(http.send(end, BodyHandlers.discarding()).statusCode()).isEqualTo(409);

    Page operator = console.signedIn("operator");
    assertThat(operator.navigate(console.address() + "/sessions").status()).isEqualTo(403);
  }

  @Test
  void whoIsSignedOutAtTheProviderIsOutHereAndWrongLogoutTokensEndNothing() throws Exception {
    Console.Session one = console.session("auditor");
    Console.Session another = console.session("auditor");
    assertThat(account(one)).isEqualTo(200);
    JWSSigner stranger = new RSASSASigner(new RSAKeyGenerator(2048).generate());
    JWSSigner provider = new RSASSASigner((RSAKey) keys.get(ANY_KEY, null).get(0));
    for (String wrong :
        List.of(
            "rubbish",
            logoutToken("auditor", stranger, claims -> {}),
            logoutToken("auditor", provider, claims -> claims.audience("another")),
            logoutToken("auditor", provider, claims -> claims.issuer("http://127.0.0.1:1")),
            logoutToken("auditor", provider, claims -> claims.claim("nonce", "of an ID token")),
            logoutToken("auditor", provider, claims -> claims.claim("events", null)),
            logoutToken(null, provider, claims -> {}),
            logoutToken(
                "auditor", provider, claims -> claims.expirationTime(Date.from(Instant.EPOCH))))) {
      assertThat(backChannel(wrong).statusCode()).as(wrong).isEqualTo(400);
    }
    assertThat(account(one)).as("a session that goes on").isEqualTo(200);
    assertThat(account(another)).as("a session that goes on").isEqualTo(200);

    HttpResponse<String> answer = backChannel(logoutToken("auditor", provider, claims -> {}));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Cache-Control").orElse("")).contains("no-store");
    assertThat(answer.headers().allValues("Set-Cookie")).isEmpty();
    assertThat(account(one)).as("a session that was ended").isEqualTo(302);
    assertThat(account(another)).as("a session that was ended").isEqualTo(302);
    assertThat(
            audit.page(
                new AuditTrail.Filter(
                    "identity provider", "session.end", null, Outcome.DONE, Period.EVER),
                null,
                1))
        .extracting(entry -> entry.subject())
        .singleElement()
        .asString()
        .startsWith("account=" + console.address() + " auditor sessions=");
    assertThat(backChannel("x".repeat(70_000)).statusCode()).isEqualTo(413);
  }

  /** One of the provider's sessions has ended, and not the account's others. */
  @Test
  void theProviderEndsOneOfSeveralSessions() throws Exception {
    Console.Session one = console.session("factory");
    Console.Session another = console.session("factory");
    JWSSigner provider = new RSASSASigner((RSAKey) keys.get(ANY_KEY, null).get(0));
    String ofOne =
        jdbc.sql(
                """
                SELECT provider_session FROM console_session
                 WHERE name = 'factory@dev' ORDER BY signed_in_at DESC LIMIT 1 OFFSET 1\
                """)
            .query(String.class)
            .single();

    String token = logoutToken(null, provider, claims -> claims.claim("sid", ofOne));

    assertThat(backChannel(token).statusCode()).isEqualTo(200);
    assertThat(account(one)).as("the session that was ended").isEqualTo(302);
    assertThat(account(another)).as("the other session").isEqualTo(200);
  }

  private static final JWKSelector ANY_KEY = new JWKSelector(new JWKMatcher.Builder().build());

  /** As OpenID Connect Back-Channel Logout 1.0, 2.4, has it, but for what is changed. */
  private String logoutToken(
      @Nullable String subject, JWSSigner key, Consumer<JWTClaimsSet.Builder> change)
      throws JOSEException {
    JWTClaimsSet.Builder claims =
        new JWTClaimsSet.Builder()
            .issuer(console.address())
            .audience("muster-console")
            .subject(subject)
            .issueTime(Date.from(Instant.now()))
            .expirationTime(Date.from(Instant.now().plusSeconds(120)))
            .jwtID(UUID.randomUUID().toString())
            .claim(
                "events", Map.of("http://schemas.openid.net/event/backchannel-logout", Map.of()));
    change.accept(claims);
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256)
                .type(new JOSEObjectType("logout+jwt"))
                .build(),
            claims.build());
    token.sign(key);
    return token.serialize();
  }

  private HttpResponse<String> backChannel(String token) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create(console.address() + "/logout/connect/back-channel/muster"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("logout_token=" + token))
                .build(),
            BodyHandlers.ofString());
  }

  /** What the account page answers in this session. */
  private int account(Console.Session session) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(console.address() + "/account"))
                .header("Accept", "text/html")
                .header("Cookie", "JSESSIONID=" + session.id())
                .build(),
            BodyHandlers.discarding())
        .statusCode();
  }

  @Test
  void aWrongPasswordIsSaidAndLetsNobodyIn() {
    Page page = console.anonymous();
    page.navigate(console.address() + "/account");
    page.getByLabel("Account").selectOption("operator");
    page.getByLabel("Password").fill("wrong");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Sign in")).click();
    assertThat(page.getByRole(AriaRole.ALERT)).containsText("do not fit together");
    page.navigate(console.address() + "/account");
    assertThat(page).hasURL(console.address() + "/dev/sign-in");
  }

  @Test
  void whoHasSignedInAtTheProviderOnlyIsNotYetInTheConsole() {
    Page page = console.anonymous();
    page.navigate(console.address() + "/dev/sign-in");
    APIResponse signedIn =
        page.request()
            .post(
                console.address() + "/dev/sign-in",
                RequestOptions.create()
                    .setMaxRedirects(0)
                    .setForm(
                        FormData.create()
                            .set("username", "auditor")
                            .set("password", console.password("auditor"))
                            .set("_csrf", page.locator("input[name=_csrf]").inputValue())));
    assertThat(signedIn.headers().get("location")).doesNotContain("error");
    APIResponse account =
        page.request()
            .get(
                console.address() + "/account",
                RequestOptions.create().setMaxRedirects(0).setHeader("Accept", "text/html"));
    assertThat(account.status()).isEqualTo(302);
    assertThat(account.headers().get("location")).endsWith("/oauth2/authorization/muster");
  }

  @Test
  void everyAnswerForbidsForeignScriptsFramesAndCaches() {
    Page page = console.signedIn("operator");
    Response answer = page.navigate(console.address() + "/account");
    Map<String, String> headers = answer.allHeaders();
    assertThat(headers.get("content-security-policy"))
        .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
        .doesNotContain("unsafe");
    assertThat(headers)
        .containsEntry("x-content-type-options", "nosniff")
        .containsEntry("x-frame-options", "DENY");
    assertThat(headers.get("cache-control")).contains("no-store");
  }

  @Test
  void aFormWithoutItsSecretIsRefused() {
    Page page = console.signedIn("operator");
    var answer = page.request().post(console.address() + "/logout");
    assertThat(answer.status()).isEqualTo(403);
    page.navigate(console.address() + "/account");
    assertThat(page.locator("main")).containsText("operator@dev");
  }

  @Test
  void theApiWantsABearerTokenAndSaysSo() {
    HttpResponse<String> without = get("/api/devices", "Accept", "*/*");
    assertThat(without.statusCode()).isEqualTo(401);
    assertThat(without.headers().firstValue("WWW-Authenticate"))
        .hasValueSatisfying(how -> assertThat(how).startsWith("Bearer"));
    assertThat(without.body()).contains("urn:muster:problem:not-signed-in");
    assertThat(get("/api/devices", "Authorization", "Bearer rubbish").statusCode()).isEqualTo(401);
    assertThat(
            get("/api/nothing", "Authorization", "Bearer " + console.bearerToken("auditor"))
                .statusCode())
        .isEqualTo(404);
    // A session is none of the API's business: it could be ridden.
    Page page = console.signedIn("auditor");
    assertThat(page.request().get(console.address() + "/api/devices").status()).isEqualTo(401);
  }

  @Test
  void passwordsOfDevelopmentAreTheOwnersOnly() throws Exception {
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(home.keys().resolve("dev-accounts"))))
        .isEqualTo("rw-------");
  }

  @Test
  void nothingIsReadOfAFileThatNobodySignedInSends() throws Exception {
    byte[] start = new byte[64 * 1024];
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), URI.create(console.address()).getPort())) {
      socket
          .getOutputStream()
          .write(
              """
              POST /manifests/send HTTP/1.1\r
              Host: 127.0.0.1\r
              Content-Type: multipart/form-data; boundary=x\r
              Content-Length: 1000000000\r
              \r
              --x\r
              Content-Disposition: form-data; name="file"; filename="x.csv"\r
              \r
              """
                  .getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(start);
      // The answer is there though most of the file never came.
      assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 401");
    }
  }

  private HttpResponse<String> get(String path, String header, String value) {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create(console.address() + path))
                  .header(header, value)
                  .build(),
              BodyHandlers.ofString());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
