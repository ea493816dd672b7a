package dev.muster.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.FormData;
import com.microsoft.playwright.options.RequestOptions;
import dev.muster.access.AuditLog;
import dev.muster.audit.AuditTrail;
import dev.muster.bundle.AgeIdentity;
import dev.muster.export.Period;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.registry.KnownDevices;
import dev.muster.status.DeviceState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;

@ConsoleTest
@Tag("slow")
class DevicePagesTests {

  private static final int DEVICES = 60;

  @Autowired private Console console;
  @Autowired private ManifestRuns manifests;
  @Autowired private Factories factories;
  @Autowired private KnownDevices known;
  @Autowired private AuditTrail audit;

  @TempDir private Path folder;

  private final String run = Long.toString(System.nanoTime(), 36);
  private final String factory = "devices-" + run;
  private final List<UUID> ids = new ArrayList<>();

  @BeforeEach
  void devicesOfAFactory() throws IOException {
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    ids.addAll(provision(factory, run));
  }

  @Test
  void anOperatorFindsADeviceByEachThingOneMayKnowOfIt() throws IOException {
    Page page = console.signedIn("operator");
    UUID id = ids.get(7);
    assertThat(page.navigate(console.address() + "/devices?serial=%FF").status()).isEqualTo(400);
    assertThat(page.getByRole(AriaRole.MAIN)).containsText("The address can't be read");
    for (String address : List.of("/devices?standing=none", "/manifests?state=none")) {
      assertThat(page.navigate(console.address() + address).status()).isEqualTo(404);
      assertThat(page.getByRole(AriaRole.MAIN)).containsText("'none' is no sta");
    }
    for (String spelling :
        List.of(id.toString(), id.toString().toUpperCase(Locale.ROOT), "{" + id + "}")) {
      page.navigate(console.address() + "/devices");
      find(page, "Device id", spelling);
      assertThat(page).hasURL(console.address() + "/devices/" + id);
    }
    assertThat(page.locator(".facts")).containsText("SN-" + run + "-7");
    assertThat(page.locator(".facts")).containsText("in service, token delivered");
    assertThat(page.locator(".timeline")).containsText("line 9");

    page.navigate(console.address() + "/devices");
    find(page, "Serial number", "SN-" + run + "-7");
    assertThat(rows(page)).hasCount(1);
    assertThat(rows(page)).containsText(id.toString());

    page.navigate(console.address() + "/devices");
    page.getByLabel("Building").fill("B-" + run);
    find(page, "Room", "3");
    assertThat(rows(page)).hasCount(DEVICES / 10);
    assertThat(rows(page).last()).containsText(ids.get(3).toString());

    page.navigate(console.address() + "/devices");
    find(page, "Manifest's number", manifest(id));
    assertThat(rows(page)).hasCount(50);
    assertThat(rows(page).first()).containsText(ids.get(DEVICES - 1).toString());
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("More")).click();
    assertThat(rows(page)).hasCount(DEVICES - 50);
    assertThat(rows(page).last()).containsText(ids.get(0).toString());
    console.accessible(page);

    page.navigate(console.address() + "/devices");
    page.getByLabel("Factory").fill(factory);
    find(page, "Model", "TH-200");
    assertThat(rows(page)).hasCount(50);
    Download all =
        page.waitForDownload(
            () ->
                page.getByRole(
                        AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Export as CSV"))
                    .click());
    assertThat(Files.readAllLines(all.path())).hasSize(1 + DEVICES);

    page.navigate(console.address() + "/devices");
    find(page, "Device id", "12-34");
    assertThat(page.getByRole(AriaRole.ALERT)).containsText("'12-34' is no device id");
    page.navigate(console.address() + "/devices");
    find(page, "Device id", UUID.randomUUID().toString());
    assertThat(page.locator("main")).containsText("No device is like that.");
  }

  @Test
  void whateverOneKnowsIsFoundFromEveryPage() {
    Page page = console.signedIn("operator");
    UUID id = ids.get(7);
    page.navigate(console.address() + "/hubs");
    search(page, " {" + id.toString().toUpperCase(Locale.ROOT) + "} ");
    assertThat(page).hasURL(console.address() + "/devices/" + id);
    search(page, "SN-" + run + "-7");
    assertThat(page).hasURL(console.address() + "/devices/" + id);
    search(page, factory);
    assertThat(page).hasURL(console.address() + "/factories/" + factory);

    search(page, ids.get(3) + "\n" + UUID.randomUUID() + "\n" + ids.get(4));
    assertThat(page.getByRole(AriaRole.MAIN)).containsText("Nothing is known of");
    assertThat(page.locator(".found a")).hasCount(2);
    console.accessible(page);

    search(page, "B-" + run);
    assertThat(page.getByRole(AriaRole.MAIN)).containsText("Nothing is called ‘B-" + run + "’");
    assertThat(page.getByLabel("Search")).hasValue("B-" + run);
    console.accessible(page);
    page.getByRole(
            AriaRole.LINK,
            new Page.GetByRoleOptions().setName("All devices in the building ‘B-" + run + "’"))
        .click();
    assertThat(rows(page)).hasCount(50);
    page.navigate(page.url() + "&order=OLDEST&room=3&hub=none"); // a view is its address
    assertThat(page.getByRole(AriaRole.MAIN)).containsText("No device is like that.");
    assertThat(page.getByLabel("Order")).hasValue("OLDEST");
    page.navigate(console.address() + "/manifests/" + manifest(id));
    page.locator("#to-devices").click();
    page.getByLabel("Order").selectOption("OLDEST");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Find")).click();
    assertThat(rows(page).first()).containsText(ids.get(0).toString());
    assertThat(page.locator("#total")).hasText(DEVICES + " devices");
    page.navigate(console.address() + "/devices");
    find(page, "Device id", id.toString().substring(0, 18));
    assertThat(rows(page)).hasCount(1);

    Page phone = console.signedIn("technician", 390, 844);
    phone.navigate(console.address() + "/search?q=" + manifest(id));
    assertThat(phone.getByRole(AriaRole.MAIN)).not().containsText("Manifests");
    console.accessible(phone);
    search(phone, "SN-" + run + "-7");
    assertThat(phone).hasURL(console.address() + "/devices/" + id);
  }

  @Test
  void anOperatorDisablesAndEnablesADeviceAndItsHistoryKeepsWhy() {
    Page page = console.signedIn("operator");
    UUID id = ids.get(1);
    page.navigate(console.address() + "/devices/" + id);
    assertThat(page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Revoke")))
        .hasCount(0);

    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Disable")).click();
    assertThat(page.locator("main")).containsText("works again once the device is enabled");
    console.accessible(page);
    page.getByLabel("Why").fill("sends nonsense");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Disable")).click();

    assertThat(page.getByRole(AriaRole.STATUS)).containsText("is disabled");
    assertThat(page.locator(".badge")).hasText("disabling");
    assertThat(page.locator(".timeline > li").first()).containsText("Disabled, by operator@dev");
    assertThat(page.locator(".timeline > li").first()).containsText("sends nonsense");
    assertThat(page.locator("main")).containsText("Hubs that have not confirmed");
    assertThat(page.locator("main")).containsText("Muster may not manage this hub");
    assertThat(page.locator(".note-warn")).containsText("nobody tells its hub");
    console.accessible(page);

    page.navigate(console.address() + "/devices?standing=DISABLED&serial=SN-" + run + "-1");
    assertThat(rows(page)).hasCount(1);

    page.navigate(console.address() + "/devices/" + id + "/enable");
    page.getByLabel("Why").fill("mended");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Enable")).click();
    assertThat(page.locator(".badge")).hasText("token delivered");
    assertThat(page.locator(".timeline > li").first()).containsText("mended");
    assertThat(
            audit.page(
                new AuditTrail.Filter("operator@dev", "device.", id.toString(), null, Period.EVER),
                null,
                10))
        .extracting(entry -> entry.action() + " " + entry.outcome())
        .containsExactly("device.enable DONE", "device.disable DONE");
  }

  @Test
  void allThatAreFoundAreChangedAfterALook() {
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/devices");
    assertThat(page.locator("#change")).hasCount(0); // all that there are
    page.getByLabel("Building").fill("B-" + run);
    find(page, "Room", "3");
    page.locator("#change").click();
    assertThat(page.locator("main")).containsText("in building B-" + run + ", in room 3");
    assertThat(page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Revoke …")))
        .hasCount(0);
    console.accessible(page);
    page.getByLabel("Why").fill("wrong batch");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Disable …")).click();

    String disable = page.url();
    page.navigate(console.address() + "/devices/change?building=B-" + run + "&room=4");
    page.getByLabel("Why").fill("leaked");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Renew …")).click();
    assertThat(page.locator("#checked")).containsText("6 devices get a new token");
    console.accessible(page);
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Discard it")).click();
    assertThat(page.getByRole(AriaRole.STATUS).first()).containsText("discarded");

    page.navigate(console.address() + "/devices/change?building=B-" + run + "&room=4");
    page.getByLabel("Why").fill("nearer");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Move …")).click();
    assertThat(page.locator("#checked")).containsText("None of these devices would change");

    page.navigate(disable);
    Locator confirm =
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Disable them"));
    assertThat(confirm).isVisible();
    assertThat(page.locator("main")).containsText("They stood so: 6 whose token was delivered");
    assertThat(page.locator("main")).containsText("It takes 6 devices out of service");
    console.accessible(page);
    assertThat(known.one(ids.get(3)).orElseThrow().device().state())
        .isEqualTo(DeviceState.PROVISIONED);
    confirm.click();

    assertThat(page.getByRole(AriaRole.STATUS).first())
        .containsText("The devices are being changed");
    assertThat(page.locator("h1")).containsText("Execution");
    page.waitForCondition(
        () -> known.one(ids.get(53)).orElseThrow().device().state() == DeviceState.DISABLED);
    page.navigate(console.address() + "/devices/" + ids.get(3));
    assertThat(page.locator(".timeline > li").first()).containsText("wrong batch");
    page.navigate(console.address() + "/devices/" + ids.get(4));
    assertThat(page.locator(".badge")).hasText("token delivered");
  }

  @Test
  void aSecurityOfficerRevokesAndRestoresADevice() {
    Page page = console.signedIn("security-officer");
    UUID id = ids.get(2);
    page.navigate(console.address() + "/devices/" + id);
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Revoke")).click();
    assertThat(page.locator("main")).containsText("for good");
    page.getByLabel("Why").fill("stolen");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Revoke")).click();
    assertThat(page.locator(".badge")).hasText("revoking");
    assertThat(page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Disable")))
        .hasCount(0);

    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Restore")).click();
    page.getByLabel("Why").fill("found");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Restore")).click();
    assertThat(page.locator(".badge")).hasText("token delivered");
    assertThat(page.locator(".timeline")).containsText("stolen");

    page.navigate(console.address() + "/devices/" + id + "/restore");
    assertThat(page.locator("h1")).hasText("That can't be done");
    assertThat(page.locator("main")).containsText("is in service; there is nothing to restore");
  }

  @Test
  void anOperatorMayNotRevokeAndAnAuditorChangesNothing() {
    UUID id = ids.get(4);
    Page page = console.signedIn("operator");
    assertThat(posted(page, id, "revoke")).isEqualTo(403);
    page.navigate(console.address() + "/devices/" + id + "/revoke");
    assertThat(page.locator("h1")).hasText("You may not do that");

    Page auditor = console.signedIn("auditor");
    auditor.navigate(console.address() + "/devices/" + id);
    assertThat(auditor.locator("main a[class^=button]")).hasCount(0);
    for (String action : List.of("disable", "enable", "revoke", "restore")) {
      assertThat(posted(auditor, id, action)).as(action).isEqualTo(403);
    }
    assertThat(known.one(id).orElseThrow().device().state()).isEqualTo(DeviceState.PROVISIONED);
    assertThat(
            audit.page(
                new AuditTrail.Filter(
                    null, "device.", id.toString(), AuditLog.Outcome.DENIED, Period.EVER),
                null,
                10))
        .hasSize(5);
  }

  @Test
  void aFactorySeesItsOwnDevicesOnly() throws IOException {
    List<UUID> own = provision("fabrikam", "own-" + run);
    Page page = console.signedIn("factory");
    page.navigate(console.address() + "/devices?building=B-own-" + run);
    assertThat(rows(page)).hasCount(50);
    page.navigate(console.address() + "/devices/" + own.get(0));
    assertThat(page.locator(".facts")).containsText("of factory fabrikam");

    for (String criterion :
        List.of(
            "building=B-" + run,
            "serial=SN-" + run + "-1",
            "id=" + ids.get(0),
            "manifest=" + known.one(ids.get(0)).orElseThrow().device().manifestId())) {
      page.navigate(console.address() + "/devices?" + criterion);
      assertThat(page.locator("main")).containsText("No device is like that.");
    }
    page.navigate(console.address() + "/devices");
    assertThat(page.locator("tbody")).not().containsText(factory);
    page.navigate(console.address() + "/devices/" + ids.get(0));
    assertThat(page.locator("h1")).hasText("There is nothing here");
    assertThat(posted(page, ids.get(0), "disable")).isEqualTo(403);
  }

  @Test
  void onAPhoneADeviceFitsTheScreen() {
    Page page = console.signedIn("operator", 360, 740);
    page.navigate(console.address() + "/devices?serial=SN-" + run + "-5");
    console.accessible(page);
    Locator state = page.locator("tbody tr td").first();
    assertThat(state)
        .hasAttribute("data-label", "State"); // rows are cards, and nothing lies beyond
    BoundingBox box = state.boundingBox();
    assertThat(box.x + box.width).isLessThanOrEqualTo(360);
    page.navigate(console.address() + "/devices/" + ids.get(5));
    console.accessible(page);
    page.navigate(console.address() + "/devices/" + ids.get(5) + "/disable");
    console.accessible(page);
  }

  private List<UUID> provision(String owner, String mark) throws IOException {
    StringBuilder content = new StringBuilder("device_id,serial_number,model,building,room\n");
    List<UUID> devices = new ArrayList<>();
    for (int i = 0; i < DEVICES; i++) {
      UUID id = UUID.randomUUID();
      devices.add(id);
      content.append("%s,SN-%s-%d,TH-200,B-%s,%d%n".formatted(id, mark, i, mark, i % 10));
    }
    Path file = Files.writeString(folder.resolve(mark + ".csv"), content);
    manifests.provision(file, owner, null, null);
    return devices;
  }

  private String manifest(UUID device) {
    return String.valueOf(known.one(device).orElseThrow().device().manifestId());
  }

  private static void search(Page page, String text) {
    page.getByLabel("Search").fill(text);
    page.getByLabel("Search").press("Enter");
  }

  private static void find(Page page, String label, String value) {
    page.getByLabel(label, new Page.GetByLabelOptions().setExact(true)).fill(value);
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Find")).click();
  }

  private static Locator rows(Page page) {
    return page.locator("tbody tr");
  }

  /** As a form that the caller was never offered would. */
  private int posted(Page page, UUID device, String action) {
    page.navigate(console.address() + "/account");
    String csrf = page.locator("form[action='/logout'] input[name=_csrf]").inputValue();
    return page.request()
        .post(
            console.address() + "/devices/" + device + "/" + action,
            RequestOptions.create()
                .setForm(FormData.create().set("_csrf", csrf).set("reason", "because")))
        .status();
  }
}
