package dev.muster.denylist;

import dev.muster.home.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** The public half of the key that signs the list. */
final class ListKey {

  private static final Pattern ARMOUR = Pattern.compile("-----(BEGIN|END) PUBLIC KEY-----|\\s");
  private static final int ID_LENGTH = 16;

  private final PublicKey key;

  ListKey(PublicKey key) {
    this.key = key;
  }

  /**
   * Reads one, as {@code openssl pkey -pubout} writes it.
   *
   * @throws IOException also when it is no Ed25519 public key
   */
  static ListKey read(Path file) throws IOException {
    try {
      byte[] encoded =
          Base64.getDecoder().decode(ARMOUR.matcher(Files.readString(file)).replaceAll(""));
      return new ListKey(
          KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(file + " holds no Ed25519 public key (PEM).", e);
    }
  }

  /** The first 16 hex digits of the SHA-256 of its SubjectPublicKeyInfo. */
  String id() {
    return HexFormat.of()
        .formatHex(Sha256.digest().digest(key.getEncoded()))
        .substring(0, ID_LENGTH);
  }

  String pem() {
    return "-----BEGIN PUBLIC KEY-----\n"
        + Base64.getEncoder().encodeToString(key.getEncoded())
        + "\n-----END PUBLIC KEY-----\n";
  }

  boolean verifies(byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (SignatureException e) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java since 15 has Ed25519.", e);
    }
  }
}
