package dev.muster.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.RequestOptions;
import dev.muster.Await;
import dev.muster.factory.DevelopmentFactory;
import dev.muster.outcome.WebhookReceiver.Received;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Who is told events over HTTP. */
@ConsoleTest
class WebhookTests {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Autowired private Console console;

  private final String name = "hooked-" + System.nanoTime() + ".csv";
  private final String subject = DevelopmentFactory.ID + "/" + name;

  @Test
  void whatIsNotTakenIsToldAgainUnderItsIdUntilItIsTaken() throws Exception {
    ConsoleHubs.WEBHOOKS.answer("/ended", subject, 503);
    Page page = console.signedIn("operator");
    send(page);

    List<Received> attempts =
        Await.until(PATIENCE, () -> about("/ended"), received -> received.size() >= 2);

    assertThat(attempts).extracting(Received::problem).containsOnly("");
    assertThat(attempts).extracting(Received::id).containsOnly(attempts.get(0).id());
    Received first = attempts.get(0);
    assertThat(first.contentType()).startsWith("application/cloudevents+json");
    assertThat(first.event().get("id").asString()).isEqualTo(first.id());
    assertThat(first.event().get("type").asString()).isEqualTo("dev.muster.manifest.provisioned");
    assertThat(first.event().at("/data/accepted").asInt()).isEqualTo(1);
    ConsoleHubs.WEBHOOKS.answer("/ended", subject, 200);
    Await.until(
        PATIENCE,
        () -> about("/ended"),
        received -> received.get(received.size() - 1).status() == 200);
    JsonNode told = untilIts("taken", page);
    assertThat(told.get("attempts").asInt()).isGreaterThan(2);
    assertThat(told.get("event").asString()).isEqualTo(first.id());
    assertThat(Await.until(PATIENCE, () -> about("/all"), received -> !received.isEmpty()))
        .extracting(received -> received.event().get("type").asString())
        .contains("dev.muster.manifest.provisioned");
  }

  @Test
  void whoWantsNothingMoreIsToldAgainByHandOnly() throws Exception {
    ConsoleHubs.WEBHOOKS.answer("/ended", subject, 410);
    Page page = console.signedIn("operator");
    send(page);
    JsonNode unused = untilIts("given up", page);
    assertThat(about("/ended")).hasSize(1);

    page.navigate(console.address() + "/arrivals");
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Webhooks")).click();
    assertThat(page.locator("table").first()).containsText("127.0.0.1");
    page.locator("#webhook").selectOption("ended");
    page.locator("#open").selectOption("true");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Filter")).click();
    Locator row = page.locator("tr", new Page.LocatorOptions().setHasText(subject));
    assertThat(row).containsText("It answered 410.");
    console.accessible(page);
    assertThat(page.locator("main")).not().containsText("whsec_");
    Page auditor = console.signedIn("auditor");
    auditor.navigate(page.url());
    assertThat(auditor.locator("tr", new Page.LocatorOptions().setHasText(subject)))
        .containsText("given up");
    assertThat(auditor.getByRole(AriaRole.BUTTON).getByText("Tell it again")).hasCount(0);
    Page factory = console.signedIn("factory");
    assertThat(factory.navigate(console.address() + "/webhooks").status()).isEqualTo(403);

    ConsoleHubs.WEBHOOKS.answer("/ended", subject, 200);
    row.getByRole(AriaRole.BUTTON).click();
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("It is told again");
    JsonNode unusedToo = untilIts("taken", page);
    assertThat(about("/ended")).hasSize(2);
  }

  private List<Received> about(String path) {
    return ConsoleHubs.WEBHOOKS.about(path, subject);
  }

  private void send(Page page) {
    APIResponse sent =
        page.request()
            .put(
                console.address() + "/api/manifests/" + subject,
                options()
                    .setData(
                        "device_id\n%s\n"
                            .formatted(UUID.randomUUID())
                            .getBytes(StandardCharsets.UTF_8)));
    assertThat(sent.status()).as(sent.text()).isEqualTo(202);
  }

  /** What the webhook {@code ended} was told about the manifest, once that is so. */
  private JsonNode untilIts(String state, Page page) throws Exception {
    return Await.until(
            PATIENCE,
            () -> told(page),
            told -> !told.isEmpty() && told.get(0).get("state").asString().equals(state))
        .get(0);
  }

  private List<JsonNode> told(Page page) {
    APIResponse answer =
        page.request()
            .get(console.address() + "/api/webhook-deliveries?limit=200&webhook=ended", options());
    return new JsonMapper()
        .readTree(answer.text())
        .get("items")
        .valueStream()
        .filter(one -> one.get("subject").asString().equals(subject))
        .toList();
  }

  private RequestOptions options() {
    return RequestOptions.create()
        .setHeader("Authorization", "Bearer " + console.bearerToken("operator"));
  }
}
