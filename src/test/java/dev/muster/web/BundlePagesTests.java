package dev.muster.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import dev.muster.TestManifest;
import dev.muster.factory.DevelopmentFactory;
import dev.muster.home.MusterHome;
import dev.muster.provisioning.ManifestRuns;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.util.FileSystemUtils;

/** Where a factory finds its tokens, fetches them and says that its devices have them. */
@ConsoleTest
@Tag("slow")
class BundlePagesTests {

  @TempDir private Path folder;
  @Autowired private Console console;
  @Autowired private ManifestRuns manifests;
  @Autowired private MusterHome home;

  @Test
  void aFactoryFindsItsBundleFetchesItAndConfirmsIt() throws Exception {
    String name = "boards-" + System.nanoTime();
    manifests.provision(
        TestManifest.seeded(System.nanoTime()).rows(4).write(folder.resolve(name + ".csv")),
        DevelopmentFactory.ID,
        null,
        null);

    Page page = console.signedIn("factory");
    page.locator("nav")
        .getByText("Bundles", new Locator.GetByTextOptions().setExact(true))
        .first()
        .click();
    page.locator("tr", new Page.LocatorOptions().setHasText(name)).locator("a").click();
    assertThat(page.locator("h1")).containsText(name);
    console.accessible(page);

    Download archive = page.waitForDownload(() -> page.locator("#archive").click());
    Path tar = folder.resolve("bundle.tar");
    archive.saveAs(tar);
    assertThat(archive.suggestedFilename()).startsWith(name).endsWith(".tar");
    assertThat(Files.readAllBytes(tar))
        .contains("age-encryption.org/v1".getBytes(StandardCharsets.US_ASCII));
    page.reload();
    assertThat(page.locator("main .badge").first()).hasText("fetched");

    // Its factory has moved it out of its folder, and its devices have the tokens.
    try (DirectoryStream<Path> its =
        Files.newDirectoryStream(home.outbox().resolve(DevelopmentFactory.ID), name + "*")) {
      FileSystemUtils.deleteRecursively(its.iterator().next());
    }
    page.reload();
    assertThat(page.locator("#archive")).hasCount(0);
    page.locator("#confirm").click();
    console.accessible(page);
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("The devices have them"))
        .click();
    assertThat(page.getByRole(AriaRole.STATUS)).containsText("It is confirmed");
    assertThat(page.locator("main .badge").first()).hasText("confirmed");
    assertThat(page.locator("#confirm")).hasCount(0);

    page.navigate(console.address() + "/bundles?unfetched=true");
    assertThat(page.locator("main")).not().containsText(name);
    console.accessible(page);
  }
}
