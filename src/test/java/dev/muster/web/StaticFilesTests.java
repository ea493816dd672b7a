package dev.muster.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.muster.LogFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.web.servlet.resource.ResourceUrlProvider;

@ConsoleTest
class StaticFilesTests {

  @Autowired private Console console;
  @Autowired private ResourceUrlProvider files;

  private final HttpClient http = HttpClient.newHttpClient();

  @ParameterizedTest
  @ValueSource(
      strings = {"muster.css", "muster.js", "favicon.svg", "webjars/htmx.org/dist/htmx.min.js"})
  void whatPagesAreMadeOfIsThereForEverybodyAndKept(String file) throws Exception {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(console.address() + "/" + file)).build(),
            BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isNotBlank();
    assertThat(answer.headers().firstValue("Cache-Control")).contains("max-age=3600");
  }

  @Test
  void whoAsksForWhatIsNotThereWritesNothingToTheLog() throws Exception {
    String nowhere = "/.well-known/oauth-protected-resource/" + UUID.randomUUID();

    HttpResponse<Void> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(console.address() + nowhere))
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build(),
            BodyHandlers.discarding());

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(LogFile.current()).content().doesNotContain(nowhere);
  }

  @Test
  void theDocumentationIsReadFromTheHelpPageAndOneLeadsToAnother() {
    Page page = console.signedIn("technician", 390, 844);
    page.navigate(console.address() + "/help");
    console.accessible(page);
    open(page, "Running it, and what to do when something is wrong");
    assertThat(page.locator("h1")).hasText("Operations");
    assertThat(page.locator("article")).containsText("jobs/restart N");
    console.accessible(page);
    open(page, "An arrival failed");
    assertThat(page).hasURL(Pattern.compile(".*/help/docs/operations\\.md#an-arrival-failed"));
    assertThat(page.locator("#an-arrival-failed")).isInViewport();
    page.locator("article a[href='decisions/0051-a-store-in-common.md']").first().click();
    assertThat(page.locator("h1")).containsText("51.");
    console.accessible(page);
    for (String document : List.of("README.md", "docs/permissions.md", "docs/manifests.md")) {
      page.navigate(console.address() + "/help/" + document);
      assertThat(page.locator("article")).isVisible();
      console.accessible(page);
    }
    page.navigate(console.address() + "/help/docs/no-such-thing.md");
    assertThat(page.locator("h1")).hasText("There is nothing here");
  }

  /** A session is no way into the API, which has no secret of forms. */
  @Test
  void whoIsSignedInReadsTheDescriptionOfTheApiWithoutTheApiTakingTheirSession() throws Exception {
    Page page = console.signedIn("technician");
    page.navigate(console.address() + "/help");
    Locator link = page.locator("a[href$='openapi.json']");

    APIResponse read = page.request().get(console.address() + link.getAttribute("href"));

    assertThat(read.status()).isEqualTo(200);
    assertThat(read.headers().get("content-type")).startsWith("application/json");
    assertThat(read.body()).isEqualTo(Files.readAllBytes(Path.of("docs/openapi.json")));
    assertThat(page.request().get(console.address() + "/api/openapi.json").status()).isEqualTo(401);
    HttpResponse<String> nobody =
        http.send(
            HttpRequest.newBuilder(URI.create(console.address() + link.getAttribute("href")))
                .build(),
            BodyHandlers.ofString());
    assertThat(nobody.statusCode()).isEqualTo(401);
  }

  private static void open(Page page, String link) {
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(link)).first().click();
  }

  /** Each would be looked for in each of three hundred jars: a fifth of the time of all pages. */
  @Test
  void noLinkToAPageIsTakenForOneToAFile() {
    assertThat(files.getForLookupPath("/muster.css")).isEqualTo("/muster.css");
    assertThat(files.getHandlerMap()).containsOnlyKeys("/*.*", "/webjars/**");
  }
}
