package dev.muster.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.muster.Await;
import dev.muster.TestManifest;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.BundleOpener;
import dev.muster.home.MusterHome;
import dev.muster.web.Console;
import dev.muster.web.ConsoleTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/**
 * Slow connections, visits of strangers and large bodies, all at once; meanwhile devices get their
 * tokens, and a run goes on. With {@code -Dmuster.abuse=true} it is as much as docs/security.md
 * says, and how long devices wait counts.
 */
@ConsoleTest
@Tag("slow")
class AbuseTests {

  private static final boolean LONG = Boolean.getBoolean("muster.abuse");

  private static final int SLOW = LONG ? 200 : 40;
  private static final int VISITS = LONG ? 3000 : 100;
  private static final int BODIES = LONG ? 50 : 5;
  private static final int BODY_BYTES = 25_000_000;
  private static final int CHUNK = 8 * 1024;
  private static final int DEVICES = LONG ? 12_000 : 600;
  private static final int UNDISTURBED = LONG ? 1000 : 50;
  private static final int ROWS_OF_RUN = LONG ? 50_000 : 2000;
  private static final Duration MOST_OF_THEM = Duration.ofMillis(250);
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final long SEED = System.nanoTime();

  @Autowired private Console console;
  @Autowired private MusterHome home;

  private final HttpClient http = HttpClient.newHttpClient();
  private final AgeIdentity identity = AgeIdentity.generate();
  private final String factory = "abused-" + SEED;

  @Test
  void devicesGetTheirTokensAndARunGoesOn(TestReporter reporter) throws Exception {
    ApiClient operator = new ApiClient(console, "operator");
    operator
        .post(
            "/api/factories",
            "{\"id\": \"%s\", \"settings\": {\"recipients\": [\"%s\"]}}"
                .formatted(factory, identity.recipient().publicKey()))
        .is(201);
    JsonNode unused =
        untilDone(operator, send(operator, "devices", TestManifest.seeded(SEED).rows(DEVICES)));
    Queue<String> tokens = new ArrayDeque<>(tokens());
    assertThat(tokens).hasSize(DEVICES);
    List<Duration> undisturbed = new ArrayList<>();
    for (int i = 0; i < UNDISTURBED; i++) {
      undisturbed.add(exchange(tokens));
    }

    AtomicBoolean ended = new AtomicBoolean();
    Thread slow = new Thread(() -> connectSlowly(ended));
    ExecutorService abusers = Executors.newFixedThreadPool(8 + BODIES);
    List<Duration> meanwhile = new ArrayList<>();
    Map<String, Integer> answers = new TreeMap<>();
    try {
      String run = send(operator, "run", TestManifest.seeded(SEED + 1).rows(ROWS_OF_RUN));
      slow.start();
      List<Future<String>> under = new ArrayList<>();
      for (int i = 0; i < BODIES; i++) {
        under.add(abusers.submit(largeBody(i)));
      }
      for (int i = 0; i < VISITS; i++) {
        under.add(abusers.submit(this::visit));
      }
      while (meanwhile.size() < UNDISTURBED
          || (!tokens.isEmpty() && !under.stream().allMatch(Future::isDone))) {
        meanwhile.add(exchange(tokens));
      }
      for (Future<String> one : under) {
        answers.merge(one.get(), 1, Integer::sum);
      }
      // Slow connections are there still.
      JsonNode arrival = untilDone(operator, run);
      assertThat(arrival.get("state").asString()).isEqualTo("DONE");
    } finally {
      ended.set(true);
      abusers.shutdownNow();
      slow.join();
    }
    reporter.publishEntry(
        Map.of(
            "undisturbed", figures(undisturbed),
            "meanwhile", figures(meanwhile),
            "answers to abusers", answers.toString()));
    assertThat(meanwhile).isNotEmpty();
    assertThat(answers.keySet())
        .allSatisfy(answer -> assertThat(answer).containsPattern("302|401|413|503|broken off"));
    if (LONG) {
      assertThat(percentile(meanwhile, 99)).isLessThan(MOST_OF_THEM);
    }
  }

  /** Of one device after the other: each gets a fresh token once a minute only. */
  private Duration exchange(Queue<String> tokens) throws IOException, InterruptedException {
    long began = System.nanoTime();
    int status =
        http.send(
                HttpRequest.newBuilder(URI.create(console.address() + "/device/token"))
                    .header("Authorization", tokens.remove())
                    .POST(BodyPublishers.noBody())
                    .build(),
                BodyHandlers.ofString())
            .statusCode();
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    assertThat(status).isEqualTo(200);
    return took;
  }

  private String visit() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(console.address() + "/manifests?name=" + "x".repeat(6000)))
            .header("Accept", "text/html")
            .build();
    return "visit " + http.send(request, BodyHandlers.discarding()).statusCode();
  }

  /** Of somebody who may nothing, of strangers, and of what says to be a device. */
  private Callable<String> largeBody(int number) {
    String bearer = "Authorization: Bearer " + console.bearerToken("auditor") + "\r\n";
    String head =
        switch (number % 4) {
          case 0 -> "POST /api/factories HTTP/1.1\r\n" + bearer;
          case 1 -> "PUT /api/manifests/fabrikam/a.csv HTTP/1.1\r\n";
          case 2 -> "POST /logout HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n";
          default -> "POST /device/token HTTP/1.1\r\n";
        };
    return () -> {
      byte[] chunk =
          (Integer.toHexString(CHUNK) + "\r\n" + "[".repeat(CHUNK) + "\r\n")
              .getBytes(StandardCharsets.US_ASCII);
      try (Socket socket = connect()) {
        OutputStream out = socket.getOutputStream();
        out.write(
            (head + "Host: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        for (int sent = 0;
            sent < BODY_BYTES && socket.getInputStream().available() == 0;
            sent += CHUNK) {
          out.write(chunk);
        }
        byte[] answer = socket.getInputStream().readNBytes("HTTP/1.1 413".length());
        return "body " + new String(answer, StandardCharsets.US_ASCII);
      } catch (IOException e) {
        return "body broken off";
      }
    };
  }

  /** As many as {@link #SLOW}, all the time: what is ended begins anew. */
  private void connectSlowly(AtomicBoolean ended) {
    List<@Nullable Socket> sockets = new ArrayList<>(Collections.nCopies(SLOW, null));
    try {
      String session = console.session("auditor").id();
      while (!ended.get()) {
        for (int i = 0; i < SLOW; i++) {
          sockets.set(i, slow(sockets.get(i), i, session));
        }
        LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      for (Socket socket : sockets) {
        close(socket);
      }
    }
  }

  private @Nullable Socket slow(@Nullable Socket socket, int number, String session) {
    try {
      if (socket != null && socket.getInputStream().available() == 0) {
        socket.getOutputStream().write('x');
        return socket;
      }
    } catch (IOException e) {
      // It was ended.
    }
    close(socket);
    try {
      Socket next = connect();
      String body = "Host: 127.0.0.1\r\nContent-Length: 60000\r\n";
      String begun =
          switch (number % 4) {
            case 0 -> "GET / HTTP/1.1\r\nX-";
            case 1 -> "POST /device/token HTTP/1.1\r\n" + body + "\r\n";
            default ->
                "POST /logout HTTP/1.1\r\nCookie: JSESSIONID="
                    + session
                    + "\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                    + body
                    + "\r\n";
          };
      next.getOutputStream().write(begun.getBytes(StandardCharsets.US_ASCII));
      return next;
    } catch (IOException e) {
      return null;
    }
  }

  private static void close(@Nullable Socket socket) {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      // It is.
    }
  }

  private Socket connect() throws IOException {
    URI address = URI.create(console.address());
    Socket socket = new Socket(address.getHost(), address.getPort());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  private String send(ApiClient operator, String name, TestManifest manifest) {
    return operator.stream(
            "/api/manifests/%s/%s.csv".formatted(factory, name),
            BodyPublishers.ofString(manifest.content()))
        .is(202)
        .header("Location");
  }

  private static JsonNode untilDone(ApiClient operator, String arrival) throws Exception {
    return Await.until(
        PATIENCE,
        () -> operator.get(arrival).json(),
        now -> now.path("state").asString("").equals("DONE"));
  }

  private List<String> tokens() throws IOException {
    List<Path> parts;
    try (Stream<Path> files = Files.walk(home.outbox().resolve(factory))) {
      parts = files.filter(file -> file.toString().endsWith(".csv.age")).sorted().toList();
    }
    List<String> tokens = new ArrayList<>();
    for (Path part : parts) {
      ByteArrayOutputStream plain = new ByteArrayOutputStream();
      BundleOpener.open(part, List.of(identity), plain);
      plain
          .toString(StandardCharsets.UTF_8)
          .lines()
          .flatMap(line -> Arrays.stream(line.split(",")))
          .filter(field -> field.startsWith("SharedAccessSignature "))
          .forEach(tokens::add);
    }
    return tokens;
  }

  private static String figures(List<Duration> durations) {
    return "%d calls, half within %d ms, 99 %% within %d ms, all within %d ms"
        .formatted(
            durations.size(),
            percentile(durations, 50).toMillis(),
            percentile(durations, 99).toMillis(),
            percentile(durations, 100).toMillis());
  }

  private static Duration percentile(List<Duration> durations, int percent) {
    List<Duration> sorted = durations.stream().sorted().toList();
    return Objects.requireNonNull(
        sorted.get(Math.max(0, (sorted.size() * percent + 99) / 100 - 1)));
  }
}
