package dev.muster.bundle;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.credential.sas.DeviceTokens;
import dev.muster.credential.sas.Hub;
import dev.muster.credential.sas.TestHubs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleOpenerTest {

  private static final int AGE_CHUNK_WITH_TAG_BYTES = (1 << 16) + 16;

  private final AgeIdentity identity = AgeIdentity.generate();
  private final Path file;
  private final Path damaged;

  BundleOpenerTest(@TempDir Path folder) {
    file = folder.resolve("tokens.csv.age");
    damaged = folder.resolve("damaged.age");
  }

  @BeforeEach
  void writeSmallPart() throws IOException {
    write(file, 2);
  }

  @Test
  void anotherKeyIsToldThatThePartIsNotForIt() {
    assertRefused(file, List.of(AgeIdentity.generate())).contains("is not encrypted to this key");
    assertRefused(file, List.of(AgeIdentity.generate(), AgeIdentity.generate()))
        .contains("is not encrypted to this key");
  }

  @Test
  void aPartThatIsCutOffAnywhereIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(damaged, Arrays.copyOf(whole, length));
      assertRefused(damaged, List.of(identity)).contains("damaged.age");
    }
  }

  @Test
  void aPartWithAnyByteChangedIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (int place = 0; place < whole.length; place++) {
      byte[] changed = whole.clone();
      changed[place] ^= 1;
      Files.write(damaged, changed);
      assertRefused(damaged, List.of(identity)).contains("damaged.age");
    }
  }

  @Test
  void aPartWithSomethingAppendedIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (int more : new int[] {1, 16, 17, 200, 2 * AGE_CHUNK_WITH_TAG_BYTES}) {
      Files.write(damaged, Arrays.copyOf(whole, whole.length + more));
      assertRefused(damaged, List.of(identity)).contains("damaged or cut off");
    }
  }

  /** Each chunk that is left is genuine here; only the missing end gives it away. */
  @Test
  void aPartThatIsCutOffBetweenTwoChunksIsRefused() throws IOException {
    Path large = file.resolveSibling("large.age");
    write(large, 1_000);
    byte[] whole = Files.readAllBytes(large);
    int lastChunk = (whole.length - headerLength(whole)) % AGE_CHUNK_WITH_TAG_BYTES;
    assertThat(lastChunk).isPositive();

    for (int chunks = 0; chunks < 3; chunks++) {
      int end = whole.length - lastChunk - chunks * AGE_CHUNK_WITH_TAG_BYTES;
      Files.write(damaged, Arrays.copyOf(whole, end));
      assertRefused(damaged, List.of(identity)).contains("damaged or cut off");
    }
  }

  @Test
  void whatIsHandedOutBeforeTheDamageIsGenuine() throws IOException {
    Path large = file.resolveSibling("large.age");
    write(large, 1_000);
    byte[] changed = Files.readAllBytes(large);
    changed[changed.length - 1] ^= 1;
    Files.write(damaged, changed);
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    BundleOpener.open(large, List.of(identity), whole);
    ByteArrayOutputStream part = new ByteArrayOutputStream();

    assertThatThrownBy(() -> BundleOpener.open(damaged, List.of(identity), part))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("not all");

    assertThat(part.size()).isPositive();
    assertThat(whole.toString(UTF_8)).startsWith(part.toString(UTF_8));
  }

  @Test
  void aFileOfAnotherKindIsToldSo() throws IOException {
    Files.writeString(damaged, "device_id,serial_number\r\n".repeat(100));

    assertRefused(damaged, List.of(identity)).contains("is no part of a bundle");
  }

  @Test
  void aMissingFileIsNotCalledDamaged() {
    assertThatThrownBy(
            () -> BundleOpener.open(damaged, List.of(identity), OutputStream.nullOutputStream()))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void aFullDiskIsNotCalledADamagedBundle() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };

    assertThatThrownBy(() -> BundleOpener.open(file, List.of(identity), full))
        .isNotInstanceOf(BundleException.class)
        .hasMessage("No space left on device");
  }

  private static AbstractStringAssert<?> assertRefused(Path part, List<AgeIdentity> identities) {
    String message = "";
    try {
      BundleOpener.open(part, identities, OutputStream.nullOutputStream());
    } catch (BundleException e) {
      message = String.valueOf(e.getMessage());
    } catch (IOException | RuntimeException e) {
      throw new AssertionError(part + " gave no sentence, but " + e, e);
    }
    return assertThat(message).as("opening was refused").isNotEmpty();
  }

  /** The header ends with the line of its MAC, and 16 bytes of nonce follow it. */
  private static int headerLength(byte[] age) {
    String text = new String(age, ISO_8859_1);
    return text.indexOf('\n', text.indexOf("\n--- ") + 1) + 1 + 16;
  }

  private void write(Path target, int devices) throws IOException {
    Hub hub = TestHubs.hub("north");
    DeviceTokens tokens = new DeviceTokens(hub, hub.primaryKey(), Instant.ofEpochSecond(1 << 30));
    try (BundlePartWriter writer =
        new BundlePartWriter(target, List.of(identity.recipient()), hub.columns())) {
      for (UUID device : TestDevices.devices(devices)) {
        writer.add(device.getMostSignificantBits(), device.getLeastSignificantBits(), tokens);
      }
      writer.finish();
    }
  }
}
