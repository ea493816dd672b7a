package dev.muster.arrival;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.muster.AllPermitted;
import dev.muster.Await;
import dev.muster.LogFile;
import dev.muster.SteppingClock;
import dev.muster.TestFactory;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.RefusedException;
import dev.muster.access.Role;
import dev.muster.arrival.Answer.Verdict;
import dev.muster.arrival.Arrivals.Shown;
import dev.muster.arrival.Arrivals.UntakenFile;
import dev.muster.arrival.Claims.Claim;
import dev.muster.arrival.NewArrival.Said;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.Receipt;
import dev.muster.export.Period;
import dev.muster.factory.Admission;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.factory.FactoryAdministration;
import dev.muster.home.MusterHome;
import dev.muster.manifest.ManifestFormat;
import dev.muster.manifest.RejectLimit;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.provisioning.OwnManifests;
import dev.muster.revocation.AppliedLists;
import dev.muster.revocation.RevocationRuns;
import dev.muster.run.RunControl;
import dev.muster.run.RunOutcome;
import dev.muster.upload.CheckedUpload;
import dev.muster.upload.CheckedUploads;
import java.io.BufferedWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.FileSystemUtils;

/**
 * The service at work, in this process: what is dropped or received is provisioned and answered.
 */
@ExtendWith(AllPermitted.class)
@SpringBootTest(
    properties = {
      "muster.serve=true",
      "muster.home=target/serve-home",
      "muster.folder.sweep=100ms",
      "muster.folder.quiet=700ms",
      "muster.arrivals.first-delay=50ms",
      "muster.arrivals.max-attempts=3",
      "muster.arrivals.signature-patience=2s",
      "muster.provisioning.max-manifest-size=200MB"
    })
class ArrivalTests implements PlaceContract {

  private static final Source TEST = new Source("test");
  private static final ManifestFormat TRAILER =
      new ManifestFormat(null, null, Map.of(), Map.of(), List.of(), Map.of(), Map.of(), true);
  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());

  /** 96 MiB: what else a run reads and writes is little beside it. */
  private static final long PADDED = 32L << 20;

  private static final String MISREAD = "Its name is not in UTF-8, so it can't be opened.";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Autowired private Inbox inbox;
  @Autowired private OwnManifests own;
  @Autowired private AppliedLists lists;
  @Autowired private RevocationRuns revocations;
  @Autowired private Arrivals arrivals;
  @Autowired private Factories factories;
  @Autowired private FactoryAdministration administration;
  @Autowired private RunControl control;
  @Autowired private MusterHome home;
  @Autowired private CheckedUploads uploads;
  @Autowired private ManifestRuns runs;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private TransactionTemplate transaction;
  @Autowired private Claims claims;
  @Autowired private Told told;
  @Autowired private ShakyPlace shaky;

  private String factory = "";

  /** What is published when an arrival ends. */
  static final class Told {
    private final ConcurrentLinkedQueue<ArrivalEnded> events = new ConcurrentLinkedQueue<>();

    @EventListener
    void ended(ArrivalEnded event) {
      events.add(event);
    }
  }

  /** A place that can't be reached the first few times. */
  static final class ShakyPlace implements Place {
    private final AtomicInteger failuresLeft = new AtomicInteger();
    private final AtomicInteger unanswered = new AtomicInteger();
    private volatile String content = "";

    /** What its sender can still write to, and does as soon as its signature is looked at. */
    private volatile @Nullable Path linked;

    private volatile byte[] signature = {};

    /** Files whose name begins with {@code held} come when this is open. */
    private final CountDownLatch gate = new CountDownLatch(1);

    @Override
    public boolean holds(URI location) {
      return "shaky".equals(location.getScheme());
    }

    @Override
    public void fetch(Arrival arrival, Path target, long mostBytes) throws IOException {
      if (arrival.fileName().startsWith("held")) {
        try {
          assertThat(gate.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
          throw new InterruptedIOException();
        }
        Files.writeString(target, newManifest().rows(2).content());
        return;
      }
      if (failuresLeft.getAndDecrement() > 0) {
        throw new IOException("The line is down.");
      }
      if (linked != null) {
        Files.createLink(target, linked);
        return;
      }
      Files.writeString(target, content);
    }

    @Override
    public Optional<byte[]> signature(Arrival arrival) throws IOException {
      Path file = linked;
      if (file != null) {
        Files.writeString(file, "something else");
        return Optional.of(signature);
      }
      return Optional.empty();
    }

    @Override
    public @Nullable URI answer(Arrival arrival, Answer answer) throws IOException {
      if (unanswered.getAndDecrement() > 0) {
        throw new IOException("The line is down.");
      }
      return null;
    }
  }

  @TestConfiguration
  static class Listening {
    @Bean
    Told told() {
      return new Told();
    }

    @Bean
    ShakyPlace shakyPlace() {
      return new ShakyPlace();
    }
  }

  @BeforeEach
  void addFactory() {
    factory = "served-" + SEEDS.incrementAndGet();
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
  }

  @Test
  void aDroppedManifestIsProvisionedAndArchivedWithItsReceipt() throws Exception {
    TestManifest manifest = newManifest().rows(300);
    drop("line-7.csv", manifest.content());

    assertThat(ended("line-7.csv").state()).isEqualTo("DONE");

    Path archived = home.archive().resolve(factory).resolve("line-7.csv");
    assertThat(archived).hasContent(manifest.content());
    Receipt receipt =
        Receipt.parse(Files.readString(archived.resolveSibling("line-7.csv.receipt.json")));
    assertThat(receipt.accepted()).isEqualTo(300);
    assertThat(inboxFiles()).isEmpty();
    assertThat(bundles()).hasSize(1);
    assertThat(
            jdbc.queryForObject(
                "SELECT count(*) FROM registry WHERE factory = ? AND state = 'PROVISIONED'",
                Long.class,
                factory))
        .isEqualTo(300);
    ArrivalEnded event = event("line-7.csv");
    assertThat(event.answer().verdict()).isEqualTo(Answer.Verdict.DONE);
    assertThat(outcome(event).accepted()).isEqualTo(300);
    assertThat(event.answer().toldAt()).isEqualTo(bundles().get(0).toUri());
  }

  /** However wrong the clock is of the server that keeps the files. */
  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1H", "PT1H"})
  void aFileThatIsBeingWrittenIsNotTaken(Duration wrong) throws Exception {
    TestManifest manifest = newManifest().rows(40);
    Path file = inboxFolder().resolve("slow.csv");
    String[] lines = manifest.content().split("(?<=\n)", -1);
    for (int i = 0; i < lines.length; i++) {
      Files.writeString(file, lines[i], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().plus(wrong)));
      assertThat(arrivals.page(Arrivals.Filter.ALL, null, 1000))
          .noneMatch(seen -> seen.factory().equals(factory));
      Thread.sleep(50); // a slow writer, for longer than files must be quiet
    }

    assertThat(ended("slow.csv").state()).isEqualTo("DONE");
    assertThat(outcome(event("slow.csv")).rows()).isEqualTo(40);
  }

  @Test
  void aFileWhoseSenderSaysThatItIsCompleteIsNotWaitedFor(@TempDir Path elsewhere)
      throws Exception {
    Path own = Files.createDirectories(elsewhere.resolve("inbox").resolve(factory));
    DropFolders folders = folders(elsewhere);
    Drop patient = patient();
    Files.writeString(own.resolve("marked.csv"), newManifest().rows(3).content());
    folders.look(patient);
    assertThat(arrivals.page(Arrivals.Filter.ALL, null, 1000))
        .noneMatch(seen -> seen.factory().equals(factory));

    Files.writeString(own.resolve("marked.csv.done"), "");
    folders.look(patient);

    assertThat(arrivals.page(Arrivals.Filter.ALL, null, 1000))
        .anyMatch(seen -> seen.factory().equals(factory));
  }

  @Test
  void aFileWithTheTrailerThatItsFactoryAlwaysSendsIsNotWaitedFor(@TempDir Path elsewhere)
      throws Exception {
    administration.changeFormat(factory, TRAILER);
    Path own = Files.createDirectories(elsewhere.resolve("inbox").resolve(factory));
    DropFolders folders = folders(elsewhere);
    Drop patient = patient();
    String rows = newManifest().rows(10).content();
    for (String part : List.of(rows, "# rows=1", "0", "\r\n")) {
      Files.writeString(
          own.resolve("closed.csv"), part, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      assertThat(ofFactory()).isEmpty();
      folders.look(patient);
    }
    Files.writeString(own.resolve("open.csv"), newManifest().rows(3).content());
    folders.look(patient);
    folders.look(patient);

    assertThat(ofFactory()).extracting(Shown::manifest).containsExactly("closed.csv");
  }

  @Test
  void aFileWithoutTheTrailerThatItsFactoryAlwaysSendsIsRefusedWhenItIsQuiet() throws Exception {
    administration.changeFormat(factory, TRAILER);
    drop("cut.csv", newManifest().rows(3).content());

    assertThat(ended("cut.csv").problem()).contains("does not end in '# rows=3'");
  }

  private static DropFolders folders(Path root) {
    return new DropFolders(
        root.resolve("inbox"),
        root.resolve("revocations"),
        root.resolve("archive"),
        root.resolve("refused"),
        Path::toUri);
  }

  /** Takes nothing because it was quiet. */
  private Drop patient() {
    return new Drop(new Source("folder"), inbox, factories, Duration.ofHours(1), Clock.systemUTC());
  }

  /** Its receipt is there first, then it is copied, then it goes. */
  @Test
  void whatTakesTheNameOfAFileWhileThatIsArchivedStaysAndIsTaken(@TempDir Path folder)
      throws Exception {
    Path large = padded(folder.resolve("large.csv"));
    Path next = Files.writeString(folder.resolve("next.csv"), newManifest().rows(3).content());
    Path receipt = home.archive().resolve(factory).resolve("line-7.csv.receipt.json");
    Path dropped = inboxFolder().resolve("line-7.csv");
    Files.move(large, dropped);
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!Files.exists(receipt) && System.nanoTime() < until) {
      Thread.sleep(1);
    }

    Files.move(next, dropped, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);

    List<Shown> both =
        Await.until(
            PATIENCE,
            this::ofFactory,
            all -> all.stream().filter(one -> one.state().equals("DONE")).count() == 2);
    assertThat(both).extracting(Shown::manifest).containsOnly("line-7.csv");
    Await.until(PATIENCE, this::inboxFiles, List::isEmpty);
  }

  @Test
  void theMarkerGoesWithItsFile() throws Exception {
    Files.writeString(inboxFolder().resolve("line-9.csv.done"), "");
    drop("line-9.csv", newManifest().rows(3).content());

    assertThat(ended("line-9.csv").state()).isEqualTo("DONE");
    Await.until(PATIENCE, this::inboxFiles, List::isEmpty);
  }

  @Test
  void whatNobodyTakesIsSaidOnceAndShownUntilItIsGone() throws Exception {
    Path packed = Files.writeString(inboxFolder().resolve("devices.zip"), "PK");
    Path table = Files.writeString(inboxFolder().resolve("devices.XLSX"), "PK");
    Path folderInIt = Files.createDirectories(inboxFolder().resolve("old.csv"));
    Path ofNoFactory = Files.writeString(home.inbox().resolve(factory + ".csv"), "device_id\n");
    Files.writeString(inboxFolder().resolve("devices.csv.part"), "device_id\n");
    Files.writeString(inboxFolder().resolve("~$devices.xlsx"), "somebody has it open");
    List<Path> all = List.of(packed, table, folderInIt, ofNoFactory);

    for (Path untaken : all) {
      Await.until(PATIENCE, () -> warnings(untaken), warned -> warned.size() == 1);
    }
    drop("line-8.csv", newManifest().rows(3).content());
    assertThat(ended("line-8.csv").state()).isEqualTo("DONE");
    for (Path untaken : all) {
      assertThat(warnings(untaken)).hasSize(1);
    }
    String place = "inbox/" + factory + "/";
    assertThat(untaken())
        .extracting(
            UntakenFile::source,
            UntakenFile::place,
            UntakenFile::name,
            UntakenFile::factory,
            UntakenFile::advice)
        .containsExactlyInAnyOrder(
            tuple(
                "folder",
                place,
                "devices.zip",
                factory,
                "Unpack it, and put each file there as .csv or .csv.gz."),
            tuple(
                "folder",
                place,
                "devices.XLSX",
                factory,
                "Save it as CSV UTF-8, and put that there."),
            tuple(
                "folder",
                place,
                "old.csv",
                factory,
                "Put the files into the factory's folder itself."),
            tuple(
                "folder",
                "inbox/",
                factory + ".csv",
                null,
                "Put it into the folder of its factory, inbox/FACTORY/."));

    Files.delete(table);
    Files.move(ofNoFactory, inboxFolder().resolve("line-9.csv"));
    Files.delete(folderInIt);

    Await.until(PATIENCE, this::untaken, left -> left.size() == 1);
    assertThat(untaken()).extracting(UntakenFile::name).containsExactly("devices.zip");
  }

  /** Java gives files no such names, and an archive's unpacking or a copy from elsewhere does. */
  @Test
  void aNameThatIsNotUtf8IsSaidToBeSo() throws Exception {
    String latin =
        "printf 'device_id\\n' > \"$(printf '%s/pr\\374fstand.csv' \"$1\")\";"
            + " printf 'device_id\\n' > \"$(printf '%s/%s-\\374.csv' \"$2\" \"$3\")\";"
            + " mkdir \"$(printf '%s/%s-werk-\\374' \"$2\" \"$3\")\"";
    Process shell =
        new ProcessBuilder(
                "sh", "-c", latin, "sh", inboxFolder().toString(), home.inbox().toString(), factory)
            .inheritIO()
            .start();
    assertThat(shell.waitFor()).isZero();

    Await.until(PATIENCE, this::untaken, left -> left.size() == 3);

    assertThat(untaken())
        .extracting(UntakenFile::place, UntakenFile::name, UntakenFile::factory, UntakenFile::why)
        .containsExactlyInAnyOrder(
            tuple("inbox/" + factory + "/", "pr\uFFFDfstand.csv", factory, MISREAD),
            tuple("inbox/", factory + "-\uFFFD.csv", null, MISREAD),
            tuple("inbox/", factory + "-werk-\uFFFD", null, MISREAD));
    // One that is called so is a name like any other
    drop("pr\uFFFDfstand-2.csv", newManifest().rows(3).content());
    assertThat(ended("pr\uFFFDfstand-2.csv").state()).isEqualTo("DONE");
    assertThat(ofFactory()).hasSize(1);
  }

  @Test
  void aNameIsTakenWhoseAnswersNameIsNotTooLong() throws Exception {
    String longest = "ü".repeat(108) + ".csv";
    String longer = "x" + longest;
    drop(longer, newManifest().rows(3).content());
    for (int time = 1; time <= 2; time++) {
      int times = time;
      drop(longest, newManifest().rows(3).content());
      Await.until(
          PATIENCE,
          this::ofFactory,
          all -> all.stream().filter(one -> one.state().equals("DONE")).count() == times);
    }

    try (Stream<Path> answers = Files.list(home.archive().resolve(factory))) {
      assertThat(answers.map(file -> file.getFileName().toString()))
          .filteredOn(name -> name.endsWith(longest + ".receipt.json"))
          .hasSize(2);
    }
    assertThat(untaken())
        .extracting(UntakenFile::name, UntakenFile::advice)
        .containsExactly(tuple(longer, "Give it a shorter name."));
    assertThat(ofFactory()).extracting(Shown::manifest).containsOnly(longest);
  }

  /** What a process that is gone left in the table is compared with what lies there. */
  @Test
  void whatIsGoneWhenAProcessStartsIsNoLongerShown() {
    Source gone = new Source("gone-" + factory);
    Untaken kept = Untaken.named("inbox/x/", "kept.zip", factory);
    Untaken taken = Untaken.named("inbox/x/", "taken.zip", factory);
    new UntakenFiles(gone, inbox, Clock.systemUTC()).saw(List.of(kept, taken));
    assertThat(untaken()).hasSize(2);

    new UntakenFiles(gone, inbox, Clock.systemUTC()).saw(List.of(kept));

    assertThat(untaken()).extracting(UntakenFile::name).containsExactly("kept.zip");
  }

  @Test
  void anEmptyFileIsWaitedForUntilItsSenderSaysThatItIsComplete(@TempDir Path elsewhere)
      throws Exception {
    Path own = Files.createDirectories(elsewhere.resolve("inbox").resolve(factory));
    DropFolders folders = folders(elsewhere);
    SteppingClock clock = new SteppingClock();
    Drop drop =
        new Drop(
            new Source("test-folder"),
            inbox,
            factories,
            Duration.ofSeconds(2),
            clock,
            clock::nanoTime);
    Path slow = Files.createFile(own.resolve("slow.csv"));
    Files.createFile(own.resolve("never.csv"));
    folders.look(drop);
    clock.pass(Duration.ofSeconds(3));
    folders.look(drop);
    assertThat(untaken()).isEmpty();
    clock.pass(Duration.ofSeconds(18));
    folders.look(drop);
    assertThat(ofFactory()).isEmpty();
    assertThat(untaken())
        .extracting(UntakenFile::name, UntakenFile::why)
        .containsExactlyInAnyOrder(
            tuple("slow.csv", "It is empty, and is waited for until something is in it."),
            tuple("never.csv", "It is empty, and is waited for until something is in it."));

    Files.writeString(slow, newManifest().rows(3).content());
    Files.createFile(own.resolve("never.csv.done"));
    folders.look(drop);
    clock.pass(Duration.ofSeconds(2));
    folders.look(drop);

    assertThat(untaken()).isEmpty();
    assertThat(ofFactory())
        .extracting(Shown::manifest)
        .containsExactlyInAnyOrder("slow.csv", "never.csv");
  }

  @Test
  void anEmptyFileWithItsMarkerIsRefused() throws Exception {
    Files.createFile(inboxFolder().resolve("empty.csv.done"));
    Files.createFile(inboxFolder().resolve("empty.csv"));

    assertThat(ended("empty.csv").state()).isEqualTo("REFUSED");
    assertThat(ended("empty.csv").problem()).contains("empty");
  }

  @Test
  void aManifestThatIsRefusedMovesAwayAndSaysWhy() throws Exception {
    drop("no-ids.csv", "serial_number\nSN-1\n");

    assertThat(ended("no-ids.csv").state()).isEqualTo("REFUSED");

    Path refused = home.refused().resolve(factory).resolve("no-ids.csv");
    assertThat(refused).exists();
    assertThat(refused.resolveSibling("no-ids.csv.why.txt")).content().contains("device_id");
    assertThat(inboxFiles()).isEmpty();
    assertThat(event("no-ids.csv").answer().verdict()).isEqualTo(Answer.Verdict.REFUSED);
  }

  @Test
  void whoWritesItsNameInAnotherCaseIsToldHowItIsCalled() throws Exception {
    String called = factory;
    factory = called.toUpperCase(Locale.ROOT);
    drop("shouted.csv", newManifest().rows(3).content());

    assertThat(ended("shouted.csv").problem())
        .startsWith("There is no factory '%s' here. There is '%s'".formatted(factory, called));
  }

  @Test
  void nobodySendsManifestsForAFactoryThatDoesNotExist() throws Exception {
    factory = "unknown-" + SEEDS.incrementAndGet();
    drop("stranger.csv", newManifest().rows(3).content());

    Shown ended = ended("stranger.csv");

    assertThat(ended.state()).isEqualTo("REFUSED");
    assertThat(ended.problem()).contains(factory);
    assertThat(jdbc.queryForList("SELECT * FROM manifest WHERE factory = ?", factory)).isEmpty();
  }

  @Test
  void whatNeedsAnOperatorStaysWithAReasonAndIsAnsweredWhenItWasSeenTo() throws Exception {
    drop("doubtful.csv", newManifest().rows(2).row("nonsense").row("rubbish").content());
    Shown failed = ended("doubtful.csv");
    assertThat(failed.state()).isEqualTo("FAILED");
    Path why = inboxFolder().resolve("doubtful.csv.why.txt");
    assertThat(why).content().contains("2 of 4 rows were refused");
    assertThat(
            arrivals.page(
                new Arrivals.Filter(Arrivals.State.FAILED, null, null, null, Period.EVER),
                null,
                1000))
        .extracting(Shown::arrival)
        .contains(failed.arrival());

    control.restart(
        failed.execution() == null ? -1 : failed.execution(), RejectLimit.valueOf("50%"));

    Await.until(
        PATIENCE, () -> find("doubtful.csv"), seen -> seen != null && seen.state().equals("DONE"));
    assertThat(home.archive().resolve(factory).resolve("doubtful.csv")).exists();
    assertThat(inboxFiles()).isEmpty();
  }

  @Test
  void whatWasGivenUpAfterManyTriesIsAnsweredOnceSomebodyHasRestartedItsRun() throws Exception {
    Shown failed = stumbled("stumbled.csv");
    assertThat(failed.state()).isEqualTo("FAILED");
    assertThat(failed.problem())
        .contains("it stumbled")
        .contains("It was tried 3 times; the operator must see to it.");

    restart(failed);

    Await.until(
        PATIENCE, () -> find("stumbled.csv"), seen -> seen != null && seen.state().equals("DONE"));
    assertThat(inboxFiles()).isEmpty();
  }

  @Test
  void itsSenderIsToldThatSomethingIsInTheWayAndOperatorsWhat() throws Exception {
    Shown failed = stumbled("told-apart.csv");

    assertThat(failed.problem()).contains("it stumbled", "It was tried 3 times");
    assertThat(bySender("told-apart.csv").problem()).isEqualTo(RunOutcome.IN_THE_WAY);
    assertThat(inboxFolder().resolve("told-apart.csv.why.txt"))
        .content()
        .isEqualTo(RunOutcome.IN_THE_WAY + "\n");
    ArrivalEnded event = event("told-apart.csv");
    assertThat(event.answer().problem()).isEqualTo(RunOutcome.IN_THE_WAY);
    assertThat(event.problem()).isEqualTo(failed.problem());

    assertThat(arrivals.dismiss(failed.arrival(), "It came twice.")).isTrue();

    Shown refused = ended("told-apart.csv", "REFUSED");
    assertThat(refused.problem())
        .contains("it stumbled")
        .endsWith("Given up by the operator: It came twice.");
    assertThat(bySender("told-apart.csv").problem())
        .isEqualTo("Given up by the operator: It came twice.");
    assertThat(home.refused().resolve(factory).resolve("told-apart.csv.why.txt"))
        .content()
        .isEqualTo("Given up by the operator: It came twice.\n");
  }

  /** What an instance without that folder says of it. */
  @Test
  void whereItLiesOnAnotherMachineIsToldToOperatorsOnly() throws Exception {
    String elsewhere = "file:///srv/another-home/inbox/" + factory + "/far.csv";
    jdbc.update(
        "INSERT INTO arrival (source, source_id, factory, file_name, location)"
            + " VALUES ('folder', ?, ?, 'far.csv', ?)",
        elsewhere,
        factory,
        elsewhere);

    try {
      Shown waits =
          Objects.requireNonNull(
              Await.until(
                  PATIENCE, () -> find("far.csv"), seen -> seen != null && seen.problem() != null));

      assertThat(waits.problem()).contains(elsewhere);
      assertThat(bySender("far.csv").problem()).isEqualTo(RunOutcome.IN_THE_WAY);
    } finally {
      jdbc.update("DELETE FROM arrival WHERE source_id = ?", elsewhere);
    }
  }

  /** Another instance answers it, which tells its sender then why it is refused. */
  @Test
  void whyItIsRefusedStaysThoughItLiesOnAnotherMachine() throws Exception {
    String elsewhere = "file:///srv/another-home/inbox/" + factory + "/judged.csv";
    jdbc.update(
        "INSERT INTO arrival (source, source_id, factory, file_name, location, state, verdict,"
            + " problem, told) VALUES ('folder', ?, ?, 'judged.csv', ?, 'ANSWERING', 'REFUSED',"
            + " 'Line 17.', 'Line 17.')",
        elsewhere,
        factory,
        elsewhere);

    try {
      Boolean letGo =
          Await.until(
              PATIENCE,
              () ->
                  jdbc.queryForObject(
                      "SELECT due_at > arrived_at FROM arrival WHERE source_id = ?",
                      Boolean.class,
                      elsewhere),
              Boolean.TRUE::equals);

      assertThat(letGo).isTrue();
      assertThat(Objects.requireNonNull(find("judged.csv")).problem()).isEqualTo("Line 17.");
      assertThat(bySender("judged.csv").problem()).isEqualTo("Line 17.");
    } finally {
      jdbc.update("DELETE FROM arrival WHERE source_id = ?", elsewhere);
    }
  }

  @Test
  void whatWasProvisionedAfterItsFileWasTakenAwayIsAnsweredAllTheSame() throws Exception {
    Shown failed = stumbled("taken-away.csv");
    Files.delete(inboxFolder().resolve("taken-away.csv"));

    restart(failed);

    Await.until(
        PATIENCE,
        () -> find("taken-away.csv"),
        seen -> seen != null && seen.state().equals("DONE"));
    assertThat(home.archive().resolve(factory).resolve("taken-away.csv.receipt.json")).exists();
    assertThat(delivered(failed)).isTrue();
  }

  @Test
  void whatHasBegunGoesOnWithWhatItReceivedWhateverLiesThereNow() throws Exception {
    Shown failed = stumbled("replaced.csv");
    drop("replaced.csv", newManifest().row("nonsense").content());

    assertThat(arrivals.retry(failed.arrival())).isTrue();

    Await.until(
        PATIENCE,
        () -> arrivals.find(failed.arrival()).orElseThrow(),
        seen -> seen.state().equals("DONE"));
    assertThat(home.archive().resolve(factory).resolve("replaced.csv.receipt.json"))
        .content()
        .contains("\"accepted\" : 20");
  }

  @Test
  void whatWasGivenUpAndRestartedAllTheSameIsDelivered() throws Exception {
    Shown failed = stumbled("given-up.csv");
    assertThat(arrivals.dismiss(failed.arrival(), "Not today.")).isTrue();
    Await.until(
        PATIENCE,
        () -> find("given-up.csv"),
        seen -> seen != null && seen.state().equals("REFUSED"));

    restart(failed);

    Await.until(PATIENCE, () -> delivered(failed), done -> done);
    assertThat(bundles()).hasSize(1);
  }

  @Test
  void whatWasSaidOfAnEarlierFileStays() throws Exception {
    drop("same-name.csv", newManifest().rows(3).content());
    assertThat(ended("same-name.csv").state()).isEqualTo("DONE");
    Path first = home.archive().resolve(factory).resolve("same-name.csv.receipt.json");
    String receipt = Files.readString(first);
    Shown failed = stumbled("same-name.csv");
    Files.delete(inboxFolder().resolve("same-name.csv"));

    restart(failed);

    Await.until(
        PATIENCE,
        () -> arrivals.find(failed.arrival()).orElseThrow(),
        seen -> seen.state().equals("DONE"));
    assertThat(first).content().isEqualTo(receipt);
    assertThat(first.resolveSibling(failed.arrival() + "-same-name.csv.receipt.json"))
        .content()
        .contains("\"accepted\" : 20");
  }

  @Test
  void whatWasProvisionedAndFetchedBeforeIsAnsweredWithItsReceipt() throws Exception {
    String content = newManifest().rows(7).content();
    drop("fetched.csv", content);
    assertThat(ended("fetched.csv").state()).isEqualTo("DONE");
    FileSystemUtils.deleteRecursively(bundles().get(0));

    drop("fetched-again.csv", content);

    assertThat(ended("fetched-again.csv").state()).isEqualTo("DONE");
    Path archive = home.archive().resolve(factory);
    assertThat(archive.resolve("fetched-again.csv.receipt.json"))
        .hasSameTextualContentAs(archive.resolve("fetched.csv.receipt.json"));
  }

  @Test
  void anOperatorGivesUpWhatFailed() throws Exception {
    drop("hopeless.csv", newManifest().row("nonsense").content());
    Shown failed = ended("hopeless.csv");

    assertThat(arrivals.dismiss(failed.arrival(), "Wrong plant.")).isTrue();

    Await.until(
        PATIENCE,
        () -> find("hopeless.csv"),
        seen -> seen != null && seen.state().equals("REFUSED"));
    assertThat(home.refused().resolve(factory).resolve("hopeless.csv.why.txt"))
        .content()
        .contains("Wrong plant.");
    assertThat(inboxFiles()).isEmpty();
    assertThat(arrivals.dismiss(failed.arrival(), "Again.")).isFalse();
  }

  @Test
  void whatFailedSaysThatItsRunWasWithdrawnAndNotWhyItFailed() throws Exception {
    drop("withdrawn-later.csv", newManifest().row("nonsense").content());
    Shown failed = ended("withdrawn-later.csv");
    assertThat(failed.state()).isEqualTo("FAILED");
    long execution = Objects.requireNonNull(failed.execution());
    assertThat(failed.problem()).doesNotContain("withdrew");

    assertThat(control.withdraw(execution)).isZero();

    Shown now = Objects.requireNonNull(find("withdrawn-later.csv"));
    assertThat(now.state()).as("somebody decides").isEqualTo("FAILED");
    assertThat(now.problem())
        .isEqualTo(
            "The operator withdrew its run (execution %d) and decides what becomes of it."
                .formatted(execution));
  }

  @Test
  void theSameContentIsProvisionedOnceAndEverySenderGetsTheReceipt() throws Exception {
    String content = newManifest().rows(50).content();
    drop("first.csv", content);
    inbox.receive(
        arrival(factory + "@1", "second.csv", Inbox.CONTENT, null),
        content.getBytes(StandardCharsets.UTF_8));

    Shown first = ended("first.csv");
    Shown second = ended("second.csv");

    assertThat(List.of(first.state(), second.state())).containsOnly("DONE");
    assertThat(second.execution()).isEqualTo(first.execution());
    assertThat(event("second.csv").answer().toldAt())
        .isEqualTo(event("first.csv").answer().toldAt());
    assertThat(
            jdbc.queryForObject(
                "SELECT count(*) FROM manifest WHERE factory = ?", Long.class, factory))
        .isEqualTo(1);
    assertThat(
            jdbc.queryForObject(
                "SELECT count(*) FROM arrival_content WHERE arrival_id = ?",
                Long.class,
                second.arrival()))
        .isZero();
  }

  @Test
  void aFileThatIsPutBackIsAnsweredAgain() throws Exception {
    drop("again.csv", newManifest().rows(5).content());
    ended("again.csv");
    Path archived = home.archive().resolve(factory).resolve("again.csv");

    Files.move(
        archived,
        inboxFolder().resolve("again.csv"),
        StandardCopyOption.ATOMIC_MOVE); // the very same

    Await.until(PATIENCE, this::ofFactory, seen -> seen.size() == 2);
    Await.until(PATIENCE, this::ofFactory, seen -> seen.get(0).state().equals("DONE"));
    assertThat(archived).exists();
  }

  @Test
  void anArrivalThatIsDeliveredAgainIsKnown() {
    NewArrival arrival = arrival(factory + "@7", "known.csv", Inbox.CONTENT, null);
    byte[] content = newManifest().rows(1).content().getBytes(StandardCharsets.UTF_8);

    assertThat(inbox.receive(arrival, content)).isTrue();
    for (int again = 0; again < 5; again++) {
      assertThat(inbox.receive(arrival, content)).isFalse();
    }
    inbox.receive(arrival(factory + "@8", "next.csv", Inbox.CONTENT, null), content);
    assertThat(
            jdbc.queryForObject(
                "SELECT max(arrival_id) - min(arrival_id) FROM arrival WHERE factory = ?",
                Long.class,
                factory))
        .as("numbers that were used up")
        .isOne();
  }

  @Test
  void aFactoryThatIsRemovedUnderItsManifestIsWaitedForAndItsSenderToldNothingMeanwhile()
      throws Exception {
    drop("doubtful.csv", newManifest().rows(2).row("nonsense").row("rubbish").content());
    Shown undecided = ended("doubtful.csv");
    Factory removed = factories.find(factory).orElseThrow();
    factories.remove(factory);

    arrivals.retry(undecided.arrival());
    Await.until(
        PATIENCE,
        () -> find("doubtful.csv"),
        seen ->
            seen != null
                && String.valueOf(seen.problem()).contains("was removed after this")
                && seen.state().equals("WAITING")); // it is tried again and again
    assertThat(home.refused().resolve(factory).resolve("doubtful.csv")).doesNotExist();

    factories.add(removed);
    Shown again =
        Await.until(
            PATIENCE,
            () -> find("doubtful.csv"),
            seen -> seen != null && seen.state().equals("FAILED"));
    assertThat(again.problem()).contains("2 of 4 rows were refused");
  }

  @Test
  void whatCameInBeforeItsFactoryWasRemovedIsWaitedForUntilItIsGivenUp() throws Exception {
    drop("early.csv", "no_column_of_ours\n1\n");
    Shown refused = ended("early.csv");
    assertThat(refused.state()).isEqualTo("REFUSED");
    factories.remove(factory);

    arrivals.retry(refused.arrival());
    Await.until(
        PATIENCE,
        () -> find("early.csv"),
        seen -> seen != null && String.valueOf(seen.problem()).contains("was removed after this"));
    assertThat(arrivals.dismiss(refused.arrival(), "It is not coming back.")).isTrue();

    assertThat(ended("early.csv").problem())
        .contains("It goes on when the operator adds it again, or gives this up.")
        .endsWith("Given up by the operator: It is not coming back.");
  }

  /** An instance whose configuration is older than the others' may get it, too. */
  @Test
  void whatIsForAHubThatIsNotConfiguredWaitsHoweverLongAndSaysWhich() throws Exception {
    jdbc.update("UPDATE factory SET hubs = '{north}' WHERE id = ?", factory);
    drop("bound.csv", newManifest().rows(2).content());

    Shown waits =
        Await.until(PATIENCE, () -> find("bound.csv"), seen -> seen != null && seen.attempts() > 3);
    assertThat(waits.state()).isIn("WAITING", "RUNNING");
    assertThat(waits.problem())
        .isEqualTo(
            "Hub 'north' has devices, but is not configured any more. Configure it again under"
                + " muster.hubs.");

    jdbc.update("UPDATE factory SET hubs = '{}' WHERE id = ?", factory);
    assertThat(ended("bound.csv").state()).isEqualTo("DONE");
  }

  /** The file is in the archive by then: it must not be taken for one that was taken away. */
  @Test
  void whatWasAnsweredAndCouldNotBeRecordedStaysWhatItIs() throws Exception {
    jdbc.execute("CREATE SEQUENCE refused_records");
    jdbc.execute(
        """
        CREATE FUNCTION refuse_records() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM nextval('refused_records'); RAISE EXCEPTION 'Not now.'; END $$\
        """);
    jdbc.execute(
        """
        CREATE TRIGGER refuse_records BEFORE UPDATE ON arrival FOR EACH ROW
        WHEN (OLD.file_name = 'recorded-late.csv' AND OLD.instance_id IS NOT NULL AND NEW.instance_id IS NULL)
        EXECUTE FUNCTION refuse_records()\
        """);
    try {
      drop("recorded-late.csv", newManifest().rows(4).content());

      // Each time it is answered both that and the delay could not be recorded
      Await.until(
          PATIENCE,
          () -> jdbc.queryForObject("SELECT last_value FROM refused_records", Integer.class),
          refused -> refused != null && refused > 4);
    } finally {
      jdbc.execute("DROP FUNCTION refuse_records CASCADE");
      jdbc.execute("DROP SEQUENCE refused_records");
    }

    Shown ended = ended("recorded-late.csv");
    assertThat(ended.state()).as(ended.problem()).isEqualTo("DONE");
    assertThat(home.archive().resolve(factory).resolve("recorded-late.csv")).exists();
  }

  /** As long as it waits to be tried again; the same holds for one whose instance was killed. */
  @Test
  void whatAnOperatorWithdrewIsNotRunAgainUntilSomebodySaysSo() throws Exception {
    jdbc.update("UPDATE factory SET hubs = '{north}' WHERE id = ?", factory);
    drop("taken-back.csv", newManifest().rows(2).content());
    Await.until(
        PATIENCE, () -> find("taken-back.csv"), seen -> seen != null && seen.attempts() > 6);
    long execution =
        Objects.requireNonNull(
            jdbc.queryForObject(
                """
                SELECT max(job_execution_id) FROM batch_job_execution_params
                 WHERE parameter_name = 'name' AND parameter_value = 'taken-back'\
                """,
                Long.class));

    assertThat(control.withdraw(execution)).isZero();
    jdbc.update("UPDATE factory SET hubs = '{}' WHERE id = ?", factory);

    Shown ended = ended("taken-back.csv");
    assertThat(ended.state()).isEqualTo("FAILED");
    assertThat(ended.problem())
        .startsWith("The operator withdrew its run (execution " + execution + ") and decides");
    arrivals.retry(ended.arrival());
    Await.until(
        PATIENCE,
        () -> find("taken-back.csv"),
        seen -> seen != null && seen.state().equals("DONE"));
  }

  @Test
  void whatFailsForAPassingReasonIsTriedAgain() throws Exception {
    shaky.content = newManifest().rows(4).content();
    shaky.failuresLeft.set(2);
    shaky.unanswered.set(1);
    inbox.receive(arrival(factory + "@1", "shaky.csv", URI.create("shaky:1"), null));

    Shown ended = ended("shaky.csv");
    assertThat(ended.state()).isEqualTo("DONE");
    assertThat(ended.problem()).as("nothing is wrong any more").isNull();
    assertThat(shaky.failuresLeft.get()).isEqualTo(-1);
  }

  @Test
  void whatFailsTooOftenWaitsForAnOperatorWhoRetriesIt() throws Exception {
    shaky.content = newManifest().rows(4).content();
    shaky.failuresLeft.set(3);
    inbox.receive(arrival(factory + "@1", "broken.csv", URI.create("shaky:2"), null));
    Shown failed = ended("broken.csv");
    assertThat(failed.state()).isEqualTo("FAILED");
    assertThat(failed.problem()).contains("The line is down").contains("tried 3 times");

    assertThat(arrivals.retry(failed.arrival())).isTrue();

    Await.until(
        PATIENCE, () -> find("broken.csv"), seen -> seen != null && seen.state().equals("DONE"));
  }

  @Test
  void whatIsNotWhatWasAnnouncedIsRefused() throws Exception {
    byte[] content = newManifest().rows(4).content().getBytes(StandardCharsets.UTF_8);
    inbox.receive(
        new NewArrival(
            ArrivalKind.MANIFEST,
            TEST,
            factory + "@1",
            factory,
            "other.csv",
            Inbox.CONTENT,
            null,
            null,
            new Said("0".repeat(64), null, null)),
        content);
    inbox.receive(
        new NewArrival(
            ArrivalKind.MANIFEST,
            TEST,
            factory + "@2",
            factory,
            "short.csv",
            Inbox.CONTENT,
            null,
            null,
            new Said(null, 5L, null)),
        content);

    assertThat(ended("other.csv").problem()).contains("was announced");
    assertThat(ended("short.csv").problem()).contains("5 rows were announced, but there are 4");
  }

  @Test
  void aFactoryThatSignsIsTakenAtItsSignatureOnly() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
    KeyPair key = generator.generateKeyPair();
    KeyPair next = generator.generateKeyPair();
    factory = "signing-" + SEEDS.incrementAndGet();
    factories.add(TestFactory.named(factory).signing(key, next).factory());
    String content = newManifest().rows(4).content();
    String other = newManifest().rows(4).content();
    Files.write(inboxFolder().resolve("signed.csv.sig"), sign(key, content));
    drop("signed.csv", content);
    drop("unsigned.csv", newManifest().rows(4).content());
    Files.write(inboxFolder().resolve("forged.csv.sig"), sign(key, content));
    drop("forged.csv", other);
    inbox.receive(
        arrival(
            factory + "@1",
            "message.csv",
            Inbox.CONTENT,
            Base64.getEncoder().encodeToString(sign(key, other))),
        other.getBytes(StandardCharsets.UTF_8));

    assertThat(ended("signed.csv").state()).isEqualTo("DONE");
    assertThat(ended("message.csv").state()).isEqualTo("DONE");
    assertThat(ended("unsigned.csv").problem()).contains("has no signature");
    assertThat(ended("forged.csv").problem()).contains("The signature is not one of");
    assertThat(home.archive().resolve(factory).resolve("signed.csv.sig")).exists();
    assertThat(inboxFiles()).isEmpty();

    String with = newManifest().rows(4).content();
    Files.write(inboxFolder().resolve("next.csv.sig"), sign(next, with));
    drop("next.csv", with);
    assertThat(ended("next.csv").state()).isEqualTo("DONE");
    administration.change(TestFactory.named(factory).signing(next).factory());
    String late = newManifest().rows(4).content();
    Files.write(inboxFolder().resolve("late.csv.sig"), sign(key, late));
    drop("late.csv", late);
    assertThat(ended("late.csv").problem()).contains("The signature is not one of");
  }

  @Test
  void aSignatureIsForOneKindAndAnOldListIsNotAppliedAgain() throws Exception {
    KeyPair key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    factory = "signing-" + SEEDS.incrementAndGet();
    factories.add(TestFactory.named(factory).signing(key).factory());
    String device = UUID.randomUUID().toString();
    String manifest = "device_id\n" + device + "\n";
    String restore = "device_id,action\n%s,restore\n".formatted(device);
    String revoke = "device_id,action\n%s,revoke\n".formatted(device);
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    inbox.receive(list("manifest.csv", signed(key, "manifest", manifest, now)), bytes(manifest));
    inbox.receive(
        list("bare.csv", Base64.getEncoder().encodeToString(sign(key, revoke))), bytes(revoke));
    assertThat(applied("manifest.csv").problem()).contains("over this file as a revocation-list");
    assertThat(applied("bare.csv").problem()).contains("over this file as a revocation-list");

    String first = signed(key, "revocation-list", restore, now.minusSeconds(60));
    String second = signed(key, "revocation-list", revoke, now);
    inbox.receive(list("restore.csv", first), bytes(restore));
    assertThat(applied("restore.csv").state()).isEqualTo("DONE");
    inbox.receive(list("revoke.csv", second), bytes(revoke));
    assertThat(applied("revoke.csv").state()).isEqualTo("DONE");
    inbox.receive(list("older.csv", first), bytes(restore));
    inbox.receive(list("again.csv", second), bytes(revoke));
    assertThat(applied("older.csv").problem())
        .contains("and list revoke of")
        .contains("came before");
    assertThat(applied("again.csv").problem()).contains("sign it anew");
    inbox.receive(
        list("anew.csv", signed(key, "revocation-list", restore, now.plusSeconds(1))),
        bytes(restore));
    assertThat(applied("anew.csv").state()).isEqualTo("DONE");
  }

  @Test
  void aHeldListIsShownSoAndItsSenderHearsOfItOnceItIsApproved() throws Exception {
    factory = "held-" + SEEDS.incrementAndGet();
    factories.add(TestFactory.named(factory).ceiling("1").factory());
    String two = "device_id\n%s\n%s\n".formatted(UUID.randomUUID(), UUID.randomUUID());
    inbox.receive(list("two.csv", null), bytes(two));
    boolean released = arrivals.retry(Objects.requireNonNull(find("two.csv")).arrival());

    Shown held =
        Objects.requireNonNull(
            Await.until(
                PATIENCE,
                () -> find("two.csv"),
                seen -> seen != null && seen.state().equals("HELD")));

    assertThat(released).isTrue();
    assertThat(held.problem()).contains("a second person").doesNotContain("jobs/");
    assertThat(event("two.csv").outcome()).extracting(RunOutcome::status).isEqualTo("HELD");
    assertThat(
            arrivals.page(
                new Arrivals.Filter(Arrivals.State.HELD, factory, null, null, Period.EVER),
                null,
                10))
        .hasSize(1);
    int number =
        lists.page(new AppliedLists.Filter(factory, null, null, true), null, 1).get(0).id();

    assertThat(revocations.approve(number).delivered()).isTrue();

    assertThat(ended("two.csv").state()).isEqualTo("DONE");
  }

  @Test
  void whoUploadsAListForAFactoryIsItsSenderAndNotItsSecondPerson() throws Exception {
    factory = "own-word-" + SEEDS.incrementAndGet();
    factories.add(TestFactory.named(factory).ceiling("1").factory());
    String two = "device_id\n%s\n%s\n".formatted(UUID.randomUUID(), UUID.randomUUID());
    Caller first = officer("first");
    UUID id =
        Callers.call(
            first,
            () ->
                uploads.checkList(factory, "mine.csv", new ByteArrayInputStream(bytes(two)), null));
    Await.until(PATIENCE, () -> uploads.find(id).orElseThrow(), CheckedUpload::checked);

    // Whoever confirms it: it is what the first one wrote.
    Callers.call(officer("third"), () -> uploads.confirmAtOnce(id));

    Await.until(
        PATIENCE, () -> find("mine.csv"), seen -> seen != null && seen.state().equals("HELD"));
    AppliedLists.Line held =
        lists.page(new AppliedLists.Filter(factory, null, null, true), null, 1).get(0);
    assertThat(held.actor()).isEqualTo("first");
    assertThatThrownBy(() -> Callers.call(first, () -> revocations.approve(held.id())))
        .hasMessageContaining("You sent list %d yourself.".formatted(held.id()));
    assertThat(Callers.call(officer("second"), () -> revocations.approve(held.id())).delivered())
        .isTrue();
  }

  private static Caller officer(String name) {
    return Caller.account(name, name, "test", Set.of(Role.SECURITY_OFFICER), null);
  }

  @Test
  void aFactoryWithdrawsWhatIsOverItsLimitAndSendsItCorrected() throws Exception {
    TestManifest good = newManifest().rows(3);
    drop("over.csv", good.content() + "bad\n");
    Shown failed = ended("over.csv");
    assertThat(failed.state()).isEqualTo("FAILED");
    assertThat(failed.problem())
        .startsWith("1 of 4 rows were refused, and the limit is 5%. Line 5: ")
        .endsWith(
            "No token was issued. Withdraw it and send it corrected, or have the operator let it go"
                + " on without the refused rows.")
        .doesNotContain("jobs/", String.valueOf(home.root()));
    int manifest =
        Objects.requireNonNull(
            jdbc.queryForObject(
                "SELECT max(manifest_id) FROM manifest WHERE factory = ?", Integer.class, factory));
    Caller mine = Caller.account("line 7", "line 7", "test", Set.of(Role.FACTORY), factory);
    Caller other = Caller.account("line 8", "line 8", "test", Set.of(Role.FACTORY), "another");
    assertThatThrownBy(() -> Callers.call(other, () -> own.withdraw(manifest)))
        .isInstanceOf(RefusedException.class);

    assertThat(Callers.call(mine, () -> own.withdraw(manifest))).isEqualTo(3);

    Shown refused =
        Objects.requireNonNull(
            Await.until(
                PATIENCE,
                () -> find("over.csv"),
                seen -> seen != null && seen.state().equals("REFUSED")));
    assertThat(refused.problem()).startsWith("Its factory withdrew it");
    assertThatThrownBy(() -> Callers.call(mine, () -> own.withdraw(manifest)))
        .hasMessageContaining("can't be withdrawn by who sent it");
    drop("corrected.csv", good.content());
    assertThat(ended("corrected.csv").state()).isEqualTo("DONE");
  }

  @Test
  void nothingNewIsTakenOfASuspendedFactoryAndWhatIsKnownGoesOn() throws Exception {
    TestManifest known = newManifest().rows(2);
    String fresh = newManifest().rows(3).content();
    drop("known.csv", known.content());
    drop("over.csv", newManifest().rows(3).content() + "bad\n");
    assertThat(ended("known.csv").state()).isEqualTo("DONE");
    long underWay = Objects.requireNonNull(ended("over.csv").execution());

    admit(new Admission(true, null, null, null));
    drop("fresh.csv", fresh);
    drop("known-again.csv", known.content());
    inbox.receive(list("stolen.csv", null), bytes("device_id\n%s\n".formatted(known.deviceId(2))));
    Shown refused = ended("fresh.csv");
    assertThat(refused.state()).isEqualTo("REFUSED");
    assertThat(refused.problem())
        .isEqualTo(
            "Factory '%s' is suspended: no manifest is taken from it. Nothing was loaded. Ask the operator of this service about it, then send this again."
                .formatted(factory));
    assertThat(foreseen(fresh).refusal()).isEqualTo(refused.problem());
    assertThat(foreseen(known.content()).unchanged()).isEqualTo(2);
    assertThat(ended("known-again.csv").state()).isEqualTo("DONE");
    assertThat(applied("stolen.csv").state()).isEqualTo("DONE");
    assertThat(control.restart(underWay, RejectLimit.valueOf("50%")).accepted()).isEqualTo(3);

    admit(new Admission(false, LocalDate.now(ZoneOffset.UTC).minusDays(1), null, null));
    drop("late.csv", fresh);
    assertThat(ended("late.csv").problem()).contains("was to send until 20");
    admit(new Admission(false, LocalDate.now(ZoneOffset.UTC).plusDays(1), null, null));
    drop("fresh-again.csv", fresh);
    assertThat(ended("fresh-again.csv").state()).isEqualTo("DONE");
  }

  @Test
  void aManifestThatWouldBringTooManyDevicesIsRefusedAsAWhole() throws Exception {
    TestManifest six = newManifest().rows(6);
    TestManifest five = newManifest().rows(5);
    admit(new Admission(false, null, 10L, null));
    drop("six.csv", six.content());
    assertThat(ended("six.csv").state()).isEqualTo("DONE");

    drop("five.csv", five.content());
    Shown refused = ended("five.csv");
    assertThat(refused.state()).isEqualTo("REFUSED");
    assertThat(refused.problem())
        .isEqualTo(
            "Factory '%s' may bring 10 devices in all. It has brought 6, and this manifest would bring 5 more. Nothing was loaded. Ask the operator of this service for more, then send it again."
                .formatted(factory));
    assertThat(foreseen(five.content()).refusal()).isEqualTo(refused.problem());
    drop("four.csv", six.rows(4).content());
    assertThat(ended("four.csv").state())
        .as("6 of its 10 rows are there already")
        .isEqualTo("DONE");
    assertThat(brought()).isEqualTo(10);

    admit(new Admission(false, null, null, 12L));
    drop("today.csv", five.content());
    assertThat(ended("today.csv").problem())
        .contains("12 devices a day. It has brought 10 today, and this manifest would bring 5 more")
        .endsWith("Send it again from %sT00:00:00Z on.".formatted(tomorrow()));
    drop("large.csv", newManifest().rows(13).content());
    assertThat(ended("large.csv").problem()).contains("send it in parts on several days");
    jdbc.update(
        "UPDATE manifest SET received_at = received_at - interval '1 day' WHERE factory = ?",
        factory);
    drop("next-day.csv", five.content());
    assertThat(ended("next-day.csv").state()).isEqualTo("DONE");
    assertThat(brought()).isEqualTo(15);
  }

  private static LocalDate tomorrow() {
    return LocalDate.now(ZoneOffset.UTC).plusDays(1);
  }

  private long brought() {
    return Objects.requireNonNull(
        jdbc.queryForObject(
            "SELECT count(*) FROM registry WHERE factory = ?", Long.class, factory));
  }

  private void admit(Admission admission) {
    administration.change(
        TestFactory.named(factory, factories.find(factory).orElseThrow().recipients())
            .admission(admission)
            .factory());
  }

  private CheckedUpload.Findings foreseen(String content) throws Exception {
    UUID id =
        uploads.checkManifest(
            factory, "looked-at.csv", new ByteArrayInputStream(bytes(content)), null, null);
    return Objects.requireNonNull(
        Await.until(PATIENCE, () -> uploads.find(id).orElseThrow(), CheckedUpload::checked)
            .findings());
  }

  /** Lists wait for the night; this one doesn't. */
  private Shown applied(String name) throws Exception {
    boolean released = arrivals.retry(Objects.requireNonNull(find(name)).arrival());
    assertThat(released).isTrue();
    return ended(name);
  }

  private NewArrival list(String name, @Nullable String signature) {
    return new NewArrival(
        ArrivalKind.REVOCATIONS,
        TEST,
        factory + name,
        factory,
        name,
        Inbox.CONTENT,
        null,
        null,
        new Said(null, null, signature));
  }

  private String signed(KeyPair key, String kind, String content, Instant at) throws Exception {
    String text =
        "muster 1\n%s\n%s\n%s\n%s\n"
            .formatted(kind, factory, HexFormat.of().formatHex(sha256(content)), at);
    return at + " " + Base64.getEncoder().encodeToString(sign(key, bytes(text)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void noLinkIsFollowedInTheInbox() throws Exception {
    Path elsewhere = Files.createDirectories(home.root().resolve("elsewhere-" + factory));
    Path secret =
        Files.writeString(elsewhere.resolve("other.csv"), newManifest().rows(3).content());
    Files.createSymbolicLink(inboxFolder().resolve("link.csv"), secret);
    Path linkedFolder =
        Files.createSymbolicLink(home.inbox().resolve(factory + "-linked"), elsewhere);
    drop("plain.csv", newManifest().rows(2).content());

    assertThat(ended("plain.csv").state()).isEqualTo("DONE");

    assertThat(ofFactory()).hasSize(1);
    assertThat(arrivals.page(Arrivals.Filter.ALL, null, 1000))
        .noneMatch(seen -> seen.factory().equals(factory + "-linked"));
    assertThat(inboxFolder().resolve("link.csv")).isSymbolicLink();
    assertThat(secret).exists();
    assertThat(warnings(inboxFolder().resolve("link.csv"))).hasSize(1);
    assertThat(warnings(linkedFolder)).hasSize(1);
    assertThat(untaken())
        .extracting(UntakenFile::advice)
        .containsExactly("Put the file itself there.", "Put the file itself there.");
  }

  @Test
  void whatIsTooLongIsRefusedByItsLength() throws Exception {
    try (RandomAccessFile sparse =
        new RandomAccessFile(inboxFolder().resolve("long.csv").toFile(), "rw")) {
      sparse.setLength((400L << 20) + 1);
    }

    Shown ended = ended("long.csv");

    assertThat(ended.state()).isEqualTo("REFUSED");
    assertThat(ended.problem())
        .isEqualTo(
            "long.csv has 419,430,401 bytes, and more than 419,430,400 are not read. Split it into"
                + " several.");
  }

  @Test
  void oldUnusableMessagesMakeRoomForNewOnes() {
    for (String age : List.of("91 days", "89 days")) {
      inbox.keepUnusable(TEST, factory + age, "It is none.", new byte[] {1});
      jdbc.update(
          "UPDATE unusable_message SET received_at = now() - ?::interval WHERE source_id = ?",
          age,
          factory + age);
    }
    inbox.keepUnusable(TEST, factory, "It is none.", new byte[] {1});

    assertThat(
            jdbc.queryForList(
                "SELECT source_id FROM unusable_message WHERE starts_with(source_id, ?) ORDER BY 1",
                String.class,
                factory))
        .containsExactly(factory, factory + "89 days");
  }

  @Test
  void anAnswerReplacesALinkAndIsNotWrittenThroughIt() throws Exception {
    Path precious = Files.writeString(home.root().resolve("precious-" + factory), "precious");
    Path why = inboxFolder().resolve("bad.csv.why.txt");
    Files.createSymbolicLink(why, precious);
    drop("bad.csv", newManifest().row("nonsense").content());

    assertThat(ended("bad.csv").state()).isEqualTo("FAILED");

    assertThat(precious).hasContent("precious");
    assertThat(why).isRegularFile().content().contains("1 of 1 rows");
    assertThat(Files.isSymbolicLink(why)).isFalse();
  }

  @Test
  void aSignatureIsNotReadThroughALink() throws Exception {
    KeyPair key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    factory = "signing-" + SEEDS.incrementAndGet();
    factories.add(TestFactory.named(factory).signing(key).factory());
    String content = newManifest().rows(2).content();
    Path elsewhere = Files.write(home.root().resolve(factory + ".signature"), sign(key, content));
    Files.createSymbolicLink(inboxFolder().resolve("linked.csv.sig"), elsewhere);
    drop("linked.csv", content);

    assertThat(ended("linked.csv").problem()).contains("has no signature");
  }

  @Test
  void whatRunsIsWhatWasHashedWhateverItsSenderDoesMeanwhile() throws Exception {
    KeyPair key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    factory = "signing-" + SEEDS.incrementAndGet();
    factories.add(TestFactory.named(factory).signing(key).factory());
    String content = newManifest().rows(7).content();
    shaky.signature = sign(key, content);
    shaky.linked = Files.writeString(home.root().resolve(factory + ".csv"), content);
    try {
      inbox.receive(arrival(factory + "@1", "linked.csv", URI.create("shaky:3"), null));

      assertThat(ended("linked.csv").state()).isEqualTo("DONE");
      assertThat(outcome(event("linked.csv")).rows()).isEqualTo(7);
      assertThat(shaky.linked).hasContent("something else");
    } finally {
      shaky.linked = null;
    }
  }

  @Test
  void aManifestByCommandIsReadTwiceAndWrittenOnce() throws Exception {
    Path file = padded(home.root().resolve(factory + ".csv"));
    Traffic before = Traffic.now();

    assertThat(runs.provision(file, factory, null, null).accepted()).isEqualTo(3);

    assertThat(Traffic.now().since(before)).isEqualTo(new Traffic(2, 1));
  }

  @Test
  void anUploadWithADryRunIsReadTwiceAndWrittenOnce() throws Exception {
    Path file = padded(home.root().resolve(factory + ".csv"));
    byte[] content = Files.readAllBytes(file);
    Traffic before = Traffic.now();

    UUID id =
        uploads.checkManifest(factory, "big.csv", new ByteArrayInputStream(content), null, null);
    Await.until(PATIENCE, () -> uploads.find(id).orElseThrow(), CheckedUpload::checked);
    uploads.confirm(id);
    assertThat(ended("big.csv").state()).isEqualTo("DONE");

    assertThat(Traffic.now().since(before)).isEqualTo(new Traffic(2, 1));
  }

  /** What this process has read and written, in files as long as {@link #padded}. */
  private record Traffic(long read, long written) {

    static Traffic now() throws IOException {
      List<String> lines = Files.readAllLines(Path.of("/proc/self/io"));
      return new Traffic(number(lines.get(0)), number(lines.get(1)));
    }

    Traffic since(Traffic before) {
      return new Traffic(
          Math.round((double) (read - before.read) / PADDED),
          Math.round((double) (written - before.written) / PADDED));
    }

    private static long number(String line) {
      return Long.parseLong(line.substring(line.indexOf(' ') + 1));
    }
  }

  /** Three devices, and between them a lot of blank lines, which cost nothing but reading. */
  private static Path padded(Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      TestManifest manifest = newManifest().rows(3);
      int last = manifest.content().lastIndexOf('\n', manifest.content().length() - 2) + 1;
      out.write(manifest.content().substring(0, last));
      String blank = " ".repeat(1023) + "\n";
      for (int line = 0; line < PADDED / blank.length(); line++) {
        out.write(blank);
      }
      out.write(manifest.content().substring(last));
    }
    return file;
  }

  @Test
  void whatABuriedInstanceHadClaimedIsFreeAndWhatItRecordsDoesNotCount() throws Exception {
    UUID dead = UUID.randomUUID();
    jdbc.update(
        "INSERT INTO instance (instance_id, process_name, host, pid) VALUES (?, 'gone', 'x', 0)",
        dead);
    // It has it before anybody else can see it.
    Long id =
        jdbc.queryForObject(
            "INSERT INTO arrival (source, source_id, factory, file_name, location, instance_id)"
                + " VALUES ('test', ?, ?, 'orphan.csv', 'inbox:content', ?) RETURNING arrival_id",
            Long.class,
            factory + "@9",
            factory,
            dead);
    jdbc.update(
        "INSERT INTO arrival_content VALUES (?, ?)",
        id,
        newManifest().rows(2).content().getBytes(StandardCharsets.UTF_8));
    assertThat(find("orphan.csv")).isNotNull().extracting(Shown::state).isEqualTo("RUNNING");

    jdbc.update("UPDATE instance SET buried_at = now() WHERE instance_id = ?", dead);

    assertThat(ended("orphan.csv").state()).isEqualTo("DONE");
  }

  @Test
  void oneFileDoesNotWaitForHundredsOfAnotherFactoryNorAListForAnyOfThem() throws Exception {
    String busy = factory;
    byte[] content = bytes("device_id\n");
    for (int file = 0; file < 300; file++) {
      inbox.receive(
          arrival(busy + file, "many-%d.csv".formatted(file), Inbox.CONTENT, null), content);
    }
    inbox.receive(
        list("list.csv", null),
        bytes("device_id,action,reason\n%s,revoke,lost\n".formatted(UUID.randomUUID())));
    addFactory();
    inbox.receive(
        arrival(factory, "one.csv", Inbox.CONTENT, null), bytes(newManifest().rows(2).content()));

    assertThat(ended("one.csv").state()).isEqualTo("DONE");
    factory = busy;
    assertThat(applied("list.csv").state()).isEqualTo("DONE");

    int left =
        jdbc.update(
            "DELETE FROM arrival WHERE factory = ? AND state = 'WAITING' AND instance_id IS NULL",
            busy);
    assertThat(left).as("what still waits").isGreaterThan(100);
  }

  /** Two places, and one that lists have for themselves. */
  @Test
  void largeManifestsLeaveAPlaceToSmallOnesAndAllOfThemOneToLists() throws Exception {
    try {
      for (String name : List.of("held-large-1.csv", "held-large-2.csv")) {
        inbox.receive(held(name, 1L << 30));
      }
      Await.until(PATIENCE, () -> running(), List.of("held-large-1.csv")::equals);
      inbox.receive(held("held-small.csv", 100L));
      Await.until(PATIENCE, () -> running(), List.of("held-large-1.csv", "held-small.csv")::equals);
      inbox.receive(held("held-small-2.csv", 100L));
      inbox.receive(
          list("list.csv", null),
          bytes("device_id,action,reason\n%s,revoke,lost\n".formatted(UUID.randomUUID())));

      assertThat(applied("list.csv").state()).isEqualTo("DONE");
      assertThat(running()).containsExactly("held-large-1.csv", "held-small.csv");
    } finally {
      shaky.gate.countDown();
    }
    for (String name : List.of("held-large-1.csv", "held-large-2.csv", "held-small-2.csv")) {
      assertThat(ended(name).state()).isEqualTo("DONE");
    }
  }

  private NewArrival held(String name, long bytes) {
    return new NewArrival(
        ArrivalKind.MANIFEST,
        TEST,
        factory + name,
        factory,
        name,
        URI.create("shaky:" + name),
        null,
        bytes,
        Said.NOTHING);
  }

  private List<String> running() {
    return ofFactory().stream()
        .filter(seen -> seen.state().equals("RUNNING"))
        .map(Shown::manifest)
        .sorted()
        .toList();
  }

  @Test
  void listsComeFirstThenWhoHasLeastAtWorkThenWhoseTurnIsLongestAgoThenTheOldest() {
    UUID me = UUID.randomUUID();
    UUID other = UUID.randomUUID();
    alone(
        List.of(me, other),
        () -> {
          due("many", 1, 1000, "MANIFEST", false);
          due("one", 2001, 2001, "MANIFEST", false);
          due("few", 2002, 2003, "MANIFEST", false);
          due("large", 2004, 2004, "MANIFEST", true);
          due("many", 2005, 2005, "REVOCATIONS", false);
          jdbc.execute("ANALYZE arrival");

          assertThat(next(me)).isEqualTo("2005.csv");
          // The list is at work for its factory.
          assertThat(next(other)).isEqualTo("2001.csv");
          assertThat(next(other, Weight.MANIFEST)).isEqualTo("2002.csv");
          assertThat(next(me)).isEqualTo("2004.csv");
          assertThat(next(me)).isEqualTo("1.csv");
          assertThat(next(me)).isEqualTo("2003.csv");
          assertThat(next(other)).isEqualTo("2.csv");
        });
  }

  @Test
  void aFactoryWhoseFilesFailAgainAndAgainDoesNotKeepItsTurn() {
    UUID me = UUID.randomUUID();
    alone(
        List.of(me),
        () -> {
          due("failing", 1, 10, "MANIFEST", false);
          due("fine", 11, 13, "MANIFEST", false);
          List<String> taken = new ArrayList<>();
          for (int turn = 0; turn < 6; turn++) {
            Claim claim = claims.take(me, Weight.LARGE_MANIFEST).orElseThrow();
            taken.add(claim.arrival().factory());
            if (claim.arrival().factory().equals("failing")) {
              claims.retryLater(claim, Duration.ZERO, Why.said("It can't be."));
            } else {
              jdbc.update(
                  "UPDATE arrival SET state = 'DONE', instance_id = NULL WHERE arrival_id = ?",
                  claim.arrival().id());
            }
          }

          assertThat(taken)
              .containsExactly("failing", "fine", "failing", "fine", "failing", "fine");
        });
  }

  @Test
  void listsOfOneFactoryAreTakenOneAfterTheOtherAndTheLastWordCounts() {
    UUID me = UUID.randomUUID();
    UUID other = UUID.randomUUID();
    alone(
        List.of(me, other),
        () -> {
          due("restores-and-revokes", 1, 2, "REVOCATIONS", false);
          due("another", 3, 3, "REVOCATIONS", false);
          due("restores-and-revokes", 4, 4, "MANIFEST", false);

          Claim first = claims.take(me, Weight.LARGE_MANIFEST).orElseThrow();
          assertThat(first.arrival().fileName()).isEqualTo("1.csv");
          assertThat(next(other)).isEqualTo("3.csv");
          assertThat(next(other)).isEqualTo("4.csv");
          assertThat(claims.take(other, Weight.LARGE_MANIFEST))
              .as("the first is at work")
              .isEmpty();

          claims.release(first, Duration.ZERO); // its process ends
          Claim again = claims.take(me, Weight.LARGE_MANIFEST).orElseThrow();
          assertThat(again.arrival().fileName()).as("it keeps its place").isEqualTo("1.csv");

          assertThat(claims.judged(again, Verdict.DONE, null, null)).isTrue();
          assertThat(next(other)).isEqualTo("2.csv");
        });
  }

  /**
   * These instances claim what is due, and nobody else does: the arrivals of the table are hidden
   * by others, which are gone with the transaction.
   */
  private void alone(List<UUID> instances, Runnable claiming) {
    transaction.executeWithoutResult(
        status -> {
          status.setRollbackOnly();
          for (UUID instance : instances) {
            jdbc.update(
                "INSERT INTO instance (instance_id, process_name, host, pid) VALUES (?, 'x', 'x',"
                    + " 0)",
                instance);
          }
          jdbc.execute("CREATE TEMP TABLE arrival (LIKE arrival INCLUDING ALL)");
          claiming.run();
        });
  }

  private void due(String of, int first, int last, String kind, boolean large) {
    jdbc.update(
        "INSERT INTO arrival (arrival_id, kind, large, source, source_id, factory, file_name,"
            + " location, due_at) OVERRIDING SYSTEM VALUE SELECT n, ?::arrival_kind, ?, 'test',"
            + " n::text, ?, n || '.csv', 'inbox:content', now() - interval '1 hour' + n * interval"
            + " '1 second' FROM generate_series(?::int, ?::int) n",
        kind,
        large,
        of,
        first,
        last);
  }

  private String next(UUID instance) {
    return next(instance, Weight.LARGE_MANIFEST);
  }

  private String next(UUID instance, Weight heaviest) {
    return claims.take(instance, heaviest).orElseThrow().arrival().fileName();
  }

  /**
   * PostgreSQL 18 asks the SELECT within an IN anew for every row of a table that it takes for
   * tiny.
   */
  @Test
  void noMoreIsClaimedThanWasAskedForWhateverTheDatabaseKnowsOfTheTable() {
    UUID me = UUID.randomUUID();
    alone(
        List.of(me),
        () -> {
          String due =
              "INSERT INTO arrival (source, source_id, factory, file_name, location)"
                  + " SELECT 'test', n::text, 'f', n || '.csv', 'inbox:content'"
                  + " FROM generate_series(?::int, ?::int) n";
          jdbc.update(due, 1, 1);
          jdbc.execute("ANALYZE arrival");
          jdbc.update(due, 2, 6);

          assertThat(next(me)).isEqualTo("1.csv");
          assertThat(next(me)).isEqualTo("2.csv");
          assertThat(
                  jdbc.queryForObject(
                      "SELECT count(*) FROM arrival WHERE instance_id = ?", Long.class, me))
              .isEqualTo(2);
        });
  }

  /** In the old form. */
  private static byte[] sign(KeyPair key, String content) throws Exception {
    return sign(key, sha256(content));
  }

  private static byte[] sha256(String content) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(bytes(content));
  }

  private static byte[] sign(KeyPair key, byte[] message) throws Exception {
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(key.getPrivate());
    signature.update(message);
    return signature.sign();
  }

  private NewArrival arrival(String id, String name, URI location, @Nullable String signature) {
    return new NewArrival(
        ArrivalKind.MANIFEST,
        TEST,
        id,
        factory,
        name,
        location,
        null,
        null,
        new Said(null, null, signature));
  }

  private static RunOutcome outcome(ArrivalEnded event) {
    return Objects.requireNonNull(event.outcome());
  }

  private static TestManifest newManifest() {
    return TestManifest.seeded(SEEDS.incrementAndGet());
  }

  private List<String> warnings(Path untaken) throws IOException {
    String place = home.root().relativize(Objects.requireNonNull(untaken.getParent())) + "/";
    String told = "place=%s name=%s ".formatted(place, untaken.getFileName());
    try (Stream<String> lines = Files.lines(LogFile.current())) {
      return lines.filter(line -> line.contains("file=untaken") && line.contains(told)).toList();
    }
  }

  private List<UntakenFile> untaken() {
    return arrivals.untaken(1000).stream()
        .filter(
            one -> (one.place() + one.name()).contains(factory) || factory.equals(one.factory()))
        .toList();
  }

  /** A manifest of 20 rows whose run fails as often as it is tried. */
  private Shown stumbled(String name) throws Exception {
    jdbc.execute(
        """
        CREATE OR REPLACE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'it stumbled'; END $$;
        CREATE TRIGGER stumble BEFORE INSERT ON device FOR EACH ROW EXECUTE FUNCTION stumble()
        """);
    try {
      drop(name, newManifest().rows(20).content());
      return Objects.requireNonNull(
          Await.until(
              PATIENCE, () -> find(name), seen -> seen != null && seen.state().equals("FAILED")));
    } finally {
      jdbc.execute("DROP TRIGGER stumble ON device");
    }
  }

  /** As the account of its factory sees it. */
  private Shown bySender(String name) {
    Caller sender = Caller.account("f", "f", "test", List.of(Role.FACTORY), factory);
    return Objects.requireNonNull(Callers.get(sender, () -> find(name)));
  }

  private Shown ended(String name, String state) throws Exception {
    return Objects.requireNonNull(
        Await.until(
            PATIENCE, () -> find(name), seen -> seen != null && seen.state().equals(state)));
  }

  private void restart(Shown failed) throws IOException {
    Long run =
        jdbc.queryForObject(
            """
            SELECT max(job_execution_id) FROM batch_job_execution_params
             WHERE parameter_name = 'arrival' AND parameter_value = ?\
            """,
            Long.class,
            Long.toString(failed.arrival()));
    assertThat(control.restart(Objects.requireNonNull(run), null).status()).isEqualTo("COMPLETED");
  }

  private boolean delivered(Shown arrival) {
    return Boolean.TRUE.equals(
        jdbc.queryForObject(
            """
            SELECT d.delivered_at IS NOT NULL FROM delivery d JOIN bundle USING (bundle_id) WHERE arrival_id = ?\
            """,
            Boolean.class,
            arrival.arrival()));
  }

  private Path inboxFolder() throws IOException {
    return Files.createDirectories(home.inbox().resolve(factory));
  }

  /** Written elsewhere and renamed in. */
  private void drop(String name, String content) throws IOException {
    Path aside = Files.writeString(inboxFolder().resolve(name + ".part"), content);
    Files.move(aside, inboxFolder().resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private List<Path> inboxFiles() throws IOException {
    try (Stream<Path> files = Files.list(inboxFolder())) {
      return files.toList();
    }
  }

  private List<Path> bundles() throws IOException {
    try (Stream<Path> files = Files.list(home.outbox().resolve(factory))) {
      return files.toList();
    }
  }

  private Shown ended(String name) throws Exception {
    Shown shown =
        Await.until(
            PATIENCE,
            () -> find(name),
            seen -> seen != null && List.of("DONE", "REFUSED", "FAILED").contains(seen.state()));
    return java.util.Objects.requireNonNull(shown);
  }

  private @Nullable Shown find(String name) {
    return ofFactory().stream()
        .filter(seen -> seen.manifest().equals(name))
        .findFirst()
        .orElse(null);
  }

  private List<Shown> ofFactory() {
    return arrivals.page(Arrivals.Filter.ALL, null, 1000).stream()
        .filter(seen -> seen.factory().equals(factory))
        .toList();
  }

  private ArrivalEnded event(String name) {
    return told.events.stream()
        .filter(
            event ->
                event.arrival().factory().equals(factory)
                    && event.arrival().fileName().equals(name))
        .reduce((earlier, later) -> later)
        .orElseThrow();
  }

  @Override
  public void send(String name, String content) throws Exception {
    drop(name, content);
  }

  @Override
  public Found found(String name) throws Exception {
    return ended(name).state().equals("DONE")
        ? Found.of(
            Files.readString(home.archive().resolve(factory).resolve(name + ".receipt.json")))
        : new Found(
            null, Files.readString(home.refused().resolve(factory).resolve(name + ".why.txt")));
  }
}
