package dev.muster.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.LogFile;
import dev.muster.SmallDisk;
import dev.muster.TestManifest;
import dev.muster.api.ApiClient.Answer;
import dev.muster.bundle.AgeIdentity;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.web.Console;
import dev.muster.web.ConsoleTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is sent to the service is bounded, and of a stranger's nothing is read. */
@ConsoleTest
class BodiesTests {

  private static final String DEVICE = "/api/registry/5b0f6d0a-0a52-4a0e-8a57-0d4a3f1a2b3c";
  private static final int PATIENCE_MILLISECONDS = 60_000;

  /** Of the server, and of these those that are kept for devices. */
  private static final int THREADS = 200;

  private static final int FOR_DEVICES = 50;

  @Autowired private Console console;
  @Autowired private Factories factories;
  @Autowired private MusterHome home;

  @Test
  void aBodyOf64KilobytesIsTakenAndALargerOneIsNot() {
    ApiClient auditor = new ApiClient(console, "auditor");
    String large = "[" + "{},".repeat(4_000_000) + "{}]";

    auditor.put(DEVICE, large).isProblem(413, "too-large");
    chunked(auditor, large).isProblem(413, "too-large");
    auditor
        .post("/api/factories", large, "Idempotency-Key", "a-large-one")
        .isProblem(413, "too-large");
    String most = "{\"Room\": 1, \"Building\": \"" + "x".repeat(64 * 1024 - 27) + "\"}";
    assertThat(most).hasSize(64 * 1024);
    auditor.put(DEVICE, most).isProblem(403, "not-permitted");
    auditor.put(DEVICE, most + " ").isProblem(413, "too-large");
  }

  private static Answer chunked(ApiClient client, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return client.stream(
        DEVICE,
        BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes)),
        "Content-Type",
        "application/json");
  }

  /** Whether the endpoint writes it, or the web server before any endpoint is reached. */
  @Test
  void whatThereIsNoRoomForIsNotTakenAndItsSenderToldToSendItAgain() throws Exception {
    String factory = "no-room-" + UUID.randomUUID().toString().substring(0, 8);
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    ApiClient operator = new ApiClient(console, "operator");
    ApiClient officer = new ApiClient(console, "security-officer");
    Console.Session session = console.session("operator");
    Console.Session officers = console.session("security-officer");
    byte[] manifest = TestManifest.seeded(507).rows(200).content().getBytes(StandardCharsets.UTF_8);
    List<String> addresses =
        List.of(
            "/api/manifests/" + factory + "/m.csv",
            "/api/revocation-lists/" + factory + "/l.csv",
            "/api/uploads/manifests/" + factory + "/m.csv",
            "/api/uploads/revocation-lists/" + factory + "/l.csv");
    List<String> forms =
        List.of("/manifests/send", "/revocations/send", "/factories/" + factory + "/format");
    try (SmallDisk disk = SmallDisk.mount(home.uploads(), 8)) {
      disk.fill();

      for (String address : addresses) {
        ApiClient sender = address.contains("revocation") ? officer : operator;
        Answer answer = sender.stream(address, BodyPublishers.ofByteArray(manifest));
        assertThat(answer.isProblem(507, "no-room").body())
            .contains("Nothing of it was taken. Send the same again later")
            .doesNotContain(home.root().toString());
        securityHeadersAreThere(answer.response().headers());
      }
      for (String form : forms) {
        HttpResponse<String> page =
            sendForm(
                form.contains("revocation") ? officers : session, "en", form, factory, manifest);
        assertThat(page.statusCode()).as(form).isEqualTo(507);
        assertThat(page.headers().firstValue("Content-Type")).hasValue("text/html;charset=UTF-8");
        securityHeadersAreThere(page.headers());
        assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
            .contains("default-src 'none'");
        assertThat(page.body())
            .contains("Nothing of it was taken. Send the same again later")
            .doesNotContain(home.root().toString());
      }
      assertThat(sendForm(session, "fr, de;q=0.8", forms.get(0), factory, manifest).body())
          .contains(
              "<html lang=\"fr\">", "<h1>Il n’y a pas de place pour cela</h1>", "À l’accueil");
      assertThat(Files.readString(LogFile.current()))
          .contains("disk=full ")
          .contains(
              "There is no room left on a disk. Full: " + home.uploads() + ". Make room there.");
      assertThat(operator.get("/actuator/health").status()).isEqualTo(503);

      disk.free();

      // Of a form that failed at once the server leaves an empty file; it is removed as uploads are
      assertThat(home.uploads().toFile().listFiles()).allMatch(left -> left.length() == 0);
      operator.stream(addresses.get(0), BodyPublishers.ofByteArray(manifest)).is(202);
      assertThat(sendForm(session, "en", forms.get(0), factory, manifest).statusCode())
          .isEqualTo(302);
    }
  }

  private static void securityHeadersAreThere(HttpHeaders headers) {
    assertThat(headers.allValues("X-Content-Type-Options")).containsExactly("nosniff");
    assertThat(headers.allValues("X-Frame-Options")).containsExactly("DENY");
    assertThat(headers.firstValue("Cache-Control").orElse("")).contains("no-store");
    assertThat(headers.allValues("Content-Length")).hasSize(1);
  }

  private HttpResponse<String> sendForm(
      Console.Session session, String languages, String address, String factory, byte[] file)
      throws Exception {
    String part = "--part\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n";
    String fields =
        part.formatted("_csrf", session.csrf())
            + part.formatted("factory", factory)
            + "--part\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"m.csv\"\r\n\r\n"
                .formatted(address.endsWith("format") ? "sample" : "file")
            + new String(file, StandardCharsets.UTF_8)
            + "\r\n--part--\r\n";
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(console.address() + address))
                .header("Content-Type", "multipart/form-data; boundary=part")
                .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
                .header("Accept-Language", languages)
                .header("Cookie", "JSESSIONID=" + session.id())
                .POST(BodyPublishers.ofString(fields))
                .build(),
            BodyHandlers.ofString());
  }

  /** More senders than the server has threads; none sends more than its header. */
  @Test
  void strangersWhoSendSlowlyHoldNobodyUp() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 210; i++) {
        slow.add(
            send(
                (i % 2 == 0 ? "POST /logout" : "PUT " + DEVICE)
                    + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\n\r\n_csrf="));
      }
      new ApiClient(console, null).post("/device/token", null).isProblem(401, "token-refused");
      for (Socket socket : slow) {
        // It is told at once, and its connection is ended without the rest. On a busy machine the
        // server may have no thread left to look at all of them.
        assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
            .matches(
                "(?s)HTTP/1.1 (401 .*urn:muster:problem:not-signed-in|503"
                    + " .*urn:muster:problem:busy).*");
      }
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  /**
   * Accounts that send the forms of the console a byte at a time hold every thread that they get; a
   * device has its fresh token all the same. Those that got none are told so.
   */
  @Test
  void aDeviceGetsItsTokenWhileSlowSendersHoldAllOtherThreads() throws Exception {
    ApiClient technician = new ApiClient(console, "technician");
    String device = UUID.randomUUID().toString();
    technician.put("/api/registry/" + device, "{\"Building\": 1, \"Room\": 2}").is(201);
    String token =
        technician
            .post("/api/devices/" + device + "/token", null)
            .is(200)
            .json()
            .get("token")
            .asString();
    Console.Session session = console.session("auditor");
    List<Socket> slow = new ArrayList<>();
    AtomicBoolean ended = new AtomicBoolean();
    Thread sender = new Thread(() -> sendSlowly(slow, ended));
    try {
      for (int i = 0; i < THREADS + 10; i++) {
        slow.add(
            send(
                "POST /logout HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: JSESSIONID="
                    + session.id()
                    + "\r\nContent-Length: 60000\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\n\r\n_csrf="));
      }
      sender.start();
      List<Socket> refused =
          Await.until(
              Duration.ofMinutes(1), () -> answered(slow), some -> some.size() >= FOR_DEVICES + 10);

      new ApiClient(console, null)
          .post("/device/token", null, "Authorization", token)
          .is(200)
          .json()
          .get("token");

      assertThat(answered(slow)).as("senders that hold no thread").hasSize(FOR_DEVICES + 10);
      assertThat(new String(refused.get(0).getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 503")
          .contains("urn:muster:problem:busy", "Retry-After: 1");
    } finally {
      ended.set(true);
      sender.join();
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  private static List<Socket> answered(List<Socket> sockets) throws IOException {
    List<Socket> answered = new ArrayList<>();
    for (Socket socket : sockets) {
      if (socket.getInputStream().available() > 0) {
        answered.add(socket);
      }
    }
    return answered;
  }

  /** A byte at a time, before the server gives up waiting for the next. */
  private static void sendSlowly(List<Socket> sockets, AtomicBoolean ended) {
    while (!ended.get()) {
      for (Socket socket : sockets) {
        try {
          if (socket.getInputStream().available() == 0) {
            socket.getOutputStream().write('x');
          }
        } catch (IOException e) {
          // It is closed.
        }
      }
      LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
    }
  }

  @Test
  void whoHasNotSignedInCostsNoSession() throws Exception {
    String answer =
        answered(
            "GET /manifests?factory=fabrikam HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n");
    assertThat(answer)
        .startsWith("HTTP/1.1 302")
        .doesNotContain("JSESSIONID")
        .contains("Set-Cookie: REDIRECT_URI=", "HttpOnly");
  }

  @Test
  void whatIsRefusedBeforeAnyEndpointSaysWhy() throws Exception {
    for (String name :
        List.of(
            "lot%3B7.csv",
            "lot;7.csv",
            "50%25.csv",
            "a%2Fb.csv",
            "a%5Cb.csv",
            "pr%FCf.csv",
            "%0A",
            "%00",
            "%2e%2e.csv/..",
            "a//b.csv",
            "lot[7].csv",
            "100%.csv")) {
      String answer =
          answered(
              "PUT /api/manifests/fabrikam/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nAuthorization: Bearer %s\r\n"
                  .formatted(name, console.bearerToken("operator")));
      assertThat(answer).as(name).startsWith("HTTP/1.1 400");
      JsonNode problem =
          new JsonMapper()
              .readTree(answer.substring(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
      assertThat(problem.path("type").asString()).as(name).startsWith("urn:muster:problem:");
      assertThat(problem.path("detail").asString()).as(name).isNotBlank();
    }
    assertThat(answered("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + "x".repeat(20_000) + "\r\n"))
        .contains("urn:muster:problem:");
    assertThat(answered("TRACE / HTTP/1.1\r\nHost: 127.0.0.1\r\n")).contains("urn:muster:problem:");
  }

  @Test
  void valuesThatNothingCanHoldAreTheCallersFault() {
    ApiClient auditor = new ApiClient(console, "auditor");
    for (String query :
        List.of(
            "/api/devices?serialNumber=a%00b",
            "/api/arrivals?factory=a%00b",
            "/api/revocation-lists?factory=a%00b",
            "/api/audit?actor=a%00b",
            "/api/devices?id=%FF",
            "/api/revocation-lists?name=%C3")) {
      auditor.get(query).isProblem(400, "invalid-request");
    }
    for (String body : List.of("{\"id\": \"x\"}", "{\"id\": \"x\", \"settings\": null}")) {
      auditor.post("/api/factories", body).isProblem(400, "invalid-request");
    }
    for (String format :
        List.of(
            "{\"required\": [null]}",
            "{\"names\": {\"id\": null}}",
            "{\"defaults\": {\"room\": null}}",
            "{\"allowed\": {\"model\": null}}",
            "{\"allowed\": {\"model\": [null]}}",
            "{\"patterns\": {\"model\": null}}")) {
      auditor.put("/api/factories/x/format", format).isProblem(400, "invalid-request");
    }
  }

  @Test
  void hubsThatAreNoneAreNotCompared() {
    ApiClient operator = new ApiClient(console, "operator");
    for (String body : List.of("{\"hubs\": [null]}", "{\"hubs\": {}}", "{\"hubs\": [[]]}", "[]")) {
      operator.post("/api/reconciliation", body).isProblem(400, "invalid-request");
    }
    operator.post("/api/reconciliation", "{\"hubs\": [\"nowhere\"]}").isProblem(404, "not-found");
  }

  private String answered(String head) throws IOException {
    try (Socket socket = send(head + "Connection: close\r\n\r\n")) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private Socket send(String text) throws IOException {
    URI address = URI.create(console.address());
    Socket socket = new Socket(address.getHost(), address.getPort());
    socket.setSoTimeout(PATIENCE_MILLISECONDS);
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    return socket;
  }
}
