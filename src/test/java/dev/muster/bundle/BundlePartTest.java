package dev.muster.bundle;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.exceptionfactory.jagged.EncryptingChannelFactory;
import dev.muster.RequiredTool;
import dev.muster.RunProgram;
import dev.muster.credential.sas.DeviceTokens;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.TestHubs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BundlePartTest {

  private static final String HEADER = "device_id,namespace,event_hub,token,expires_at\r\n";

  /** age encrypts in chunks of so many bytes, each with a tag of its own. */
  private static final int AGE_CHUNK_BYTES = 1 << 16;

  private static final Instant EXPIRY = Instant.parse("2027-01-02T03:04:05.678Z");

  private final AgeIdentity identity = AgeIdentity.generate();
  private Hub hub = TestHubs.hub("north");
  private DeviceTokens tokens = new DeviceTokens(hub, hub.primaryKey(), EXPIRY);
  private final Path folder;
  private final Path file;

  BundlePartTest(@TempDir Path folder) {
    this.folder = folder;
    this.file = folder.resolve("tokens.csv.age");
  }

  enum Engine {
    JAVAS_OWN,
    CONSCRYPT;

    EncryptingChannelFactory encryption() {
      if (this == JAVAS_OWN) {
        return AgeCipher.encrypting(null);
      }
      var conscrypt = AgeCipher.conscrypt();
      assumeTrue(conscrypt != null, "Conscrypt has no native library for this platform.");
      return AgeCipher.encrypting(conscrypt);
    }
  }

  @Test
  void aPartHoldsALineForEachDevice() throws IOException {
    UUID device = UUID.fromString("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
    write(file, List.of(device), identity.recipient());

    assertThat(opened(file))
        .isEqualTo(
            HEADER
                + device
                + ",contoso.servicebus.windows.net,devices,"
                + tokens.token(device)
                + ",2027-01-02T03:04:05Z\r\n");
  }

  @Test
  void devicesOfSeveralHubsGetTheirOwnHubsLines() throws IOException {
    Hub other =
        new Hub(
            "south",
            "south.servicebus.windows.net",
            "things",
            "send",
            hub.primaryKey(),
            null,
            1,
            null);
    DeviceTokens otherTokens = new DeviceTokens(other, other.primaryKey(), EXPIRY);
    try (BundlePartWriter writer =
        new BundlePartWriter(file, List.of(identity.recipient()), hub.columns())) {
      writer.add(0, 1, tokens);
      writer.add(0, 2, otherTokens);
      writer.add(0, 3, tokens);
      writer.finish();
    }

    assertThat(opened(file).lines().skip(1).map(line -> line.split(",", -1)[1]))
        .containsExactly(hub.namespace(), other.namespace(), hub.namespace());
    assertThat(opened(file)).contains(otherTokens.token(new UUID(0, 2)));
  }

  @ParameterizedTest
  @EnumSource
  void stockAgeOpensWhatEitherEngineEncrypts(Engine engine) throws IOException {
    List<UUID> devices = TestDevices.devices(1_000); // some 300 kB: several of age's chunks
    try (BundlePartWriter writer =
        new BundlePartWriter(
            file, List.of(identity.recipient()), hub.columns(), engine.encryption())) {
      add(writer, devices);
      writer.finish();
    }

    assertThat(openedByAge(identity)).isEqualTo(expected(devices));
  }

  /** See findings/conscrypt-direct-memory-for-heap-buffers.sh. */
  @ParameterizedTest
  @EnumSource
  void aPartTakesNoMemoryOutsideTheHeapThatGrowsWithIt(Engine engine) throws IOException {
    List<UUID> devices = TestDevices.devices(40_000); // 12 MB
    long before = directMemory();
    try (BundlePartWriter writer =
        new BundlePartWriter(
            file, List.of(identity.recipient()), hub.columns(), engine.encryption())) {
      add(writer, devices);
      writer.finish();
    }

    assertThat(directMemory() - before).isLessThan(2 << 20);
  }

  private static long directMemory() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1})
  void partsThatEndAboutWhereAChunkOfAgesEndsAreWhole(int beside) throws IOException {
    // Devices' lines differ in length by the escapes in their signatures, so that they can be
    // chosen
    // to end the part exactly where it is wanted; but an escape adds two characters, so that an
    // even
    // sum takes lines that are shorter by one.
    if (beside == 0) {
      hub =
          new Hub(
              "north", hub.namespace(), "device", hub.keyName(), hub.primaryKey(), null, 1, null);
      tokens = new DeviceTokens(hub, hub.primaryKey(), EXPIRY);
    }
    List<UUID> devices = TestDevices.filling(AGE_CHUNK_BYTES + beside, this::expected);
    write(file, devices, identity.recipient());

    String csv = expected(devices);
    assertThat(csv).hasSize(AGE_CHUNK_BYTES + beside);
    assertThat(opened(file)).isEqualTo(csv);
    assertThat(openedByAge(identity)).isEqualTo(csv);
  }

  @Test
  void aPartWithoutDevicesIsItsHeader() throws IOException {
    Receipt.Part part = write(file, List.of(), identity.recipient());

    assertThat(part.devices()).isZero();
    assertThat(opened(file)).isEqualTo(HEADER);
    assertThat(openedByAge(identity)).isEqualTo(HEADER);
  }

  @Test
  void eachOfSeveralRecipientsOpensEachOfSeveralParts() throws IOException {
    AgeIdentity second = AgeIdentity.generate();
    AgeIdentity stranger = AgeIdentity.generate();
    for (int number = 1; number <= 2; number++) {
      Path part = folder.resolve(BundlePartWriter.partName(number, 2));
      List<UUID> devices = TestDevices.devices(number);
      write(part, devices, identity.recipient(), second.recipient());

      assertThat(opened(part, identity)).isEqualTo(expected(devices));
      assertThat(opened(part, second)).isEqualTo(expected(devices));
      assertThat(opened(part, stranger, second)).isEqualTo(expected(devices));
    }
    Path part = folder.resolve("tokens-001-of-002.csv.age");
    assertThat(ageDecrypts(part, second).text()).startsWith(HEADER);
    assertThat(ageDecrypts(part, stranger).exitCode()).isNotZero();
  }

  @Test
  void theReportedSumAndSizeAreThoseOfTheFile() throws Exception {
    Receipt.Part part = write(file, TestDevices.devices(500), identity.recipient());

    byte[] content = Files.readAllBytes(file);
    assertThat(part.name()).isEqualTo("tokens.csv.age");
    assertThat(part.bytes()).isEqualTo(content.length);
    assertThat(part.devices()).isEqualTo(500);
    assertThat(part.sha256())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content)));
  }

  @Test
  void onlyItsOwnerMayReadAPartEvenWhileItIsWritten() throws IOException {
    try (BundlePartWriter writer =
        new BundlePartWriter(file, List.of(identity.recipient()), hub.columns())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      writer.finish();
    }
  }

  @Test
  void noTokenIsInTheFileInTheClear() throws IOException {
    write(file, TestDevices.devices(3), identity.recipient());

    assertThat(new String(Files.readAllBytes(file), ISO_8859_1))
        .doesNotContain("SharedAccessSignature", hub.namespace());
  }

  @Test
  void aPartThatIsNotFinishedLeavesNoFile() throws IOException {
    try (BundlePartWriter writer =
        new BundlePartWriter(file, List.of(identity.recipient()), hub.columns())) {
      add(writer, TestDevices.devices(3_000));
    }

    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aFileThatIsThereIsLeftAsItIs() throws IOException {
    Files.writeString(file, "earlier");

    assertThatThrownBy(
            () -> new BundlePartWriter(file, List.of(identity.recipient()), hub.columns()))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("earlier");
  }

  /** As many as a factory may have; with one more Jagged's header no longer fits. */
  @Test
  void aPartForAsManyAsAFactoryMayHaveIsOpenedByTheLast() throws Exception {
    List<AgeRecipient> most =
        new ArrayList<>(Collections.nCopies(AgeRecipient.MOST - 1, identity.recipient()));
    AgeIdentity last = AgeIdentity.generate();
    most.add(last.recipient());
    List<UUID> devices = TestDevices.devices(1);

    write(file, devices, most.toArray(AgeRecipient[]::new));

    assertThat(ageDecrypts(file, last).text()).startsWith(HEADER);
    most.add(last.recipient());
    assertThatThrownBy(
            () -> write(folder.resolve("more.age"), devices, most.toArray(AgeRecipient[]::new)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aPartForNobodyIsRefused() {
    assertThatThrownBy(() -> new BundlePartWriter(file, List.of(), hub.columns()))
        .hasMessage("A bundle needs at least one recipient.");
    assertThat(file).doesNotExist();
  }

  @Test
  void aStartThatFailsLeavesNoFile() {
    assertThatThrownBy(
            () ->
                new BundlePartWriter(
                    file,
                    List.of(identity.recipient()),
                    hub.columns(),
                    (channel, recipients) -> {
                      throw new IOException("No space left on device");
                    }))
        .hasMessage("No space left on device");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void partsAreNumberedWhenThereIsMoreThanOne() {
    assertThat(BundlePartWriter.partName(1, 1)).isEqualTo("tokens.csv.age");
    assertThat(BundlePartWriter.partName(1, 4)).isEqualTo("tokens-001-of-004.csv.age");
    assertThat(BundlePartWriter.partName(12, 12)).isEqualTo("tokens-012-of-012.csv.age");
  }

  @Test
  void whatStockAgeEncryptsIsOpened() throws IOException {
    byte[] content = expected(TestDevices.devices(700)).getBytes(UTF_8);
    RunProgram.Result age =
        RunProgram.run(
            List.of("age", "-r", identity.recipient().publicKey(), "-o", file.toString()), content);

    assertThat(age.exitCode()).as(age.stderr()).isZero();
    assertThat(opened(file)).isEqualTo(new String(content, UTF_8));
  }

  private Receipt.Part write(Path target, List<UUID> devices, AgeRecipient... recipients)
      throws IOException {
    try (BundlePartWriter writer =
        new BundlePartWriter(target, List.of(recipients), hub.columns())) {
      add(writer, devices);
      return writer.finish();
    }
  }

  private void add(BundlePartWriter writer, List<UUID> devices) throws IOException {
    for (UUID device : devices) {
      writer.add(device.getMostSignificantBits(), device.getLeastSignificantBits(), tokens);
    }
  }

  /** The same lines, built the simple way. */
  private String expected(List<UUID> devices) {
    StringBuilder csv = new StringBuilder(HEADER);
    for (UUID device : devices) {
      csv.append(device)
          .append(",contoso.servicebus.windows.net,")
          .append(hub.eventHub())
          .append(',')
          .append(tokens.token(device))
          .append(",2027-01-02T03:04:05Z\r\n");
    }
    return csv.toString();
  }

  private String opened(Path part, AgeIdentity... identities) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BundleOpener.open(part, identities.length == 0 ? List.of(identity) : List.of(identities), out);
    return out.toString(UTF_8);
  }

  private String openedByAge(AgeIdentity key) throws IOException {
    RunProgram.Result age = ageDecrypts(file, key);
    assertThat(age.exitCode()).as(age.stderr()).isZero();
    return age.text();
  }

  private RunProgram.Result ageDecrypts(Path part, AgeIdentity key) throws IOException {
    RequiredTool.orSkip("age");
    Path keyFile = folder.resolve(UUID.randomUUID() + ".agekey");
    key.writeNew(keyFile);
    return RunProgram.run(
        List.of("age", "-d", "-i", keyFile.toString(), part.toString()), new byte[0]);
  }
}
