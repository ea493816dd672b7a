package dev.muster.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.models.AppendBlobRequestConditions;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobListDetails;
import com.azure.storage.blob.models.ListBlobsOptions;
import com.azure.storage.blob.options.BlobParallelUploadOptions;
import com.azure.storage.blob.specialized.AppendBlobClient;
import com.azure.storage.blob.specialized.BlobLeaseClient;
import com.azure.storage.blob.specialized.BlobLeaseClientBuilder;
import dev.muster.AllPermitted;
import dev.muster.Await;
import dev.muster.SteppingClock;
import dev.muster.TestFactory;
import dev.muster.TestManifest;
import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Arrivals;
import dev.muster.arrival.Arrivals.Shown;
import dev.muster.arrival.Arrivals.UntakenFile;
import dev.muster.arrival.Inbox;
import dev.muster.arrival.NewArrival;
import dev.muster.arrival.NewArrival.Said;
import dev.muster.arrival.NoticedPlace;
import dev.muster.arrival.NoticedPlace.Notice;
import dev.muster.arrival.PlaceContract;
import dev.muster.arrival.Source;
import dev.muster.bundle.AgeIdentity;
import dev.muster.bundle.BundleOpener;
import dev.muster.bundle.Receipt;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.renewal.RenewalOutcome;
import dev.muster.renewal.RenewalRuns;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.InstanceOfAssertFactories;
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
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The service with Azurite: manifests are uploaded, found, provisioned, and answered there. */
@DirtiesContext
@ExtendWith(AllPermitted.class)
@SpringBootTest(
    properties = {
      "muster.serve=true",
      "muster.home=target/blob-home",
      "muster.folder.enabled=false",
      "muster.blob.sweep=300ms",
      "muster.blob.quiet=300ms",
      "muster.blob.further-containers=elsewhere,growing",
      "muster.arrivals.first-delay=200ms",
      "muster.arrivals.max-attempts=1000",
      "muster.arrivals.longest-delay=200ms",
      "muster.arrivals.signature-patience=3s",
      "muster.provisioning.max-manifest-size=10MB"
    })
class BlobTests implements PlaceContract {

  private static final AtomicLong SEEDS = new AtomicLong(System.nanoTime());
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static @Nullable Azurite started;

  @TempDir private Path folder;

  @Autowired private Inbox inbox;
  @Autowired private Arrivals arrivals;
  @Autowired private Factories factories;
  @Autowired private NoticedPlace place;
  @Autowired private RenewalRuns renewals;

  private final AgeIdentity identity = AgeIdentity.generate();
  private String factory = "";

  @BeforeAll
  static void startAzurite() throws Exception {
    started = Azurite.start("manifests", "outbox", "elsewhere", "growing");
  }

  @DynamicPropertySource
  static void account(DynamicPropertyRegistry properties) {
    properties.add("muster.blob.connection-string", () -> azurite().connectionString());
  }

  @AfterAll
  static void stopAzurite() throws Exception {
    if (started != null) {
      started.close();
    }
  }

  private static Azurite azurite() {
    return Objects.requireNonNull(started);
  }

  @BeforeEach
  void addFactory() {
    factory = "blob-" + SEEDS.incrementAndGet();
    factories.add(new Factory(factory, List.of(identity.recipient()), null));
  }

  @Test
  void anUploadedManifestIsProvisionedAndItsBundleUploaded() throws Exception {
    TestManifest manifest = newManifest().rows(300);
    BlobClient blob = azurite().blob("manifests", factory + "/line-7.csv");
    blob.uploadWithResponse(
        new BlobParallelUploadOptions(BinaryData.fromString(manifest.content()))
            .setMetadata(Map.of("LotNumber", "7")),
        null,
        Context.NONE);

    Shown ended = ended("line-7.csv", 1);

    assertThat(ended.state()).isEqualTo("DONE");
    assertThat(answers("line-7.csv"))
        .containsExactly("receipt.json", "rejects.csv", "tokens.csv.age");
    Receipt receipt = Receipt.parse(answer("line-7.csv", "receipt.json").toString());
    assertThat(receipt.accepted()).isEqualTo(300);
    Path part = folder.resolve("tokens.csv.age");
    Files.write(part, answer("line-7.csv", "tokens.csv.age").toBytes());
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    BundleOpener.open(part, List.of(identity), plain);
    assertThat(plain.toString(StandardCharsets.UTF_8)).contains(manifest.deviceId(2));
    Map<String, String> metadata = blob.getProperties().getMetadata();
    assertThat(metadata)
        .containsEntry("muster_state", "done")
        .containsEntry("muster_execution", String.valueOf(ended.execution()));
    assertThat(
            azurite()
                .container("manifests")
                .listBlobs(
                    new ListBlobsOptions()
                        .setPrefix(factory + "/line-7.csv")
                        .setDetails(new BlobListDetails().setRetrieveMetadata(true)),
                    null)
                .stream()
                .map(BlobItem::getMetadata))
        .as("its sender's own, as they were")
        .singleElement()
        .asInstanceOf(InstanceOfAssertFactories.map(String.class, String.class))
        .containsEntry("LotNumber", "7")
        .doesNotContainKey("lotnumber");
  }

  @Test
  void anAnswerDoesNotMakeItsManifestArriveAnewButNewContentDoes() throws Exception {
    upload("daily.csv", newManifest().rows(3).content());
    ended("daily.csv", 1);
    // The sweep has gone over the answered one for certain when it has found a later one.
    upload("later.csv", newManifest().rows(3).content());
    ended("later.csv", 1);
    assertThat(ofFactory("daily.csv")).hasSize(1);

    upload("daily.csv", newManifest().rows(4).content());

    ended("daily.csv", 2);
    assertThat(Receipt.parse(answer("daily.csv", "receipt.json").toString()).rows()).isEqualTo(4);
  }

  @Test
  void noticeAndSweepMakeOneArrival() throws Exception {
    BlobClient blob = upload("noticed.csv", newManifest().rows(3).content());
    String etag = blob.getProperties().getETag();
    place.noticed(notice(blob, etag, blob.getProperties().getBlobSize(), true));
    place.noticed(notice(blob, etag.replace("\"", ""), null, false));
    place.noticed(notice(blob, null, null, false));

    ended("noticed.csv", 1);
    upload("later.csv", newManifest().rows(3).content());
    ended("later.csv", 1);

    assertThat(ofFactory("noticed.csv")).hasSize(1);
  }

  @Test
  void anEmptyBlobIsWaitedForAndLeftToItsWriter() throws Exception {
    AppendBlobClient blob =
        azurite().blob("manifests", factory + "/open.csv").getAppendBlobClient();
    String etag = blob.create().getETag();
    upload("later.csv", newManifest().rows(3).content());
    ended("later.csv", 1); // by then it was looked at, and long enough as it was

    append(blob, newManifest().rows(12).content(), etag);

    assertThat(ended("open.csv", 1).state()).isEqualTo("DONE");
    assertThat(Receipt.parse(answer("open.csv", "receipt.json").toString()).rows()).isEqualTo(12);
  }

  /** However wrong the clock is of the account, which is an hour behind or ahead here. */
  @ParameterizedTest
  @ValueSource(strings = {"PT-1H", "PT1H"})
  void aBlobThatGrowsIsTakenWhenItHasStopped(Duration wrong) throws Exception {
    SteppingClock clock = new SteppingClock();
    clock.pass(wrong);
    BlobSource source = quietForHalfAMinute(clock);
    List<String> lines = newManifest().rows(6).content().lines().toList();
    BlobClient named = azurite().blob("growing", factory + "/grows.csv");
    AppendBlobClient blob = named.getAppendBlobClient();
    String etag = blob.create().getETag();
    // Event Grid tells of an append blob when it is created.
    source.notice(notice(named, etag, 0L, false));
    for (String line : lines) {
      etag = append(blob, line + "\n", etag); // goes through only if nobody has written to it
      source.notice(notice(named, etag, 0L, true));
      assertThat(source.sweep(() -> false)).isZero();
      clock.pass(Duration.ofSeconds(20));
      source.lookAgain(() -> false);
      assertThat(ofFactory("grows.csv")).isEmpty();
    }

    clock.pass(Duration.ofSeconds(10));
    source.lookAgain(() -> false);

    Shown ended = ended("grows.csv", 1);
    assertThat(ended.state()).isEqualTo("DONE");
    String folder = "grows.csv/announced-" + ended.arrival(); // the service sweeps another
    assertThat(Receipt.parse(answer(folder, "receipt.json").toString()).rows()).isEqualTo(6);
    assertThat(source.sweep(() -> false)).isZero();
  }

  @Test
  void whatIsNotTakenIsShownUntilItIsGone() throws Exception {
    SteppingClock clock = new SteppingClock();
    BlobSource source = quietForHalfAMinute(clock);
    BlobClient packed = azurite().blob("growing", factory + "/devices.zip");
    for (String name :
        List.of(
            "/devices.zip",
            "/2026/line-7.csv",
            ".csv",
            "/empty.csv",
            "/a.csv.sig",
            "/b.csv.part")) {
      azurite()
          .blob("growing", factory + name)
          .upload(BinaryData.fromString(name.contains("empty") ? "" : "PK"));
    }
    azurite()
        .blob("growing", factory + "-folder")
        .uploadWithResponse(
            new BlobParallelUploadOptions(BinaryData.fromString(""))
                .setMetadata(Map.of("hdi_isfolder", "true")),
            null,
            Context.NONE);
    assertThat(source.sweep(() -> false)).isZero();
    assertThat(untaken())
        .extracting(UntakenFile::place, UntakenFile::name, UntakenFile::factory)
        .containsExactlyInAnyOrder(
            tuple("growing/" + factory + "/", "devices.zip", factory),
            tuple("growing/" + factory + "/2026/", "line-7.csv", factory),
            tuple("growing/", factory + ".csv", null));
    clock.pass(Duration.ofSeconds(301));
    packed.delete();

    assertThat(source.sweep(() -> false)).isZero();

    assertThat(untaken())
        .extracting(UntakenFile::name)
        .containsExactlyInAnyOrder("line-7.csv", factory + ".csv", "empty.csv");
    assertThat(ofFactory("empty.csv")).isEmpty();
  }

  private List<UntakenFile> untaken() {
    return arrivals.untaken(1000).stream()
        .filter(one -> (one.place() + one.name()).contains(factory))
        .toList();
  }

  @Test
  void whatIsNoticedToBeWholeIsTakenAtOnceUnlessSomethingElseIsThere() throws Exception {
    BlobSource source = quietForHalfAMinute(new SteppingClock());
    BlobClient blob = azurite().blob("growing", factory + "/whole.csv");
    blob.upload(BinaryData.fromString(newManifest().rows(3).content()));
    String etag = blob.getProperties().getETag();
    long length = blob.getProperties().getBlobSize();
    source.notice(notice(blob, "0x1", length, true));
    source.notice(notice(blob, etag, length + 1, true));
    source.notice(notice(blob, etag, length, false));
    assertThat(ofFactory("whole.csv")).isEmpty();

    source.notice(notice(blob, etag, length, true));

    assertThat(ofFactory("whole.csv")).hasSize(1);
  }

  /** Looks only when it is told to, into a container of its own. */
  private BlobSource quietForHalfAMinute(SteppingClock clock) {
    BlobProperties properties =
        new BlobProperties(
            azurite().connectionString(),
            null,
            "growing",
            "revocations",
            List.of(),
            "outbox",
            Duration.ofMinutes(1),
            Duration.ofSeconds(30),
            Duration.ofSeconds(15),
            false);
    return new BlobSource(
        new BlobAccount("muster.blob", properties.connectionString(), null),
        properties,
        inbox,
        clock,
        clock::nanoTime);
  }

  private static Notice notice(
      BlobClient blob, @Nullable String etag, @Nullable Long length, boolean whole) {
    return new Notice(URI.create(blob.getBlobUrl()), etag, length, whole);
  }

  /** Adds to what is there, if nothing but that was written; the blob's new ETag. */
  private static String append(AppendBlobClient blob, String content, String etag) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    return blob.appendBlockWithResponse(
            new ByteArrayInputStream(bytes),
            bytes.length,
            null,
            new AppendBlobRequestConditions().setIfMatch(etag),
            null,
            Context.NONE)
        .getValue()
        .getETag();
  }

  @Test
  void whatIsRefusedSaysWhyInTheOutboxAndOnTheBlob() throws Exception {
    BlobClient blob = upload("bad.csv", "serial_number\nä\n");

    assertThat(ended("bad.csv", 1).state()).isEqualTo("REFUSED");

    assertThat(answer("bad.csv", "problem.txt").toString()).contains("device_id");
    assertThat(blob.getProperties().getMetadata()).containsEntry("muster_state", "refused");
  }

  @Test
  void aBlobThatSomebodyElseHoldsIsWaitedFor() throws Exception {
    BlobClient blob = azurite().blob("elsewhere", factory + "/held.csv");
    String content = newManifest().rows(3).content();
    blob.upload(BinaryData.fromString(content));
    BlobLeaseClient lease = new BlobLeaseClientBuilder().blobClient(blob).buildClient();
    lease.acquireLease(-1);
    inbox.receive(announced("held.csv", blob, content));
    Await.until(PATIENCE, () -> ofFactory("held.csv"), seen -> seen.get(0).attempts() >= 2);
    assertThat(ofFactory("held.csv").get(0).problem()).contains("somebody else holds a lease");

    lease.releaseLease();

    assertThat(ended("held.csv", 1).state()).isEqualTo("DONE");
  }

  @Test
  void aBlobThatWasReplacedIsRefusedAndTakenAgain() throws Exception {
    BlobClient blob = azurite().blob("manifests", factory + "/replaced.csv");
    inbox.receive(
        new NewArrival(
            ArrivalKind.MANIFEST,
            BlobSource.BLOB,
            blob.getBlobUrl() + "@0xOLD",
            factory,
            "replaced.csv",
            URI.create(blob.getBlobUrl()),
            "0xOLD",
            null,
            Said.NOTHING));
    blob.upload(BinaryData.fromString(newManifest().rows(3).content()));

    List<Shown> both =
        Await.until(
            PATIENCE,
            () -> ofFactory("replaced.csv"),
            seen ->
                seen.stream().anyMatch(one -> one.state().equals("DONE"))
                    && seen.stream().anyMatch(one -> one.state().equals("REFUSED")));

    assertThat(both)
        .filteredOn(one -> one.state().equals("REFUSED"))
        .allSatisfy(one -> assertThat(one.problem()).containsAnyOf("replaced", "deleted"));
  }

  @Test
  void anAnnouncedBlobIsCheckedAgainstWhatWasAnnounced() throws Exception {
    String content = newManifest().rows(3).content();
    BlobClient blob = azurite().blob("elsewhere", factory + "/announced.csv");
    blob.upload(BinaryData.fromString(content));
    inbox.receive(announced("announced.csv", blob, content));
    BlobClient other = azurite().blob("elsewhere", factory + "/other.csv");
    other.upload(BinaryData.fromString(content));
    inbox.receive(announced("other.csv", other, "something else"));
    inbox.receive(
        announced("gone.csv", azurite().blob("elsewhere", factory + "/gone.csv"), content));

    assertThat(ended("announced.csv", 1).state()).isEqualTo("DONE");
    assertThat(ended("other.csv", 1).problem()).contains("was announced");
    assertThat(ended("gone.csv", 1).problem()).contains("was deleted");
  }

  @Test
  void filesOfOneNameInTwoFoldersHaveAnAnswerEach() throws Exception {
    for (String folder : List.of("line-7/", "line-8/")) {
      String content = newManifest().rows(folder.equals("line-7/") ? 3 : 4).content();
      BlobClient blob = azurite().blob("elsewhere", factory + "/" + folder + "today.csv");
      blob.upload(BinaryData.fromString(content));
      inbox.receive(
          new NewArrival(
              ArrivalKind.MANIFEST,
              new Source("kafka"),
              factory + "/" + folder,
              factory,
              "today.csv",
              URI.create(blob.getBlobUrl()),
              null,
              null,
              new Said(sha256(content), null, null)));
    }

    List<Shown> both =
        Await.until(
            PATIENCE,
            () -> ofFactory("today.csv"),
            seen -> seen.stream().filter(one -> one.state().equals("DONE")).count() == 2);
    assertThat(both)
        .extracting(
            one ->
                Receipt.parse(
                        answer("today.csv/announced-" + one.arrival(), "receipt.json").toString())
                    .accepted())
        .containsExactlyInAnyOrder(3L, 4L);
  }

  @Test
  void aRenewalsBundleGoesToTheContainerWhereItsFactorySends() throws Exception {
    upload("renewed.csv", newManifest().rows(30).content());
    assertThat(ended("renewed.csv", 1).state()).isEqualTo("DONE");

    RenewalOutcome outcome = renewals.renew(factory, Duration.ofDays(400), null).get(0);

    String bundle = Path.of(Objects.requireNonNull(outcome.outbox())).getFileName().toString();
    Await.until(PATIENCE, () -> answers(bundle), files -> files.contains("receipt.json"));
    assertThat(answers(bundle)).containsExactly("receipt.json", "tokens.csv.age");
    Path part = folder.resolve("renewed.age");
    Files.write(part, answer(bundle, "tokens.csv.age").toBytes());
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    BundleOpener.open(part, List.of(identity), plain);
    assertThat(plain.toString(StandardCharsets.UTF_8).lines()).hasSize(31);
  }

  @Test
  void aLargeManifestComesThroughByteForByte() throws Exception {
    TestManifest manifest = newManifest().rows(150_000); // several ranges
    String content = manifest.content();
    upload("large.csv", content);

    Shown ended = ended("large.csv", 1);

    assertThat(ended.state()).isEqualTo("DONE");
    assertThat(Receipt.parse(answer("large.csv", "receipt.json").toString()).sha256())
        .isEqualTo(sha256(content));
  }

  @Test
  void whatIsAnnouncedLiesInTheFolderOfWhoAnnouncesIt() throws Exception {
    String content = newManifest().rows(3).content();
    BlobClient theirs = azurite().blob("elsewhere", "somebody-else/theirs.csv");
    theirs.upload(BinaryData.fromString(content), true);
    BlobClient around = azurite().blob("elsewhere", factory + "/../somebody-else/around.csv");
    BlobClient list = azurite().blob("manifests", factory + "/list.part");
    list.upload(BinaryData.fromString(content), true);

    inbox.receive(announced("theirs.csv", theirs, content));
    inbox.receive(announced("around.csv", around, content));
    NewArrival asList = announced("list.csv", list, content);
    inbox.receive(
        new NewArrival(
            ArrivalKind.REVOCATIONS,
            asList.source(),
            asList.sourceId(),
            factory,
            "list.csv",
            asList.location(),
            null,
            null,
            asList.said()));
    arrivals.retry(ofFactory("list.csv").get(0).arrival());

    assertThat(ended("theirs.csv", 1).problem()).contains("must lie in its own folder");
    assertThat(ended("around.csv", 1).problem()).contains("must lie in its own folder");
    assertThat(ended("list.csv", 1).problem()).contains("Container manifests holds no such file");
    assertThat(theirs.getProperties().getMetadata()).isEmpty();
  }

  @Test
  void whatIsTooLongIsRefusedByItsLength() throws Exception {
    upload("long.csv", "x".repeat((20 << 20) + 1));

    Shown ended = ended("long.csv", 1);

    assertThat(ended.state()).isEqualTo("REFUSED");
    assertThat(ended.problem())
        .isEqualTo(
            "long.csv has 20,971,521 bytes, and more than 20,971,520 are not read. Split it into"
                + " several.");
  }

  @Test
  void aSignatureLiesBesideItsManifest() throws Exception {
    KeyPair key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    factory = "signing-" + SEEDS.incrementAndGet();
    factories.add(TestFactory.named(factory, List.of(identity.recipient())).signing(key).factory());
    String content = newManifest().rows(3).content();
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(key.getPrivate());
    signature.update(HexFormat.of().parseHex(sha256(content)));
    upload("signed.csv", content);
    azurite()
        .blob("manifests", factory + "/signed.csv.sig")
        .upload(BinaryData.fromBytes(signature.sign()));
    upload("unsigned.csv", newManifest().rows(3).content());

    assertThat(ended("signed.csv", 1).state()).isEqualTo("DONE");
    assertThat(ended("unsigned.csv", 1).state()).isEqualTo("REFUSED");
  }

  private NewArrival announced(String name, BlobClient blob, String content) throws Exception {
    return new NewArrival(
        ArrivalKind.MANIFEST,
        new Source("kafka"),
        factory + "/" + name,
        factory,
        name,
        URI.create(blob.getBlobUrl()),
        null,
        null,
        new Said(sha256(content), null, null));
  }

  private static String sha256(String content) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8)));
  }

  private BlobClient upload(String name, String content) {
    BlobClient blob = azurite().blob("manifests", factory + "/" + name);
    blob.upload(BinaryData.fromString(content), true);
    return blob;
  }

  private BinaryData answer(String manifest, String name) {
    return azurite().blob("outbox", factory + "/" + manifest + "/" + name).downloadContent();
  }

  private List<String> answers(String manifest) {
    String folder = factory + "/" + manifest + "/";
    return azurite().container("outbox").listBlobsByHierarchy(folder).stream()
        .map(BlobItem::getName)
        .map(name -> name.substring(folder.length()))
        .toList();
  }

  private static TestManifest newManifest() {
    return TestManifest.seeded(SEEDS.incrementAndGet());
  }

  /** The latest arrival of this name, once so many have ended. */
  private Shown ended(String name, int count) throws Exception {
    return Await.until(
            PATIENCE,
            () -> ofFactory(name),
            seen ->
                seen.size() == count
                    && seen.stream()
                        .allMatch(
                            one -> List.of("DONE", "REFUSED", "FAILED").contains(one.state())))
        .get(0);
  }

  private List<Shown> ofFactory(String name) {
    return arrivals.page(Arrivals.Filter.ALL, null, 1000).stream()
        .filter(seen -> seen.factory().equals(factory) && seen.manifest().equals(name))
        .toList();
  }

  @Override
  public void send(String name, String content) {
    upload(name, content);
  }

  @Override
  public Found found(String name) throws Exception {
    return ended(name, 1).state().equals("DONE")
        ? Found.of(answer(name, "receipt.json").toString())
        : new Found(null, answer(name, "problem.txt").toString());
  }
}
