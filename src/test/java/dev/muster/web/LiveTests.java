package dev.muster.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import dev.muster.Await;
import dev.muster.LogFile;
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
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

@ConsoleTest
@Tag("slow")
class LiveTests {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Autowired private Console console;
  @Autowired private JdbcTemplate jdbc;

  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void whatAnotherInstanceDidIsToldAndWhoReadsNothingHoldsUpNobody() throws Exception {
    List<InputStream> silent = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      silent.add(watch(cookie("auditor")).body()); // none of which is ever read
    }
    try (Listener page = new Listener(watch(cookie("auditor")).body());
        Listener program = new Listener(events("auditor").body())) {
      page.awaitBegun();
      program.awaitBegun();
      somethingArrives();
      page.awaitArrivals();
      program.awaitArrivals();
      for (InputStream one : silent) {
        one.close();
      }
    }
  }

  @Test
  void anAccountWatchesWithSoManyBrowsersAndNoMoreAndATechnicianWithNone() throws Exception {
    List<InputStream> open = new ArrayList<>();
    for (int i = 0; i < ChangeStreams.MOST_OF_AN_ACCOUNT; i++) {
      HttpResponse<InputStream> answer = watch(cookie("security-officer"));
      assertThat(answer.statusCode()).isEqualTo(200);
      open.add(answer.body());
    }
    String officer = cookie("security-officer");
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
    // Whoever leafs through pages quickly takes the place of the page that was left
    for (int i = 0; i <= ChangeStreams.MOST_OF_AN_ACCOUNT; i++) {
      HttpResponse<InputStream> answer = watch(officer);
      assertThat(answer.statusCode()).isEqualTo(200);
      open.add(answer.body());
    }
    assertThat(watch(cookie("technician")).statusCode()).isEqualTo(403);
    assertThat(events("technician").statusCode()).isEqualTo(403);
  }

  @Test
  void allPagesOfABrowserShareOneStreamAndSayWhenItIsLost() throws Exception {
    BrowserContext browser = console.signedIn("operator").context();
    AtomicInteger streams = new AtomicInteger();
    browser.onRequest(
        request -> {
          if (request.url().contains("/live?")) {
            streams.incrementAndGet();
          }
        });
    List<Page> tabs = new ArrayList<>();
    for (int i = 0; i < 8; i++) { // more than the six connections that a browser makes to a host
      Page tab = browser.newPage();
      tab.navigate(console.address() + (i % 2 == 0 ? "/arrivals" : "/"));
      watchAsked(tab);
      tabs.add(tab);
    }
    somethingArrives();
    tabs.forEach(LiveTests::hasAsked);
    assertThat(streams).hasValue(1);

    // The one that listens is left: another listens
    tabs.remove(0).close();
    tabs.forEach(LiveTests::watchAsked);
    Await.until(
        PATIENCE,
        () -> {
          tabs.get(0).waitForTimeout(20); // only then does Playwright say what it has heard
          return streams.get();
        },
        opened -> opened == 2);
    somethingArrives();
    tabs.forEach(LiveTests::hasAsked);
    tabs.forEach(tab -> assertThat(tab.locator("#lost").isVisible()).isFalse());

    browser.route("**/live?*", Route::abort);
    tabs.remove(0).close();
    PlaywrightAssertions.assertThat(tabs.get(0).getByRole(AriaRole.STATUS))
        .containsText("The connection to Muster is lost");
    PlaywrightAssertions.assertThat(tabs.get(5).locator("#lost")).isVisible();
    console.accessible(tabs.get(0));
    Page late = browser.newPage();
    late.navigate(console.address() + "/arrivals");
    PlaywrightAssertions.assertThat(late.locator("#lost")).isVisible();
    watchAsked(late);
    somethingArrives();
    browser.unroute("**/live?*");
    PlaywrightAssertions.assertThat(late.locator("#lost")).isHidden();
    hasAsked(late); // for what it missed
  }

  @Test
  void whatIsToldToOthersBeforeAPageListensIsToldToItAsWell() throws Exception {
    try (Listener program = new Listener(events("auditor").body())) {
      program.awaitBegun();
      BrowserContext browser = console.signedIn("operator").context();
      ConcurrentLinkedQueue<Route> held = new ConcurrentLinkedQueue<>();
      browser.route("**/live?*", held::add);
      Page slow = browser.newPage();
      slow.navigate(console.address() + "/arrivals");
      watchAsked(slow);
      program.heard.clear();
      somethingArrives();
      program.awaitArrivals();
      Await.until(
              PATIENCE,
              () -> {
                slow.waitForTimeout(20); // only then does Playwright say what it has heard
                return held.poll();
              },
              route -> route != null)
          .resume();
      hasAsked(slow);
      assertThat(program.heard).anyMatch(line -> line.startsWith("id:"));
    }

    // So is a program that was cut off, and says what it heard last
    try (Listener again = new Listener(events("auditor", "0.0").body())) {
      again.awaitArrivals();
    }
  }

  @Test
  void whoHasSignedOutIsSentToSignInOnEachPageAndNoStreamOfTheirsEndsInAnError() throws Exception {
    int before = Files.readString(LogFile.current()).length();
    Page page = console.anonymous();
    page.navigate(console.address() + "/account");
    console.signIn(page, "auditor");
    page.waitForResponse("**/live?*", () -> page.navigate(console.address() + "/arrivals"));
    Page other = page.context().newPage();
    other.navigate(console.address() + "/account");
    other.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Sign out")).click();
    PlaywrightAssertions.assertThat(other).hasURL(console.address() + "/signed-out");

    somethingArrives();

    PlaywrightAssertions.assertThat(page).hasURL(console.address() + "/dev/sign-in");
    page.close();
    try (Listener program = new Listener(events("auditor").body())) {
      program.awaitBegun();
      for (int i = 0; i < 3; i++) { // of which the page's stream can take none
        program.heard.clear();
        somethingArrives();
        program.awaitArrivals();
      }
    }
    assertThat(Files.readString(LogFile.current()).substring(before))
        .doesNotContain("AuthorizationDenied")
        .doesNotContain("already committed");
  }

  private static void hasAsked(Page tab) {
    PlaywrightAssertions.assertThat(tab.locator("html[data-asked]")).hasCount(1);
  }

  private static void watchAsked(Page tab) {
    tab.evaluate(
        """
        () => {
          const page = document.documentElement;
          delete page.dataset.asked;
          document.addEventListener('htmx:afterRequest', () => { page.dataset.asked = 'yes'; });
        }
        """);
  }

  private HttpResponse<InputStream> watch(String cookie) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(console.address() + "/live"))
            .header("Cookie", cookie)
            .header("Accept", "text/event-stream")
            .build(),
        BodyHandlers.ofInputStream());
  }

  private HttpResponse<InputStream> events(String role, String... lastHeard) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(console.address() + "/api/events"))
            .header("Authorization", "Bearer " + console.bearerToken(role))
            .header("Accept", "text/event-stream");
    for (String last : lastHeard) {
      request.header(ChangeStreams.LAST_HEARD, last);
    }
    return http.send(request.build(), BodyHandlers.ofInputStream());
  }

  /** Of another browser each time. */
  private String cookie(String role) throws Exception {
    return "JSESSIONID=" + console.session(role).id();
  }

  /** As another process would have it. */
  private void somethingArrives() {
    jdbc.update(
        "INSERT INTO unusable_message (source, source_id, problem, message) VALUES ('kafka', ?,"
            + " 'none', '')",
        "live-" + System.nanoTime());
  }

  /** Reads a stream, until closed. */
  private static final class Listener implements AutoCloseable {

    private final ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
    private final InputStream stream;
    private final Thread reader;

    Listener(InputStream stream) {
      this.stream = stream;
      reader = new Thread(this::read);
      reader.start();
    }

    private void read() {
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          heard.add(line);
        }
      } catch (java.io.IOException e) {
        // closed
      }
    }

    void awaitBegun() throws Exception {
      Await.until(PATIENCE, () -> !heard.isEmpty(), begun -> begun);
    }

    void awaitArrivals() throws Exception {
      Await.until(PATIENCE, () -> heard.stream().anyMatch("event:arrivals"::equals), told -> told);
    }

    @Override
    public void close() throws Exception {
      stream.close();
      reader.join();
    }
  }
}
