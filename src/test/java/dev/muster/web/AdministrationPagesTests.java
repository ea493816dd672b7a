package dev.muster.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import com.microsoft.playwright.options.FormData;
import com.microsoft.playwright.options.RequestOptions;
import dev.muster.Await;
import dev.muster.TestFactory;
import dev.muster.bundle.AgeIdentity;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.factory.FactoryAdministration;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.RejectLimit;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.registry.DevicesInService;
import dev.muster.registry.KnownDevices;
import dev.muster.renewal.KeyRotations;
import dev.muster.revocation.RevocationRuns;
import dev.muster.run.RunOutcome;
import dev.muster.status.DeviceState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ConsoleTest
@Tag("slow")
class AdministrationPagesTests {

  private static final int DEVICES = 12;

  @Autowired private Console console;
  @Autowired private ManifestRuns manifests;
  @Autowired private RevocationRuns revocations;
  @Autowired private Factories factories;
  @Autowired private FactoryAdministration administration;
  @Autowired private DevicesInService inService;
  @Autowired private KnownDevices known;
  @Autowired private KeyRotations rotations;
  @Autowired private JdbcTemplate jdbc;

  @TempDir private Path folder;

  private final String run = Long.toString(System.nanoTime(), 36);

  @Test
  void anOperatorAddsAFactoryWithLimitsThatHoldAndRemovesIt() throws IOException {
    String id = "added-" + run;
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/factories");
    click(page, AriaRole.LINK, "Add a factory");
    console.accessible(page);

    page.getByRole(AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("Name")).fill(id);
    page.getByRole(AriaRole.TEXTBOX, new Page.GetByRoleOptions().setName("Contact"))
        .fill("it@contoso.example");
    page.getByLabel("Keys of its bundles").fill("age1mistyped");
    page.getByLabel("Refused rows at most").fill("1");
    page.getByLabel("Days that tokens live").fill("10");
    click(page, AriaRole.BUTTON, "Add");
    assertThat(page.getByRole(AriaRole.ALERT)).containsText("is no age public key");
    console.accessible(page);
    page.getByLabel("Keys of its bundles").fill(AgeIdentity.generate().recipient().publicKey());
    click(page, AriaRole.BUTTON, "Add");
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("may send manifests");
    assertThat(page.locator("main")).containsText("10 days");
    assertThat(page.locator("main")).containsText("it@contoso.example");
    console.accessible(page);

    RunOutcome outcome = manifests.provision(manifest(id, 2), id, null, null);
    assertThat(outcome.status()).isEqualTo("FAILED");
    assertThat(outcome.cause()).contains("2 of " + DEVICES + " rows were refused");
    List<UUID> devices = new ArrayList<>();
    manifests.provision(manifest(id, 1, devices), id, null, null);
    Instant ends = known.one(devices.get(0)).orElseThrow().device().tokenExpiresAt();
    assertThat(ends)
        .isCloseTo(Instant.now().plus(10, ChronoUnit.DAYS), within(5, ChronoUnit.MINUTES));

    click(page, AriaRole.LINK, "Change");
    page.getByLabel("Refused rows at most").fill("50%");
    page.getByLabel("Devices in all, at most").fill("1,000,000");
    page.getByLabel("New devices are taken until").fill("2100-12-31");
    page.getByLabel("Suspended").check();
    assertThat(page.getByLabel("Keys of its bundles")).not().isEditable();
    assertThat(page.getByLabel("Its revocation lists may name any device")).isDisabled();
    console.accessible(page);
    click(page, AriaRole.BUTTON, "Change");
    assertThat(page.locator("main")).containsText("50%");
    assertThat(page.locator("main")).containsText("1,000,000");
    assertThat(page.locator("main")).containsText("none: it is suspended");
    assertThat(manifests.provision(manifest(id, 3), id, null, null).cause())
        .contains("is suspended");
    click(page, AriaRole.LINK, "Change");
    page.getByLabel("Suspended").uncheck();
    click(page, AriaRole.BUTTON, "Change");
    assertThat(page.locator("main")).containsText("are taken until 2100-12-31");
    Page officer = console.signedIn("security-officer");
    officer.navigate(console.address() + "/factories/" + id + "/change");
    officer.getByLabel("Its revocation lists may name any device").check();
    jdbc.update("UPDATE factory SET hubs = '{taken-away}' WHERE id = ?", id);
    click(page, AriaRole.LINK, "Change");
    click(officer, AriaRole.BUTTON, "Change");
    assertThat(officer.getByRole(AriaRole.ALERT))
        .containsText("Somebody has changed factory '%s' since".formatted(id));
    officer.navigate(console.address() + "/factories/" + id + "/change");
    assertThat(officer.getByLabel("taken-away – not configured here just now")).isChecked();
    officer.getByLabel("Its revocation lists may name any device").check();
    click(officer, AriaRole.BUTTON, "Change");
    assertThat(officer.locator("main")).containsText("any device");
    page.getByLabel("Suspended").check();
    click(page, AriaRole.BUTTON, "Change");
    assertThat(page.getByRole(AriaRole.ALERT)).containsText("nothing of yours was saved");
    assertThat(factories.find(id).orElseThrow().hubs()).containsExactly("taken-away");
    jdbc.update("UPDATE factory SET hubs = '{}' WHERE id = ?", id);
    page.navigate(console.address() + "/factories/" + id);
    click(officer, AriaRole.LINK, "Change");
    String keys =
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
            + "MCowBQYDK2VwAyEAXeNWhVn3+X+FLHpQ8qT9DoUeIN0XQD/XEN2EEOlJNOg=";
    officer.getByLabel("Signing keys").fill(keys);
    click(officer, AriaRole.BUTTON, "Change");
    assertThat(officer.locator("main")).containsText(keys.replace("\n", " or "));
    assertThat(manifests.provision(manifest(id, 3), id, null, null).status())
        .isEqualTo("COMPLETED");

    click(page, AriaRole.LINK, "Format");
    console.accessible(page);
    page.getByLabel("Names of columns").fill("Gerät = device_id");
    page.getByLabel("Allowed values").fill("model = A | B");
    page.getByLabel("Sample file")
        .setInputFiles(
            Files.writeString(
                folder.resolve("sample.csv"),
                "Gerät;model\n%s;B\n%s;C\n".formatted(UUID.randomUUID(), UUID.randomUUID())));
    click(page, AriaRole.BUTTON, "Try it on the sample");
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("1 would be accepted");
    assertThat(page.locator("main")).containsText("model may be 'A', 'B'.");
    assertThat(page.locator("table").first()).containsText("device_id");
    console.accessible(page);
    page.getByLabel("Sample file")
        .setInputFiles(Files.writeString(folder.resolve("no.csv"), "%PDF-1.7\n%âãÏÓ\n1 0 obj\n"));
    click(page, AriaRole.BUTTON, "Try it on the sample");
    assertThat(page.getByRole(AriaRole.ALERT))
        .containsText("The sample would be refused as a whole. The file is not CSV, but a PDF");
    click(page, AriaRole.BUTTON, "Save");
    assertThat(page.locator("main")).containsText("in a format of their own");

    click(page, AriaRole.LINK, "Remove");
    assertThat(page.locator("main")).containsText("What it sent stays");
    console.accessible(page);
    click(page, AriaRole.BUTTON, "Remove");
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("may not send manifests any more");
    assertThat(page.locator("table")).not().containsText(id);
  }

  @Test
  void aSecurityOfficerRotatesAHubsKeyFromItsStartToItsEnd() throws Exception {
    endRotation();
    String factory = factoryAtNorth();
    List<UUID> ids = provision(factory);
    Page operator = console.signedIn("operator");
    String ofTheOldKey = token(operator, ids.get(0));
    assertThat(exchanged(operator, token(operator, ids.get(1)))).isEqualTo(200);
    operator.navigate(console.address() + "/hubs/north");
    assertThat(link(operator, "Rotate the key")).hasCount(0);
    assertThat(posted(operator, "/hubs/north/rotate", Map.of())).isEqualTo(403);

    Page page = console.signedIn("security-officer");
    page.navigate(console.address() + "/hubs/" + ConsoleHubs.EAST + "/rotate");
    assertThat(page.locator("main .note-warn")).containsText("It has no secondary key to move to");
    assertThat(page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Rotate")))
        .hasCount(0);
    page.navigate(console.address() + "/hubs");
    assertThat(page.locator("table")).containsText("north");
    click(page, AriaRole.LINK, "north");
    click(page, AriaRole.LINK, "Rotate the key");
    assertThat(page.locator("main")).containsText("in a bundle for each factory");
    console.accessible(page);
    page.getByLabel("Somebody else may have the old key").check();
    page.getByLabel("Days that the new tokens live").fill("10");
    console.accessible(page);
    click(page, AriaRole.BUTTON, "Rotate the key");
    assertThat(exchanged(operator, ofTheOldKey)).isEqualTo(401);

    assertThat(page).hasURL(console.address() + "/hubs/north/rotation");
    Locator share =
        page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText(factory));
    // It goes on by itself when it took longer than the page waited.
    eventually(
        () -> {
          page.reload();
          return link(page, "Confirm factory " + factory).count() == 1;
        });
    assertThat(share).containsText(String.valueOf(DEVICES));
    assertThat(page.locator(".steps")).containsText(factory);
    assertThat(tokenEnd(ids.get(3)))
        .isCloseTo(Instant.now().plus(10, ChronoUnit.DAYS), within(5, ChronoUnit.MINUTES));
    console.accessible(page);

    click(page, AriaRole.LINK, "The old key is regenerated");
    assertThat(page.locator("main")).containsText("It is too early");
    console.accessible(page);
    assertThat(posted(page, "/hubs/north/done", Map.of())).isEqualTo(200);
    page.navigate(console.address() + "/hubs/north/rotation");
    assertThat(page.locator(".badge")).hasText("under way");

    while (page.locator("a[aria-label^='Confirm factory']").count() > 0) {
      page.locator("a[aria-label^='Confirm factory']").first().click();
      click(page, AriaRole.BUTTON, "They have them");
    }
    assertThat(page.locator(".badge")).hasText("ready to regenerate");
    assertThat(page.locator(".steps")).containsText("Nothing needs the old");

    click(page, AriaRole.LINK, "The old key is regenerated");
    click(page, AriaRole.BUTTON, "End the rotation");
    assertThat(page.locator(".badge")).hasText("done");
    click(page, AriaRole.LINK, "Hub north");
    assertThat(page.locator("main")).containsText("Last rotated from the");

    // And back, over the API.
    String ofTheNewKey = token(operator, ids.get(2));
    String rotate = "/api/hubs/north/rotate";
    String compromised = "{\"compromised\": true, \"tokenLifetime\": \"P20D\"}";
    json(toldAs("security-officer", page, rotate, compromised.replace("P20D", "long")), 400);
    assertThat(
            json(toldAs("security-officer", page, rotate, compromised.replace("P20D", "PT1S")), 409)
                .toString())
        .contains("at least a minute");
    assertThat(rotations.underWay("north")).as("nothing was begun").isEmpty();
    json(toldAs("security-officer", page, rotate, compromised), 202);
    assertThat(exchanged(operator, ofTheNewKey)).isEqualTo(401);
    eventually(() -> tokenEnd(ids.get(3)).isAfter(Instant.now().plus(15, ChronoUnit.DAYS)));
    assertThat(tokenEnd(ids.get(3)))
        .isCloseTo(Instant.now().plus(20, ChronoUnit.DAYS), within(5, ChronoUnit.MINUTES));
    endRotation();
  }

  @Test
  void aHubsDevicesAreMovedAwayAndShutOutThereOnceTheirFactoryHasTheirTokens() throws Exception {
    String factory = factoryAtNorth();
    List<UUID> ids = provision(factory);
    jdbc.update("UPDATE factory SET hubs = '{}' WHERE id = ?", factory);
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/hubs/west");
    assertThat(page.locator("main")).containsText("set draining: true beside its name");
    assertThat(link(page, "Move its devices away")).hasCount(0);
    page.navigate(console.address() + "/hubs/west/drain");
    assertThat(page.locator("main")).containsText("Hub west takes new devices still.");

    page.navigate(console.address() + "/hubs/north");
    click(page, AriaRole.LINK, "Move its devices away");
    Locator row = page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText(factory));
    assertThat(row).containsText(Pattern.compile("(east|west) \\d+"));
    console.accessible(page);
    page.navigate(console.address() + "/hubs/north/drain?factory=" + factory);
    assertThat(page.locator("main")).containsText("Of factory " + factory + " only.");
    assertThat(page.locator("main")).containsText(DEVICES + " devices would move");
    assertThat(hub(ids.get(0))).as("nothing was changed").isEqualTo("north");
    page.getByLabel("Days that the new tokens live").fill("10");
    console.accessible(page);
    click(page, AriaRole.BUTTON, "Move them");

    assertThat(page).hasURL(Pattern.compile(".*/executions/\\d+"));
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("the first of their runs");
    assertThat(page.locator("main")).containsText(factory);
    eventually(() -> ids.stream().noneMatch(id -> "north".equals(hub(id))));
    assertThat(tokenEnd(ids.get(0)))
        .isCloseTo(Instant.now().plus(10, ChronoUnit.DAYS), within(5, ChronoUnit.MINUTES));

    page.navigate(console.address() + "/moves");
    assertThat(row).containsText("north");
    assertThat(row).containsText(String.valueOf(DEVICES));
    console.accessible(page);
    assertThat(ConsoleHubs.STAND_IN.revoked("north")).doesNotContain(ids.get(0).toString());
    eventually(() -> delivered(factory));
    click(page, AriaRole.LINK, "Confirm factory " + factory);
    assertThat(page.locator("main")).containsText("one without its new token is cut off");
    console.accessible(page);
    click(page, AriaRole.BUTTON, "They have them");
    assertThat(page.getByRole(AriaRole.STATUS)).containsText(DEVICES + " devices are shut out");
    eventually(() -> ConsoleHubs.STAND_IN.revoked("north").contains(ids.get(0).toString()));

    page.navigate(console.address() + "/hubs/north/drain?factory=" + factory);
    assertThat(page.locator("main")).containsText("No device is to move.");
    eventually(
        () ->
            jdbc.queryForList(
                    "SELECT action || ' ' || outcome FROM audit_entry WHERE subject LIKE ?",
                    String.class,
                    "%factory=" + factory)
                .containsAll(
                    List.of(
                        "device.reassign STARTED",
                        "device.reassign DONE",
                        "device.reassign.confirm DONE")));
  }

  @Test
  void devicesArePutWhereTheyBelongOverTheApi() throws Exception {
    String factory = "moved-" + run;
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), "west"));
    List<UUID> ids = provision(factory);
    jdbc.update("UPDATE factory SET hubs = '{east}' WHERE id = ?", factory);
    Page page = console.signedIn("operator");
    String one = "{\"factory\": \"%s\", \"tokenLifetime\": \"P10D\"}".formatted(factory);

    JsonNode preview = json(asked(page, "/api/moves/rebalance?factory=" + factory), 200);
    assertThat(preview.size()).isOne();
    assertThat(preview.get(0).get("devices").asInt()).isEqualTo(DEVICES);
    assertThat(preview.get(0).get("to").get("east").asInt()).isEqualTo(DEVICES);
    assertThat(json(asked(page, "/api/hubs/west/drain"), 409).get("detail").asString())
        .contains("takes new devices still");
    json(asked(page, "/api/hubs/nowhere/drain"), 404);
    json(told(page, "/api/hubs/nowhere/drain", one), 404);
    json(told(page, "/api/moves/rebalance", "{\"factory\": \"nobody\"}"), 409);
    json(told(page, "/api/moves/rebalance", one.replace("P10D", "ten days")), 400);
    assertThat(
            json(told(page, "/api/moves/rebalance", one.replace("P10D", "PT1S")), 409).toString())
        .contains("at least a minute");
    assertThat(hub(ids.get(0))).isEqualTo("west");

    APIResponse begun = told(page, "/api/moves/rebalance", one);
    long execution = json(begun, 202).get("execution").asLong();
    assertThat(begun.headers().get("location")).endsWith("/api/executions/" + execution);
    eventually(
        () ->
            json(asked(page, "/api/executions/" + execution), 200).toString().contains("COMPLETED")
                && delivered(factory));
    assertThat(ids).allSatisfy(id -> assertThat(hub(id)).isEqualTo("east"));
    eventually(() -> told(page, "/api/moves/rebalance", one).status() == 200);
    assertThat(json(told(page, "/api/moves/rebalance", one), 200).get("outcomes")).isEmpty();

    assertThat(json(asked(page, "/api/moves"), 200).toString())
        .contains("{\"hub\":\"west\",\"factory\":\"%s\",\"unconfirmed\":12".formatted(factory));
    JsonNode closed =
        json(told(page, "/api/moves/confirm", "{\"factory\": \"%s\"}".formatted(factory)), 200);
    assertThat(closed.get("closed").asInt()).isEqualTo(DEVICES);
    assertThat(closed.get("left").toString())
        .contains("\"factory\":\"%s\",\"unconfirmed\":0".formatted(factory));
  }

  @Test
  void whatEndsSoonIsRenewedByHandAfterItWasCounted() throws Exception {
    String factory = "renewed-" + run;
    factories.add(TestFactory.named(factory).factory());
    List<UUID> ids = provision(factory);
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/devices");
    assertThat(link(page, "Renew tokens that end soon")).hasCount(1);
    page.navigate(console.address() + "/");
    click(page, AriaRole.LINK, "Renew them now");
    assertThat(page.locator("h1")).hasText("Renew the tokens that end soon?");
    console.accessible(page);
    page.locator("#factory").fill(factory);
    click(page, AriaRole.BUTTON, "Count");
    assertThat(page.locator("main")).containsText("No token is to be renewed.");
    assertThat(page.locator("main form[method=post] button")).hasCount(0);

    page.getByLabel("Days within which tokens end").fill("301");
    page.getByLabel("Days that the new tokens live").fill("400");
    click(page, AriaRole.BUTTON, "Count");
    Locator row = page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText(factory));
    assertThat(row).containsText(String.valueOf(DEVICES));
    assertThat(page.locator("main")).containsText(DEVICES + " devices would get a new token");
    console.accessible(page);
    assertThat(tokenEnd(ids.get(0)))
        .as("nothing was changed")
        .isAfter(Instant.now().plus(299, ChronoUnit.DAYS));
    click(page, AriaRole.BUTTON, "Renew them");

    assertThat(page).hasURL(Pattern.compile(".*/executions/\\d+"));
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("the first of the runs");
    assertThat(page.locator("main")).containsText(factory);
    eventually(() -> delivered(factory));
    assertThat(ids)
        .allSatisfy(
            id ->
                assertThat(tokenEnd(id))
                    .isCloseTo(
                        Instant.now().plus(400, ChronoUnit.DAYS), within(5, ChronoUnit.MINUTES)));
    eventually(
        () ->
            jdbc.queryForList(
                    "SELECT action || ' ' || outcome FROM audit_entry WHERE subject LIKE ?",
                    String.class,
                    "%factory=" + factory + "%")
                .containsAll(List.of("token.renew STARTED", "token.renew DONE")));
    page.navigate(console.address() + "/renewals/due?within=36601");
    assertThat(page.locator("main")).containsText("within nothing to a hundred years");
  }

  @Test
  void whatEndsSoonIsRenewedOverTheApi() throws Exception {
    String factory = "due-" + run;
    factories.add(TestFactory.named(factory).factory());
    List<UUID> ids = provision(factory);
    Page page = console.signedIn("operator");
    String due = "/api/renewals/due";
    String one =
        "{\"factory\": \"%s\", \"within\": \"P301D\", \"tokenLifetime\": \"P400D\"}"
            .formatted(factory);

    assertThat(json(asked(page, due + "?factory=" + factory), 200)).isEmpty();
    JsonNode preview = json(asked(page, due + "?within=P301D&factory=" + factory), 200);
    assertThat(preview.size()).isOne();
    assertThat(preview.get(0).get("status").asString()).isEqualTo("DUE");
    assertThat(preview.get(0).get("devices").asInt()).isEqualTo(DEVICES);
    json(asked(page, due + "?within=soon"), 400);
    json(asked(page, due + "?within=P36601D"), 409);
    json(asked(page, due + "?factory=nobody"), 409);
    json(told(page, due, "{\"factory\": \"nobody\"}"), 409);
    json(told(page, due, one.replace("P400D", "ten days")), 400);
    assertThat(json(told(page, due, one.replace("P400D", "PT1S")), 409).toString())
        .contains("at least a minute");
    assertThat(tokenEnd(ids.get(0))).isAfter(Instant.now().plus(299, ChronoUnit.DAYS));

    APIResponse begun = told(page, due, one);
    long execution = json(begun, 202).get("execution").asLong();
    assertThat(begun.headers().get("location")).endsWith("/api/executions/" + execution);
    eventually(
        () ->
            json(asked(page, "/api/executions/" + execution), 200).toString().contains("COMPLETED")
                && delivered(factory));
    assertThat(tokenEnd(ids.get(0)))
        .isCloseTo(Instant.now().plus(400, ChronoUnit.DAYS), within(5, ChronoUnit.MINUTES));
    String nothing = one.replace("P301D", "P1D");
    eventually(() -> told(page, due, nothing).status() == 200);
    assertThat(json(told(page, due, nothing), 200).get("outcomes")).isEmpty();
  }

  @Test
  void devicesThatPresentedOldTokensAreListedAndTakenAway() throws IOException {
    String factory = "reported-" + run;
    factories.add(TestFactory.named(factory).factory());
    List<UUID> ids = provision(factory);
    for (int i = 0; i < 3; i++) {
      jdbc.update(
          """
          INSERT INTO token_report (device_id, presented_expiry, current_expiry, remote_address, first_at, at, times)
          VALUES (?, now(), now() + interval '1 day', '192.0.2.7', now() - interval '2 days',
                  now() - ? * interval '1 hour', ?)\
          """,
          ids.get(i),
          i,
          i + 1);
    }
    Page page = console.signedIn("auditor");
    page.navigate(console.address() + "/devices");
    click(page, AriaRole.LINK, "Devices that presented an old token");
    page.getByLabel("Factory").fill(factory);
    click(page, AriaRole.BUTTON, "Filter");
    assertThat(page.locator("tbody tr")).hasCount(3);
    assertThat(page.locator("tbody tr").first()).containsText(ids.get(0).toString());
    assertThat(page.locator("tbody tr").first()).containsText("192.0.2.7");
    console.accessible(page);
    Download csv = page.waitForDownload(() -> click(page, AriaRole.BUTTON, "Export as CSV"));
    assertThat(Files.readAllLines(csv.path())).hasSize(4);
    page.getByLabel("Device id").fill(ids.get(2).toString());
    click(page, AriaRole.BUTTON, "Filter");
    assertThat(page.locator("tbody tr")).hasCount(1);
    page.getByLabel("Until (UTC)").fill("2026-01-01");
    click(page, AriaRole.BUTTON, "Filter");
    assertThat(page.locator("main")).containsText("No device has presented an old token.");
    page.navigate(console.address() + "/token-reports?before=nowhere");
    assertThat(page.locator("h1")).hasText("There is nothing here");

    String list = "/api/token-reports?limit=2&factory=" + factory;
    JsonNode first = json(asked(page, list), 200);
    assertThat(first.get("items").get(1).get("deviceId").asString())
        .isEqualTo(ids.get(1).toString());
    JsonNode second = json(asked(page, list + "&cursor=" + first.get("next").asString()), 200);
    assertThat(second.get("items").size()).isOne();
    assertThat(second.get("items").get(0).get("times").asInt()).isEqualTo(3);
    json(asked(page, list + "&cursor=MTpub3doZXJl"), 400);

    Page other = console.signedIn("factory");
    other.navigate(console.address() + "/token-reports?device=" + ids.get(0));
    assertThat(other.locator("main")).containsText("No device has presented an old token.");
  }

  private @Nullable String hub(UUID device) {
    return known.one(device).orElseThrow().device().hub();
  }

  private Instant tokenEnd(UUID device) {
    return Objects.requireNonNull(known.one(device).orElseThrow().device().tokenExpiresAt());
  }

  /** Whether what gave a factory's devices new tokens is through, to its last step. */
  private boolean delivered(String factory) {
    return Boolean.TRUE.equals(
        jdbc.queryForObject(
            "SELECT bool_and(delivered_at IS NOT NULL) FROM renewal WHERE factory = ?",
            Boolean.class,
            factory));
  }

  private static JsonNode json(APIResponse answer, int status) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    return new JsonMapper().readTree(answer.text());
  }

  /** Asks the API, as an operator. */
  private APIResponse asked(Page page, String path) {
    return page.request()
        .get(
            console.address() + path,
            RequestOptions.create()
                .setHeader("Authorization", "Bearer " + console.bearerToken("operator")));
  }

  /** Tells the API something, as an operator. */
  private APIResponse told(Page page, String path, String body) {
    return toldAs("operator", page, path, body);
  }

  private APIResponse toldAs(String role, Page page, String path, String body) {
    return page.request()
        .post(
            console.address() + path,
            RequestOptions.create()
                .setHeader("Authorization", "Bearer " + console.bearerToken(role))
                .setHeader("Content-Type", "application/json")
                .setData(body));
  }

  /** A token for a device, over the API. */
  private String token(Page page, UUID device) {
    APIResponse answer =
        page.request()
            .post(
                console.address() + "/api/devices/" + device + "/token",
                RequestOptions.create()
                    .setHeader("Authorization", "Bearer " + console.bearerToken("operator")));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return new JsonMapper().readTree(answer.text()).get("token").asString();
  }

  private int exchanged(Page page, String token) {
    return page.request()
        .post(
            console.address() + "/device/token",
            RequestOptions.create().setHeader("Authorization", token))
        .status();
  }

  @Test
  void aHubConfirmsARevocationAndIsComparedAndRepaired() throws Exception {
    String factory = factoryAtNorth();
    List<UUID> ids = provision(factory);
    Page page = console.signedIn("security-officer");
    page.navigate(console.address() + "/devices/" + ids.get(0) + "/revoke");
    page.getByLabel("Why").fill("lost");
    click(page, AriaRole.BUTTON, "Revoke");
    assertThat(page).hasURL(console.address() + "/devices/" + ids.get(0));
    eventually(
        () -> {
          page.reload();
          return page.locator(".badge").innerText().equals("revoked");
        });
    assertThat(ConsoleHubs.STAND_IN.revoked("north")).contains(ids.get(0).toString());

    // As if the hub had forgotten what it confirmed.
    jdbc.update(
        """
        INSERT INTO device_status (device_id, state, changed_at, hub_id)
        SELECT device_id, 'DISABLED', now(), hub_id FROM device WHERE device_id = ?\
        """,
        ids.get(1));
    page.navigate(console.address() + "/hubs/north");
    click(page, AriaRole.LINK, "Compare with the registry");
    console.accessible(page);
    page.getByLabel("Tell the hub how it should be").uncheck();
    click(page, AriaRole.BUTTON, "Compare");
    assertThat(page).hasURL(console.address() + "/hubs/north");
    eventually(
        () -> {
          page.reload();
          return page.locator("main")
              .innerText()
              .contains("not revoked there, out of service here");
        });
    console.accessible(page);
    assertThat(ConsoleHubs.STAND_IN.revoked("north")).doesNotContain(ids.get(1).toString());

    click(page, AriaRole.LINK, "Compare with the registry");
    click(page, AriaRole.BUTTON, "Compare");
    eventually(() -> ConsoleHubs.STAND_IN.revoked("north").contains(ids.get(1).toString()));

    ConsoleHubs.STAND_IN.faults().failFor(ids.get(2).toString(), 400);
    inService.disable(ids.get(2), "fails");
    page.navigate(console.address() + "/hubs/north");
    eventually(
        () -> {
          page.reload();
          return page.locator("main").innerText().contains(ids.get(2).toString());
        });
    console.accessible(page);
    ConsoleHubs.STAND_IN.faults().heal();
    click(page, AriaRole.LINK, "Tell it now");
    console.accessible(page);
    click(page, AriaRole.BUTTON, "Tell it now");
    eventually(() -> ConsoleHubs.STAND_IN.revoked("north").contains(ids.get(2).toString()));

    page.navigate(console.address() + "/hubs/west");
    assertThat(page.locator("main")).containsText("Muster may not manage this hub");
    assertThat(posted(page, "/hubs/west/tell", Map.of())).isEqualTo(200);
  }

  @Test
  void aListIsLookedAtBeforeItIsSentAndItsRowsAreShownAfterwards() throws IOException {
    String factory = "lists-" + run;
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    List<UUID> ids = provision(factory);
    UUID unknown = UUID.randomUUID();
    String list =
        """
        device_id,action,reason,effective_at
        %s,revoke,stolen,
        not-a-guid,revoke,,
        %s,disable,service,2040-01-01T00:00:00Z
        %s,revoke,unknown,
        """
            .formatted(ids.get(0), ids.get(1), unknown);

    Page page = console.signedIn("security-officer");
    page.navigate(console.address() + "/revocations");
    click(page, AriaRole.LINK, "Send a list");
    console.accessible(page);
    page.getByLabel("For factory").selectOption(factory);
    page.getByLabel("File")
        .setInputFiles(
            new FilePayload(
                "stolen-" + run + ".csv", "text/csv", list.getBytes(StandardCharsets.UTF_8)));
    click(page, AriaRole.BUTTON, "Look at it");
    assertThat(page.locator("mark")).hasText("not-a-guid");
    assertThat(page.locator("main")).containsText("1 The device id is no GUID");
    assertThat(page.locator(".cards")).containsText("to revoke");
    assertThat(known.one(ids.get(0)).orElseThrow().device().state())
        .isEqualTo(DeviceState.PROVISIONED);
    console.accessible(page);
    click(page, AriaRole.BUTTON, "Send it");
    assertThat(page.locator("main .badge").first()).hasText("waits for the night");
    assertThat(page.getByRole(AriaRole.STATUS)).hasCount(0); // its page says how it stands
    page.navigate(console.address() + "/revocations");
    assertThat(page.locator("main")).containsText("for the nightly run");

    Path file = Files.writeString(folder.resolve("by-hand-" + run + ".csv"), list);
    revocations.apply(file, factory, "operator of the test", RejectLimit.valueOf("100%"));
    page.navigate(console.address() + "/revocations?factory=" + factory);
    assertThat(page.locator("tbody tr")).hasCount(1);
    click(page, AriaRole.LINK, "by-hand-" + run);
    assertThat(page.locator("main")).containsText("1 of its entries waits for its time");
    assertThat(page.locator("main")).containsText("kept unknown");
    assertThat(page.locator("main .hint").last())
        .containsText("Kept unknown: the registry does not know the device.");
    assertThat(page.locator("main .cards").last()).containsText("The device id is no GUID");
    assertThat(page.locator("mark")).hasText("not-a-guid");
    console.accessible(page);
    APIResponse saved =
        page.request().get(console.address() + link(page, "receipt.json").getAttribute("href"));
    assertThat(saved.headers().get("content-disposition"))
        .contains("\"by-hand-" + run + "-receipt.json\"");
    String receipt = saved.text();
    assertThat(new JsonMapper().readTree(receipt).get("rejected").asInt()).isEqualTo(1);
    assertThat(page.request().get(page.url() + "/files/..%2F..%2Fkeys").status()).isIn(400, 404);

    String applied = page.url();
    page.navigate(console.address() + "/devices/" + unknown);
    assertThat(page.locator("main")).containsText("The registry does not know this device.");
    assertThat(page.locator(".timeline")).containsText("before the registry knew it");
    page.navigate(
        console.address()
            + "/devices?standing=UNKNOWN&after="
            + new UUID(unknown.getMostSignificantBits(), 0));
    assertThat(page.locator("tbody tr").first()).containsText(unknown.toString());

    Page own = console.signedIn("factory");
    own.navigate(console.address() + "/devices/" + unknown);
    assertThat(own.locator("h1")).hasText("There is nothing here");
    own.navigate(console.address() + "/revocations?name=by-hand-" + run);
    assertThat(own.locator("main")).containsText("There is no such list.");
    own.navigate(applied);
    assertThat(own.locator("h1")).hasText("There is nothing here");
    own.navigate(console.address() + "/revocations/send");
    assertThat(own.getByLabel("For factory").locator("option"))
        .hasText(List.of("fabrikam").toArray(new String[0]));
    own.navigate(console.address() + "/factories");
    assertThat(own.locator("h1")).hasText("You may not do that");
  }

  @Test
  void theNightlyRunIsDoneByHandAndItsPageSaysWhatItCameTo() throws Exception {
    String factory = "night-" + run;
    factories.add(TestFactory.named(factory).factory());
    List<UUID> ids = provision(factory);
    String list = "early-" + run + ".csv";
    Page page = console.signedIn("operator");
    APIResponse sent =
        page.request()
            .put(
                console.address() + "/api/revocation-lists/" + factory + "/" + list,
                RequestOptions.create()
                    .setHeader("Authorization", "Bearer " + console.bearerToken("security-officer"))
                    .setData("device_id\n%s\n".formatted(ids.get(0))));
    assertThat(sent.status()).as(sent.text()).isEqualTo(202);
    page.navigate(console.address() + "/");
    click(page, AriaRole.LINK, "To the nightly run");
    assertThat(page.locator("#to-waiting")).not().hasText("0");
    console.accessible(page);
    assertThat(state(ids.get(0))).isEqualTo(DeviceState.PROVISIONED);

    click(page, AriaRole.LINK, "Do it now");
    assertThat(page.locator("main")).containsText("for the night now.");
    console.accessible(page);
    click(page, AriaRole.BUTTON, "Do it now");

    assertThat(page).hasURL(console.address() + "/nightly");
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("The nightly run");
    Locator row = page.locator("tr", new Page.LocatorOptions().setHasText(list));
    assertThat(row).containsText("done"); // nobody loads the page again
    assertThat(row).containsText(factory);
    assertThat(page.locator("#run")).isVisible();
    assertThat(state(ids.get(0))).isEqualTo(DeviceState.REVOKED);
    console.accessible(page);
    Page auditor = console.signedIn("auditor", 360, 740);
    auditor.navigate(console.address() + "/nightly");
    assertThat(auditor.locator("#run")).hasCount(0);
    console.accessible(auditor);
    Page own = console.signedIn("factory");
    own.navigate(console.address() + "/nightly");
    assertThat(own.locator("main")).containsText("its reports name what is others'");
  }

  @Test
  void aSnapshotOfTheDenyListIsPublishedAndFetched() throws Exception {
    String factory = "denied-" + run;
    factories.add(TestFactory.named(factory).factory());
    UUID id = provision(factory).get(0);
    inService.disable(id, "out of order");
    Page page = console.signedIn("security-officer");
    page.navigate(console.address() + "/revocations");
    click(page, AriaRole.LINK, "Deny list");
    console.accessible(page);
    click(page, AriaRole.LINK, "Publish a snapshot");
    console.accessible(page);
    click(page, AriaRole.BUTTON, "Publish a snapshot");
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("snapshot");
    Locator newest = page.locator("a[id^='file-snapshot-']").last();
    eventually(
        () -> {
          page.reload();
          String denied =
              page.request().get(console.address() + newest.getAttribute("href")).text();
          return denied.contains("\"" + id + "\",\"status\":\"DISABLED\"");
        });
    console.accessible(page);
    Download index = page.waitForDownload(() -> page.locator("#index").click());
    assertThat(index.suggestedFilename()).isEqualTo("index.json");
    assertThat(new JsonMapper().readTree(Files.readString(index.path())).has("signature")).isTrue();
    assertThat(page.request().get(page.url() + "/files/..%2F..%2Fkeys%2Fdeny-list.pem").status())
        .isIn(400, 404);
    Page auditor = console.signedIn("auditor", 360, 740);
    auditor.navigate(console.address() + "/deny-list");
    assertThat(auditor.locator("#snapshot")).hasCount(0);
    console.accessible(auditor);
  }

  @Test
  void aListIsPastedOrDroppedIntoItsForm() throws IOException {
    String factory = "pasted-" + run;
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    List<UUID> ids = provision(factory);
    Page page = console.signedIn("security-officer", 390, 844);
    page.navigate(console.address() + "/revocations/send");
    page.getByLabel("For factory").selectOption(factory);
    click(page, AriaRole.BUTTON, "Look at it");
    assertThat(page.getByRole(AriaRole.ALERT)).containsText("Choose a file or paste a list");
    console.accessible(page);
    page.getByLabel("Or the list itself").fill(ids.get(0) + "\n" + ids.get(1) + "\nnonsense");
    click(page, AriaRole.BUTTON, "Look at it");
    assertThat(page.locator("h1")).containsText("pasted.csv");
    assertThat(page.locator(".cards li", hasText("to revoke")).locator(".figure")).hasText("2");
    assertThat(page.locator("mark")).hasText("nonsense");
    click(page, AriaRole.BUTTON, "Discard it");

    page.navigate(console.address() + "/revocations/send");
    page.getByLabel("For factory").selectOption(factory);
    page.getByLabel("Or the list itself")
        .fill("device_id;action;reason\n%s;disable;service\n".formatted(ids.get(2)));
    click(page, AriaRole.BUTTON, "Look at it");
    assertThat(page.locator(".cards")).containsText("to disable");
    click(page, AriaRole.BUTTON, "Discard it");

    page.navigate(console.address() + "/revocations/send");
    page.getByLabel("For factory").selectOption(factory);
    page.evaluate(
        "line => document.getElementById('pasted').value = line.repeat(60_000)", ids.get(2) + "\n");
    page.getByLabel("Or the list itself").press("End");
    page.keyboard().type(" ");
    click(page, AriaRole.BUTTON, "Look at it");
    assertThat((String) page.evaluate("() => document.getElementById('pasted').validationMessage"))
        .isEqualTo("That is too much to be pasted. Save it as a file, and send that.");
    page.evaluate("() => document.getElementById('pasted').form.submit()"); // as without scripts
    assertThat(page.locator("body")).containsText("two million bytes in all. Go back");

    page.navigate(console.address() + "/revocations/send");
    page.getByLabel("For factory").selectOption(factory);
    for (String way : List.of("drop", "paste")) {
      page.evaluate(
          """
          ([way, content]) => {
            const files = new DataTransfer();
            files.items.add(new File([content], way + '.csv', {type: 'text/csv'}));
            const event = way === 'drop'
                ? new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true})
                : new ClipboardEvent('paste', {clipboardData: files, bubbles: true});
            document.querySelector('[data-drop]').dispatchEvent(event);
          }
          """,
          List.of(way, "device_id\n" + ids.get(3) + "\n"));
      assertThat((String) page.evaluate("() => document.getElementById('file').files[0].name"))
          .isEqualTo(way + ".csv");
    }
    click(page, AriaRole.BUTTON, "Look at it");
    assertThat(page.locator("h1")).containsText("paste.csv");
    click(page, AriaRole.BUTTON, "Discard it");
  }

  private static Page.LocatorOptions hasText(String text) {
    return new Page.LocatorOptions().setHasText(text);
  }

  @Test
  void aListIsAppliedAtOnceOrHeldForASecondPersonAndUndone() throws Exception {
    String factory = "held-" + run;
    factories.add(TestFactory.named(factory).ceiling("1").factory());
    List<UUID> ids = provision(factory);
    Page page = console.signedIn("security-officer");
    page.navigate(console.address() + "/factories/" + factory);
    assertThat(page.locator("main"))
        .containsText("Devices that one list takes out of service, or brings back, at most");
    page.navigate(console.address() + "/revocations/send");
    page.getByLabel("For factory").selectOption(factory);
    page.getByLabel("File")
        .setInputFiles(
            new FilePayload(
                "one-" + run + ".csv",
                "text/csv",
                "device_id\n%s\n".formatted(ids.get(0)).getBytes(StandardCharsets.UTF_8)));
    click(page, AriaRole.BUTTON, "Look at it");
    click(page, AriaRole.BUTTON, "Apply it now");
    assertThat(page).hasURL(Pattern.compile(".*/arrivals/\\d+"));
    eventually(() -> state(ids.get(0)) == DeviceState.REVOKED);
    page.locator("#to-list").click();
    assertThat(page.locator(".facts").first()).containsText("security-officer@dev");

    Path two =
        Files.writeString(
            folder.resolve("two-" + run + ".csv"),
            "device_id\n%s\n%s\n".formatted(ids.get(1), ids.get(2)));
    assertThat(revocations.apply(two, factory, "operator of the test", null).status())
        .isEqualTo("HELD");
    page.navigate(console.address() + "/");
    assertThat(page.locator("main")).containsText("for a second person");
    page.navigate(console.address() + "/revocations?state=held&factory=" + factory);
    assertThat(page.locator("tbody tr")).hasCount(1);
    click(page, AriaRole.LINK, "two-" + run);
    assertThat(page.locator("main")).containsText("It waits for a second person");
    assertThat(page.locator("main"))
        .containsText("Who sent it can't approve it. To give it up, an operator abandons its");
    Page auditor = console.signedIn("auditor");
    auditor.navigate(page.url());
    assertThat(auditor.locator("main")).containsText("A security officer who did not send it");
    assertThat(auditor.locator("main")).not().containsText("abandon its execution");
    console.accessible(page);
    String list = page.url().replaceFirst(".*/", "");
    assertThat(posted(console.signedIn("operator"), "/revocations/" + list + "/approve", Map.of()))
        .isEqualTo(403);
    assertThat(state(ids.get(1))).isEqualTo(DeviceState.PROVISIONED);

    click(page, AriaRole.BUTTON, "Approve and apply it");
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("You have approved the list");
    eventually(() -> state(ids.get(2)) == DeviceState.REVOKED);
    eventually(
        () -> {
          page.reload();
          return page.locator(".toolbar .badge").innerText().equals("applied");
        });
    APIResponse approvedAlready = api(page, "/api/revocation-lists/" + list + "/approve");
    assertThat(approvedAlready.status()).as(approvedAlready.text()).isEqualTo(409);
    assertThat(approvedAlready.text()).contains("waits for nobody's approval");

    page.locator("summary")
        .filter(new Locator.FilterOptions().setHasText("Undo this list"))
        .click();
    console.accessible(page);
    click(page, AriaRole.BUTTON, "Undo it");
    assertThat(page.getByRole(AriaRole.STATUS))
        .containsText("2 devices back into service, of 12 in all, and the ceiling is 1.");
    assertThat(page.locator("main")).containsText("has asked for it to be undone");
    console.accessible(page);
    assertThat(state(ids.get(1))).isEqualTo(DeviceState.REVOKED);
    assertThat(revocations.undo(Integer.parseInt(list)).back()).as("for a second one").isEqualTo(2);
    page.reload();
    assertThat(state(ids.get(1))).isEqualTo(DeviceState.PROVISIONED);
    assertThat(page.locator("main")).containsText("Undone by");
    APIResponse again = api(page, "/api/revocation-lists/" + list + "/undo");
    assertThat(again.status()).as(again.text()).isEqualTo(200);
    assertThat(new JsonMapper().readTree(again.text()).get("back").asInt()).isZero();
    assertThat(state(ids.get(0))).isEqualTo(DeviceState.REVOKED);
  }

  @Test
  void theFormOfAFormatKeepsWhateverTheApiPutThere() {
    String id = "formatted-" + run;
    factories.add(TestFactory.named(id).factory());
    ManifestFormat format =
        new ManifestFormat(
                null,
                null,
                Map.of("a=b", "model", "c\\", "serial_number"),
                Map.of("building", "x = y | z\\"),
                List.of("room"),
                Map.of("model", List.of("A|B", "C:\\x\\|", "\\\\", "=")),
                Map.of("serial_number", "SN-\\d+|T=\\|"),
                false)
            .agreed();
    administration.changeFormat(id, format);
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/factories/" + id + "/format");
    assertThat(page.locator("#allowed-hint")).containsText("In a value write \\| for |");

    click(page, AriaRole.BUTTON, "Save");

    assertThat(page.locator("main")).containsText("in a format of their own");
    assertThat(administration.format(id)).isEqualTo(format);
    page.navigate(console.address() + "/factories/" + id + "/format");
    Page auditor = console.signedIn("auditor");
    auditor.navigate(console.address() + "/factories/" + id);
    click(auditor, AriaRole.LINK, "Format");
    assertThat(auditor.locator("#format")).containsText("a\\=b = model");
    assertThat(auditor.locator("#format")).containsText("serial_number = SN-\\d+|T=\\|");
    assertThat(auditor.locator("main form")).hasCount(0);
    console.accessible(auditor);
    page.getByLabel("Allowed values").fill("model = C:\\x | A\\|B");
    click(page, AriaRole.BUTTON, "Save");
    assertThat(page.locator("main")).containsText("in a format of their own");
    assertThat(administration.format(id).allowed()).containsEntry("model", List.of("C:\\x", "A|B"));
  }

  /** Asks the API for something, as the security officer. */
  private APIResponse api(Page page, String path) {
    return page.request()
        .post(
            console.address() + path,
            RequestOptions.create()
                .setHeader("Authorization", "Bearer " + console.bearerToken("security-officer")));
  }

  private @Nullable DeviceState state(UUID device) {
    return known.one(device).orElseThrow().device().state();
  }

  @Test
  void theAuditIsFilteredAndTakenAwayAsAFile() throws IOException {
    String factory = "audited-" + run;
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    UUID id = provision(factory).get(0);
    Page officer = console.signedIn("security-officer");
    officer.navigate(console.address() + "/devices/" + id + "/revoke");
    officer.getByLabel("Why").fill("\"quoted\", and more");
    click(officer, AriaRole.BUTTON, "Revoke");
    assertThat(
            posted(
                console.signedIn("operator"),
                "/devices/" + id + "/restore",
                Map.of("reason", "no")))
        .isEqualTo(403);

    Page page = console.signedIn("auditor");
    page.navigate(console.address() + "/audit");
    assertThat(page.locator("tbody tr").first()).isVisible();
    page.getByLabel("Subject").fill(id.toString());
    click(page, AriaRole.BUTTON, "Filter");
    assertThat(page.locator("tbody tr")).hasCount(2);
    assertThat(page.locator("tbody tr").first()).containsText("operator@dev");
    assertThat(page.locator("tbody tr").first()).containsText("needs the permission device.revoke");
    page.getByLabel("Outcome").selectOption("DONE");
    page.getByLabel("Who").fill("security");
    page.getByLabel("Action").fill("device.");
    page.getByLabel("From (UTC)")
        .fill(Instant.now().minus(1, ChronoUnit.DAYS).toString().substring(0, 10));
    page.getByLabel("Until (UTC)").fill(Instant.now().toString().substring(0, 10));
    click(page, AriaRole.BUTTON, "Filter");
    assertThat(page.locator("tbody tr")).hasCount(1);
    assertThat(page.locator("tbody tr")).containsText("console 127.0.0.1");
    console.accessible(page);
    assertThat(page.locator("tbody .subject a")).hasAttribute("href", "/devices?id=" + id);

    Download csv = page.waitForDownload(() -> click(page, AriaRole.BUTTON, "Export as CSV"));
    assertThat(csv.suggestedFilename()).matches("audit-\\d{8}T\\d{6}Z\\.csv");
    assertThat(Files.readAllLines(csv.path()))
        .hasSize(2)
        .last()
        .asString()
        .contains(",security-officer@dev,", "reason=\"\"quoted\"\", and more\"", ",DONE,");
    Download lines =
        page.waitForDownload(() -> click(page, AriaRole.BUTTON, "Export as JSON lines"));
    JsonNode entry = new JsonMapper().readTree(Files.readString(lines.path()));
    assertThat(entry.get("action").asString()).isEqualTo("device.revoke");
    assertThat(entry.get("subject").asString()).contains(id.toString());

    page.navigate(console.address() + "/audit?from=2026-11-02&until=2026-11-01");
    assertThat(page.getByRole(AriaRole.ALERT)).containsText("Until lies before from");

    Page technician = console.signedIn("technician");
    for (String path : List.of("/audit", "/audit/export.csv", "/audit/export.jsonl")) {
      assertThat(technician.request().get(console.address() + path).status())
          .as(path)
          .isEqualTo(403);
    }
  }

  @Test
  void anAuditorSeesItAllAndChangesNothing() {
    Page page = console.signedIn("auditor");
    for (String path :
        List.of(
            "/devices",
            "/revocations",
            "/factories",
            "/factories/fabrikam",
            "/factories/fabrikam/format",
            "/hubs",
            "/hubs/west",
            "/moves",
            "/nightly",
            "/deny-list",
            "/token-reports",
            "/audit")) {
      page.navigate(console.address() + path);
      assertThat(page.locator("h1")).isVisible();
      assertThat(page.locator("footer")).containsText("Times are in UTC");
      assertThat(page.locator("form[method=post]:not([action='/logout'], [action='/language'])"))
          .hasCount(0);
      console.accessible(page);
    }
    for (String path :
        List.of(
            "/factories/add",
            "/factories/fabrikam/change",
            "/factories/fabrikam/remove",
            "/factories/fabrikam/format",
            "/hubs/west/rotate",
            "/hubs/west/confirm",
            "/hubs/west/done",
            "/hubs/west/compare",
            "/hubs/west/tell",
            "/hubs/north/drain",
            "/moves/rebalance",
            "/moves/confirm",
            "/renewals/due",
            "/nightly/run",
            "/deny-list/snapshot",
            "/revocations/send/" + UUID.randomUUID() + "/confirm")) {
      assertThat(posted(page, path, Map.of("id", "sneaked-in", "factory", "")))
          .as(path)
          .isEqualTo(403);
    }
    assertThat(factories.find("fabrikam")).isPresent();
    for (String path : List.of("/manifests", "/executions", "/arrivals")) {
      page.navigate(console.address() + path + "?before=1");
      page.locator("#newest").click();
      page.waitForURL(console.address() + path + "**");
      assertThat(page.locator("#newest")).hasCount(0);
    }
    page.navigate(console.address() + "/audit");
    assertThat(page.locator("main .hint")).containsText("Nobody can change it");
    assertThat(page.locator("tbody time").first())
        .hasAttribute("title", Pattern.compile(".+ 20\\d\\d .+"));
    click(page, AriaRole.LINK, "Help and terms");
    assertThat(page.locator("h1")).hasText("Help");
    console.accessible(page);
    click(page, AriaRole.LINK, "Show arrivals");
    page.navigate(console.address() + "/no-such-page");
    assertThat(page.locator("h1")).hasText("There is nothing here");
    assertThat(page.locator("nav.sections a").first()).isVisible(); // there is a way on
  }

  private static void eventually(Callable<Boolean> question) throws Exception {
    boolean unused = Await.until(Duration.ofSeconds(30), question, Boolean::booleanValue);
  }

  private void endRotation() {
    rotations.underWay("north").ifPresent(left -> rotations.done(left, Instant.now()));
  }

  private String factoryAtNorth() {
    String id = "north-" + Long.toString(System.nanoTime(), 36);
    factories.add(new Factory(id, List.of(AgeIdentity.generate().recipient()), "north"));
    return id;
  }

  private List<UUID> provision(String factory) throws IOException {
    List<UUID> ids = new ArrayList<>();
    manifests.provision(manifest(factory, 0, ids), factory, null, Duration.ofDays(300));
    return ids;
  }

  private Path manifest(String factory, int badRows) throws IOException {
    return manifest(factory, badRows, new ArrayList<>());
  }

  private Path manifest(String factory, int badRows, List<UUID> ids) throws IOException {
    StringBuilder content = new StringBuilder("device_id,serial_number\n");
    for (int i = 0; i < DEVICES; i++) {
      UUID id = UUID.randomUUID();
      boolean bad = i >= DEVICES - badRows;
      if (!bad) {
        ids.add(id);
      }
      content.append("%s,SN-%d%n".formatted(bad ? "not-a-guid" : id, i));
    }
    return Files.writeString(
        folder.resolve("%s-%d-%s.csv".formatted(factory, badRows, UUID.randomUUID())), content);
  }

  private static void click(Page page, AriaRole role, String name) {
    page.getByRole(role, new Page.GetByRoleOptions().setName(name).setExact(true)).click();
  }

  private static Locator link(Page page, String name) {
    return page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  /** As a form that the caller was never offered would. */
  private int posted(Page page, String path, Map<String, String> fields) {
    Page other = page.context().newPage();
    other.navigate(console.address() + "/account");
    String csrf = other.locator("form[action='/logout'] input[name=_csrf]").inputValue();
    other.close();
    FormData form = FormData.create().set("_csrf", csrf);
    fields.forEach(form::set);
    return page.request()
        .post(console.address() + path, RequestOptions.create().setForm(form))
        .status();
  }
}
