package dev.muster.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.muster.Await;
import dev.muster.watching.ChangeStreams;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

@ConsoleTest
class LiveTests {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Autowired private Console console;
  @Autowired private JdbcTemplate jdbc;

  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void whatAnotherInstanceDidIsToldAndWhoReadsNothingHoldsUpNobody() throws Exception {
    String auditor = cookie("auditor");
    List<InputStream> silent = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      silent.add(watch(auditor).body()); // none of which is ever read
    }
    ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
    InputStream stream = watch(auditor).body();
    Thread reader = new Thread(() -> read(stream, heard));
    reader.start();
    ConcurrentLinkedQueue<String> heardByProgram = new ConcurrentLinkedQueue<>();
    InputStream events = events("auditor").body();
    Thread program = new Thread(() -> read(events, heardByProgram));
    program.start();
    Await.until(PATIENCE, () -> !heard.isEmpty(), begun -> begun);
    Await.until(PATIENCE, () -> !heardByProgram.isEmpty(), begun -> begun);
    // As another process would
    jdbc.update(
        "INSERT INTO unusable_message (source, source_id, problem, message) VALUES ('kafka', ?,"
            + " 'none', '')",
        "live-" + System.nanoTime());
    Await.until(PATIENCE, () -> heard.stream().anyMatch("event:arrivals"::equals), told -> told);
    Await.until(
        PATIENCE, () -> heardByProgram.stream().anyMatch("event:arrivals"::equals), told -> told);
    for (InputStream one : silent) {
      one.close();
    }
    stream.close();
    reader.join();
    events.close();
    program.join();
  }

  @Test
  void anAccountWatchesSoManyPagesAndNoMoreAndATechnicianNone() throws Exception {
    String officer = cookie("security-officer");
    List<InputStream> open = new ArrayList<>();
    for (int i = 0; i < ChangeStreams.MOST_OF_AN_ACCOUNT; i++) {
      HttpResponse<InputStream> answer = watch(officer);
      assertThat(answer.statusCode()).isEqualTo(200);
      open.add(answer.body());
    }
    assertThat(watch(officer).statusCode()).isEqualTo(429);
    for (int i = 0; i < ChangeStreams.MOST_OF_AN_ACCOUNT; i++) {
      open.add(events("security-officer").body()); // a program's account is another one
    }
    HttpResponse<InputStream> tooMany = events("security-officer");
    assertThat(tooMany.statusCode()).isEqualTo(429);
    assertThat(new String(tooMany.body().readAllBytes(), StandardCharsets.UTF_8))
        .contains("too-many-streams");
    for (InputStream one : open) {
      one.close();
    }
    // Who has left makes room
    Await.until(
        PATIENCE,
        () -> {
          HttpResponse<InputStream> answer = watch(officer);
          answer.body().close();
          return answer.statusCode();
        },
        status -> status == 200);
    assertThat(watch(cookie("technician")).statusCode()).isEqualTo(403);
    assertThat(events("technician").statusCode()).isEqualTo(403);
  }

  private HttpResponse<InputStream> watch(String cookie) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(console.address() + "/live"))
            .header("Cookie", cookie)
            .header("Accept", "text/event-stream")
            .build(),
        BodyHandlers.ofInputStream());
  }

  private HttpResponse<InputStream> events(String role) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(console.address() + "/api/events"))
            .header("Authorization", "Bearer " + console.bearerToken(role))
            .header("Accept", "text/event-stream")
            .build(),
        BodyHandlers.ofInputStream());
  }

  private String cookie(String role) {
    Page page = console.signedIn(role);
    return page.context().cookies().stream()
        .filter(one -> one.name.equals("JSESSIONID"))
        .map(one -> one.name + "=" + one.value)
        .findFirst()
        .orElseThrow();
  }

  private static void read(InputStream stream, ConcurrentLinkedQueue<String> heard) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        heard.add(line);
      }
    } catch (java.io.IOException e) {
      // closed
    }
  }
}
