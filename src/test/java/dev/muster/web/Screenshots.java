package dev.muster.web;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.ScreenshotOptions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import dev.muster.Await;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.Permission;
import dev.muster.arrival.Arrivals;
import dev.muster.bundle.AgeIdentity;
import dev.muster.factory.DevelopmentFactory;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.manifest.RejectLimit;
import dev.muster.registry.DevicesInService;
import dev.muster.revocation.RevocationRuns;
import dev.muster.run.Executions;
import dev.muster.upload.Uploads;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;

/**
 * Takes the pictures of all pages: {@code docs/screenshots.sh}. No test, so it is not called one
 * and does not run with them.
 */
@ConsoleTest
class Screenshots {

  private static final Path FOLDER =
      Path.of(System.getProperty("muster.screenshots", "docs/screenshots"));

  /** Whoever did what is seen in the pictures. */
  private static final Caller OPERATOR =
      new Caller(
          "operator@dev",
          "operator",
          "console 192.0.2.7",
          Set.of("operator"),
          EnumSet.allOf(Permission.class),
          Set.of(),
          null,
          true);

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int TALLEST = 1600;
  private static final int COLOURS = 256;

  @Autowired private Console console;
  @Autowired private MusterHome home;
  @Autowired private Factories factories;
  @Autowired private Uploads uploads;
  @Autowired private Arrivals arrivals;
  @Autowired private RevocationRuns lists;
  @Autowired private DevicesInService devices;
  @Autowired private Executions executions;

  @TempDir private Path folder;

  @Test
  void ofEveryPage() throws Exception {
    Files.createDirectories(FOLDER);
    String device = Callers.call(OPERATOR, this::fill);
    long failed =
        executions.latest(20).stream()
            .filter(one -> one.status().equals("FAILED"))
            .findFirst()
            .orElseThrow()
            .execution();

    Page anonymous = console.anonymous();
    anonymous.navigate(console.address() + "/");
    take(anonymous, "sign-in");

    Page operator = console.signedIn("operator");
    pages(operator, device, failed);
    operator.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
    at(operator, "/", "overview-dark");
    at(operator, "/executions/" + failed, "execution-dark");
    Page phone = console.signedIn("operator", 390, 844);
    at(phone, "/", "overview-phone");
    at(phone, "/devices/" + device, "device-phone");
    at(phone, "/manifests", "manifests-phone");

    Page officer = console.signedIn("security-officer");
    at(officer, "/devices/" + device + "/revoke", "device-revoke");
    at(officer, "/hubs/west/rotate", "hub-rotate");
    press(officer, "Rotate the key");
    officer.locator(".steps").waitFor();
    take(officer, "hub-rotation");
    at(officer, "/hubs/west/confirm?factory=fabrikam", "hub-confirm");
    at(officer, "/hubs/west/done", "hub-done");
    at(officer, "/revocations/send", "revocations-send");
    officer.getByLabel("For factory").selectOption(DevelopmentFactory.ID);
    officer
        .locator("#file")
        .setInputFiles(
            new FilePayload(
                "stolen-42.csv",
                "text/csv",
                ("device_id,reason\n" + device + ",stolen\nnonsense,stolen\n")
                    .getBytes(StandardCharsets.UTF_8)));
    press(officer, "Look at it");
    officer.locator("mark").first().waitFor();
    take(officer, "revocations-checked");
    technician();
    at(console.signedIn("auditor"), "/audit", "audit");
    at(console.signedIn("factory"), "/manifests", "factory-manifests");
    at(console.signedIn("factory"), "/bundles", "factory-bundles");
  }

  private void pages(Page page, String device, long failed) {
    at(page, "/", "overview");
    at(page, "/manifests", "manifests");
    page.locator("tbody a").first().click();
    take(page, "manifest");
    at(page, "/manifests/send", "manifests-send");
    page.getByLabel("Factory").selectOption(DevelopmentFactory.ID);
    page.locator("#file")
        .setInputFiles(
            new FilePayload(
                "thermostats-42.csv",
                "text/csv",
                manifest(42, 60)
                    .row("8f14e45f-not-a-guid")
                    .row("")
                    .content()
                    .getBytes(StandardCharsets.UTF_8)));
    press(page, "Look at it");
    page.locator("mark").first().waitFor();
    take(page, "manifests-checked");
    at(page, "/bundles", "bundles");
    page.locator("tbody a").first().click();
    take(page, "bundle");
    page.locator("#confirm").click();
    take(page, "bundle-confirm");
    at(page, "/executions", "executions");
    at(page, "/executions/" + failed, "execution");
    at(page, "/executions/" + failed + "/restart", "execution-restart");
    at(page, "/executions/" + failed + "/abandon", "execution-abandon");
    at(page, "/executions/" + failed + "/withdraw", "execution-withdraw");
    at(page, "/executions/several/restart?execution=" + failed, "executions-several");
    at(page, "/arrivals", "arrivals");
    at(page, "/arrivals?state=FAILED", "arrivals-failed");
    page.locator("tbody a").first().click();
    take(page, "arrival");
    String arrival = page.url().substring(console.address().length());
    at(page, arrival + "/retry", "arrival-retry");
    at(page, arrival + "/dismiss", "arrival-dismiss");
    String number = arrival.substring(arrival.lastIndexOf('/') + 1);
    at(page, "/arrivals/several/dismiss?arrival=" + number, "arrivals-several");
    at(page, "/arrivals/unusable", "arrivals-unusable");
    at(page, "/devices", "devices");
    at(page, "/devices/" + device, "device");
    at(page, "/devices/" + device + "/disable", "device-disable");
    at(page, "/revocations", "revocations");
    page.locator("tbody a").first().click();
    take(page, "revocation");
    at(page, "/deny-list", "deny-list");
    at(page, "/deny-list/snapshot", "deny-list-snapshot");
    at(page, "/nightly/run", "nightly-run");
    press(page, "Do it now");
    page.locator("#run").waitFor();
    take(page, "nightly");
    at(page, "/factories", "factories");
    at(page, "/factories/fabrikam", "factory");
    at(page, "/factories/add", "factory-add");
    at(page, "/factories/fabrikam/change", "factory-change");
    at(page, "/factories/fabrikam/format", "factory-format");
    at(page, "/factories/fabrikam/remove", "factory-remove");
    at(page, "/hubs", "hubs");
    at(page, "/hubs/west", "hub");
    at(page, "/hubs/north/compare", "hub-compare");
    at(page, "/hubs/north/tell", "hub-tell");
    at(page, "/devices/" + device + "/token", "device-token");
    at(page, "/nothing-here", "problem");
    at(page, "/account", "account");
    at(page, "/help", "help");
    at(page, "/help/docs/manifests.md", "help-document");
  }

  private void technician() {
    Page page = console.signedIn("technician", 390, 844);
    at(page, "/technician", "technician");
    page.getByLabel("Device id").fill(manifest(2, 900).deviceId(5));
    page.getByLabel("Building").fill("7");
    page.getByLabel("Room").fill("12");
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Look it up")).click();
    take(page, "technician-device");
    page.getByRole(
            AriaRole.BUTTON,
            new Page.GetByRoleOptions().setName("Keep the place and show a new token"))
        .click();
    page.locator("h1").waitFor();
    // A token in a picture would be one that somebody can read.
    page.evaluate(
        """
        () => {
          const text = document.querySelector('#token');
          text.value = text.value.replace(/sig=[^&]*/, 'sig=' + '•'.repeat(20));
          document.querySelector('.qr').style.filter = 'blur(14px)';
        }
        """);
    take(page, "technician-token");
  }

  /** What there is to be seen. Returns a device with some history. */
  private String fill() throws Exception {
    if (factories.find("contoso-north").isEmpty()) {
      factories.add(
          new Factory("contoso-north", List.of(AgeIdentity.generate().recipient()), null));
    }
    TestManifest first = manifest(1, 2400);
    provision(first.row("not-a-guid").row(""), "thermostats-2026-11", DevelopmentFactory.ID);
    provision(manifest(2, 900), "gateways-q4", "contoso-north");
    provision(manifest(3, 40).row("x").row("y").row("z"), "rooftop-sensors", DevelopmentFactory.ID);
    provision(manifest(4, 5200), "meters-week-47", DevelopmentFactory.ID);
    String device = first.deviceId(7);
    UUID id = UUID.fromString(device);
    devices.disable(id, "Taken off the wall for repair, ticket 4711.");
    devices.enable(id, "Repaired and back on its wall.");
    Path list = folder.resolve("stolen-2026-11.csv");
    Files.writeString(
        list,
        "device_id,action,reason\n%s,revoke,stolen from the van\n%s,revoke,stolen from the van\nnonsense,revoke,\n"
            .formatted(first.deviceId(9), first.deviceId(10)));
    lists.apply(list, null, OPERATOR.name(), RejectLimit.valueOf("100%"));
    return device;
  }

  private static TestManifest manifest(long seed, int rows) {
    return TestManifest.seeded(seed * 7919).rows(rows);
  }

  private void provision(TestManifest manifest, String name, String factory) throws Exception {
    InputStream content =
        new ByteArrayInputStream(manifest.content().getBytes(StandardCharsets.UTF_8));
    long arrival =
        uploads.sendManifest(factory, name + ".csv", content, null, null, null, null).arrival();
    Await.until(
        PATIENCE,
        () -> arrivals.find(arrival).orElseThrow().state(),
        state -> Set.of("DONE", "FAILED").contains(state));
  }

  private static void press(Page page, String button) {
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(button)).click();
  }

  private void at(Page page, String path, String name) {
    page.navigate(console.address() + path);
    take(page, name);
  }

  private void take(Page page, String name) {
    // Where this machine keeps its files is nobody's business.
    page.evaluate(
        """
        ([home, folder]) => {
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) {
            texts.currentNode.data = texts.currentNode.data
                .replaceAll(home, '/var/lib/muster').replaceAll(folder, '/home/operator');
          }
        }
        """,
        List.of(home.root().toString(), folder.toAbsolutePath().toString()));
    try {
      write(
          page.screenshot(new ScreenshotOptions().setFullPage(true)),
          FOLDER.resolve(name + ".png"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With few colours: a page has few, and the file is a third as large. */
  private static void write(byte[] png, Path file) throws IOException {
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
    int height = Math.min(picture.getHeight(), TALLEST);
    IndexColorModel colours = colours(picture);
    BufferedImage fewColours =
        new BufferedImage(picture.getWidth(), height, BufferedImage.TYPE_BYTE_INDEXED, colours);
    Map<Integer, Integer> indexes = new HashMap<>();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        int index =
            indexes.computeIfAbsent(
                picture.getRGB(x, y),
                colour -> Byte.toUnsignedInt(((byte[]) colours.getDataElements(colour, null))[0]));
        fewColours.getRaster().setSample(x, y, 0, index);
      }
    }
    ImageIO.write(fewColours, "png", file.toFile());
  }

  /** The 256 that are most frequent. */
  private static IndexColorModel colours(BufferedImage picture) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        counts.merge(picture.getRGB(x, y), 1, Integer::sum);
      }
    }
    int[] most =
        counts.entrySet().stream()
            .sorted(Map.Entry.<Integer, Integer>comparingByValue().reversed())
            .limit(COLOURS)
            .mapToInt(Map.Entry::getKey)
            .toArray();
    int[] all = Arrays.copyOf(most, COLOURS);
    return new IndexColorModel(8, COLOURS, all, 0, false, -1, java.awt.image.DataBuffer.TYPE_BYTE);
  }
}
