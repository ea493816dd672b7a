package dev.muster.denylist;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * The Ed25519 key that signs the list.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8410">RFC 8410</a> for the encoding of the key
 */
final class ListSigner {

  /** How a key is made with stock tools. */
  static final String HOW_TO_MAKE = "openssl genpkey -algorithm ed25519 -out deny-list.pem";

  private static final String ALGORITHM = "Ed25519";
  private static final Pattern ARMOUR = Pattern.compile("-----(BEGIN|END) PRIVATE KEY-----|\\s");

  private final PrivateKey key;
  private final ListKey publicKey;

  private ListSigner(PrivateKey key, PublicKey publicKey) {
    this.key = key;
    this.publicKey = new ListKey(publicKey);
  }

  /**
   * Reads a key.
   *
   * @throws IllegalStateException when there is none; the message says how to make one, and nothing
   *     of what was read
   */
  static ListSigner read(Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IllegalStateException(
          "The deny list's signing key %s can't be read. Make one with: %s"
              .formatted(file, HOW_TO_MAKE));
    }
    return parse(Files.readString(file), file);
  }

  static ListSigner parse(String pem, Path file) {
    try {
      byte[] encoded = Base64.getDecoder().decode(ARMOUR.matcher(pem).replaceAll(""));
      PrivateKey key =
          KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(encoded));
      byte[] seed = ((EdECPrivateKey) key).getBytes().orElseThrow();
      ListSigner signer = new ListSigner(key, publicKey(seed));
      byte[] probe = "probe".getBytes(StandardCharsets.US_ASCII);
      if (!signer.publicKey.verifies(probe, signer.sign(probe))) {
        throw new IllegalStateException("This Java makes another public key of an Ed25519 key.");
      }
      return signer;
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IllegalStateException(
          "%s holds no Ed25519 private key in PKCS#8 (PEM). Make one with: %s"
              .formatted(file, HOW_TO_MAKE));
    }
  }

  /** A new key in PKCS#8, PEM. */
  static String generate() {
    try {
      byte[] encoded =
          KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair().getPrivate().getEncoded();
      return "-----BEGIN PRIVATE KEY-----\n"
          + Base64.getEncoder().encodeToString(encoded)
          + "\n-----END PRIVATE KEY-----\n";
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java since 15 has Ed25519.", e);
    }
  }

  ListKey publicKey() {
    return publicKey;
  }

  /** Signs: 64 bytes. */
  byte[] sign(byte[] message) {
    try {
      Signature signature = Signature.getInstance(ALGORITHM);
      signature.initSign(key);
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java since 15 has Ed25519.", e);
    }
  }

  /**
   * Java has no way from a private key to its public one but to generate the pair again from the
   * same 32 bytes; {@link #parse} tries the result out.
   */
  private static PublicKey publicKey(byte[] seed) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM);
    generator.initialize(new NamedParameterSpec(ALGORITHM), new Repeat(seed));
    KeyPair pair = generator.generateKeyPair();
    Arrays.fill(seed, (byte) 0);
    return pair.getPublic();
  }

  /** Says what it was told. */
  private static final class Repeat extends SecureRandom {
    private final byte[] bytes;

    Repeat(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public void nextBytes(byte[] wanted) {
      System.arraycopy(bytes, 0, wanted, 0, wanted.length);
    }
  }
}
