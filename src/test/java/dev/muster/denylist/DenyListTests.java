package dev.muster.denylist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.AllPermitted;
import dev.muster.Await;
import dev.muster.RunProgram;
import dev.muster.access.NotThereException;
import dev.muster.access.RefusedException;
import dev.muster.denylist.DenyListVerifier.Verified;
import dev.muster.denylist.ListIndex.Entry;
import dev.muster.denylist.ListIndex.Envelope;
import dev.muster.home.Sha256;
import dev.muster.status.StatusAction;
import dev.muster.status.StatusChanged;
import dev.muster.status.StatusChanges;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A list that anybody can check with stock tools, and follow without a gap. */
@DirtiesContext
@ExtendWith(AllPermitted.class)
@SpringBootTest(
    properties = {
      "muster.home=target/deny-list-home",
      "muster.deny-list.snapshot-lines=20",
      "muster.deny-list.keep-snapshots=2"
    })
class DenyListTests {

  private static final Pattern DEVICE = Pattern.compile(".*\"device_id\":\"([^\"]+)\".*");

  private static final String REASON = "Bob from building 7 lost it";

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Autowired private DenyList denyList;
  @Autowired private DenyListProperties properties;
  @Autowired private SigningKeyPlace key;
  @Autowired private DenyListFiles files;
  @Autowired private StatusHistory history;
  @Autowired private StatusChanges changes;
  @Autowired private JdbcTemplate jdbc;
  @Autowired private JsonMapper json;

  @TempDir private Path folder;

  @BeforeEach
  void nothingIsPublished() throws IOException {
    FileSystemUtils.deleteRecursively(files.folder());
  }

  @Test
  void aListIsVerifiedAndReadWithStockTools() throws Exception {
    UUID revoked = revoke();
    UUID disabled = UUID.randomUUID();
    change(disabled, StatusAction.DISABLE);
    publish();
    UUID later = revoke();
    publish();

    Path payload = folder.resolve("payload");
    Path signature = folder.resolve("signature");
    Files.write(payload, base64("payload"));
    Files.write(signature, base64("signature"));
    RunProgram.Result verified =
        run(
            "openssl",
            "pkeyutl",
            "-verify",
            "-rawin",
            "-pubin",
            "-inkey",
            files.folder().resolve("public-key.pem").toString(),
            "-in",
            payload.toString(),
            "-sigfile",
            signature.toString());

    assertThat(verified.exitCode()).as(verified.stderr()).isZero();
    JsonNode index = json.readTree(Files.readAllBytes(payload));
    assertThat(index.path("format").asInt()).isEqualTo(1);
    assertThat(index.path("version").asLong()).isEqualTo(history.version());
    for (JsonNode file : index.path("files")) {
      Path path = files.folder().resolve(file.path("name").asString());
      assertThat(run("sha256sum", path.toString()).text())
          .startsWith(file.path("sha256").asString() + " ");
      assertThat(Files.size(path)).isEqualTo(file.path("bytes").asLong());
    }
    Entry snapshot = entries().get(0);
    assertThat(snapshot.name()).startsWith("snapshot-");
    assertThat(lines(snapshot))
        .anyMatch(line -> line.startsWith(start(revoked, "REVOKED")))
        .anyMatch(line -> line.startsWith(start(disabled, "DISABLED")));
    Entry delta = entries().get(1);
    assertThat(delta.from()).isEqualTo(snapshot.to());
    assertThat(lines(delta)).singleElement().asString().startsWith(start(later, "REVOKED"));
    assertThat(keyIdBy(files.folder().resolve("public-key.pem")))
        .isEqualTo(index.path("key_id").asString());
  }

  @Test
  void healthIsDegradedForAsLongAsADestinationIsNotReached() throws Exception {
    AtomicBoolean away = new AtomicBoolean(true);
    DenyListService service = new DenyListService(properties, key, List.of(destination(away)));
    DenyListHealth health = new DenyListHealth(service, Duration.ZERO);
    assertThat(health.health().getStatus()).isEqualTo(Status.UP);

    service.start();
    try {
      Health degraded = Await.until(PATIENCE, health::health, DenyListTests::isDegraded);
      assertThat(degraded.getDetails()).containsEntry("destinations", List.of("elsewhere"));
      assertThat(isDegraded(new DenyListHealth(service, Duration.ofHours(1)).health()))
          .as("not for so long")
          .isFalse();

      away.set(false);
      service.changed(new StatusChanged(1)); // else it is tried again after a pause
      Await.until(PATIENCE, health::health, found -> found.getStatus().equals(Status.UP));
    } finally {
      service.stop();
    }
  }

  private static boolean isDegraded(Health health) {
    return health.getStatus().getCode().equals("DEGRADED");
  }

  private static Destination destination(AtomicBoolean away) {
    return new Destination() {
      @Override
      public String name() {
        return "elsewhere";
      }

      @Override
      public long version() {
        return -1;
      }

      @Override
      public @Nullable Instant publishedAt() {
        return null;
      }

      @Override
      public Outcome publish() throws IOException {
        if (away.get()) {
          throw new IOException("Nobody answers.");
        }
        return Outcome.CURRENT;
      }

      @Override
      public void close() {}
    };
  }

  @Test
  void aChangeThatCommitsWhileASnapshotIsReadIsInTheNextDelta() throws Exception {
    UUID before = revoke();
    UUID during = UUID.randomUUID();
    List<UUID> read = new ArrayList<>();

    long version =
        history.atOneInstant(
            () -> {
              long seen = history.version();
              CompletableFuture.runAsync(
                      () -> {
                        change(during, StatusAction.REVOKE);
                        change(before, StatusAction.RESTORE);
                      })
                  .join();
              history.outOfService(device -> read.add(device.deviceId()));
              return seen;
            });

    assertThat(read).contains(before).doesNotContain(during);
    assertThat(history.changes(version, history.version(), 10))
        .extracting(device -> device.deviceId() + " " + device.status())
        .containsExactly(during + " REVOKED", before + " ACTIVE");
  }

  @Test
  void whoeverFollowsTheListWhileDevicesChangeHasWhatTheRegistryHas() throws Exception {
    publish();
    Map<UUID, String> followed = new HashMap<>();
    long[] at = {-1};
    AtomicBoolean done = new AtomicBoolean();
    List<UUID> devices = Stream.generate(UUID::randomUUID).limit(30).toList();
    CompletableFuture<Void> changing =
        CompletableFuture.runAsync(
                () -> {
                  for (int i = 0; i < 400; i++) {
                    UUID device = devices.get(ThreadLocalRandom.current().nextInt(devices.size()));
                    StatusAction[] actions = StatusAction.values();
                    change(device, actions[ThreadLocalRandom.current().nextInt(actions.length)]);
                  }
                })
            .whenComplete((nothing, failure) -> done.set(true));

    int published = 0;
    while (!done.get()) {
      publish();
      follow(followed, at);
      published++;
      verify();
    }
    changing.join();
    publish();
    follow(followed, at);

    assertThat(published).as("it was published while devices changed").isGreaterThan(1);
    assertThat(followed).isEqualTo(registry());
    assertThat(verify().version()).isEqualTo(history.version());
  }

  @Test
  void aDeviceThatIsRestoredIsActiveInTheDeltaAndNotInTheNextSnapshot() throws Exception {
    UUID device = revoke();
    publish();
    change(device, StatusAction.RESTORE);
    publish();

    Entry delta = last();
    denyList.snapshot();

    assertThat(lines(delta)).singleElement().asString().startsWith(start(device, "ACTIVE"));
    assertThat(last().snapshot()).isTrue();
    assertThat(Files.readString(files.folder().resolve(last().name())))
        .doesNotContain(device.toString());
    assertThat(verify().snapshots()).isEqualTo(2);
  }

  @Test
  void snapshotsAreMadeWhenDeltasGrowAndWhatIsOldGoes() throws Exception {
    publish();
    for (int round = 0; round < 200 && count(".jsonl", "snapshot") < 2; round++) {
      revoke();
      publish();
    }
    Entry second = last();
    assertThat(second.snapshot()).isTrue();
    Entry first = entries().get(0);

    revoke();
    publish();
    denyList.snapshot();

    assertThat(files.folder().resolve(first.name())).doesNotExist();
    assertThat(entries().get(0)).isEqualTo(second);
    assertThat(count(".jsonl", "")).isEqualTo(entries().size()).isEqualTo(3);
    assertThat(verify().version()).isEqualTo(history.version());
  }

  @Test
  void nothingIsPublishedTwiceAndAnIndexThatIsLostIsMadeAgain() throws Exception {
    revoke();
    publish();
    byte[] index = Files.readAllBytes(files.folder().resolve("index.json"));

    publish();
    assertThat(files.folder().resolve("index.json")).hasBinaryContent(index);

    Files.delete(files.folder().resolve("index.json"));
    Files.writeString(files.folder().resolve("delta-1-2.jsonl"), "left by a kill");
    publish();
    assertThat(verify().version()).isEqualTo(history.version());
    assertThat(files.folder().resolve("delta-1-2.jsonl")).doesNotExist();
  }

  @Test
  void aFileThatIsMissingMakesANewSnapshot() throws Exception {
    publish();
    revoke();
    publish();
    Files.delete(files.folder().resolve(last().name()));
    revoke();

    publish();

    assertThat(entries()).singleElement().matches(Entry::snapshot);
    assertThat(verify().version()).isEqualTo(history.version());
  }

  @Test
  void whatWasTamperedWithIsNotVerified() throws Exception {
    UUID device = revoke();
    publish();
    Path snapshot = files.folder().resolve(last().name());
    String content = Files.readString(snapshot);
    Files.writeString(snapshot, content.replace(start(device, "REVOKED"), start(device, "ACTIVE")));
    assertThatThrownBy(this::verify).hasMessageContaining("another SHA-256");
    Files.writeString(snapshot, content);
    verify();

    Path other = folder.resolve("other.pem");
    Files.writeString(other, ListSigner.parse(ListSigner.generate(), other).publicKey().pem());
    assertThatThrownBy(() -> DenyListVerifier.verify(files.folder(), other))
        .hasMessageContaining("is not signed by key");
  }

  @Test
  void aSnapshotThatDoesNotFollowFromTheOneBeforeItIsFound() throws Exception {
    revoke();
    publish();
    revoke();
    publish();
    ListSigner signer = ListSigner.read(Path.of("target/deny-list-home/keys/deny-list.pem"));
    denyList.snapshot();
    ListIndex whole = files.index().orElseThrow();
    Entry lacking = whole.files().get(whole.files().size() - 2);
    Path delta = files.folder().resolve(lacking.name());
    Files.writeString(delta, Files.readString(delta).replace("REVOKED", "DISABLED"));
    List<Entry> entries = new ArrayList<>(whole.files());
    entries.set(
        entries.indexOf(lacking),
        new Entry(
            lacking.name(),
            lacking.kind(),
            lacking.from(),
            lacking.to(),
            lacking.lines(),
            Files.size(delta),
            run("sha256sum", delta.toString()).text().substring(0, 64),
            lacking.writtenAt()));
    Files.write(
        files.folder().resolve("index.json"),
        new ListIndex(1, whole.version(), whole.publishedAt(), whole.keyId(), entries)
            .signed(signer));

    assertThatThrownBy(this::verify).hasMessageContaining("they differ");
  }

  @Test
  void noReasonIsInTheFilesAndOnlyTheirOwnerReadsThem() throws Exception {
    revoke();
    publish();
    revoke();
    publish();

    try (Stream<Path> all = Files.walk(files.folder())) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file)).doesNotContain("Bob from", "operator", "SharedAccess");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .isEqualTo("rw-------");
      }
    }
    assertThat(new String(base64("payload"), java.nio.charset.StandardCharsets.UTF_8))
        .doesNotContain("Bob from");
  }

  @Test
  void nothingIsGivenAwayButWhatTheListIs() throws Exception {
    revoke();
    publish();
    Entry snapshot = last();
    try (InputStream given = denyList.open(snapshot.name()).content()) {
      assertThat(given.readAllBytes())
          .isEqualTo(Files.readAllBytes(files.folder().resolve(snapshot.name())));
    }
    try (InputStream given = denyList.open(ListIndex.FILE).content()) {
      assertThat(new String(given.readAllBytes(), StandardCharsets.UTF_8)).contains("signature");
    }
    Path secret = Files.writeString(folder.resolve("deny-list.pem"), "secret");
    for (String name :
        List.of("deny-list.pem", "../../keys/deny-list.pem", "snapshot-999999999.jsonl", "", ".")) {
      assertThatThrownBy(() -> denyList.open(name)).as(name).isInstanceOf(NotThereException.class);
    }

    // Whoever may write into the folder names what they like to read.
    Path file = files.folder().resolve(snapshot.name());
    Files.delete(file);
    Files.createSymbolicLink(file, secret);
    assertThatThrownBy(() -> denyList.open(snapshot.name())).isInstanceOf(NotThereException.class);
    Files.delete(file);
    assertThatThrownBy(() -> denyList.open(snapshot.name())).isInstanceOf(NotThereException.class);
    ListIndex index = files.index().orElseThrow();
    ListIndex naming =
        new ListIndex(
            index.format(),
            index.version(),
            index.publishedAt(),
            index.keyId(),
            List.of(
                new Entry(
                    secret.toString(),
                    ListIndex.Kind.SNAPSHOT,
                    null,
                    index.version(),
                    1,
                    6,
                    snapshot.sha256(),
                    index.publishedAt())));
    Files.write(
        files.folder().resolve(ListIndex.FILE),
        naming.signed(ListSigner.parse(ListSigner.generate(), secret)));
    assertThat(files.index().orElseThrow().files()).extracting(Entry::name).contains("" + secret);
    assertThatThrownBy(() -> denyList.open(secret.toString()))
        .isInstanceOf(NotThereException.class);
  }

  @Test
  void aSnapshotThatCanNotBeMadeIsRefusedInASentence() throws Exception {
    publish();
    Path key = Path.of("target/deny-list-home/keys/deny-list.pem");
    String before = Files.readString(key);
    Files.writeString(key, "no key");
    try {
      assertThatThrownBy(() -> denyList.snapshot())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("The deny list is not published (files) yet: ")
          .hasMessageContaining("holds no Ed25519 private key")
          .hasMessageNotContaining("no key");
    } finally {
      Files.writeString(key, before);
    }
  }

  @Test
  void aKeyThatIsReplacedSignsANewSnapshotOfTheSameDevices() throws Exception {
    revoke();
    publish();
    revoke();
    publish();
    ListIndex before = files.index().orElseThrow();
    Path key = Path.of("target/deny-list-home/keys/deny-list.pem");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    assertThat(
            run("openssl", "genpkey", "-algorithm", "ed25519", "-out", key.toString()).exitCode())
        .isZero();

    files.publish();

    ListIndex after = files.index().orElseThrow();
    assertThat(after.keyId()).isNotEqualTo(before.keyId());
    assertThat(after.version()).isEqualTo(before.version());
    assertThat(after.files()).extracting(Entry::snapshot).containsExactly(true);
    assertThat(after.keyId()).isEqualTo(keyIdBy(files.folder().resolve("public-key.pem")));
    verify();
  }

  @Test
  void whatIsWrittenIntoTheFolderWithoutTheKeyIsNeverSigned() throws Exception {
    UUID device = revoke();
    publish();
    revoke();
    publish();
    ListIndex whole = files.index().orElseThrow();
    Path named = files.folder().resolve(whole.files().get(0).name());
    String content = Files.readString(named);
    assertThat(content).contains(device.toString());

    // A file of the same length, and an index that says so, signed by who knows whom
    Files.writeString(named, content.replace(device.toString(), UUID.randomUUID().toString()));
    List<Entry> entries = new ArrayList<>(whole.files());
    Entry first = entries.get(0);
    entries.set(
        0,
        new Entry(
            first.name(),
            first.kind(),
            first.from(),
            first.to(),
            first.lines(),
            first.bytes(),
            Sha256.of(named),
            first.writtenAt()));
    Path index = files.folder().resolve("index.json");
    Files.write(
        index,
        new ListIndex(1, whole.version(), whole.publishedAt(), whole.keyId(), entries)
            .signed(ListSigner.parse(ListSigner.generate(), index)));
    files.publish();

    verify();
    assertThat(listed()).contains(device.toString());

    // The index is as it was signed, and a file is not what it says
    named = files.folder().resolve(files.index().orElseThrow().files().get(0).name());
    Files.writeString(
        named, Files.readString(named).replace(device.toString(), UUID.randomUUID().toString()));
    revoke();
    publish();

    verify();
    assertThat(listed()).contains(device.toString());
  }

  @Test
  void aDatabaseThatWasPutBackIsNotPublishedOverANewerList() throws Exception {
    revoke();
    publish();
    ListIndex index = files.index().orElseThrow();
    Path key = Path.of("target/deny-list-home/keys/deny-list.pem");
    long ahead = index.version() + 1000;
    Files.write(
        files.folder().resolve("index.json"),
        new ListIndex(1, ahead, index.publishedAt(), index.keyId(), index.files())
            .signed(ListSigner.read(key)));

    assertThatThrownBy(files::publish)
        .hasMessageContaining("was put back to an earlier state")
        .hasMessageContaining("setval('device_change_change_id_seq', " + ahead + ")");
  }

  @Test
  void inProductionAKeyIsRequired() {
    MockEnvironment production = new MockEnvironment();
    production.setActiveProfiles("production");
    SigningKeyPlace place =
        new SigningKeyPlace(properties(null), new dev.muster.home.MusterHome(folder), production);

    assertThatThrownBy(place::signer)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("openssl genpkey -algorithm ed25519")
        .hasMessageContaining("muster.deny-list.signing-key");
    assertThat(folder.resolve("keys")).doesNotExist();
  }

  @Test
  void aFileThatIsNoKeyIsRefusedWithoutSayingWhatIsInIt() throws Exception {
    Path file = Files.writeString(folder.resolve("key.pem"), "hunter2");
    SigningKeyPlace place =
        new SigningKeyPlace(
            properties(file), new dev.muster.home.MusterHome(folder), new MockEnvironment());

    assertThatThrownBy(place::signer)
        .hasMessageContaining("holds no Ed25519 private key")
        .message()
        .doesNotContain("hunter2");
  }

  private static DenyListProperties properties(@org.jspecify.annotations.Nullable Path key) {
    java.time.Duration any = java.time.Duration.ofSeconds(1);
    return new DenyListProperties(
        true, key, null, "rw-------", "t", any, any, 1, 1, any, 2, any, 1);
  }

  private UUID revoke() {
    UUID device = UUID.randomUUID();
    change(device, StatusAction.REVOKE);
    return device;
  }

  private void change(UUID device, StatusAction action) {
    changes.change(device, action, REASON, "operator test");
  }

  private void publish() {
    assertThat(denyList.publishPending()).isEmpty();
  }

  private Verified verify() throws IOException {
    return DenyListVerifier.verify(files.folder(), null);
  }

  private List<Entry> entries() throws IOException {
    return files.index().orElseThrow().files();
  }

  private Entry last() throws IOException {
    return entries().get(entries().size() - 1);
  }

  /** Of the last snapshot, and what a delta behind it names. */
  private Set<String> listed() throws IOException {
    Set<String> listed = new HashSet<>();
    for (Entry entry : entries()) {
      if (entry.snapshot()) {
        listed.clear();
      }
      lines(entry).forEach(line -> listed.add(DEVICE.matcher(line).replaceFirst("$1")));
    }
    return listed;
  }

  private List<String> lines(Entry entry) throws IOException {
    return Files.readAllLines(files.folder().resolve(entry.name()));
  }

  private long count(String end, String start) throws IOException {
    try (Stream<Path> all = Files.list(files.folder())) {
      return all.map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(end) && name.startsWith(start))
          .count();
    }
  }

  /** As docs/deny-list.md says. */
  private void follow(Map<UUID, String> devices, long[] at) throws IOException {
    ListIndex index =
        Envelope.parse(Files.readAllBytes(files.folder().resolve("index.json"))).index();
    boolean known = index.files().stream().anyMatch(file -> file.to() == at[0]);
    if (!known) {
      Entry snapshot = index.lastSnapshot().orElseThrow();
      devices.clear();
      apply(snapshot, devices);
      at[0] = snapshot.to();
    }
    for (Entry file : index.files()) {
      if (!file.snapshot() && file.to() > at[0]) {
        assertThat(file.from()).isEqualTo(at[0]);
        apply(file, devices);
        at[0] = file.to();
      }
    }
    assertThat(at[0]).isEqualTo(index.version());
  }

  private void apply(Entry file, Map<UUID, String> devices) throws IOException {
    for (String line : lines(file)) {
      JsonNode device = json.readTree(line);
      UUID id = UUID.fromString(device.path("device_id").asString());
      if (device.path("status").asString().equals("ACTIVE")) {
        devices.remove(id);
      } else {
        devices.put(id, device.path("status").asString());
      }
    }
  }

  /** What is retired is revoked for whoever reads the list. */
  private Map<UUID, String> registry() {
    Map<UUID, String> devices = new HashMap<>();
    jdbc.query(
        """
        SELECT device_id, CASE state WHEN 'RETIRED' THEN 'REVOKED' ELSE state::text END
          FROM device_status WHERE state IS NOT NULL\
        """,
        row -> {
          devices.put(row.getObject(1, UUID.class), row.getString(2));
        });
    return devices;
  }

  private byte[] base64(String field) throws IOException {
    JsonNode envelope = json.readTree(Files.readAllBytes(files.folder().resolve("index.json")));
    return Base64.getDecoder().decode(envelope.path(field).asString());
  }

  private static String start(UUID device, String status) {
    return "{\"device_id\":\"%s\",\"status\":\"%s\",\"version\":".formatted(device, status);
  }

  private String keyIdBy(Path publicKey) throws IOException {
    Path der = folder.resolve("key.der");
    run(
        "openssl",
        "pkey",
        "-pubin",
        "-in",
        publicKey.toString(),
        "-outform",
        "DER",
        "-out",
        der.toString());
    return run("sha256sum", der.toString()).text().substring(0, 16);
  }

  private static RunProgram.Result run(String... command) throws IOException {
    return RunProgram.run(List.of(command), new byte[0]);
  }
}
