package dev.muster.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.muster.AllPermitted;
import dev.muster.Await;
import dev.muster.Line;
import dev.muster.TestFactory;
import dev.muster.TestManifest;
import dev.muster.arrival.Arrivals;
import dev.muster.arrival.Arrivals.Filter;
import dev.muster.arrival.Arrivals.Shown;
import dev.muster.arrival.Arrivals.UntakenFile;
import dev.muster.arrival.Drop;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.PlaceContract;
import dev.muster.arrival.Source;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.Receipt;
import dev.muster.export.Period;
import dev.muster.factory.DeliveryPlace;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.factory.FactoryAdministration;
import dev.muster.manifest.ManifestFormat;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.renewal.RenewalOutcome;
import dev.muster.renewal.RenewalRuns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A factory that sends by SFTP, to a real server. */
@DirtiesContext
@ExtendWith(AllPermitted.class)
@SpringBootTest(
    properties = {
      "muster.serve=true",
      "muster.home=target/sftp-home",
      "muster.folder.enabled=false",
      "muster.sftp.sweep=200ms",
      "muster.sftp.quiet=1s",
      "muster.arrivals.first-delay=200ms",
      "muster.deliveries.first-delay=200ms",
      "muster.deliveries.poll=200ms",
      "muster.deliveries.longest-delay=1s",
      "muster.arrivals.max-attempts=1000",
      "muster.arrivals.longest-delay=200ms"
    })
class SftpTests implements PlaceContract {

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private static Path folder;
  private static @Nullable SftpUnderTest started;

  @Autowired private Arrivals arrivals;
  @Autowired private Factories factories;
  @Autowired private FactoryAdministration administration;
  @Autowired private Inbox inbox;
  @Autowired private ManifestRuns manifests;
  @Autowired private RenewalRuns renewals;
  @Autowired private JdbcTemplate jdbc;

  private String factory = "";

  @BeforeAll
  static void startServer() throws Exception {
    started = SftpUnderTest.start(folder.resolve("sftp"));
  }

  @DynamicPropertySource
  static void server(DynamicPropertyRegistry properties) {
    for (String property : sftp().properties()) {
      String[] nameAndValue = property.split("=", 2);
      properties.add(nameAndValue[0], () -> nameAndValue[1]);
    }
  }

  @AfterAll
  static void stopServer() throws Exception {
    sftp().close();
  }

  private static SftpUnderTest sftp() {
    return Objects.requireNonNull(started);
  }

  @BeforeEach
  void addFactory() {
    factory = "sftp-" + SEEDS.incrementAndGet();
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
  }

  @Test
  void aManifestIsProvisionedArchivedAndItsBundlePutIntoTheOutbox() throws Exception {
    TestManifest manifest = manifest(300);
    Files.writeString(inbox().resolve("line 7.csv"), manifest.content());

    Shown ended = ended("line 7.csv");

    assertThat(ended.state()).as(ended.problem()).isEqualTo("DONE");
    assertThat(ended.source()).isEqualTo("sftp");
    Path archived = sftp().root().resolve("archive").resolve(factory).resolve("line 7.csv");
    assertThat(archived).hasContent(manifest.content());
    assertThat(
            Receipt.parse(Files.readString(archived.resolveSibling("line 7.csv.receipt.json")))
                .accepted())
        .isEqualTo(300);
    List<Path> bundles = list(sftp().root().resolve("outbox").resolve(factory));
    assertThat(bundles).hasSize(1);
    assertThat(list(bundles.get(0)))
        .extracting(file -> file.getFileName().toString())
        .containsExactlyInAnyOrder("receipt.json", "rejects.csv", "tokens.csv.age");
    assertThat(list(inbox())).isEmpty();
  }

  @Test
  void whatIsRefusedMovesAwayWithTheReason() throws Exception {
    Files.writeString(inbox().resolve("no-ids.csv"), "serial_number\nSN-1\n");

    assertThat(ended("no-ids.csv").state()).isEqualTo("REFUSED");

    Path refused = sftp().root().resolve("refused").resolve(factory).resolve("no-ids.csv");
    assertThat(refused).exists();
    assertThat(refused.resolveSibling("no-ids.csv.why.txt")).content().contains("device_id");
  }

  /** A server in Java that knows its own files by their names alone can't list these. */
  @Test
  void aNameThatNobodyCanReadOrAnswerIsSaidToBeSo() throws Exception {
    Path root = Files.createDirectories(folder.resolve("native"));
    Path inbox = Files.createDirectories(root.resolve("inbox").resolve(factory));
    Process shell =
        new ProcessBuilder(
                "sh",
                "-c",
                "printf 'device_id\\n' > \"$(printf '%s/pr\\374fstand.csv' \"$1\")\"",
                "sh",
                inbox.toString())
            .inheritIO()
            .start();
    assertThat(shell.waitFor()).isZero();
    String tooLong = "x".repeat(217) + ".csv";
    Files.writeString(inbox.resolve(tooLong), manifest(3).content());

    try (SftpUnderTest other = SftpUnderTest.ofThisMachine(root);
        SftpServer server =
            new SftpServer(
                new SftpProperties(
                    "127.0.0.1",
                    other.port(),
                    SftpUnderTest.USER,
                    SftpUnderTest.PASSWORD,
                    null,
                    null,
                    other.fingerprint(),
                    root.toString(),
                    PATIENCE,
                    PATIENCE,
                    PATIENCE))) {
      Drop drop =
          new Drop(
              new Source("sftp-names"), this.inbox, factories, Duration.ZERO, Clock.systemUTC());
      boolean unused =
          server.<Boolean, RuntimeException>use(
              (folders, outbox) -> {
                folders.look(drop);
                return true;
              });
    }

    assertThat(untaken())
        .extracting(UntakenFile::place, UntakenFile::name, UntakenFile::advice)
        .containsExactlyInAnyOrder(
            tuple(
                "inbox/" + factory + "/",
                "pr\uFFFDfstand.csv",
                "Rename it, best to letters without accents, digits, dots and hyphens."),
            tuple("inbox/" + factory + "/", tooLong, "Give it a shorter name."));
    assertThat(ofFactory()).isEmpty();
  }

  private List<UntakenFile> untaken() {
    return arrivals.untaken(1000).stream().filter(file -> factory.equals(file.factory())).toList();
  }

  @Test
  void aFileThatGrowsIsTakenWhenItIsQuiet() throws Exception {
    String[] lines = manifest(40).content().split("(?<=\n)", -1);
    Path file = inbox().resolve("slow.csv");
    for (String line : lines) {
      Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      assertThat(ofFactory()).isEmpty();
      Thread.sleep(50); // a slow writer, for longer than files must be quiet
    }

    assertThat(ended("slow.csv").state()).isEqualTo("DONE");
  }

  @Test
  void aFileWithTheTrailerThatItsFactoryAlwaysSendsIsNotWaitedFor() throws Exception {
    administration.changeFormat(
        factory,
        new ManifestFormat(null, null, Map.of(), Map.of(), List.of(), Map.of(), Map.of(), true));
    Path own = Files.createDirectories(sftp().root().resolve("elsewhere/inbox").resolve(factory));
    Files.writeString(own.resolve("closed.csv"), manifest(300).content() + "# rows=300\n");
    Files.writeString(own.resolve("open.csv"), manifest(3).content());
    SftpProperties properties =
        new SftpProperties(
            "127.0.0.1",
            sftp().port(),
            SftpUnderTest.USER,
            SftpUnderTest.PASSWORD,
            null,
            null,
            sftp().fingerprint(),
            "elsewhere",
            PATIENCE,
            PATIENCE,
            PATIENCE);
    Drop patient =
        new Drop(new Source("sftp"), inbox, factories, Duration.ofHours(1), Clock.systemUTC());
    try (SftpServer server = new SftpServer(properties)) {
      boolean unused =
          server.<Boolean, RuntimeException>use(
              (folders, outbox) -> {
                folders.look(patient);
                return true;
              });
    }

    assertThat(ofFactory()).extracting(Shown::manifest).containsExactly("closed.csv");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sweep=0s", "sweep=2d", "quiet=-1s", "quiet=2h", "timeout=0s"})
  void aTimeThatNobodyCanMeanIsRefusedAtTheStart(String property) {
    new ApplicationContextRunner()
        .withUserConfiguration(Enabled.class)
        .withPropertyValues(
            "muster.sftp.host=localhost",
            "muster.sftp.user=muster",
            "muster.sftp.password=none",
            "muster.sftp.host-key=SHA256:none",
            "muster.sftp." + property)
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .hasMessageContaining(
                        "on field '" + property.substring(0, property.indexOf('=')) + "'"));
  }

  @EnableConfigurationProperties(SftpProperties.class)
  static class Enabled {}

  @Test
  void aServerThatIsAwayIsWaitedFor() throws Exception {
    sftp().stop();
    Files.writeString(inbox().resolve("waiting.csv"), manifest(3).content());
    sftp().startAgain();

    assertThat(ended("waiting.csv").state()).isEqualTo("DONE");
  }

  @Test
  void aRenewalsBundleWaitsForTheServerAndGoesIntoItsOutboxOnce() throws Exception {
    Files.writeString(inbox().resolve("renewed.csv"), manifest(30).content());
    assertThat(ended("renewed.csv").state()).isEqualTo("DONE");
    sftp().stop();

    RenewalOutcome outcome = renewals.renew(factory, Duration.ofDays(400), null).get(0);

    assertThat(outcome.status()).isEqualTo("COMPLETED");
    Await.until(
        PATIENCE,
        () ->
            jdbc.queryForList(
                "SELECT problem FROM delivery WHERE factory = ? AND attempts > 0",
                String.class,
                factory),
        problems -> !problems.isEmpty());
    sftp().startAgain();
    Path bundle =
        sftp()
            .root()
            .resolve("outbox")
            .resolve(factory)
            .resolve(Path.of(Objects.requireNonNull(outcome.outbox())).getFileName());
    Await.until(
        PATIENCE,
        () ->
            jdbc.queryForList(
                "SELECT delivered_to FROM delivery WHERE factory = ? AND purpose = 'RENEW' AND"
                    + " delivered_at IS NOT NULL",
                String.class,
                factory),
        delivered -> delivered.size() == 1 && delivered.get(0).startsWith("sftp://127.0.0.1:"));
    assertThat(list(bundle))
        .extracting(file -> file.getFileName().toString())
        .containsExactlyInAnyOrder("receipt.json", "tokens.csv.age");
    assertThat(list(bundle.resolveSibling(".")))
        .noneMatch(left -> left.getFileName().toString().startsWith("."));
  }

  @Test
  void whatAnOperatorProvisionsGoesWhereTheFactoryLastSentOrWantsItsBundles() throws Exception {
    Files.writeString(inbox().resolve("sent.csv"), manifest(3).content());
    assertThat(ended("sent.csv").state()).isEqualTo("DONE");
    Path byHand = manifest(4).write(folder.resolve(factory + "-by-hand.csv"));
    manifests.provision(byHand, factory, null, null);
    String wants = factory + "-wants";
    factories.add(TestFactory.named(wants).deliver(DeliveryPlace.SFTP).factory());
    Path wanted = manifest(5).write(folder.resolve(wants + "-by-hand.csv"));
    manifests.provision(wanted, wants, null, null);

    for (String whose : List.of(factory, wants)) {
      List<String> delivered =
          Await.until(
              PATIENCE,
              () ->
                  jdbc.queryForList(
                      "SELECT delivered_to FROM delivery WHERE folder LIKE '%by-hand%' AND factory"
                          + " = ? AND delivered_at IS NOT NULL",
                      String.class, whose),
              found -> found.size() == 1);
      assertThat(delivered.get(0)).startsWith("sftp://127.0.0.1:");
      List<Path> there = list(sftp().root().resolve("outbox").resolve(whose));
      assertThat(there).anyMatch(bundle -> bundle.toString().contains("by-hand"));
    }
  }

  @Test
  void aBundleThatItsFactoryTookAwayIsThereAgainWhenItSendsTheSameAgain() throws Exception {
    String content = manifest(3).content();
    send("once.csv", content);
    assertThat(ended("once.csv").state()).isEqualTo("DONE");
    Path bundle = list(sftp().root().resolve("outbox").resolve(factory)).get(0);
    List<Path> files = list(bundle);
    for (Path file : files) {
      Files.delete(file);
    }

    send("once more.csv", content);

    assertThat(ended("once more.csv").state()).isEqualTo("DONE");
    assertThat(list(bundle)).containsExactlyInAnyOrderElementsOf(files);
    assertThat(list(sftp().root().resolve("outbox").resolve(factory))).containsExactly(bundle);
  }

  @Test
  void aFolderThatMusterMayNotReadKeepsNobodyElseWaiting() throws Exception {
    List<Path> locked = new ArrayList<>();
    for (int i = 0; i < 20; i++) { // in whatever order they are listed, one comes first
      locked.add(
          Files.createDirectories(
              sftp().root().resolve("inbox").resolve(SftpUnderTest.LOCKED + factory + i)));
    }
    try {
      send("beside.csv", manifest(3).content());

      assertThat(ended("beside.csv").state()).isEqualTo("DONE");
    } finally {
      for (Path folder : locked) {
        Files.delete(folder);
      }
    }
  }

  @Test
  void aServerThatFallsSilentIsGivenUp() throws Exception {
    try (Line line = new Line(InetAddress.getLoopbackAddress(), 0, sftp().port());
        SftpServer server =
            new SftpServer(
                properties(null, null, sftp().fingerprint(), line.port(), Duration.ofSeconds(2)))) {
      CompletableFuture<List<Path>> listed =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return server.<List<Path>, IOException>use(
                      (folders, outbox) -> {
                        assertThat(list(outbox.getRoot())).isNotEmpty();
                        line.fallSilent();
                        return list(outbox.getRoot());
                      });
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });

      assertThat(listed).failsWithin(PATIENCE);
    }
  }

  @Test
  void aServerWithAnotherKeyIsRefused() throws Exception {
    Path known = Files.writeString(folder.resolve("known_hosts"), "");
    for (SftpProperties stranger :
        List.of(
            properties(null, null, "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            properties(null, known, null))) {
      try (SftpServer server = new SftpServer(stranger)) {
        assertThatThrownBy(() -> server.<Boolean, IOException>use((folders, outbox) -> true))
            .hasMessageContaining(sftp().fingerprint())
            .hasMessageContaining("is not the one that Muster knows");
      }
    }
  }

  @Test
  void aPrivateKeyThatOthersMayReadIsRefused() throws Exception {
    Path key = Files.writeString(folder.resolve("key.pem"), "none");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    try (SftpServer server = new SftpServer(properties(key, null, sftp().fingerprint()))) {
      assertThatThrownBy(() -> server.<Boolean, IOException>use((folders, outbox) -> true))
          .hasMessageContaining("Others may read the private key")
          .hasMessageContaining("chmod 600");
    }
  }

  private static SftpProperties properties(
      @Nullable Path key, @Nullable Path knownHosts, @Nullable String hostKey) {
    return properties(key, knownHosts, hostKey, sftp().port(), Duration.ofSeconds(10));
  }

  private static SftpProperties properties(
      @Nullable Path key,
      @Nullable Path knownHosts,
      @Nullable String hostKey,
      int port,
      Duration timeout) {
    return new SftpProperties(
        "127.0.0.1",
        port,
        SftpUnderTest.USER,
        key == null ? SftpUnderTest.PASSWORD : null,
        key,
        knownHosts,
        hostKey,
        "",
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        timeout);
  }

  private static TestManifest manifest(int rows) {
    return TestManifest.seeded(SEEDS.incrementAndGet()).rows(rows);
  }

  private Path inbox() throws IOException {
    return Files.createDirectories(sftp().root().resolve("inbox").resolve(factory));
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private List<Shown> ofFactory() {
    return arrivals.page(new Filter(null, factory, null, null, Period.EVER), null, 10);
  }

  private Shown ended(String name) throws Exception {
    return Await.until(
            PATIENCE,
            this::ofFactory,
            seen ->
                seen.stream().anyMatch(one -> one.manifest().equals(name) && one.endedAt() != null))
        .stream()
        .filter(one -> one.manifest().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void send(String name, String content) throws Exception {
    Files.writeString(inbox().resolve(name), content);
  }

  @Override
  public Found found(String name) throws Exception {
    return ended(name).state().equals("DONE")
        ? Found.of(
            Files.readString(
                sftp().root().resolve("archive").resolve(factory).resolve(name + ".receipt.json")))
        : new Found(
            null,
            Files.readString(
                sftp().root().resolve("refused").resolve(factory).resolve(name + ".why.txt")));
  }
}
