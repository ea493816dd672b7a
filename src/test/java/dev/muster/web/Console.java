package dev.muster.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import dev.muster.DevelopmentAccounts;
import dev.muster.RequiredTool;
import dev.muster.home.MusterHome;
import java.io.IOException;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.boot.test.context.TestComponent;
import org.springframework.core.env.Environment;

/** The console in a real browser, as somebody who is signed in. */
@TestComponent
public class Console {

  /** A busy machine is slow; what never comes fails all the same. */
  private static final int PATIENCE_MILLISECONDS = 30_000;

  private static final List<String> WCAG_2_2_AA =
      List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice");

  private static final Pattern CSRF = Pattern.compile("name=\"_csrf\"[^>]*value=\"([^\"]+)\"");

  /** One for all classes of this JVM; it ends with the JVM. */
  private static @Nullable Browser browser;

  private static final List<BrowserContext> OPEN = new ArrayList<>();

  private final Environment environment;
  private final MusterHome home;
  private final Map<String, String> sessions = new HashMap<>();
  private final Map<String, String> bearerTokens = new HashMap<>();

  Console(Environment environment, MusterHome home) {
    this.environment = environment;
    this.home = home;
  }

  /** Where it is: {@code http://127.0.0.1:<port>}. */
  public String address() {
    return "http://127.0.0.1:" + environment.getProperty("local.server.port");
  }

  /** A browser on a desktop, on the start page, as the account of this role. */
  public Page signedIn(String role) {
    return signedIn(role, 1280, 900);
  }

  /** A browser whose window has this size in CSS pixels, as the account of this role. */
  public Page signedIn(String role, int width, int height) {
    return signedIn(role, new NewContextOptions().setViewportSize(width, height));
  }

  /** A phone whose owner lives there, as the account of this role. */
  Page signedIn(String role, ZoneId zone) {
    return signedIn(
        role, new NewContextOptions().setViewportSize(360, 740).setTimezoneId(zone.getId()));
  }

  private Page signedIn(String role, NewContextOptions options) {
    Page page = open(options.setStorageState(sessions.get(role)));
    page.navigate(address() + "/account");
    if (page.url().contains("/dev/sign-in")) {
      signIn(page, role);
      sessions.put(role, page.context().storageState());
    }
    return page;
  }

  /** A browser that nobody has signed in with. */
  public Page anonymous() {
    return open(new NewContextOptions());
  }

  /** Fills in the sign-in page. */
  public void signIn(Page page, String role) {
    page.getByLabel("Account").selectOption(role);
    page.getByLabel("Password").fill(password(role));
    page.getByRole(
            com.microsoft.playwright.options.AriaRole.BUTTON,
            new Page.GetByRoleOptions().setName("Sign in"))
        .click();
    page.waitForURL(url -> !url.contains("/dev/sign-in") && !url.contains("/oauth2/"));
  }

  /** The password of this role's account, as it stands in the file. */
  public String password(String role) {
    return DevelopmentAccounts.password(home.keys(), role);
  }

  /** A session, and the secret of its forms. */
  public record Session(String id, String csrf) {}

  /** Signs in without a browser, the way that a browser goes; a new session each time. */
  public Session session(String role) throws IOException, InterruptedException {
    CookieManager cookies = new CookieManager();
    HttpClient client =
        HttpClient.newBuilder()
            .cookieHandler(cookies)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    String form = page(client, HttpRequest.newBuilder(URI.create(address() + "/account")));
    String signedIn =
        page(
            client,
            HttpRequest.newBuilder(URI.create(address() + "/dev/sign-in"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(
                    BodyPublishers.ofString(
                        "username=%s&password=%s&_csrf=%s"
                            .formatted(
                                encoded(role), encoded(password(role)), encoded(csrf(form))))));
    assertThat(signedIn).contains("Your account");
    String id =
        cookies.getCookieStore().getCookies().stream()
            .filter(cookie -> cookie.getName().equals("JSESSIONID"))
            .map(HttpCookie::getValue)
            .findFirst()
            .orElseThrow();
    return new Session(id, csrf(signedIn));
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private static String page(HttpClient client, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    HttpResponse<String> page =
        client.send(request.header("Accept", "text/html").build(), BodyHandlers.ofString());
    assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
    return page.body();
  }

  private static String csrf(String page) {
    Matcher csrf = CSRF.matcher(page);
    assertThat(csrf.find()).as("a form").isTrue();
    return csrf.group(1);
  }

  /** A bearer token for the REST API, as a program of this role gets it. */
  public String bearerToken(String role) {
    return bearerTokens.computeIfAbsent(
        role, one -> DevelopmentAccounts.bearerToken(address(), home.keys(), one));
  }

  /** Sees to it that axe finds nothing wrong with the page, in light and in dark. */
  public void accessible(Page page) {
    // Axe in the page's own window, told to describe only what is wrong: its library for Playwright
    // brings
    // all that is right as well, with the elements it looked at.
    assertThat(page.frames()).hasSize(1);
    page.evaluate(AxeBuilder.getAxeScript());
    check(page, "light", Map.of("type", "tag", "values", WCAG_2_2_AA));
    // In dark only the colours are others.
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
    check(page, "dark", Map.of("type", "rule", "values", List.of("color-contrast")));
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
    Object wide =
        page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth");
    assertThat(wide).as("%s is wider than the window", page.url()).isEqualTo(false);
  }

  private static void check(Page page, String scheme, Map<String, Object> rules) {
    Object violations =
        page.evaluate(
            """
            runOnly => axe.run({ runOnly, resultTypes: ['violations'] }).then(({ violations, passes }) => {
              if (passes.length === 0) throw new Error('no rule applied');
              return violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html).join(' | '));
            })\
            """,
            rules);
    assertThat((List<?>) violations).as("%s in %s", page.url(), scheme).isEmpty();
  }

  private static synchronized Page open(NewContextOptions options) {
    if (browser == null) {
      browser =
          Playwright.create(
                  new Playwright.CreateOptions()
                      .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")))
              .chromium()
              .launch(
                  new LaunchOptions()
                      // Without windows to draw, the same engine needs half the time.
                      .setExecutablePath(RequiredTool.orSkip("chromium-headless-shell", "chromium"))
                      .setArgs(List.of("--no-sandbox", "--disable-dev-shm-usage")));
      PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLISECONDS);
    }
    if (options.timezoneId == null) {
      options.setTimezoneId("UTC"); // wherever the tests run
    }
    BrowserContext context = browser.newContext(options);
    context.setDefaultTimeout(PATIENCE_MILLISECONDS);
    OPEN.add(context);
    return context.newPage();
  }

  /** Closes a test's windows; of one that failed, a picture is left in {@code target}. */
  static final class Closing implements AfterEachCallback {
    @Override
    public void afterEach(ExtensionContext test) {
      for (BrowserContext context : List.copyOf(OPEN)) {
        if (test.getExecutionException().isPresent()) {
          for (Page page : context.pages()) {
            page.screenshot(
                new Page.ScreenshotOptions()
                    .setFullPage(true)
                    .setPath(
                        Path.of(
                            "target/failed",
                            test.getRequiredTestClass().getSimpleName()
                                + "-"
                                + test.getRequiredTestMethod().getName()
                                + "-"
                                + context.pages().indexOf(page)
                                + ".png")));
          }
        }
        context.close();
      }
      OPEN.clear();
    }
  }
}
