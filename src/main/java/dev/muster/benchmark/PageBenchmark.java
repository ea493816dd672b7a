package dev.muster.benchmark;

import dev.muster.home.MusterHome;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * How fast pages answer when the registry is large: an operator signs in as people do, and asks for
 * each page again and again over one connection, each time for another device, manifest or run.
 * What is measured is from the request to the last byte of the page, without pictures and styles.
 */
@Component
public class PageBenchmark {

  private static final int WARM_UPS = 20;
  private static final int OK = 200;

  /** How many of each kind are asked for in turn. */
  private static final int EXAMPLES = 40;

  private static final Pattern CSRF = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"");

  private static final Pattern ACCESS_TOKEN =
      Pattern.compile("\"access_token\"\\s*:\\s*\"([^\"]+)\"");

  private static final String MANIFESTS =
      "SELECT manifest_id FROM manifest WHERE delivered_at IS NOT NULL ORDER BY"
          + " hashint4(manifest_id) LIMIT ?";
  private static final String DEVICES = "SELECT device_id FROM device ORDER BY device_id LIMIT ?";
  private static final String BEGINNINGS =
      "SELECT left(device_id::text, 8) FROM device ORDER BY device_id LIMIT ?";
  private static final String IN_SERVICE =
      "SELECT device_id FROM device d WHERE NOT EXISTS (SELECT FROM device_status s"
          + " WHERE s.device_id = d.device_id AND s.state IS NOT NULL) ORDER BY device_id LIMIT ?";
  private static final String CHANGED =
      "SELECT device_id FROM device_status ORDER BY device_id LIMIT ?";
  private static final String SERIALS =
      "SELECT serial_number FROM device WHERE serial_number IS NOT NULL ORDER BY device_id LIMIT ?";
  private static final String EXECUTIONS =
      "SELECT job_execution_id FROM batch_job_execution WHERE status = 'COMPLETED'"
          + " ORDER BY hashint8(job_execution_id) LIMIT ?";
  private static final String FAILED =
      "SELECT job_execution_id FROM batch_job_execution WHERE status = 'FAILED'"
          + " ORDER BY job_execution_id DESC LIMIT ?";
  private static final String ARRIVALS =
      "SELECT arrival_id FROM arrival ORDER BY hashint8(arrival_id) LIMIT ?";
  private static final String FAILED_ARRIVALS =
      "SELECT arrival_id FROM arrival WHERE state = 'FAILED' ORDER BY arrival_id DESC LIMIT ?";
  private static final String LISTS =
      "SELECT list_id FROM revocation_list ORDER BY list_id LIMIT ?";
  private static final String BUNDLES =
      "SELECT bundle_id FROM bundle WHERE delivered_at IS NOT NULL ORDER BY hashint4(bundle_id)"
          + " LIMIT ?";
  private static final String CONTENTS =
      "SELECT left(sha256, 16) FROM manifest ORDER BY sha256 LIMIT ?";
  private static final String TWO_DIGITS =
      "SELECT lpad(n::text, 2, '0') FROM generate_series(1, 31) n LIMIT ?";
  private static final String FACTORIES =
      "SELECT id FROM factory WHERE id LIKE 'factory-%' ORDER BY id LIMIT ?";
  private static final String HUBS = "SELECT name FROM hub ORDER BY name LIMIT ?";
  private static final String LARGE_MANIFESTS =
      "SELECT manifest_id FROM manifest ORDER BY rows DESC, manifest_id LIMIT ?";

  /**
   * Every page by its address, and where the examples come from that take the place of {@code {}}.
   */
  private static final Map<String, String> PAGES = pages();

  private static Map<String, String> pages() {
    Map<String, String> pages = new LinkedHashMap<>();
    pages.put("/", "");
    pages.put("/manifests", "");
    pages.put("/manifests?factory={}", FACTORIES);
    pages.put("/manifests?name=batch-0{}", EXECUTIONS);
    pages.put("/manifests?state=FAILED", "");
    pages.put("/manifests?until=2000-01-{}", TWO_DIGITS);
    pages.put("/manifests?before={}", MANIFESTS);
    pages.put("/manifests/{}", MANIFESTS);
    pages.put("/manifests/{} (large)", LARGE_MANIFESTS);
    pages.put("/manifests/send", "");
    pages.put("/executions", "");
    pages.put("/executions?status=FAILED", "");
    pages.put("/executions?job=apply-revocations", "");
    pages.put("/executions?factory={}", FACTORIES);
    pages.put("/executions?text=batch-0{}", MANIFESTS);
    pages.put("/executions?until=2000-01-{}", TWO_DIGITS);
    pages.put("/executions?before={}", EXECUTIONS);
    pages.put("/executions/{}", EXECUTIONS);
    pages.put("/executions/{} (failed)", FAILED);
    pages.put("/executions/{}/restart", FAILED);
    pages.put("/executions/{}/abandon", FAILED);
    pages.put("/executions/{}/withdraw", FAILED);
    pages.put("/arrivals", "");
    pages.put("/arrivals?state=FAILED", "");
    pages.put("/arrivals?factory={}", FACTORIES);
    pages.put("/arrivals?text=batch-0{}", MANIFESTS);
    pages.put("/arrivals?until=2000-01-{}", TWO_DIGITS);
    pages.put("/arrivals?before={}", ARRIVALS);
    pages.put("/arrivals/{}", ARRIVALS);
    pages.put("/arrivals/{}/retry", FAILED_ARRIVALS);
    pages.put("/arrivals/{}/dismiss", FAILED_ARRIVALS);
    pages.put("/arrivals/unusable", "");
    pages.put("/devices", "");
    pages.put("/devices?id={}", DEVICES);
    pages.put("/devices?id={}&factory=none", BEGINNINGS);
    pages.put("/devices?order=OLDEST", "");
    pages.put("/devices?factory={}", FACTORIES);
    pages.put("/devices?factory={}&standing=PROVISIONED", FACTORIES);
    pages.put("/devices?hub={}", HUBS);
    pages.put("/devices?tokenUntil=2000-01-{}", TWO_DIGITS);
    pages.put("/devices?tokenFrom=2000-01-{}", TWO_DIGITS);
    pages.put("/devices?tokenFrom=2100-01-{}", TWO_DIGITS);
    pages.put("/devices?attribute=colour%3D{}", MANIFESTS);
    pages.put("/devices?model=none-{}", MANIFESTS);
    pages.put("/devices?gateway={}", DEVICES);
    pages.put("/devices?serial={}", SERIALS);
    pages.put("/devices?serial=none-has-it-{}", MANIFESTS);
    pages.put("/devices?manifest={}", MANIFESTS);
    pages.put("/devices?manifest={}&building=Building+3&room=7", LARGE_MANIFESTS);
    pages.put("/devices?building=Building+{}&room=7", MANIFESTS);
    pages.put("/devices?standing=REVOKED", "");
    pages.put("/devices?standing=DISABLED", "");
    pages.put("/devices?standing=REVOKING", "");
    pages.put("/devices?standing=REGISTERED", "");
    pages.put("/devices?seen=NEVER", "");
    pages.put("/devices?seen=NEVER&manifest={}", LARGE_MANIFESTS);
    pages.put("/devices?seen=SEEN&factory={}", FACTORIES);
    pages.put("/devices?seenBefore=2000-01-{}", TWO_DIGITS);
    pages.put("/devices/change?manifest={}", LARGE_MANIFESTS);
    pages.put("/devices/change?hub={}", HUBS);
    pages.put("/devices/change?building=Building+3&room=7", "");
    pages.put("/devices/{}", DEVICES);
    pages.put("/devices/{} (changed)", CHANGED);
    pages.put("/devices/{}/disable", IN_SERVICE);
    pages.put("/search?q={} (id)", DEVICES);
    pages.put("/search?q={} (its beginning)", BEGINNINGS);
    pages.put("/search?q={} (serial number)", SERIALS);
    pages.put("/search?q={} (number)", MANIFESTS);
    pages.put("/search?q=batch-0{}", MANIFESTS);
    pages.put("/search?q={} (SHA-256)", CONTENTS);
    pages.put("/search?q=none-has-it-{}", MANIFESTS);
    pages.put("/search?q=list-{}", TWO_DIGITS);
    pages.put("/revocations", "");
    pages.put("/revocations?factory={}", FACTORIES);
    pages.put("/revocations/{}", LISTS);
    pages.put("/factories", "");
    pages.put("/factories/{}", FACTORIES);
    pages.put("/hubs", "");
    pages.put("/hubs/{}", HUBS);
    pages.put("/hubs/{}/rotation", HUBS);
    pages.put("/hubs/{}/compare", HUBS);
    pages.put("/service-records", "");
    pages.put("/audit", "");
    pages.put("/audit?actor=officer", "");
    pages.put("/audit?action=device.revoke", "");
    pages.put("/audit?subject={}", CHANGED);
    pages.put("/audit?outcome=DENIED", "");
    pages.put("/technician", "");
    pages.put("/technician/device?device={}", DEVICES);
    pages.put("/devices/{}/token", DEVICES);
    pages.put("/account", "");
    pages.put("/bundles", "");
    pages.put("/bundles/{}", BUNDLES);
    pages.put("/notifications", "");
    pages.putAll(answers());
    return pages;
  }

  /** What programs ask for. */
  private static Map<String, String> answers() {
    Map<String, String> answers = new LinkedHashMap<>();
    answers.put("/api/overview", "");
    answers.put("/api/devices", "");
    answers.put("/api/devices?limit=200", "");
    answers.put("/api/devices?order=OLDEST", "");
    answers.put("/api/devices?factory={}", FACTORIES);
    answers.put("/api/devices?hub={}", HUBS);
    answers.put("/api/devices?manifest={}", MANIFESTS);
    answers.put("/api/devices?id={}", BEGINNINGS);
    answers.put("/api/devices?serialNumber={}", SERIALS);
    answers.put("/api/devices?state=PROVISIONED", "");
    answers.put("/api/devices?state=REVOKED", "");
    answers.put("/api/devices?state=REVOKING", "");
    answers.put("/api/devices?gateway={}", DEVICES);
    answers.put("/api/devices?model=none-{}", MANIFESTS);
    answers.put("/api/devices?building=Building+{}&room=7", MANIFESTS);
    answers.put("/api/devices?attribute=colour%3D{}", MANIFESTS);
    answers.put("/api/devices?tokenEndsUntil=2000-01-{}T00:00:00Z", TWO_DIGITS);
    answers.put("/api/devices?tokenEndsFrom=2100-01-{}T00:00:00Z", TWO_DIGITS);
    answers.put("/api/devices?seen=NEVER", "");
    answers.put("/api/devices?seen=NEVER&manifest={}", LARGE_MANIFESTS);
    answers.put("/api/devices?seenBefore=2000-01-{}T00:00:00Z", TWO_DIGITS);
    answers.put("/api/devices/{}", DEVICES);
    answers.put("/api/devices/{}/history", CHANGED);
    answers.put("/api/registry/{}", DEVICES);
    answers.put("/api/search?q={} (id)", DEVICES);
    answers.put("/api/search?q={} (serial number)", SERIALS);
    answers.put("/api/search?q=none-has-it-{}", MANIFESTS);
    answers.put("/api/manifests", "");
    answers.put("/api/manifests?factory={}", FACTORIES);
    answers.put("/api/manifests/{}", MANIFESTS);
    answers.put("/api/manifests/{} (large)", LARGE_MANIFESTS);
    answers.put("/api/manifests/{}/rejects", MANIFESTS);
    answers.put("/api/executions", "");
    answers.put("/api/executions/{}", EXECUTIONS);
    answers.put("/api/arrivals", "");
    answers.put("/api/arrivals?limit=200", "");
    answers.put("/api/arrivals/{}", ARRIVALS);
    answers.put("/api/unusable-messages", "");
    answers.put("/api/untaken-files", "");
    answers.put("/api/bundles", "");
    answers.put("/api/bundles?factory={}", FACTORIES);
    answers.put("/api/bundles/{}", BUNDLES);
    answers.put("/api/revocation-lists", "");
    answers.put("/api/revocation-lists?name=list-1{}", TWO_DIGITS);
    answers.put("/api/revocation-lists/{}", LISTS);
    answers.put("/api/revocation-lists/{}/rejects", LISTS);
    answers.put("/api/service-records", "");
    answers.put("/api/audit", "");
    answers.put("/api/audit?subject={}", MANIFESTS);
    answers.put("/api/audit?action=none", "");
    answers.put("/api/factories", "");
    answers.put("/api/factories/{}", FACTORIES);
    answers.put("/api/hubs", "");
    answers.put("/api/hubs/{}", HUBS);
    answers.put("/api/uploads", "");
    answers.put("/api/notification-channels", "");
    answers.put("/api/notifications", "");
    return answers;
  }

  /** Which devices are chosen to be changed, and where the examples come from. */
  private static final Map<String, String> CHOICES = choices();

  private static Map<String, String> choices() {
    Map<String, String> choices = new LinkedHashMap<>();
    choices.put("manifest={}", MANIFESTS);
    choices.put("manifest={}&seen=NEVER", MANIFESTS);
    choices.put("manifest={}&building=Building+3&room=7", LARGE_MANIFESTS);
    choices.put("manifest={} (large)", LARGE_MANIFESTS);
    return choices;
  }

  private static final int CHANGES = 3;
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);
  private static final Duration LONGEST_LOOK = Duration.ofMinutes(10);

  private final LargeRegistry registry;
  private final JdbcClient jdbc;
  private final MusterHome home;
  private final Environment environment;

  PageBenchmark(LargeRegistry registry, JdbcClient jdbc, MusterHome home, Environment environment) {
    this.registry = registry;
    this.jdbc = jdbc;
    this.home = home;
    this.environment = environment;
  }

  /**
   * How long one page took, in milliseconds.
   *
   * @param status what it answered
   * @param kilobytes how large it is
   */
  public record Timed(
      String page, int status, double median, double p95, double most, long kilobytes) {}

  /**
   * Runs it.
   *
   * @param devices about how many the registry has
   * @param manifests how many there are, each with a run
   * @param times how often each page is asked for
   * @param progress told what is going on
   */
  public List<Timed> run(long devices, int manifests, int times, Consumer<String> progress)
      throws IOException, InterruptedException {
    registry.fill(devices, manifests, progress);
    String address = "http://127.0.0.1:" + environment.getProperty("local.server.port");
    HttpClient http = signedIn(address);
    String bearer = bearer(address);
    List<Timed> timed = new ArrayList<>();
    for (Map.Entry<String, String> page : PAGES.entrySet()) {
      Map<String, String> headers =
          page.getKey().startsWith("/api/") ? Map.of("Authorization", bearer) : Map.of();
      Timed one = time(http, address, headers, page.getKey(), examples(page.getValue()), times);
      progress.accept(
          "%-55s %d  p50 %7.1f  p95 %7.1f  max %7.1f ms  %,d kB"
              .formatted(
                  one.page(), one.status(), one.median(), one.p95(), one.most(), one.kilobytes()));
      timed.add(one);
    }
    for (Map.Entry<String, String> choice : CHOICES.entrySet()) {
      Timed one = change(http, address, bearer, choice.getKey(), examples(choice.getValue()));
      progress.accept(
          "%-55s p50 %,.0f  max %,.0f ms".formatted(one.page(), one.median(), one.most()));
      timed.add(one);
    }
    return timed;
  }

  /** From when devices are chosen until it can be seen what a change would do to each of them. */
  private static Timed change(
      HttpClient http, String address, String bearer, String choice, List<String> examples)
      throws IOException, InterruptedException {
    double[] milliseconds = new double[CHANGES];
    int status = 0;
    long bytes = 0;
    for (int i = 0; i < CHANGES; i++) {
      String query = address(choice, examples, i);
      long began = System.nanoTime();
      HttpResponse<String> taken =
          http.send(
              HttpRequest.newBuilder(URI.create(address + "/api/devices/changes?" + query))
                  .header("Authorization", bearer)
                  .header("Content-Type", "application/json")
                  .POST(BodyPublishers.ofString("{\"action\":\"DISABLE\",\"reason\":\"recall\"}"))
                  .build(),
              BodyHandlers.ofString());
      URI upload =
          URI.create(address)
              .resolve(
                  taken
                      .headers()
                      .firstValue("Location")
                      .orElseThrow(() -> new IOException("Choosing answered " + taken.body())));
      HttpResponse<String> looked;
      do {
        if (System.nanoTime() - began > LONGEST_LOOK.toNanos()) {
          throw new IOException("Looking at a change of " + query + " takes too long.");
        }
        Thread.sleep(BETWEEN_LOOKS.toMillis());
        looked =
            http.send(
                HttpRequest.newBuilder(upload).header("Authorization", bearer).build(),
                BodyHandlers.ofString());
      } while (looked.statusCode() == OK && !looked.body().contains("\"rejectedByCode\""));
      milliseconds[i] = (System.nanoTime() - began) / 1e6;
      status = Math.max(status, looked.statusCode());
      bytes = Math.max(bytes, looked.body().length());
      http.send(
          HttpRequest.newBuilder(upload).header("Authorization", bearer).DELETE().build(),
          BodyHandlers.discarding());
    }
    return timed("/api/devices/changes?" + choice, status, milliseconds, bytes);
  }

  private List<String> examples(String sql) {
    return sql.isEmpty()
        ? List.of("")
        : jdbc.sql(sql).param(EXAMPLES).query((row, number) -> row.getString(1)).list();
  }

  private static Timed time(
      HttpClient http,
      String address,
      Map<String, String> headers,
      String page,
      List<String> examples,
      int times)
      throws IOException, InterruptedException {
    double[] milliseconds = new double[times];
    int status = 0;
    long bytes = 0;
    for (int i = -Math.min(WARM_UPS, times); i < times; i++) {
      HttpRequest.Builder asking =
          HttpRequest.newBuilder(URI.create(address + address(page, examples, i)));
      headers.forEach(asking::header);
      HttpRequest request = asking.build();
      long began = System.nanoTime();
      HttpResponse<byte[]> answer = http.send(request, BodyHandlers.ofByteArray());
      if (i >= 0) {
        milliseconds[i] = (System.nanoTime() - began) / 1e6;
        status = Math.max(status, answer.statusCode());
        bytes = Math.max(bytes, answer.body().length);
      }
    }
    return timed(page, status, milliseconds, bytes);
  }

  /** Without what tells it from others of the same address, and about another one each time. */
  private static String address(String page, List<String> examples, int time) {
    return page.replaceFirst(" .*", "")
        .replace("{}", examples.get(Math.floorMod(time, examples.size())));
  }

  private static Timed timed(String page, int status, double[] milliseconds, long bytes) {
    Arrays.sort(milliseconds);
    int times = milliseconds.length;
    return new Timed(
        page,
        status,
        milliseconds[times / 2],
        milliseconds[Math.min(times - 1, (int) Math.ceil(times * 0.95))],
        milliseconds[times - 1],
        (bytes + 512) / 1024);
  }

  private String password() throws IOException {
    return Files.readAllLines(home.keys().resolve("dev-accounts")).stream()
        .filter(line -> line.startsWith("operator "))
        .map(line -> line.substring("operator ".length()))
        .findFirst()
        .orElseThrow(() -> new IOException("There is no account for development."));
  }

  /** As programs sign in; it lasts for an hour. */
  private String bearer(String address) throws IOException, InterruptedException {
    String credentials = "muster-operator:" + password();
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(address + "/oauth2/token"))
                    .header(
                        "Authorization",
                        "Basic "
                            + Base64.getEncoder()
                                .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString("grant_type=client_credentials"))
                    .build(),
                BodyHandlers.ofString());
    Matcher token = ACCESS_TOKEN.matcher(answer.body());
    if (!token.find()) {
      throw new IOException("The account for development got no token.");
    }
    return "Bearer " + token.group(1);
  }

  /** Through the pages that people go through; the account is one for development. */
  private HttpClient signedIn(String address) throws IOException, InterruptedException {
    String password = password();
    HttpClient http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .cookieHandler(new CookieManager())
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    HttpResponse<String> form =
        http.send(
            HttpRequest.newBuilder(URI.create(address + "/account"))
                .header("Accept", "text/html")
                .build(),
            BodyHandlers.ofString());
    Matcher csrf = CSRF.matcher(form.body());
    if (!csrf.find()) {
      throw new IOException("The sign-in page is not there, but " + form.uri().getPath() + ".");
    }
    HttpResponse<String> account =
        http.send(
            HttpRequest.newBuilder(form.uri())
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "text/html")
                .POST(
                    BodyPublishers.ofString(
                        "username=operator&password=%s&_csrf=%s"
                            .formatted(encoded(password), encoded(csrf.group(1)))))
                .build(),
            BodyHandlers.ofString());
    if (account.statusCode() != 200 || !account.uri().getPath().equals("/account")) {
      throw new IOException("Signing in led to " + account.uri().getPath() + ".");
    }
    return http;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
