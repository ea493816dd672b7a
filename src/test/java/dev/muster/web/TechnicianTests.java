package dev.muster.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.DecodeHintType;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.muster.LogFile;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.bundle.AgeIdentity;
import dev.muster.credential.sas.Hubs;
import dev.muster.credential.sas.PresentedToken;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.Sha256;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.status.StatusAction;
import dev.muster.status.StatusChanges;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/** A technician with a phone. */
@ConsoleTest
@Tag("slow")
class TechnicianTests {

  private static final int WIDTH = 390;
  private static final int HEIGHT = 844;

  @TempDir private Path folder;

  @Autowired private Console console;
  @Autowired private Hubs hubs;
  @Autowired private ManifestRuns runs;
  @Autowired private Factories factories;
  @Autowired private StatusChanges changes;
  @Autowired private JdbcTemplate jdbc;

  private final UUID device = UUID.randomUUID();

  @Test
  void anUnknownDeviceIsRegisteredAndItsTokenIsShownOnce() throws Exception {
    Page page = console.signedIn("technician", WIDTH, HEIGHT);
    page.navigate(console.address() + "/technician");
    console.accessible(page);
    page.getByLabel("Device id").fill("https://devices.example/d?id={" + device + "}");
    page.getByLabel("Building").fill("7");
    page.getByLabel("Room").fill("12 b");
    button(page, "Look it up").click();
    assertThat(page.locator("main")).containsText("Nobody knows this device yet");
    console.accessible(page);

    button(page, "Register it and show its token").click();

    Locator shown = page.locator("#token");
    assertThat(page.locator("main"))
        .containsText("The device is registered, in building 7, room 12 b");
    String text = shown.inputValue();
    PresentedToken token = PresentedToken.read(text).orElseThrow();
    assertThat(token.device()).isEqualTo(device);
    assertThat(token.signatures(hubs.all())).hasSize(1);
    assertThat(page.url()).isEqualTo(console.address() + "/technician/token");
    assertThat(decoded(page.locator("svg.qr"))).isEqualTo(text);
    Download file = page.waitForDownload(() -> button(page, "Save as a file").click());
    assertThat(file.suggestedFilename()).isEqualTo(device + ".token");
    assertThat(Files.readString(file.path())).isEqualTo(text + "\n");
    console.accessible(page);

    page.reload();
    assertThat(page.locator("#messages")).containsText("This form was sent before");
    assertThat(page.content()).doesNotContain("SharedAccessSignature");
    page.goBack();
    assertThat(page.content()).doesNotContain("SharedAccessSignature");

    String signature = text.replaceFirst(".*&sig=([^&]*).*", "$1");
    assertThat(history()).containsExactly("register", "token");
    assertThat(Files.readString(LogFile.current())).doesNotContain(signature);
    for (String table :
        jdbc.queryForList(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'",
            String.class)) {
      assertThat(
              jdbc.queryForObject(
                  "SELECT count(*) FROM %s AS t WHERE strpos(t::text, ?) > 0".formatted(table),
                  Long.class,
                  signature))
          .as(table)
          .isZero();
    }
  }

  @Test
  void aManifestsDeviceGetsItsPlaceFirstAndATokenFromItsPage() throws Exception {
    provision();
    Page page = console.signedIn("technician", WIDTH, HEIGHT);
    page.navigate(console.address() + "/technician/device?device=" + device);
    assertThat(page.locator("main")).containsText("a manifest of factory");
    page.getByLabel("Building").fill("Annex");
    page.getByLabel("Room").fill("3");
    page.getByLabel("Room").press("Enter");
    assertThat(page.locator("#messages")).containsText("in building Annex, room 3");
    assertThat(page.getByLabel("Device id")).isFocused();
    assertThat(page.getByLabel("Building")).hasValue("Annex");
    assertThat(page.getByLabel("Room")).hasValue("3");
    assertThat(page.locator("section[aria-labelledby=today]"))
        .containsText(device + " building Annex, room 3");
    console.accessible(page);

    page.getByLabel("Device id").fill(device.toString().replace("-", ""));
    page.getByLabel("Room").fill("4");
    page.getByLabel("Room").press("Enter");
    assertThat(page.locator("main")).containsText("Keeping this one moves it");
    button(page, "Keep the place and show a new token").click();
    String first = page.locator("#token").inputValue();
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("The next device")).click();
    assertThat(page.getByLabel("Building")).hasValue("Annex");

    Page operator = console.signedIn("operator");
    operator.navigate(console.address() + "/devices/" + device);
    operator.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("New token")).click();
    assertThat(operator.locator("main")).containsText("It is shown once");
    console.accessible(operator);
    button(operator, "Show its token").click();
    String second = operator.locator("#token").inputValue();
    assertThat(PresentedToken.read(second).orElseThrow().signatures(hubs.all())).hasSize(1);
    assertThat(second).isNotEqualTo(first);
    console.accessible(operator);
    assertThat(history()).containsExactly("locate", "locate", "token", "token");
  }

  @Test
  void whatWasDoneToADeviceStandsInItsHistory() throws Exception {
    provision();
    Page page = console.signedIn("technician", WIDTH, HEIGHT);
    page.navigate(console.address() + "/technician/device?device=" + device);
    page.getByText("Write down what was done to it").click();
    page.getByLabel("What was done").fill("battery changed");
    page.getByLabel("Note").fill("3.6 V");
    console.accessible(page);
    button(page, "Keep it").click();
    assertThat(page.locator("#messages")).containsText("battery changed");
    assertThat(page.getByLabel("Device id")).isFocused();

    Page operator = console.signedIn("operator");
    operator.navigate(console.address() + "/devices/" + device);
    assertThat(operator.locator(".timeline"))
        .containsText(Pattern.compile("Serviced: battery changed, by technician@dev[^,]*3.6 V"));
    operator.getByLabel("What was done").fill("cleaned");
    operator.getByLabel("When (UTC)").evaluate("field => field.type = 'text'");
    operator.getByLabel("When (UTC)").fill("yesterday");
    button(operator, "Keep it").click();
    assertThat(operator.getByRole(AriaRole.ALERT)).containsText("'yesterday' is no time");
    operator.getByLabel("What was done").fill("cleaned");
    operator.getByLabel("When (UTC)").fill("2999-01-01T00:00");
    button(operator, "Keep it").click();
    assertThat(operator.getByRole(AriaRole.ALERT))
        .containsText("is no time at which it can have been done");
    operator.getByLabel("What was done").fill("cleaned");
    operator.getByLabel("When (UTC)").fill("2025-03-04T05:06");
    button(operator, "Keep it").click();
    assertThat(operator.locator(".timeline"))
        .containsText(Pattern.compile("2025-03-04 05:06:00 UTC\\s*Serviced: cleaned, by operator"));
    console.accessible(operator);
    operator
        .getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Its service records"))
        .click();
    assertThat(operator.locator("tbody tr")).hasCount(2);
    console.accessible(operator);

    Page auditor = console.signedIn("auditor");
    auditor.navigate(console.address() + "/devices/" + device);
    assertThat(auditor.locator(".timeline")).containsText("cleaned");
    assertThat(auditor.getByLabel("What was done")).hasCount(0);
  }

  @Test
  void theCameraReadsACodeWhereTheBrowserCan() {
    Page page = console.signedIn("technician", WIDTH, HEIGHT);
    page.navigate(console.address() + "/technician");
    assertThat(button(page, "Scan the code with the camera")).isHidden();
    page.addInitScript(
        """
        window.codes = ["https://example.org/no-device"];
        window.BarcodeDetector = class {
          static async getSupportedFormats() { return ["ean_13", "qr_code"]; }
          async detect() { return window.codes.map((rawValue) => ({ rawValue })); }
        };
        Object.defineProperty(navigator, "mediaDevices", { value: {
          async getUserMedia() { return document.createElement("canvas").captureStream(5); } } });
        HTMLMediaElement.prototype.play = async () => {};
        """);
    page.navigate(console.address() + "/technician");
    page.getByLabel("Building").fill("");
    button(page, "Scan the code with the camera").click();
    assertThat(page.locator("#scanned")).containsText("holds no device id");
    console.accessible(page);

    page.evaluate(
        "id => { window.codes = [JSON.stringify({ deviceId: id })]; }",
        device.toString().toUpperCase(Locale.ROOT));

    assertThat(page.getByLabel("Device id")).hasValue(device.toString());
    assertThat(page.locator("#camera")).isHidden();
    assertThat(page.getByLabel("Building")).isFocused();

    // Of several in a row only the first one's place is typed, and the camera stays at work.
    page.navigate(console.address() + "/technician");
    page.getByLabel("Building").fill("9");
    button(page, "Scan the code with the camera").click();
    page.evaluate("id => { window.codes = [id]; }", device.toString());
    assertThat(page.locator("h1")).hasText("Is this the device?");
    assertThat(page.getByLabel("Building")).hasValue("9");
    button(page, "Only register it").click();
    assertThat(page.locator("#camera")).isVisible();
    assertThat(page.getByLabel("Building")).hasValue("9");
    button(page, "Stop the camera").click();
    page.reload();
    assertThat(page.locator("#camera")).isHidden();
  }

  @Test
  void whatCantBeDoneIsSaidInTheFirstPlace() throws Exception {
    provision();
    changes.change(device, StatusAction.REVOKE, "stolen", "test");
    Page page = console.signedIn("technician", WIDTH, HEIGHT);
    page.navigate(console.address() + "/technician/device?device=" + device);
    assertThat(page.locator("main")).containsText("This device is revoked and gets no token");
    assertThat(
            page.getByRole(AriaRole.BUTTON).filter(new Locator.FilterOptions().setHasText("token")))
        .hasCount(0);
    console.accessible(page);

    page.navigate(console.address() + "/technician");
    page.getByLabel("Device id").fill("0f8fad5b-d9cb");
    button(page, "Look it up").click();
    assertThat(page.getByRole(AriaRole.ALERT)).containsText("This has 12 of 32 digits.");
    assertThat(page.getByLabel("Device id")).isFocused();
    page.getByLabel("Device id").fill("0f8fad5b-d9cb-469f-a165-7O867728950e");
    page.getByText("Look it up").click();
    assertThat(page.getByRole(AriaRole.ALERT))
        .containsText("This has 31 of 32 digits, and letter O (a 0?).");
    page.getByLabel("Device id").fill("12345");
    page.getByText("Look it up").click();
    assertThat(page.getByRole(AriaRole.ALERT)).containsText("This has 5 of 32 digits.");
    console.accessible(page);

    Page auditor = console.signedIn("auditor", WIDTH, HEIGHT);
    assertThat(auditor.navigate(console.address() + "/technician").status()).isEqualTo(403);
    assertThat(auditor.navigate(console.address() + "/devices/" + device + "/token").status())
        .isEqualTo(403);
  }

  @Test
  void theClaimCodeIsAskedForOnceWhereTheManifestHasItsHash() throws Exception {
    String hash =
        HexFormat.of().formatHex(Sha256.digest().digest((device + ":K7QX2M9P").getBytes(UTF_8)));
    provision(
        Files.writeString(
            folder.resolve("m.csv"),
            "device_id,claim_code_sha256\n%s,%s\n".formatted(device, hash)));
    Page page = console.signedIn("technician", WIDTH, HEIGHT);
    page.navigate(console.address() + "/technician/device?device=" + device);
    console.accessible(page);
    page.getByLabel("Building").fill("7");
    page.getByLabel("Claim code").fill("K7QX-2M9Q");
    button(page, "Keep the place").click();
    assertThat(page.locator("#messages")).containsText("not the claim code of this device");
    page.getByLabel("Claim code").fill("k7qx-2m9p");
    button(page, "Keep the place").click();
    assertThat(page.locator("#messages")).containsText("in building 7");

    page.navigate(console.address() + "/technician/device?device=" + device);
    assertThat(page.getByLabel("Claim code")).hasCount(0);
  }

  private static Locator button(Page page, String name) {
    return page.getByRole(
        AriaRole.BUTTON,
        new Page.GetByRoleOptions().setName(name).setExact(true).setIncludeHidden(true));
  }

  private void provision() throws Exception {
    provision(
        TestManifest.seeded(device.hashCode())
            .row(device.toString())
            .write(folder.resolve("m.csv")));
  }

  private void provision(Path manifest) throws Exception {
    String factory = "technician-" + device.toString().substring(0, 8);
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    var unused =
        Callers.call(Caller.muster("test"), () -> runs.provision(manifest, factory, null, null));
  }

  private List<String> history() {
    return jdbc.queryForList(
        "SELECT action FROM device_change WHERE device_id = ? ORDER BY change_id",
        String.class,
        device);
  }

  /** What a phone would read from the picture. */
  /**
   * With each module of whole pixels: as wide as the page is, ZXing reads most codes, and not all.
   */
  private static String decoded(Locator picture) throws Exception {
    picture.evaluate("svg => { svg.style.width = 4 * svg.viewBox.baseVal.width + 'px'; }");
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(picture.screenshot()));
    int width = image.getWidth();
    int height = image.getHeight();
    int[] pixels = image.getRGB(0, 0, width, height, null, 0, width);
    return new QRCodeReader()
        .decode(
            new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(width, height, pixels))),
            Map.of(DecodeHintType.PURE_BARCODE, true))
        .getText();
  }
}
