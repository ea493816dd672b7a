package dev.muster.upload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.Await;
import dev.muster.MusterTest;
import dev.muster.TestFactory;
import dev.muster.TestManifest;
import dev.muster.access.Caller;
import dev.muster.access.Callers;
import dev.muster.access.NotPermittedException;
import dev.muster.access.RefusedException;
import dev.muster.access.Role;
import dev.muster.arrival.ArrivalKind;
import dev.muster.arrival.Arrivals;
import dev.muster.arrival.Arrivals.Shown;
import dev.muster.bundle.AgeIdentity;
import dev.muster.factory.Factories;
import dev.muster.factory.Factory;
import dev.muster.home.MusterHome;
import dev.muster.manifest.Rejected;
import dev.muster.manifest.Updates;
import dev.muster.provisioning.ManifestCheck;
import dev.muster.provisioning.ManifestRuns;
import dev.muster.revocation.ListEffect;
import dev.muster.upload.CheckedUpload.Findings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

@MusterTest
class UploadTests {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @SuppressWarnings("InputStreamSlowMultibyteRead") // it is never read to its end
  private static final InputStream BROKEN_OFF =
      new InputStream() {
        @Override
        public int read() throws IOException {
          throw new IOException("broken off");
        }
      };

  @Autowired private Uploads uploads;
  @Autowired private CheckedUploads checkedUploads;
  @Autowired private CheckedUploadTable table;
  @Autowired private UploadFiles files;
  @Autowired private Arrivals arrivals;
  @Autowired private Factories factories;
  @Autowired private MusterHome home;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private ManifestRuns runs;
  @Autowired private ManifestCheck manifestCheck;

  private final String factory = "up-" + UUID.randomUUID().toString().substring(0, 8);
  private final String content = TestManifest.seeded(System.nanoTime()).rows(5).content();

  @BeforeEach
  void addFactory() {
    factories.add(new Factory(factory, List.of(AgeIdentity.generate().recipient()), null));
  }

  @Test
  void ofAnotherFactorysDevicesNothingIsToldButThatTheyAreThere(@TempDir Path folder)
      throws Exception {
    String other = "other-" + factory;
    factories.add(new Factory(other, List.of(AgeIdentity.generate().recipient()), null));
    Path file = Files.writeString(folder.resolve("secret.csv"), content);
    runs.provision(file, other, null, null);
    List<Rejected> rejects = new ArrayList<>();

    ManifestCheck.CheckedManifest unused =
        as(Role.FACTORY, factory, () -> manifestCheck.check(file, factory, null, rejects::add));
    runs.provision(file, factory, null, null);

    assertThat(rejects).hasSize(5);
    assertThat(rejects)
        .extracting(Rejected::message)
        .containsOnly("This device is already in the registry.");
    assertThat(
            jdbc.queryForList(
                "SELECT DISTINCT message FROM reject JOIN manifest USING (manifest_id) WHERE"
                    + " factory = ?",
                String.class,
                factory))
        .containsExactly("This device is already in the registry.");
  }

  @Test
  void aSenderSaysWhatAnUploadMayChangeAndAFactorysAccountNoMoreThanItMay(@TempDir Path folder)
      throws Exception {
    runs.provision(Files.writeString(folder.resolve("a.csv"), content), factory, null, null);
    String changed = content.replace("TH-200", "TH-300");

    UUID id = checkedUploads.checkManifest(factory, "b.csv", stream(changed), null, Updates.VALUES);
    Findings findings = awaitFindings(id);
    long arrival = Objects.requireNonNull(checkedUploads.confirm(id).arrival());

    assertThat(findings.updated()).isEqualTo(5);
    assertThat(findings.rejected()).isZero();
    assertThat(
            jdbc.queryForObject(
                "SELECT updates FROM arrival WHERE arrival_id = ?", String.class, arrival))
        .isEqualTo("VALUES");
    assertThatThrownBy(
            () ->
                as(
                    Role.FACTORY,
                    factory,
                    () ->
                        uploads.sendManifest(
                            factory, "c.csv", stream(changed), null, null, null, Updates.VALUES)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("may not change so much");
  }

  @Test
  void whatIsSentIsInTheInboxAndItsFileIsForItsOwnerOnly() throws Exception {
    Uploads.Sent sent =
        as(
            Role.FACTORY,
            factory,
            () ->
                uploads.sendManifest(
                    factory, "C:\\x\\a.csv", stream(content), null, 5L, null, null));
    assertThat(sent.sha256()).isEqualTo(sha256(content));
    Shown arrival = arrivals.find(sent.arrival()).orElseThrow();
    assertThat(arrival.source()).isEqualTo("upload");
    assertThat(arrival.manifest()).isEqualTo("a.csv");
    assertThat(arrival.sender()).isEqualTo("somebody");
    assertThat(arrival.location()).startsWith("upload:");
    Path file = home.uploads().resolve(arrival.location().replace("upload:", ""));
    assertThat(file).hasContent(content);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void whatBreaksOffOrIsNotWhatWasAnnouncedLeavesNothing() throws Exception {
    long before = count();
    assertThatThrownBy(
            () ->
                uploads.sendManifest(
                    factory, "a.csv", stream(content), "0".repeat(64), null, null, null))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(sha256(content));
    assertThatThrownBy(
            () ->
                uploads.sendManifest(
                    factory,
                    "a.csv",
                    new SequenceInputStream(stream("x".repeat(100_000)), BROKEN_OFF),
                    null,
                    null,
                    null,
                    null))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(
            () -> uploads.sendManifest("nobody", "a.csv", stream(content), null, null, null, null))
        .hasMessageContaining("There is no factory 'nobody'");
    assertThat(count()).isEqualTo(before);
  }

  @Test
  void moreUploadsThanAFactoryMayHaveWaitingAreRefused() throws Exception {
    List<UUID> waiting = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      waiting.add(checkedUploads.checkManifest(factory, i + ".csv", stream(content), null, null));
      awaitFindings(waiting.get(i)); // so few are looked at or wait for it at a time
    }
    assertThatThrownBy(
            () ->
                checkedUploads.checkManifest(factory, "one-more.csv", stream(content), null, null))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("50 files of factory '%s' wait to be confirmed".formatted(factory));
    for (UUID id : waiting) {
      checkedUploads.discard(id);
    }
    checkedUploads.discard(
        checkedUploads.checkManifest(factory, "one-more.csv", stream(content), null, null));
  }

  @Test
  void aFactoryThatSignsMustSignUploadsToo() throws Exception {
    KeyPair keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    String signing = factory + "-signs";
    factories.add(TestFactory.named(signing).signing(keys).factory());
    assertThatThrownBy(
            () -> checkedUploads.checkManifest(signing, "a.csv", stream(content), null, null))
        .hasMessageContaining("no signature came with this file");
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(keys.getPrivate());
    signature.update(HexFormat.of().parseHex(sha256(content)));
    String right = Base64.getEncoder().encodeToString(signature.sign());
    assertThatThrownBy(
            () ->
                checkedUploads.checkManifest(
                    signing, "a.csv", stream(content + "x,,,\n"), right, null))
        .hasMessageContaining("is not one of factory");
    UUID id = checkedUploads.checkManifest(signing, "a.csv", stream(content), right, null);
    awaitFindings(id);
    long arrival = Objects.requireNonNull(checkedUploads.confirm(id).arrival());
    assertThat(
            jdbc.queryForObject(
                "SELECT signature FROM arrival WHERE arrival_id = ?", String.class, arrival))
        .isEqualTo(right);
  }

  @Test
  void anUploadIsConfirmedOnceByWhomItConcernsAndCanBeDiscarded() throws Exception {
    UUID id = checkedUploads.checkManifest(factory, "a.csv", stream(content), null, null);
    Findings findings = awaitFindings(id);
    assertThat(findings.accepted()).isEqualTo(5);
    as(
        Role.FACTORY,
        "another",
        () -> {
          assertThat(checkedUploads.find(id)).isEmpty();
          assertThat(checkedUploads.waiting(null, 100))
              .extracting(CheckedUpload::id)
              .doesNotContain(id);
          assertThatThrownBy(() -> checkedUploads.confirm(id)).isInstanceOf(RefusedException.class);
          assertThatThrownBy(() -> checkedUploads.discard(id)).isInstanceOf(RefusedException.class);
          return true;
        });
    assertThatThrownBy(() -> as(Role.AUDITOR, null, () -> checkedUploads.confirm(id)))
        .isInstanceOf(NotPermittedException.class);
    long arrival = Objects.requireNonNull(checkedUploads.confirm(id).arrival());
    assertThat(checkedUploads.confirm(id).arrival()).isEqualTo(arrival);
    assertThat(Files.exists(files.of(id))).isTrue();

    UUID other = checkedUploads.checkManifest(factory, "b.csv", stream(content), null, null);
    checkedUploads.discard(other);
    assertThat(Files.exists(files.of(other))).isFalse();
    assertThatThrownBy(() -> checkedUploads.confirm(other))
        .hasMessageContaining("not there any more");
  }

  @Test
  void aListIsCountedByItsActionsAndItsBadRowsAreSaid() throws Exception {
    String list =
        "device_id,action\n%s,revoke\n%s,disable\n%s,explode\n"
            .formatted(UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID());
    UUID id = checkedUploads.checkList(factory, "list.csv", stream(list), null);
    Findings findings = awaitFindings(id);
    ListEffect effect = Objects.requireNonNull(findings.effect());
    assertThat(effect.unknown()).isEqualTo(Map.of("revoke", 1L, "disable", 1L));
    assertThat(findings.tooManyRejects()).isTrue();
    assertThat(findings.rejects()).singleElement().extracting(r -> r.value()).isEqualTo("explode");
    assertThatThrownBy(() -> as(Role.OPERATOR, null, () -> checkedUploads.confirm(id)))
        .as("operators send no lists")
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void aCheckWhoseInstanceDiedIsBegunAgainAndWhatIsOverIsRemoved() throws Exception {
    UUID id = checkedUploads.checkManifest(factory, "a.csv", stream(content), null, null);
    awaitFindings(id);
    jdbc.update(
        "UPDATE checked_upload SET findings = NULL, seen_at = now() - interval '1 hour' WHERE"
            + " upload_id = ?",
        id);
    assertThat(checkedUploads.find(id).orElseThrow().checked()).isFalse();
    assertThat(awaitFindings(id).accepted()).isEqualTo(5);

    Instant later = Instant.now().plus(Duration.ofDays(2));
    assertThat(table.removeExpired(later)).contains(id);
    Files.setLastModifiedTime(files.of(id), FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    files.removeLeft(Instant.now().minus(Duration.ofDays(1)), table::needsFile);
    assertThat(Files.exists(files.of(id))).isFalse();
  }

  @Test
  void aLookThatWasTakenOverCountsNoMore() throws Exception {
    UUID id = checkedUploads.checkManifest(factory, "a.csv", stream(content), null, null);
    awaitFindings(id);
    UUID silent =
        Objects.requireNonNull(
            jdbc.queryForObject(
                "UPDATE checked_upload SET findings = NULL WHERE upload_id = ? RETURNING look",
                UUID.class,
                id));
    Instant now = Instant.now();
    UUID next = UUID.randomUUID();
    assertThat(table.takeOver(id, next, now.plus(Duration.ofHours(1)), now)).isTrue();

    assertThat(table.alive(id, silent, 3, now)).isFalse();
    table.checked(id, silent, Findings.refused("too late"), now);
    assertThat(table.find(id).orElseThrow().upload().checked()).isFalse();

    assertThat(table.alive(id, next, 3, now)).isTrue();
    table.checked(id, next, Findings.refused("in time"), now);
    table.checked(id, next, Findings.refused("twice"), now);
    assertThat(awaitFindings(id).refusal()).isEqualTo("in time");
  }

  @Test
  void whoMaySeeOneKindIsShownAsManyOfItAsThereAre() throws Exception {
    UUID manifest = checkedUploads.checkManifest(factory, "a.csv", stream(content), null, null);
    UUID list = checkedUploads.checkList(factory, "l.csv", stream("device_id,action\n"), null);
    awaitFindings(manifest);
    awaitFindings(list);

    assertThat(shown(Role.OPERATOR, null, null)).contains(manifest).doesNotContain(list);
    assertThat(shown(Role.SECURITY_OFFICER, null, null)).contains(list).doesNotContain(manifest);
    assertThat(shown(Role.FACTORY, factory, ArrivalKind.MANIFEST)).containsExactly(manifest);
    assertThat(shown(Role.FACTORY, "other-" + factory, null)).isEmpty();
  }

  /** One, of those that the role may see, however many others are newer. */
  private List<UUID> shown(Role role, @Nullable String of, @Nullable ArrivalKind kind)
      throws Exception {
    return as(role, of, () -> checkedUploads.waiting(kind, kind == null ? 100 : 1)).stream()
        .map(CheckedUpload::id)
        .toList();
  }

  private Findings awaitFindings(UUID id) throws Exception {
    Findings findings =
        Await.until(PATIENCE, () -> checkedUploads.find(id).orElseThrow(), CheckedUpload::checked)
            .findings();
    return Objects.requireNonNull(findings);
  }

  private static <T> T as(Role role, @Nullable String factory, Callable<T> work) throws Exception {
    return Callers.call(
        Caller.account("somebody", "somebody", "test", List.of(role), factory), work::call);
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String sha256(String text) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private long count() throws IOException {
    if (!Files.isDirectory(home.uploads())) {
      return 0;
    }
    try (Stream<Path> there = Files.list(home.uploads())) {
      return there.count();
    }
  }
}
