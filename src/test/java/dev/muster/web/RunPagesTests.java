package dev.muster.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import dev.muster.Await;
import dev.muster.MusterProcess;
import dev.muster.MusterProcess.Result;
import dev.muster.MusterProcess.Running;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Role;
import dev.muster.arrival.Arrivals;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.BundleOpener;
import dev.muster.export.Period;
import dev.muster.factory.DevelopmentFactory;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.provisioning.SentManifest;
import dev.muster.provisioning.SentManifests;
import dev.muster.run.ExecutionSummary.StepSummary;
import dev.muster.run.Executions;
import dev.muster.run.RunOutcome;
import dev.muster.upload.CheckedUploads;
import dev.muster.upload.Uploads;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ConsoleTest
@Tag("slow")
class RunPagesTests {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Half an hour off, all the year. */
  private static final ZoneId DARWIN = ZoneId.of("Australia/Darwin");

  @Autowired private Console console;
  @Autowired private Factories factories;
  @Autowired private DevelopmentFactory developmentFactory;
  @Autowired private ManifestRuns manifestRuns;
  @Autowired private SentManifests manifests;
  @Autowired private Executions executions;
  @Autowired private CheckedUploads uploads;
  @Autowired private Uploads sent;
  @Autowired private Arrivals arrivals;
  @Autowired private MusterHome home;
  @Autowired private DataSource dataSource;

  @TempDir private Path folder;

  /** Part of every name, because the database outlives a test run. */
  private final String mine = Long.toString(System.nanoTime(), 36);

  @Test
  void anOperatorSeesTheVerdictsConfirmsWatchesItFinishAndOpensWhatCameOfIt() throws Exception {
    TestManifest manifest = TestManifest.seeded(System.nanoTime()).rows(1200);
    manifest.row("not-a-guid<b>").row("").repeat(2);
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/manifests/send");
    console.accessible(page);
    page.getByLabel("Factory").selectOption(DevelopmentFactory.ID);
    choose(page, mine + " & more.csv", manifest.content());
    press(page, "Look at it");

    assertThat(page.locator("main")).containsText("Nothing of it is loaded yet");
    assertThat(card(page, "Would be accepted")).hasText("1,200");
    assertThat(card(page, "Would be refused")).hasText("3");
    assertThat(page.locator("mark")).hasText(new String[] {"not-a-guid<b>", manifest.deviceId(2)});
    assertThat(page.getByText("already on line 2 of this manifest")).isVisible();
    console.accessible(page);
    assertThat(manifests.page(named(mine), null, 10)).isEmpty();
    assertThat(home.uploads()).isNotEmptyDirectory();

    press(page, "Confirm: send it, without the refused rows");
    assertThat(page).hasURL(Pattern.compile(".*/arrivals/\\d+"));
    assertThat(page.locator("main")).containsText("operator@dev");
    assertThat(badge(page)).hasText("done"); // without anybody loading the page again
    console.accessible(page);
    page.locator("#to-execution").click();
    assertThat(badge(page)).hasText("completed");
    assertThat(page.locator("main details tbody")).containsText("Load devices 1");
    assertThat(page.locator("main details tbody")).not().containsText("COMPLETED");
    console.accessible(page);
    String execution = page.url();
    page.locator("#to-manifest").click();
    assertThat(badge(page)).hasText("delivered");
    assertThat(card(page, "Accepted")).hasText("1,200");
    assertThat(page.locator("main")).containsText(mine + " & more.csv");
    assertThat(page.locator("mark").first()).hasText("not-a-guid<b>");
    console.accessible(page);
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Twice in this manifest"))
        .click();
    assertThat(page.locator("mark")).hasText(new String[] {manifest.deviceId(2)});

    Download part = page.waitForDownload(() -> page.locator("a[href$='.age']").first().click());
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    Path file = folder.resolve("part.age");
    part.saveAs(file);
    BundleOpener.open(file, AgeIdentity.read(developmentFactory.identityFile()), plain);
    assertThat(plain.toString(StandardCharsets.UTF_8))
        .contains(manifest.deviceId(2))
        .contains("SharedAccessSignature sr=");
    Download rejects = page.waitForDownload(() -> page.getByText("rejects.csv").click());
    assertThat(rejects.suggestedFilename()).isEqualTo(mine + "___more-rejects.csv");
    page.navigate(console.address() + "/manifests?name=" + mine);
    assertThat(page.locator("tbody tr")).hasCount(1);
    console.accessible(page);
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("1,200 never seen")).click();
    assertThat(page).hasURL(Pattern.compile(".*/devices\\?manifest=\\d+&seen=NEVER"));
    assertThat(page.locator("tbody tr")).not().hasCount(0);

    Page phone = console.signedIn("operator", DARWIN);
    phone.navigate(execution);
    timesAreThoseOfDarwin(phone);
    assertThat(phone.locator("footer")).containsText("Times are in Australia/Darwin or in UTC");
    phone.locator("#now time").first().evaluate("time => time.id = 'before'");
    phone.evaluate("() => htmx.trigger('#now', 'sse:runs')");
    assertThat(phone.locator("#before")).hasCount(0);
    timesAreThoseOfDarwin(phone); // also those that came by themselves
    console.accessible(phone);
    phone.navigate(console.address() + "/executions?text=" + mine);
    console.accessible(phone);
  }

  private static void timesAreThoseOfDarwin(Page page) {
    Locator time = page.locator("#now time").first();
    String minutes =
        DateTimeFormatter.ofPattern(":mm:ss")
            .format(Instant.parse(time.getAttribute("datetime")).atZone(DARWIN));
    assertThat(time).hasText(Pattern.compile(".*" + minutes + ".*GMT\\+9:30"));
    assertThat(time).hasAttribute("title", Pattern.compile("\\d{4}-\\d\\d-\\d\\d .* UTC"));
  }

  @Test
  void aRunThatFailedForTooManyRejectsIsRestartedWithAnotherLimit() throws Exception {
    TestManifest manifest = TestManifest.seeded(System.nanoTime()).rows(10);
    manifest.row("bad-1").row("bad-2");
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/manifests/send");
    page.getByLabel("Factory").selectOption(DevelopmentFactory.ID);
    choose(page, mine + ".csv", manifest.content());
    press(page, "Look at it");
    assertThat(page.locator(".note-warn")).containsText("2 of 12 rows would be refused");
    press(page, "Send it all the same: its run will fail");
    assertThat(badge(page)).hasText("failed");
    String arrival = page.url();
    assertThat(page.getByRole(AriaRole.STATUS)).hasCount(0); // nothing green beside what failed
    page.locator("#to-execution").click();
    assertThat(badge(page)).hasText("too many rejects");
    assertThat(page.locator("main > div .note-bad").first())
        .containsText("2 of 12 rows were refused, and the limit is 5%");
    assertThat(page.getByText("Stack trace")).hasCount(0); // the sentence says it all
    console.accessible(page);

    page.locator("#restart").click();
    assertThat(page.locator("#will-happen"))
        .containsText("All 12 rows were read: 10 devices are in the registry and stay.");
    assertThat(page.locator("#will-happen"))
        .containsText("2 rows were refused so far, and the limit is 5%.");
    assertThat(page.locator("#will-happen")).containsText("with this limit it will fail again");
    console.accessible(page);
    page.getByLabel("Limit of refused rows").fill("a few");
    press(page, "Restart it");
    assertThat(page.getByRole(AriaRole.ALERT)).containsText("'a few' is no limit of rejects");
    page.getByLabel("Limit of refused rows").fill("20%");
    press(page, "Restart it");
    assertThat(badge(page)).hasText("completed");
    assertThat(page.getByText("operator@dev restarted it")).hasCount(1);
    page.locator("#to-manifest").click();
    assertThat(badge(page)).hasText("delivered");
    assertThat(page.locator("main")).containsText("maxRejects=20%");
    page.navigate(arrival);
    assertThat(badge(page)).hasText("done"); // it is taken up again by itself
    assertThat(page.locator(".facts .badge")).hasText("completed"); // the last of its executions
    page.locator("#to-manifest").click();
    assertThat(badge(page)).hasText("delivered");

    page.navigate(console.address() + "/manifests/send");
    page.getByLabel("Factory").selectOption(DevelopmentFactory.ID);
    choose(page, mine + "-again.csv", manifest.content());
    press(page, "Look at it");
    press(page, "Send it again, for its first receipt");
    assertThat(badge(page)).hasText("done");
    assertThat(page.locator(".facts")).containsText("the same content came before");
    console.accessible(page);
  }

  @Test
  void whatAnUploadMayChangeOfDevicesThatAreThereIsChosenAndComesToTheRegistry() throws Exception {
    TestManifest manifest = TestManifest.seeded(System.nanoTime()).rows(3);
    RunOutcome unused =
        manifestRuns.provision(
            manifest.write(folder.resolve(mine + "-first.csv")), DevelopmentFactory.ID, null, null);
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/manifests/send");
    page.getByLabel("Factory").selectOption(DevelopmentFactory.ID);
    page.getByLabel("Devices that are there already").selectOption("VALUES");
    choose(page, mine + "-changed.csv", manifest.content().replace("TH-200", "TH-300"));
    press(page, "Look at it");
    assertThat(card(page, "Updated")).hasText("3");
    assertThat(card(page, "Would be refused")).hasText("0");

    press(page, "Confirm and send it");
    assertThat(badge(page)).hasText("done");

    page.navigate(console.address() + "/devices/" + manifest.deviceId(2));
    assertThat(page.locator("dd", new Page.LocatorOptions().setHasText("TH-300"))).hasCount(1);
  }

  @Test
  void aRunIsStoppedAbandonedAndWithdrawnAndEachTimeItIsSaidWhatHappens() throws Exception {
    Path file =
        TestManifest.seeded(System.nanoTime()).rows(1200).write(folder.resolve(mine + ".csv"));
    Page page = console.signedIn("operator");
    Thread run;
    try (Connection gate = closeGate()) {
      run = provisionOnAThread(file);
      page.navigate(console.address() + "/executions?status=RUNNING&text=" + mine);
      page.reload();
      Await.until(PATIENCE, () -> !executions.page(running(), null, 1).isEmpty(), there -> there);
      page.reload();
      page.locator("tbody a").first().click();
      assertThat(badge(page)).hasText("running");
      console.accessible(page);
      page.locator("#stop").click();
      assertThat(page.locator("#will-happen"))
          .containsText("It stops behind the chunk that it is at, of at most 500 rows");
      console.accessible(page);
      press(page, "Stop it");
      assertThat(badge(page)).hasText("stopping");
    }
    run.join(PATIENCE.toMillis());
    assertThat(badge(page)).hasText("stopped");
    assertThat(page.locator(".note-warn").first()).containsText("It was stopped");
    String took = page.getByText(", after").locator("span").textContent();

    page.locator("#restart").click();
    assertThat(page.locator("#will-happen"))
        .containsText(
            Pattern.compile(
                "It continues at row [\\d,]+ of 1,200; [\\d,]+ devices are already in the registry"
                    + " and stay"));
    page.getByText("Leave it as it is").click();
    page.locator("#abandon").click();
    assertThat(page.locator("#will-happen")).containsText("The run is given up for good");
    console.accessible(page);
    press(page, "Abandon it");
    assertThat(badge(page)).hasText("abandoned");
    assertThat(page.locator("#restart")).hasCount(0);
    page.locator("#withdraw").click();
    assertThat(page.locator("#will-happen"))
        .containsText(Pattern.compile("[\\d,]+ devices leave the registry"));
    console.accessible(page);
    press(page, "Withdraw it");
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("left the registry");
    assertThat(badge(page)).hasText("withdrawn");
    assertThat(page.locator("main")).containsText("operator@dev abandoned it");
    assertThat(page.getByText(", after").locator("span"))
        .hasText(took); // withdrawn, it ran no longer
  }

  @Test
  void aRunWhoseProcessWasKilledIsFoundAndRestarted() throws Exception {
    Path file =
        TestManifest.seeded(System.nanoTime()).rows(700).write(folder.resolve(mine + ".csv"));
    Page page = console.signedIn("operator");
    try (Connection gate = closeGate()) {
      Running process =
          new MusterProcess(home.root(), hubs())
              .start("provision", "--factory", DevelopmentFactory.ID, file.toString());
      try {
        Await.until(PATIENCE, () -> !executions.page(running(), null, 1).isEmpty(), there -> there);
        page.navigate(console.address() + "/executions?text=" + mine);
        assertThat(badge(page)).hasText("running");
        page.locator("tbody a").first().click();
      } finally {
        process.process().destroyForcibly().waitFor();
      }
      assertThat(badge(page)).hasText("interrupted");
    }
    assertThat(page.locator(".note-bad").first())
        .containsText("The process that ran it ended before it was done");
    page.locator("#restart").click();
    press(page, "Restart it");
    assertThat(badge(page)).hasText("completed");
  }

  @Test
  void commandsConfirmWhatWasUploadedAndEndSessions() throws Exception {
    MusterProcess command = new MusterProcess(home.root(), hubs());
    UUID upload =
        uploads.checkManifest(
            DevelopmentFactory.ID,
            mine + ".csv",
            new ByteArrayInputStream(
                TestManifest.seeded(System.nanoTime())
                    .rows(30)
                    .row("x")
                    .content()
                    .getBytes(StandardCharsets.UTF_8)),
            null,
            null);
    Await.until(PATIENCE, () -> uploads.find(upload).orElseThrow().checked(), done -> done);
    assertThat(command.run("uploads").out())
        .containsPattern("%s  ready +manifest .* %s.csv\n".formatted(upload, mine));
    assertThat(command.run("uploads", upload.toString()).out())
        .startsWith(mine + ".csv: Nothing of it is loaded yet.\n")
        .containsPattern("\n  Would be accepted +30\n")
        .containsPattern("\n  The device id is no GUID +MALFORMED_DEVICE_ID +1\n")
        .contains("To do it: jobs/uploads confirm " + upload);
    Result confirmed = command.run("uploads", "confirm", upload.toString());
    assertThat(confirmed.out()).as(confirmed.err()).contains("It is in the inbox, as arrival ");
    Await.until(
        PATIENCE,
        () -> manifests.page(named(mine), null, 1),
        found -> found.size() == 1 && found.get(0).state() == SentManifest.State.DELIVERED);

    Console.Session session = console.session("technician");
    JsonNode sessions = new JsonMapper().readTree(command.run("sessions", "--json").out());
    JsonNode newest =
        sessions.values().stream()
            .filter(one -> one.get("name").asString().equals("technician@dev"))
            .max(Comparator.comparing(one -> one.get("signedInAt").asString()))
            .orElseThrow();
    String id = newest.get("id").asString();
    assertThat(command.run("sessions").out())
        .containsPattern(
            "%s .* technician@dev +%s\n"
                .formatted(id, Pattern.quote(newest.get("account").asString())));
    Result ended = command.run("sessions", "end", id);
    assertThat(ended.out()).as(ended.err()).isEqualTo("The session is ended.\n");
    HttpResponse<Void> asked =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(console.address() + "/account"))
                    .header("Accept", "text/html")
                    .header("Cookie", "JSESSIONID=" + session.id())
                    .build(),
                BodyHandlers.discarding());
    assertThat(asked.statusCode()).as("has to sign in").isEqualTo(302);
    assertThat(command.run("sessions", "end", id).err()).contains("There is no such session");
    assertThat(command.run("sessions", "end", "--account", mine).exitCode()).isEqualTo(1);
    assertThat(command.run("sessions", "end").exitCode()).isEqualTo(2);
  }

  @Test
  void aFactorysAccountSeesItsOwnOnly() throws Exception {
    String other = "h1-" + UUID.randomUUID().toString().substring(0, 8);
    factories.add(new Factory(other, List.of(AgeIdentity.generate().recipient()), null));
    Path file =
        TestManifest.seeded(System.nanoTime())
            .rows(3)
            .write(folder.resolve("secret-" + other + ".csv"));
    RunOutcome outcome = manifestRuns.provision(file, other, null, null);
    int manifest =
        manifests
            .page(
                new SentManifests.Filter(other, null, outcome.sha256(), null, Period.EVER), null, 1)
            .get(0)
            .id();
    UUID upload =
        Callers.call(
            Caller.account("somebody", "somebody", "test", List.of(Role.OPERATOR), null),
            () ->
                uploads.checkManifest(
                    other,
                    "x.csv",
                    new ByteArrayInputStream("device_id\n".getBytes(StandardCharsets.UTF_8)),
                    null,
                    null));

    Page page = console.signedIn("factory");
    page.navigate(console.address() + "/manifests?factory=" + other + "&name=secret");
    assertThat(page.locator("main")).containsText("No manifest fits");
    page.navigate(console.address() + "/executions?text=secret-" + other);
    assertThat(page.locator("main")).containsText("No execution fits");
    console.accessible(page);
    for (String path :
        List.of(
            "/manifests/" + manifest,
            "/manifests/" + manifest + "/files/receipt.json",
            "/executions/" + outcome.execution(),
            "/manifests/checked/" + upload)) {
      APIResponse answer = page.request().get(console.address() + path);
      assertThat(answer.status()).as(path).isEqualTo(404);
    }
    APIResponse control =
        page.request().get(console.address() + "/executions/" + outcome.execution() + "/restart");
    assertThat(control.status()).isEqualTo(403);

    page.navigate(console.address() + "/manifests/send");
    assertThat(page.getByLabel("Factory").locator("option"))
        .hasText(new String[] {DevelopmentFactory.ID});
    page.locator("#factory option").evaluate("(option, other) => option.value = other", other);
    choose(page, "foreign.csv", "device_id\n" + UUID.randomUUID() + "\n");
    press(page, "Look at it");
    assertThat(page.locator("h1")).hasText("You may not do that");

    page.navigate(console.address() + "/manifests/send");
    choose(page, "own.csv", "device_id\n" + UUID.randomUUID() + "\n");
    press(page, "Look at it");
    assertThat(card(page, "Would be accepted")).hasText("1");
    press(page, "Discard it");
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("Nothing was loaded");

    Page operator = console.signedIn("operator");
    operator.navigate(console.address() + "/manifests?factory=" + other);
    assertThat(operator.locator("tbody tr")).hasCount(1);
  }

  @Test
  void whatNeedsAnOperatorInTheInboxIsTriedAgainOrDismissedWithAReason() throws Exception {
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/");
    String failed = page.locator("#to-failed-arrivals").textContent();
    page.navigate(console.address() + "/manifests/send");
    page.getByLabel("Factory").selectOption(DevelopmentFactory.ID);
    choose(page, mine + ".csv", TestManifest.seeded(System.nanoTime()).rows(2).row("x").content());
    press(page, "Look at it");
    press(page, "Send it all the same: its run will fail");
    assertThat(badge(page)).hasText("failed");
    Page overview = console.signedIn("operator");
    overview.navigate(console.address() + "/");
    assertThat(overview.locator("#to-failed-arrivals")).hasText(failed); // its run is counted
    String arrival = page.url();
    page.navigate(console.address() + "/arrivals?state=FAILED&text=" + mine);
    assertThat(page.locator("#arrivals tbody tr")).hasCount(1);
    console.accessible(page);
    page.locator("tbody a").first().click();
    page.locator("#retry").click();
    console.accessible(page);
    press(page, "Try it again");
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("It is tried again");
    assertThat(badge(page)).hasText("failed");
    page.locator("#dismiss").click();
    assertThat(page.locator("main")).containsText("its sender is told so");
    console.accessible(page);
    page.getByLabel("Reason").fill("The factory sends another.");
    press(page, "Dismiss it");
    assertThat(badge(page)).hasText("refused");
    assertThat(page.locator(".note-bad"))
        .containsText("Given up by the operator: The factory sends another.");
    Files.createDirectories(home.inbox().resolve(mine + ".csv").resolve("devices.zip"));
    Page auditor = console.signedIn("auditor");
    auditor.navigate(console.address() + "/arrivals?text=" + mine);
    assertThat(auditor.locator("#untaken")) // without anybody loading the page again
        .containsText("inbox/" + mine + ".csv/devices.zip");
    assertThat(auditor.locator("#untaken"))
        .containsText("Put the files into the factory's folder itself.");
    console.accessible(auditor);
    auditor.navigate(arrival);
    assertThat(badge(auditor)).hasText("refused");
    assertThat(auditor.locator("#retry")).hasCount(0);
    auditor.navigate(console.address() + "/arrivals/unusable");
    console.accessible(auditor);
  }

  @Test
  void severalAreRestartedTriedAgainAndDismissedTogetherAndItIsSaidWhichAreNot() throws Exception {
    List<Long> three = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      TestManifest manifest = TestManifest.seeded(System.nanoTime()).rows(2).row("x");
      three.add(send(mine + "-" + i + ".csv", manifest));
    }
    for (long arrival : three) {
      Await.until(PATIENCE, () -> state(arrival), "FAILED"::equals);
    }
    Page page = console.signedIn("operator", 390, 844);
    page.navigate(console.address() + "/executions?text=" + mine);
    assertThat(page.locator("#several button")).isDisabled();
    page.getByLabel("All on this page").press("Space");
    assertThat(page.locator("#chosen")).hasText("Chosen: 3");
    console.accessible(page);
    press(page, "Restart");
    assertThat(page.locator("h1")).hasText("Restart 3 runs");
    assertThat(page.locator("#possible")).containsText("with this limit it will fail again");
    console.accessible(page);
    press(page, "Restart all 3");
    assertThat(page.getByRole(AriaRole.STATUS).first()).containsText("3 runs are restarted");
    assertThat(page).hasURL(console.address() + "/executions?text=" + mine);
    Await.until(PATIENCE, () -> executions.page(failed(), null, 10).size(), six -> six == 6);

    page.navigate(console.address() + "/executions?text=" + mine);
    page.getByLabel("All on this page").check();
    press(page, "Restart");
    assertThat(page.locator("h1")).hasText("Restart 3 runs");
    assertThat(page.locator("#left-out li")).hasCount(3);
    assertThat(page.locator("#left-out")).containsText("was continued already");

    page.navigate(console.address() + "/arrivals?text=" + mine);
    page.getByLabel("Choose arrival " + three.get(0)).focus();
    page.keyboard().press("Space");
    page.getByLabel("Choose arrival " + three.get(1)).check();
    page.locator("#now tbody tr").first().evaluate("row => row.id = 'before'");
    page.evaluate("() => htmx.trigger('#now', 'sse:arrivals')");
    assertThat(page.locator("#before")).hasCount(0);
    assertThat(page.locator("#chosen")).hasText("Chosen: 2"); // also when the list came anew
    assertThat(page.getByLabel("Choose arrival " + three.get(1))).isChecked();
    console.accessible(page);
    press(page, "Dismiss");
    assertThat(page.locator("h1")).hasText("Dismiss 2 arrivals");
    console.accessible(page);
    assertThat(arrivals.dismiss(three.get(1), "Somebody was faster.")).isTrue();
    page.getByLabel("Reason").fill("The factory sends others.");
    press(page, "Dismiss all 2");
    assertThat(page.getByRole(AriaRole.STATUS).first())
        .hasText("1 arrival is given up, and its sender is told so.");
    assertThat(page).hasURL(console.address() + "/arrivals?text=" + mine);
    assertThat(page.locator("#left-out li")).hasCount(1);
    assertThat(page.locator("#left-out"))
        .containsText("Arrival %d can't be given up: it is".formatted(three.get(1)));
    console.accessible(page);
    Await.until(PATIENCE, () -> state(three.get(0)), "REFUSED"::equals);
    Await.until(PATIENCE, () -> state(three.get(1)), "REFUSED"::equals);

    page.navigate(console.address() + "/arrivals?text=" + mine);
    page.getByLabel("All on this page").check();
    press(page, "Try again");
    press(page, "Try all 3 again");
    assertThat(page.getByRole(AriaRole.STATUS).first()).hasText("3 arrivals are tried again.");
    assertThat(page.locator("#left-out")).hasCount(0);
    for (long arrival : three) {
      Await.until(PATIENCE, () -> state(arrival), "FAILED"::equals);
    }

    page.navigate(
        console.address() + "/arrivals/several/retry?arrival=1&list=//evil.example/%23?x");
    assertThat(page.locator("main a.button-quiet")).hasAttribute("href", "/arrivals");

    String several = console.address() + "/arrivals/several/retry?arrival=";
    APIResponse none = page.request().get(console.address() + "/arrivals/several/retry");
    assertThat(none.status()).isEqualTo(409);
    assertThat(none.text()).contains("choose at least one");
    APIResponse tooMany =
        page.request()
            .get(
                several
                    + LongStream.range(0, 51)
                        .mapToObj(Long::toString)
                        .collect(Collectors.joining(",")));
    assertThat(tooMany.status()).isEqualTo(409);
    assertThat(tooMany.text()).contains("At most 50 at once");
    Page auditor = console.signedIn("auditor");
    auditor.navigate(console.address() + "/arrivals?text=" + mine);
    assertThat(auditor.locator("#arrivals tbody tr")).hasCount(3);
    assertThat(auditor.locator("input[type=checkbox]")).hasCount(0);
    assertThat(auditor.request().get(several + three.get(0)).status()).isEqualTo(403);
  }

  @Test
  void aRunIsReachedFromItsArrivalWhileItIsUnderWayAndSaysHowLongItStillTakes() throws Exception {
    long arrival = send(mine + ".csv", TestManifest.seeded(System.nanoTime()).rows(60_000));
    Await.until(PATIENCE, this::rowsRead, read -> read > 0);
    Page page = console.signedIn("operator");
    try (Connection gate = closeGate()) {
      page.navigate(console.address() + "/arrivals/" + arrival);
      assertThat(badge(page)).hasText("running");
      page.locator("#to-execution").click();
      assertThat(badge(page)).hasText("running");
      assertThat(page.locator("#now td .nowrap"))
          .hasText(Pattern.compile("about \\d+ (seconds?|minutes?|hours?) left"));
      console.accessible(page);
      page.navigate(console.address() + "/");
      assertThat(page.locator("main")).containsText(Pattern.compile("about \\d+ \\w+ left"));
      page.navigate(console.address() + "/arrivals/" + arrival);
    }
    assertThat(badge(page)).hasText("done");
    assertThat(page.locator("#to-execution")).isVisible();
  }

  /** As the README says. */
  @Test
  void whatIsCopiedIntoAFactorysFolderArrives() throws Exception {
    List<String> commands =
        Files.readAllLines(Path.of("README.md")).stream()
            .filter(line -> line.startsWith("$ ") && line.contains("var/inbox/"))
            .map(line -> line.substring(2).replace("var/inbox", home.inbox().toString()))
            .toList();
    assertThat(commands).hasSize(2);
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/arrivals?source=folder&text=thermostats");
    long before = page.locator("#arrivals tbody tr").count();

    Process shell =
        new ProcessBuilder("sh", "-euc", String.join("\n", commands)).inheritIO().start();
    assertThat(shell.waitFor()).isZero();

    assertThat(page.locator("#arrivals tbody tr")).hasCount((int) before + 1);
    assertThat(badge(page)).hasText("done");
  }

  @Test
  void aFileThatIsDroppedOnItsFieldIsTheOneThatIsLookedAt() {
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/manifests/send");
    page.getByLabel("Factory").selectOption(DevelopmentFactory.ID);
    page.evaluate(
        """
        content => {
          const dragged = new DataTransfer();
          dragged.items.add(new File([content], 'dropped.csv', {type: 'text/csv'}));
          const zone = document.querySelector('[data-drop]');
          for (const name of ['dragover', 'drop']) {
            zone.dispatchEvent(
                new DragEvent(name, {dataTransfer: dragged, bubbles: true, cancelable: true}));
          }
        }
        """,
        TestManifest.seeded(System.nanoTime()).rows(3).content());
    press(page, "Look at it");
    assertThat(page.locator("h1")).hasText("dropped.csv");
    assertThat(card(page, "Would be accepted")).hasText("3");
    String checked = page.url();
    page.navigate(console.address() + "/manifests/send");
    assertThat(page.getByText("Waiting to be confirmed or discarded")).isVisible();
    console.accessible(page);
    page.navigate(checked);
    press(page, "Discard it");
  }

  @Test
  void rubbishIsRefusedInASentence() {
    Page page = console.signedIn("operator", 360, 740);
    String form = console.address() + "/manifests/send";
    page.navigate(form);
    page.getByLabel("Factory").selectOption(DevelopmentFactory.ID);
    choose(page, "empty.csv", "");
    press(page, "Look at it");
    assertThat(page.getByRole(AriaRole.ALERT)).containsText("The file is empty");
    assertThat(page.getByLabel("Factory")).hasValue(DevelopmentFactory.ID);

    page.getByLabel("CSV file, also gzipped")
        .setInputFiles(
            new FilePayload(
                "latin1.csv",
                "text/csv",
                new byte[] {'d', 'e', 'v', 'i', 'c', 'e', '_', 'i', 'd', '\n', (byte) 0xE4, '\n'}));
    press(page, "Look at it");
    assertThat(page.locator(".note-bad")).containsText("It would be refused as a whole");
    assertThat(page.locator(".note-bad")).containsText("UTF-8");
    assertThat(page.getByText("Confirm")).hasCount(0);
    console.accessible(page);
    press(page, "Discard it");

    page.navigate(form);
    page.getByLabel("Factory").selectOption(DevelopmentFactory.ID);
    choose(
        page,
        "../../" + "n".repeat(400) + "\u202evsc.exe",
        "device_id\n" + UUID.randomUUID() + ",\"\n");
    press(page, "Look at it");
    assertThat(page.locator(".note-bad")).isVisible();
    assertThat(page.locator("h1")).containsText("n_vsc.exe");
    console.accessible(page);
    press(page, "Discard it");
  }

  private long send(String name, TestManifest manifest) throws Exception {
    return sent.sendManifest(
            DevelopmentFactory.ID,
            name,
            new ByteArrayInputStream(manifest.content().getBytes(StandardCharsets.UTF_8)),
            null,
            null,
            null,
            null)
        .arrival();
  }

  private String state(long arrival) {
    return arrivals.find(arrival).orElseThrow().state();
  }

  private long rowsRead() {
    return executions.page(running(), null, 1).stream()
        .flatMap(one -> one.steps().stream())
        .filter(step -> step.name().startsWith("load:"))
        .mapToLong(StepSummary::read)
        .sum();
  }

  private Executions.Filter failed() {
    return new Executions.Filter(null, Executions.Status.FAILED, null, mine, Period.EVER);
  }

  private Executions.Filter running() {
    return new Executions.Filter(null, Executions.Status.RUNNING, null, mine, Period.EVER);
  }

  private static SentManifests.Filter named(String name) {
    return new SentManifests.Filter(null, name, null, null, Period.EVER);
  }

  private static void choose(Page page, String name, String content) {
    page.getByLabel("CSV file, also gzipped")
        .setInputFiles(new FilePayload(name, "text/csv", content.getBytes(StandardCharsets.UTF_8)));
  }

  private static void press(Page page, String button) {
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(button)).click();
  }

  private static Locator badge(Page page) {
    return page.locator("main .badge").first();
  }

  private static Locator card(Page page, String title) {
    return page.locator(
            ".card",
            new Page.LocatorOptions()
                .setHas(page.getByText(title, new Page.GetByTextOptions().setExact(true))))
        .locator(".figure");
  }

  /** While this is open, no chunk is committed. */
  private Connection closeGate() throws SQLException {
    Connection connection = dataSource.getConnection();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("LOCK TABLE loaded_lines IN SHARE ROW EXCLUSIVE MODE");
    }
    return connection;
  }

  private Thread provisionOnAThread(Path file) {
    Caller caller = Callers.current();
    Thread thread =
        new Thread(
            () ->
                Callers.run(
                    caller,
                    () -> {
                      try {
                        manifestRuns.provision(file, DevelopmentFactory.ID, null, null);
                      } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                      }
                    }));
    thread.start();
    return thread;
  }

  private static String[] hubs() {
    return new String[] {
      "-Dmuster.provisioning.chunk-rows=500",
      "-Dspring.profiles.active=dev",
      "-Dmuster.hubs[0].name=west",
      "-Dmuster.hubs[0].namespace=contoso-west.servicebus.windows.net",
      "-Dmuster.hubs[0].event-hub=telemetry",
      "-Dmuster.hubs[0].key-name=device-send",
      "-Dmuster.hubs[0].primary-key=cHJpbWFyeS1rZXktb2Ytd2VzdC1mb3ItdGVzdHMtb25seSE=",
      "-Dmuster.hubs[0].secondary-key=c2Vjb25kYXJ5LWtleS1vZi13ZXN0LWZvci10ZXN0cy1vbmx5"
    };
  }
}
