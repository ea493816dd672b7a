package dev.muster.bundle;

import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.x25519.X25519KeyFactory;
import com.exceptionfactory.jagged.x25519.X25519KeyPairGenerator;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaReaderFactory;
import dev.muster.home.SecretFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;

/** A key that opens bundles. Nothing of it is ever shown but its public half. */
public final class AgeIdentity {

  private static final String SECRET_KEY_PREFIX = "AGE-SECRET-KEY-1";

  /** Some thousand keys; what is larger is another file, taken for an identity by mistake. */
  private static final long MAX_FILE_BYTES = 1 << 20;

  private final String secretKey;
  private final AgeRecipient recipient;

  private AgeIdentity(String secretKey, AgeRecipient recipient) {
    this.secretKey = secretKey;
    this.recipient = recipient;
  }

  /** Makes a new one, from the system's randomness. */
  public static AgeIdentity generate() {
    try {
      KeyPair pair = new X25519KeyPairGenerator().generateKeyPair();
      return new AgeIdentity(
          new String(pair.getPrivate().getEncoded(), StandardCharsets.US_ASCII),
          new AgeRecipient(new String(pair.getPublic().getEncoded(), StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java can't make X25519 keys.", e);
    }
  }

  /**
   * Reads an identity file as {@code age-keygen} writes it: comments, and one or more secret keys.
   *
   * @throws IOException when it can't be read or holds no key; the message shows nothing of the
   *     file
   */
  public static List<AgeIdentity> read(Path file) throws IOException {
    List<AgeIdentity> identities = new ArrayList<>();
    int number = 0;
    for (String line : lines(file)) {
      number++;
      String key = line.strip();
      if (!key.isEmpty() && !key.startsWith("#")) {
        identities.add(parse(key, file, number));
      }
    }
    if (identities.isEmpty()) {
      throw new IOException(
          "%s holds no age secret key (a line that begins with %s)."
              .formatted(file, SECRET_KEY_PREFIX));
    }
    return identities;
  }

  private static List<String> lines(Path file) throws IOException {
    try {
      if (Files.size(file) <= MAX_FILE_BYTES) {
        return Files.readAllLines(file);
      }
    } catch (CharacterCodingException e) {
      // said below
    }
    throw new IOException(
        "%s is no age identity file: that is a short text with a line that begins with %s. If it is protected by a passphrase, decrypt it first with age -d."
            .formatted(file, SECRET_KEY_PREFIX));
  }

  private static AgeIdentity parse(String key, Path file, int line) throws IOException {
    try {
      var publicKey =
          new X25519KeyFactory()
              .translateKey(new SecretKeySpec(key.getBytes(StandardCharsets.US_ASCII), "X25519"));
      return new AgeIdentity(
          key, new AgeRecipient(new String(publicKey.getEncoded(), StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new IOException("Line %d of %s is no age secret key (X25519).".formatted(line, file));
    }
  }

  /**
   * Writes it to a new file that only its owner can read, as {@code age-keygen} does.
   *
   * @throws java.nio.file.FileAlreadyExistsException when the file is there
   */
  public void writeNew(Path file) throws IOException {
    SecretFile.createNew(
        file,
        "# created: %s%n# public key: %s%n%s%n"
            .formatted(
                Instant.now().truncatedTo(ChronoUnit.SECONDS), recipient.publicKey(), secretKey));
  }

  /** Its public half: who encrypts to this, encrypts to this identity. */
  public AgeRecipient recipient() {
    return recipient;
  }

  RecipientStanzaReader stanzaReader() throws GeneralSecurityException {
    return X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(secretKey);
  }

  @Override
  public String toString() {
    return "AgeIdentity[" + recipient.publicKey() + "]";
  }
}
