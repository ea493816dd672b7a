package dev.muster.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.RunProgram;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgeKeysTest {

  private final AgeIdentity identity = AgeIdentity.generate();
  private final Path file;

  AgeKeysTest(@TempDir Path folder) {
    file = folder.resolve("keys/factory.agekey");
  }

  @Test
  void anIdentityThatWasWrittenIsReadAgain() throws IOException {
    identity.writeNew(file);

    assertThat(AgeIdentity.read(file))
        .extracting(AgeIdentity::recipient)
        .containsExactly(identity.recipient());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void anIdentityIsNeverOverwritten() throws IOException {
    identity.writeNew(file);
    String before = Files.readString(file);

    assertThatThrownBy(() -> AgeIdentity.generate().writeNew(file))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent(before);
    try (var left = Files.list(file.getParent())) {
      assertThat(left).containsExactly(file);
    }
  }

  @Test
  void ageKeygenReadsOurIdentities() throws IOException {
    identity.writeNew(file);

    RunProgram.Result keygen =
        RunProgram.run(List.of("age-keygen", "-y", file.toString()), new byte[0]);

    assertThat(keygen.exitCode()).as(keygen.stderr()).isZero();
    assertThat(keygen.text().strip()).isEqualTo(identity.recipient().publicKey());
    assertThat(Files.readAllLines(file))
        .hasSize(3)
        .satisfies(
            lines -> {
              assertThat(lines.get(0)).startsWith("# created: 20").endsWith("Z");
              assertThat(lines.get(1))
                  .isEqualTo("# public key: " + identity.recipient().publicKey());
            });
  }

  @Test
  void weReadAgeKeygensIdentities() throws IOException {
    String keyFile = RunProgram.run(List.of("age-keygen"), new byte[0]).text();
    Path written = file.resolveSibling("keygen.agekey");
    Files.createDirectories(file.getParent());
    Files.writeString(written, keyFile);

    assertThat(AgeIdentity.read(written))
        .singleElement()
        .satisfies(read -> assertThat(keyFile).contains(read.recipient().publicKey()));
  }

  @Test
  void aFileMayHoldSeveralIdentitiesCommentsAndEmptyLines() throws IOException {
    AgeIdentity second = AgeIdentity.generate();
    identity.writeNew(file);
    Path other = file.resolveSibling("other.agekey");
    second.writeNew(other);
    Path both = file.resolveSibling("both.agekey");
    Files.writeString(
        both, "# two\r\n\r\n" + Files.readString(file) + "  \n" + Files.readString(other).strip());

    assertThat(AgeIdentity.read(both))
        .extracting(AgeIdentity::recipient)
        .containsExactly(identity.recipient(), second.recipient());
  }

  @Test
  void aDamagedIdentityIsNamedByItsLineAndNotShown() throws IOException {
    identity.writeNew(file);
    String secret = Files.readAllLines(file).get(2);
    Path damaged = file.resolveSibling("damaged.agekey");
    String typo = secret.substring(0, 40) + (secret.charAt(40) == 'Q' ? 'P' : 'Q');
    Files.writeString(damaged, "# mine\n" + typo + secret.substring(41) + "\n");

    assertThatThrownBy(() -> AgeIdentity.read(damaged))
        .hasMessageContaining("Line 2")
        .hasMessageContaining("damaged.agekey")
        .satisfies(
            e -> {
              assertThat(String.valueOf(e.getMessage())).doesNotContain(typo.substring(16));
              assertThat(e).hasNoCause();
            });
  }

  @Test
  void aFileWithoutAKeyIsToldSo() throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "# nothing here\n");

    assertThatThrownBy(() -> AgeIdentity.read(file)).hasMessageContaining("no age secret key");
  }

  @Test
  void aFileOfAnotherKindIsToldSo() throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[] {'a', 'g', 'e', (byte) 0xC3, (byte) 0x28, 0, 1, 2});
    assertThatThrownBy(() -> AgeIdentity.read(file)).hasMessageContaining("no age identity file");

    Files.write(file, new byte[2 << 20]);
    assertThatThrownBy(() -> AgeIdentity.read(file)).hasMessageContaining("no age identity file");
  }

  @Test
  void anIdentityShowsOnlyItsPublicKey() throws IOException {
    identity.writeNew(file);
    String secret = Files.readAllLines(file).get(2);

    assertThat(identity.toString())
        .contains(identity.recipient().publicKey())
        .doesNotContain(secret, secret.substring(16));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "age1",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN",
        "age1yubikey1q2w7u3vpya839jxxuq8g0sedh3d740d4xvn639sqhr95ejj8vu3hyfumptt"
      })
  void whatHasNotTheShapeOfAPublicKeyIsRefused(String text) {
    assertThatThrownBy(() -> new AgeRecipient(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "' is no age public key");
  }

  @Test
  void aMistypedPublicKeyIsToldSo() {
    String key = identity.recipient().publicKey();
    String typo = key.substring(0, 30) + (key.charAt(30) == 'q' ? 'p' : 'q') + key.substring(31);

    assertThatThrownBy(() -> new AgeRecipient(typo)).hasMessageContaining("mistyped");
    assertThatThrownBy(() -> new AgeRecipient(key.toUpperCase(Locale.ROOT)))
        .hasMessageContaining("lower-case");
  }

  @Test
  void aSecretKeyGivenAsPublicKeyIsNotRepeated() throws IOException {
    identity.writeNew(file);
    String secret = Files.readAllLines(file).get(2);

    assertThatThrownBy(() -> new AgeRecipient(secret))
        .hasMessageContaining("secret key")
        .satisfies(
            e -> assertThat(String.valueOf(e.getMessage())).doesNotContain(secret.substring(16)));
  }
}
