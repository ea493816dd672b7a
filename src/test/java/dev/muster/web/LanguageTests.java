package dev.muster.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.i18n.LocaleContextHolder;

@ConsoleTest
@Tag("slow")
class LanguageTests {

  @Autowired private Console console;
  @Autowired private Show show;

  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void forget() {
    LocaleContextHolder.resetLocaleContext();
  }

  @Test
  void aPageIsInTheLanguageOfTheBrowserAndInEnglishOtherwise() throws Exception {
    Console.Session session = console.session("operator");
    String cookie = "JSESSIONID=" + session.id();

    assertThat(page("/", cookie, "de-AT,de;q=0.9,en;q=0.5").body())
        .contains("<html lang=\"de\"", "<title>Übersicht · Muster</title>", ">Geräte</a>");
    assertThat(page("/", cookie, "fr-CA").body())
        .contains("<html lang=\"fr\"", "<title>Aperçu · Muster</title>", ">Appareils</a>");
    assertThat(page("/", cookie, "es,it;q=0.9,fr;q=0.1").body()).contains("<html lang=\"fr\"");
    for (String other : new String[] {"es", "en-GB,de;q=0.5", "*", "x-klingon;;q=zz", ""}) {
      assertThat(page("/", cookie, other).body())
          .contains("<html lang=\"en\"", "<title>Overview · Muster</title>", ">Devices</a>");
    }
    HttpResponse<String> german = page("/", cookie, "de");
    assertThat(german.headers().firstValue("Cache-Control").orElse("")).contains("no-store");
    assertThat(german.headers().firstValue("Content-Language")).hasValue("de");
    assertThat(german.body()).doesNotContain("??");
  }

  @Test
  void whatSomebodyChoseCountsMoreThanTheirBrowser() throws Exception {
    Console.Session session = console.session("auditor");
    String cookie = "JSESSIONID=" + session.id();

    HttpResponse<String> chosen = choose("FR", session, "/devices?q=4711");

    assertThat(chosen.statusCode()).isEqualTo(302);
    assertThat(chosen.headers().firstValue("Location"))
        .hasValueSatisfying(to -> assertThat(to).endsWith("/devices?q=4711"));
    String language = chosen.headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(language).contains("=fr;", "HttpOnly", "SameSite=Lax", "Path=/");
    String both = cookie + "; " + language.substring(0, language.indexOf(';'));
    assertThat(page("/", both, "de").body()).contains("<html lang=\"fr\"");
    String odd = cookie + "; " + language.substring(0, language.indexOf('=')) + "=tlh";
    assertThat(page("/", odd, "de").body()).contains("<html lang=\"de\"");
    assertThat(choose("TLH", session, "/").statusCode()).isEqualTo(404);
  }

  @Test
  void aProblemIsInTheLanguageOfItsReader() throws Exception {
    String cookie = "JSESSIONID=" + console.session("auditor").id();

    HttpResponse<String> nothing = page("/no-such-page", cookie, "de");
    assertThat(nothing.statusCode()).isEqualTo(404);
    assertThat(nothing.body()).contains("Keine Seite von Muster hat diese Adresse.");
    assertThat(page("/executions/99999999999999999999", cookie, "de").body())
        .contains("„99999999999999999999“ ist kein gültiger Wert für");
    HttpResponse<String> none = page("/executions/2000000000", cookie, "fr");
    assertThat(none.statusCode()).isEqualTo(404);
    assertThat(none.body()).contains("Il n’y a rien ici").contains("<p class=\"lead\">");
    assertThat(none.body()).doesNotContain("There is no");
  }

  @Test
  void whatAPageItselfSaysAndWhatAServiceSaysInItIsInTheLanguageOfItsReader() throws Exception {
    String cookie = "JSESSIONID=" + console.session("operator").id();

    HttpResponse<String> gone = page("/manifests/checked/" + UUID.randomUUID(), cookie, "de");
    assertThat(gone.statusCode()).isEqualTo(404);
    assertThat(gone.body())
        .contains(
            "<h1>Hier ist nichts</h1>",
            "<p class=\"lead\">Das Hochgeladene wurde bestätigt oder verworfen");
    assertThat(page("/arrivals?from=nonsense", cookie, "fr").body())
        .contains(
            "<h1>Arrivées</h1>",
            "<p class=\"note note-bad\" role=\"alert\">&#39;nonsense&#39; n’est");
  }

  @Test
  void whatProgramsAreAnsweredIsTheSameInEveryLanguage() throws Exception {
    for (String path :
        new String[] {
          "/api/devices?limit=x",
          "/api/executions/2000000000",
          "/api/service-records?limit=100000",
          "/api/factories",
          "/api/hubs/export.csv",
          "/api/factories/export.jsonl",
          "/api/openapi.json"
        }) {
      HttpResponse<String> english = api(path, "en");
      HttpResponse<String> german = api(path, "de-DE,de;q=0.9");
      assertThat(german.statusCode()).as(path).isEqualTo(english.statusCode());
      assertThat(german.body()).as(path).isEqualTo(english.body());
      assertThat(german.headers().firstValue("Content-Language")).as(path).isEmpty();
    }
  }

  @Test
  void aTechnicianInstallsADeviceInGermanAndASecurityOfficerRetiresItInFrench() {
    UUID device = UUID.randomUUID();
    Page phone = console.signedIn("technician", 360, 740);
    choose(phone, "Deutsch");
    at(phone, "/technician");
    phone.getByLabel("Geräte-Id").fill(device.toString());
    phone.getByLabel("Gebäude").fill("7");
    phone.getByLabel("Raum").fill("12");
    take(phone, "technician-de");
    press(phone, "Nachsehen");
    assertThat(phone.locator("main")).containsText("Dieses Gerät kennt noch niemand.");
    take(phone, "technician-device-de");
    press(phone, "Registrieren und sein Token zeigen");
    assertThat(phone.locator("main"))
        .containsText("Das Gerät ist registriert: Gebäude 7, Raum 12.");
    press(phone, "Als Datei speichern");
    assertThat(phone.locator("#copied")).hasText("Gespeichert.");
    take(phone, "token-de");
    at(phone, "/devices/" + device);
    assertThat(phone.locator(".facts")).containsText("in Betrieb, Token ausgeliefert");
    phone.getByLabel("Was getan wurde").fill("entstaubt");
    press(phone, "Festhalten");
    assertThat(phone.getByRole(AriaRole.STATUS)).hasText("Festgehalten: entstaubt.");
    take(phone, "device-de");
    choose(phone, "English");

    Page officer = console.signedIn("security-officer", 360, 740);
    choose(officer, "Français");
    at(officer, "/devices/" + device);
    officer
        .getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Mettre au rebut"))
        .click();
    assertThat(officer.locator("h1")).hasText("Mettre cet appareil au rebut ?");
    take(officer, "device-change-fr");
    officer.getByLabel("Pourquoi").fill("cassé");
    press(officer, "Mettre au rebut");
    assertThat(officer.getByRole(AriaRole.STATUS))
        .hasText("L’appareil " + device + " est mis au rebut.");
    assertThat(officer.locator("main")).containsText("Enregistré à la main");
    assertThat(officer.locator("main")).containsText("bâtiment 7, pièce 12");
    take(officer, "device-fr");
    for (String path :
        new String[] {
          "/devices", "/devices/change?building=7", "/search?q=7", "/factories/add", "/audit"
        }) {
      at(officer, path);
      take(officer, path.substring(1).replaceAll("[^a-z]", "-") + "-fr");
    }
    choose(officer, "English");
  }

  private void at(Page page, String path) {
    assertThat(page.navigate(console.address() + path).status()).isEqualTo(200);
  }

  private static void press(Page page, String button) {
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(button)).first().click();
  }

  private void take(Page page, String name) {
    assertThat(page.content()).doesNotContain("??");
    console.accessible(page);
    page.screenshot(
        new Page.ScreenshotOptions().setFullPage(true).setPath(Path.of("target/" + name + ".png")));
  }

  @Test
  void everyPageHasItsWordsInEveryLanguage() throws Exception {
    UUID device = UUID.randomUUID();
    Console.Session technician = console.session("technician");
    HttpResponse<String> registered =
        post(
            "/technician/device",
            "device=" + device + "&building=7&room=12",
            technician,
            "Accept-Language",
            "fr");
    assertThat(registered.statusCode()).isEqualTo(302);
    String cookie = "JSESSIONID=" + technician.id();
    assertThat(page("/technician", cookie, "fr").body())
        .contains("L’appareil est enregistré", "bâtiment 7, pièce 12.", "Installés aujourd’hui");
    hasWords(
        cookie,
        "/technician",
        "/technician/device?device=x",
        "/technician/device?device=" + device,
        "/technician/device?device=" + UUID.randomUUID(),
        "/devices/" + device + "/token",
        "/service-records?device=" + device,
        "/service-records?from=x");
    hasWords(
        "JSESSIONID=" + console.session("operator").id(),
        "/devices",
        "/devices?building=7&seen=NEVER&standing=UNKNOWN",
        "/devices?id=x",
        "/devices/" + device,
        "/devices/" + device + "/disable",
        "/devices/change?building=7",
        "/search?q=7",
        "/search?q=" + device + "+" + UUID.randomUUID(),
        "/search?q=fab",
        "/token-reports",
        "/token-reports?from=x",
        "/renewals/due",
        "/renewals/due?factory=fabrikam&within=400&days=10",
        "/hubs/west",
        "/hubs/north/drain",
        "/moves",
        "/moves/rebalance?factory=fabrikam",
        "/moves/confirm",
        "/notifications");
    String officer = "JSESSIONID=" + console.session("security-officer").id();
    hasWords(
        officer,
        "/devices/" + device + "/revoke",
        "/devices/" + device + "/retire",
        "/factories",
        "/factories/add",
        "/factories/fabrikam",
        "/factories/fabrikam/change",
        "/factories/fabrikam/remove",
        "/factories/fabrikam/format",
        "/audit",
        "/audit?outcome=DENIED&from=x",
        "/sessions",
        "/account");
    hasWords("", "/signed-out", "/dev/sign-in");
  }

  private void hasWords(String cookie, String... paths) throws Exception {
    for (String path : paths) {
      for (String language : new String[] {"en", "de", "fr"}) {
        HttpResponse<String> page = page(path, cookie, language);
        assertThat(page.statusCode()).as(path).isEqualTo(200);
        assertThat(page.body()).as(path).contains("<html lang=\"" + language + "\"");
        assertThat(page.body()).as(path).doesNotContain("??");
      }
    }
  }

  @Test
  void numbersAndTimesAreWrittenAsReadersDo() {
    Instant now = Instant.now();
    LocaleContextHolder.setLocale(Locale.ENGLISH);
    assertThat(show.number(1_234_567)).isEqualTo("1,234,567");
    assertThat(show.bytes(1_500_000)).isEqualTo("1.5 MB");
    assertThat(show.bytes(12)).isEqualTo("12 bytes");
    assertThat(show.duration(Duration.ofMillis(1500))).isEqualTo("1.5 s");
    assertThat(show.duration(Duration.ofSeconds(200))).isEqualTo("3 min 20 s");
    assertThat(show.duration(Duration.ofMinutes(200))).isEqualTo("3 h 20 min");
    assertThat(show.ago(now.minus(Duration.ofDays(2000)))).isEqualTo("2000 days ago");
    assertThat(show.ago(now.minus(Duration.ofMinutes(1)))).isEqualTo("1 minute ago");
    assertThat(show.state("PROVISIONED")).isEqualTo("token delivered");
    assertThat(show.words("security-officer")).isEqualTo("security officer");
    assertThat(show.roles(List.of("security-officer", "operator", "guest")))
        .isEqualTo("guest, operator, security officer");
    LocaleContextHolder.setLocale(Locale.GERMAN);
    assertThat(show.number(1_234_567)).isEqualTo("1.234.567");
    assertThat(show.bytes(1_500_000)).isEqualTo("1,5 MB");
    assertThat(show.ago(now.minus(Duration.ofDays(3)))).isEqualTo("vor 3 Tagen");
    assertThat(show.ago(now.plus(Duration.ofHours(2)).plusSeconds(59))).isEqualTo("in 2 Stunden");
    assertThat(show.state("PROVISIONED")).isEqualTo("Token ausgeliefert");
    assertThat(show.roles(List.of("security-officer"))).isEqualTo("Sicherheitsbeauftragter");
    assertThat(show.time(Instant.EPOCH)).isEqualTo("1970-01-01 00:00:00 UTC");
    LocaleContextHolder.setLocale(Locale.FRENCH);
    assertThat(show.number(1_234_567)).matches("1\\h234\\h567");
    assertThat(show.bytes(1_500_000)).isEqualTo("1,5 Mo");
    assertThat(show.ago(now.minus(Duration.ofMinutes(1)))).isEqualTo("il y a 1 minute");
  }

  @Test
  void oneChoosesAtTheFootOfAnyPageAndStaysThere() {
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/executions?status=FAILED");
    choose(page, "Deutsch");
    assertThat(page).hasURL(console.address() + "/executions?status=FAILED");
    page.navigate(console.address() + "/");
    assertThat(page.locator("html")).hasAttribute("lang", "de");
    assertThat(page.locator("h1")).hasText("Übersicht");
    assertThat(page.locator("#now")).containsText("nightly");
    assertThat(page.locator("time").first()).hasAttribute("title", Pattern.compile(".*Uhr|.*UTC"));
    console.accessible(page);
    page.screenshot(
        new Page.ScreenshotOptions().setFullPage(true).setPath(Path.of("target/overview-de.png")));

    choose(page, "Français");
    assertThat(page.locator("h1")).hasText("Aperçu");
    page.setViewportSize(360, 740);
    console.accessible(page);
    page.screenshot(
        new Page.ScreenshotOptions().setFullPage(true).setPath(Path.of("target/overview-fr.png")));
    choose(page, "English");
    assertThat(page.locator("h1")).hasText("Overview");
  }

  private static void choose(Page page, String language) {
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(language)).click();
  }

  private HttpResponse<String> page(String path, String cookies, String languages)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(console.address() + path))
            .header("Accept", "text/html")
            .header("Cookie", cookies);
    if (!languages.isEmpty()) {
      request.header("Accept-Language", languages);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> choose(String language, Console.Session session, String from)
      throws IOException, InterruptedException {
    return post("/language", "language=" + language, session, "Referer", console.address() + from);
  }

  private HttpResponse<String> post(
      String path, String form, Console.Session session, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(console.address() + path))
            .header("Accept", "text/html")
            .header("Cookie", "JSESSIONID=" + session.id())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(form + "&_csrf=" + session.csrf()));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> api(String path, String languages)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(console.address() + path))
            .header("Authorization", "Bearer " + console.bearerToken("operator"))
            .header("Accept-Language", languages)
            .build(),
        BodyHandlers.ofString());
  }
}
