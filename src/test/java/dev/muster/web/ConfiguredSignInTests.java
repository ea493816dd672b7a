package dev.muster.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Muster;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;

/**
 * A service that is configured for an organisation's provider, which is another process's: here,
 * the provider that the tests' console has built in.
 */
@ConsoleTest
class ConfiguredSignInTests {

  @Autowired private Console provider;
  @Autowired private Environment environment;

  @Test
  void bearerTokensOfTheProviderForMusterCountAndNoOthers() throws Exception {
    try (ConfigurableApplicationContext service =
        service(
            "muster.sign-in.issuer=" + provider.address(),
            "muster.sign-in.client-id=muster",
            "muster.sign-in.audience=muster-auditor",
            "muster.sign-in.roles-claim=roles")) {
      String auditor = provider.bearerToken("auditor");

      assertThat(get(service, "/api/nothing", "Bearer " + auditor).statusCode()).isEqualTo(404);
      assertThat(get(service, "/api/nothing", "Bearer " + auditor + "x").statusCode())
          .isEqualTo(401);
      assertThat(
              get(service, "/api/nothing", "Bearer " + provider.bearerToken("operator"))
                  .statusCode())
          .as("a token for another audience")
          .isEqualTo(401);
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

  @Test
  void whileTheProviderIsAwayPeopleAreToldAndDevicesAreServed() throws Exception {
    int nobody = freePort();
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

  /** On the database of the tests' console, but nothing runs by itself here. */
  private ConfigurableApplicationContext service(String... properties) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--spring.main.web-application-type=servlet",
                "--server.port=0",
                "--muster.home=" + environment.getProperty("muster.home")));
    for (String property : properties) {
      arguments.add("--" + property);
    }
    return new SpringApplicationBuilder(Muster.class).run(arguments.toArray(String[]::new));
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
      ConfigurableApplicationContext service, String path, @Nullable String authorization)
      throws IOException, InterruptedException {
    String port = Objects.requireNonNull(service.getEnvironment().getProperty("local.server.port"));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Accept", "text/html");
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
