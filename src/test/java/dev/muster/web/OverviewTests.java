package dev.muster.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.bundle.AgeIdentity;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.provisioning.ManifestRuns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;

@ConsoleTest
@Tag("slow")
class OverviewTests {

  @Autowired private Console console;
  @Autowired private Factories factories;
  @Autowired private ManifestRuns manifestRuns;
  @Autowired private DataSource dataSource;

  @TempDir private Path folder;

  @Test
  void whatRunsAppearsAndGoesByItselfAndTheDaysAreAddedUp() throws Exception {
    String factory = "h1-" + UUID.randomUUID().toString().substring(0, 8);
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
    Path file =
        TestManifest.seeded(System.nanoTime()).rows(1200).write(folder.resolve("overview.csv"));
    Page page = console.signedIn("operator");
    page.navigate(console.address() + "/");
    assertThat(page.getByText("nightly", new Page.GetByTextOptions().setExact(true))).isVisible();
    assertThat(page.locator("#to-nightly")).isVisible();
    console.accessible(page);
    Thread run;
    try (Connection gate = dataSource.getConnection()) {
      gate.setAutoCommit(false);
      try (Statement statement = gate.createStatement()) {
        statement.execute("LOCK TABLE loaded_lines IN SHARE ROW EXCLUSIVE MODE");
      }
      Caller caller = Callers.current();
      run = new Thread(() -> Callers.run(caller, () -> provision(file, factory)));
      run.start();
      // Nobody loads the page again
      assertThat(page.locator("tr", new Page.LocatorOptions().setHasText(factory)))
          .containsText("Load devices");
      assertThat(
              page.locator("tr", new Page.LocatorOptions().setHasText(factory)).locator("progress"))
          .hasAttribute("max", "1200");
      console.accessible(page);
    }
    assertThat(page.locator("tr", new Page.LocatorOptions().setHasText(factory))).hasCount(0);
    run.join();
    page.reload();
    assertThat(page.locator(".chart .provisioned").last()).isVisible();
    page.getByText("The numbers as a table").click();
    assertThat(page.getByLabel("Devices a day").locator("tbody tr").last())
        .containsText(Pattern.compile("[1-9][\\d,]*"));
    console.accessible(page);

    Page phone = console.signedIn("auditor", 360, 740);
    phone.navigate(console.address() + "/");
    assertThat(phone.getByText("Send a manifest")).hasCount(0);
    Page own = console.signedIn("factory");
    own.navigate(console.address() + "/");
    assertThat(own.locator("#now")).isVisible();
    assertThat(own.locator("#to-nightly")).hasCount(0);
    console.accessible(phone);
    Page technician = console.signedIn("technician");
    technician.navigate(console.address() + "/");
    assertThat(technician).not().hasURL(console.address() + "/");
  }

  private void provision(Path file, String factory) {
    try {
      manifestRuns.provision(file, factory, null, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
