package dev.muster.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import dev.muster.TestManifest;
import dev.muster.factory.DevelopmentFactory;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.registry.KnownDevices;
import dev.muster.status.DeviceState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;

/**
 * What each person comes for, from the page on which they land and by nothing but what is on the
 * pages, in as few presses as that should take. Whoever makes one of these ways longer must say so
 * here.
 */
@ConsoleTest
@Tag("slow")
class WalksTests {

  @Autowired private Console console;
  @Autowired private ManifestRuns manifests;
  @Autowired private KnownDevices known;
  @TempDir private Path folder;

  /** Part of every name, because the database outlives a test run. */
  private final String mine = "walk-" + Long.toString(System.nanoTime(), 36);

  private int presses;

  @Test
  void aFactorySendsItsManifestAndTakesItsTokensHome() throws Exception {
    Page page = console.signedIn("factory");
    page.navigate(console.address() + "/");

    press(page, AriaRole.LINK, "Send a manifest");
    choose(page, mine + ".csv", TestManifest.seeded(System.nanoTime()).rows(5).content());
    press(page, AriaRole.BUTTON, "Look at it");
    press(page, AriaRole.BUTTON, "Confirm and send it");
    assertThat(badge(page)).hasText("done");
    press(page.locator("#to-manifest"));
    Download all = page.waitForDownload(() -> press(page.locator("#archive")));

    assertThat(all.suggestedFilename()).contains(mine).endsWith(".tar");
    assertThat(presses).isEqualTo(5);

    presses = 0;
    page.navigate(console.address() + "/");
    press(section(page, "Bundles"));
    assertThat(page.locator("tbody tr").first()).containsText(mine);
    press(page.locator("tbody th a").first());
    assertThat(page.locator("h1")).containsText(mine);
    assertThat(presses).as("last week's tokens").isEqualTo(2);
  }

  @Test
  void anOperatorSeesWhatFailedAndWhyAndContinuesIt() throws Exception {
    Path manifest =
        TestManifest.seeded(System.nanoTime())
            .rows(10)
            .row("bad-1")
            .row("bad-2")
            .write(folder.resolve(mine + ".csv"));
    assertThat(manifests.provision(manifest, DevelopmentFactory.ID, null, null).status())
        .isEqualTo("FAILED");
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/");
    assertThat(page.locator("tr", new Page.LocatorOptions().setHasText(mine)))
        .containsText("2 of 12 rows were refused, and the limit is 5%");

    press(page.locator("tr", new Page.LocatorOptions().setHasText(mine)).locator("th a"));
    press(page.locator("#restart"));
    page.getByLabel("Limit of refused rows").fill("20%");
    press(page, AriaRole.BUTTON, "Restart it");

    assertThat(badge(page)).hasText("completed");
    assertThat(presses).isEqualTo(3);
  }

  @Test
  void aSecurityOfficerTakesStolenDevicesOutOfServiceAndBringsThemBack() throws Exception {
    TestManifest stolen = provisioned(3);
    Page page = console.signedIn("security-officer");
    page.navigate(console.address() + "/");

    press(section(page, "Revocations"));
    press(page, AriaRole.LINK, "Send a list");
    page.getByLabel("For factory").selectOption(DevelopmentFactory.ID);
    choose(
        page,
        mine + ".csv",
        "device_id\n%s\n%s\n".formatted(stolen.deviceId(2), stolen.deviceId(3)));
    press(page, AriaRole.BUTTON, "Look at it");
    press(page, AriaRole.BUTTON, "Apply it now");
    assertThat(badge(page)).hasText("done");

    assertThat(state(stolen, 2)).isEqualTo(DeviceState.REVOKED);
    assertThat(presses).isEqualTo(4);
    press(page.locator("#to-list"));
    press(page.locator("summary", new Page.LocatorOptions().setHasText("Undo this list")));
    press(page, AriaRole.BUTTON, "Undo it");
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("2 devices came back");
    assertThat(state(stolen, 2)).isEqualTo(DeviceState.PROVISIONED);
    assertThat(presses).isEqualTo(7);
  }

  @Test
  void aTechnicianInstallsTwoDevicesInARow() {
    Page page = console.signedIn("technician", 390, 800);
    page.navigate(console.address() + "/");
    assertThat(page.getByLabel("Device id")).isFocused();

    page.getByLabel("Device id").fill(UUID.randomUUID().toString());
    page.getByLabel("Building").fill("7");
    page.getByLabel("Room").fill("12");
    press(page, AriaRole.BUTTON, "Look it up");
    press(page, AriaRole.BUTTON, "Register it and show its token");
    assertThat(page.locator("#token")).hasValue(Pattern.compile("SharedAccessSignature .*"));
    assertThat(presses).as("and three fields").isEqualTo(2);

    press(page, AriaRole.LINK, "The next device");
    assertThat(page.getByLabel("Device id")).isFocused();
    assertThat(page.getByLabel("Building")).hasValue("7");
    page.getByLabel("Device id").fill(UUID.randomUUID().toString());
    press(page, AriaRole.BUTTON, "Look it up");
    press(page, AriaRole.BUTTON, "Register it and show its token");
    assertThat(page.locator("#token")).hasValue(Pattern.compile("SharedAccessSignature .*"));
    assertThat(presses).as("and one field").isEqualTo(5);
  }

  @Test
  void anAuditorTakesAwayWhatSomebodyDid() throws Exception {
    TestManifest manifest = provisioned(1);
    Page operator = console.signedIn("operator");
    operator.navigate(console.address() + "/devices/" + manifest.deviceId(2));
    operator
        .getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Disable"))
        .first()
        .click();
    operator.getByLabel("Why").fill(mine);
    operator
        .getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Disable"))
        .first()
        .click();
    Page page = console.signedIn("auditor");
    page.navigate(console.address() + "/");

    press(section(page, "Audit"));
    page.getByLabel("Subject").fill(manifest.deviceId(2));
    press(page, AriaRole.BUTTON, "Filter");
    assertThat(page.locator("tbody tr").first()).containsText("device.disable");
    Download file = page.waitForDownload(() -> press(page, AriaRole.BUTTON, "Export as CSV"));

    assertThat(Files.readString(file.path())).contains("device.disable", "operator@dev");
    assertThat(presses).isEqualTo(3);
  }

  @Test
  void aNewOperatorFindsWhatTheWordsMeanAndAddsTheFirstFactory() {
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/");

    press(page, AriaRole.LINK, "Help and terms");
    assertThat(page.locator("main")).containsText("Manifest");
    assertThat(page.locator("main")).containsText("Bundle");
    press(section(page, "Factories"));
    press(page, AriaRole.LINK, "Add a factory");
    page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true)).fill(mine);
    page.getByLabel("Keys of its bundles")
        .fill("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p");
    press(page, AriaRole.BUTTON, "Add");

    assertThat(page.locator("main")).containsText(mine);
    assertThat(presses).isEqualTo(4);
  }

  private TestManifest provisioned(int rows) throws Exception {
    TestManifest manifest = TestManifest.seeded(System.nanoTime()).rows(rows);
    Path file = manifest.write(folder.resolve(mine + "-devices.csv"));
    assertThat(manifests.provision(file, DevelopmentFactory.ID, null, null).delivered()).isTrue();
    return manifest;
  }

  private @Nullable DeviceState state(TestManifest manifest, int line) {
    return known.one(UUID.fromString(manifest.deviceId(line))).orElseThrow().device().state();
  }

  private static Locator badge(Page page) {
    return page.locator(".toolbar .badge").first();
  }

  private static Locator section(Page page, String name) {
    return page.getByRole(AriaRole.NAVIGATION, new Page.GetByRoleOptions().setName("Sections"))
        .getByText(name, new Locator.GetByTextOptions().setExact(true));
  }

  private static void choose(Page page, String name, String content) {
    page.locator("input[type=file]:not([name=signature])")
        .setInputFiles(new FilePayload(name, "text/csv", content.getBytes(StandardCharsets.UTF_8)));
  }

  private void press(Page page, AriaRole role, String name) {
    press(page.getByRole(role, new Page.GetByRoleOptions().setName(name).setExact(true)));
  }

  private void press(Locator what) {
    presses++;
    what.click();
  }
}
