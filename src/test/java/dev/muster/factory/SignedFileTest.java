package dev.muster.factory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.muster.RequiredTool;
import dev.muster.factory.SignedFile.Kind;
import dev.muster.factory.SignedFile.NotSignedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signatures as factories make them: by the commands of docs/sources.md, word for word. */
class SignedFileTest {

  private static final Path DOCUMENT = Path.of("docs", "sources.md");

  @TempDir private Path folder;

  private String sha256 = "";
  private byte[] signature = {};

  @BeforeEach
  void signAsTheDocumentSays() throws Exception {
    RequiredTool.orSkip("openssl");
    Path file = Files.writeString(folder.resolve("line-7.csv"), "device_id\n");
    sha256 =
        HexFormat.of()
            .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    run(commands());
    signature = Files.readAllBytes(folder.resolve("line-7.csv.sig"));
  }

  @Test
  void whatIsSignedIsTakenForJustThat() throws Exception {
    Instant at = check(new SignedFile(Kind.MANIFEST, "fabrikam", sha256), Instant.now());

    assertThat(at).isNotNull().isBeforeOrEqualTo(Instant.now());
    assertThat(at).isAfter(Instant.now().minus(Duration.ofMinutes(5)));
    for (SignedFile other :
        new SignedFile[] {
          new SignedFile(Kind.REVOCATION_LIST, "fabrikam", sha256),
          new SignedFile(Kind.MANIFEST, "contoso", sha256),
          new SignedFile(Kind.MANIFEST, "fabrikam", "00" + sha256.substring(2))
        }) {
      assertThatThrownBy(() -> check(other, Instant.now()))
          .isInstanceOf(NotSignedException.class)
          .hasMessageContaining("is not one of factory '" + other.factory() + "'");
    }
  }

  @Test
  void itsTimeIsPartOfItAndIsNotToCome() throws Exception {
    SignedFile manifest = new SignedFile(Kind.MANIFEST, "fabrikam", sha256);

    assertThatThrownBy(() -> check(manifest, Instant.now().minus(Duration.ofMinutes(11))))
        .hasMessageContaining("Set the clock where it is signed");
    String text = Files.readString(folder.resolve("line-7.csv.sig"));
    signature = ("2020" + text.substring(4)).getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> check(manifest, Instant.now())).hasMessageContaining("is not one of");
  }

  @Test
  void theOldFormIsGoodForManifestsOnly() throws Exception {
    run(
        """
        openssl dgst -sha256 -binary -out line-7.sha256 line-7.csv
        openssl pkeyutl -sign -inkey sign.pem -rawin -in line-7.sha256 -out line-7.csv.sig
        """);
    signature = Files.readAllBytes(folder.resolve("line-7.csv.sig"));

    assertThat(check(new SignedFile(Kind.MANIFEST, "fabrikam", sha256), Instant.now())).isNull();
    assertThatThrownBy(
            () -> check(new SignedFile(Kind.REVOCATION_LIST, "fabrikam", sha256), Instant.now()))
        .isInstanceOf(NotSignedException.class);
  }

  private @Nullable Instant check(SignedFile file, Instant now)
      throws IOException, NotSignedException {
    return file.check(SigningKey.all(Files.readString(folder.resolve("sign.pub"))), signature, now);
  }

  /** The indented lines under its heading. */
  private static String commands() throws IOException {
    String section =
        Files.readString(DOCUMENT).split("\n## Signed manifests\n", -1)[1].split("\n## ", -1)[0];
    return section
        .lines()
        .filter(line -> line.startsWith("    "))
        .collect(Collectors.joining("\n"));
  }

  private void run(String commands) throws Exception {
    Process shell =
        new ProcessBuilder("sh", "-e", "-c", commands)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shell.waitFor()).as(said).isZero();
  }
}
