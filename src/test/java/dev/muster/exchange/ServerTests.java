package dev.muster.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.TestManifest;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The service's port as an operator and a device meet it: real processes. */
@Tag("slow")
class ServerTests {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern ADDRESS =
      Pattern.compile("exchange tokens at (http://127\\.0\\.0\\.1:(\\d+)/device/token)\\.");
  private static final String KEY = "cHJpbWFyeS1rZXktZm9yLXRlc3RzLW9ubHktcGxlYXNlIQ==";

  private static final String OTHER_KEY = "c2Vjb25kYXJ5LWtleS1mb3ItdGVzdHMtb25seS1wbGVhc2U=";

  @TempDir private Path folder;

  @Test
  void aDeviceExchangesItsTokenWithTheServiceAndAnOperatorSeesOldTokens() throws Exception {
    Path home = folder.resolve("home");
    MusterProcess muster =
        MusterProcess.withHub(
            home, KEY, OTHER_KEY, "-Dmuster.exchange.interval=0s", "-Dlogging.level.root=DEBUG");
    TestManifest manifest = TestManifest.seeded(4).rows(3);
    String device = manifest.deviceId(3);
    Path file = manifest.write(folder.resolve("three.csv"));
    assertThat(muster.run("provision", file.toString()).exitCode()).isZero();
    assertThat(muster.run("token-reports").out()).contains("No device has presented an old token.");
    Running service = muster.start("serve");
    try {
      HttpClient http = HttpClient.newHttpClient();
      URI address = URI.create(addressOf(service).group(1));
      TestToken old =
          new TestToken("contoso.servicebus.windows.net", "telemetry", "send", KEY, device, 0)
              .expiry(Instant.now().plus(Duration.ofDays(3)));

      HttpResponse<String> first = exchange(http, address, old.text());
      assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
      String fresh = new JsonMapper().readTree(first.body()).get("token").asString();
      assertThat(exchange(http, address, fresh).statusCode()).isEqualTo(200);
      assertThat(exchange(http, address, old.text()).statusCode()).isEqualTo(200);
      assertThat(exchange(http, address, "x" + fresh).statusCode()).isEqualTo(401);

      JsonNode reports = new JsonMapper().readTree(muster.run("token-reports", "--json").out());
      assertThat(reports).hasSize(1);
      assertThat(reports.get(0).get("deviceId").asString()).isEqualTo(device);
      assertThat(reports.get(0).get("times").asInt()).isEqualTo(2);
      assertThat(muster.run("token-reports").out()).contains(device).contains("127.0.0.1");
      assertThat(muster.run("token-reports", device, "--export", "csv").out().lines()).hasSize(2);
      assertThat(muster.run("token-reports", "--factory", "another").out())
          .contains("No device has presented an old token.");

      Result rotated = muster.run("rotate-key", "contoso", "--compromised");
      assertThat(rotated.exitCode()).as(rotated.err()).isZero();
      assertThat(exchange(http, address, fresh).statusCode()).isEqualTo(401);
      TestToken next =
          new TestToken("contoso.servicebus.windows.net", "telemetry", "send", OTHER_KEY, device, 0)
              .expiry(Instant.now().plus(Duration.ofDays(3)));
      assertThat(exchange(http, address, next.text()).statusCode()).isEqualTo(200);

      service.process().destroy();
      assertThat(service.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(exchangeFails(http, address)).isTrue();
    } finally {
      service.process().destroyForcibly().waitFor();
    }
    assertThat(Files.readString(home.resolve("log/muster.log")))
        .contains(
            " DEBUG ",
            "exchange=old-token device=" + device,
            "exchange=refused reason=form",
            "reason=old-key")
        .doesNotContain("sig=", KEY, OTHER_KEY);
    assertThat(service.out() + service.err()).doesNotContain("sig=", KEY, OTHER_KEY);
  }

  @Test
  void aPortThatIsTakenIsAnErrorThatSaysWhatToDo() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      MusterProcess muster = new MusterProcess(folder.resolve("home"), "-Dserver.port=" + port);

      Result result = muster.run("serve");

      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.err().strip())
          .isEqualTo(
              "Port %d is taken, perhaps by another instance of jobs/serve. Each needs a port of its own: MUSTER_JAVA_OPTS=-Dserver.port=%d jobs/serve, or server.port in the configuration; 0 takes one that is free."
                  .formatted(port, port + 1));
      assertThat(result.out()).doesNotContain("serving");
      // Commands need no port
      assertThat(muster.run("status").exitCode()).isZero();
    }
  }

  private static Matcher addressOf(Running service) throws Exception {
    Await.until(PATIENCE, service::out, out -> ADDRESS.matcher(out).find());
    Matcher address = ADDRESS.matcher(service.out());
    assertThat(address.find()).isTrue();
    return address;
  }

  private static HttpResponse<String> exchange(HttpClient http, URI address, String token)
      throws Exception {
    return http.send(
        HttpRequest.newBuilder(address)
            .header("Authorization", token)
            .timeout(Duration.ofSeconds(30))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build(),
        BodyHandlers.ofString());
  }

  private static boolean exchangeFails(HttpClient http, URI address) throws Exception {
    try {
      exchange(http, address, "anything");
      return false;
    } catch (ConnectException e) {
      return true;
    }
  }
}
