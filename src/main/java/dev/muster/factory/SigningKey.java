package dev.muster.factory;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The public half of the Ed25519 key with which a factory signs what it sends.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8032">RFC 8032</a>, <a
 *     href="https://www.rfc-editor.org/rfc/rfc8410">RFC 8410</a> for the encoding of the key
 * @see SignedFile for what is signed
 */
public final class SigningKey {

  private static final Pattern ARMOUR = Pattern.compile("-----(BEGIN|END) PUBLIC KEY-----|\\s");
  private static final int SIGNATURE_BYTES = 64;

  private final PublicKey key;

  /**
   * @param text SubjectPublicKeyInfo as PEM or bare Base64, as {@code openssl pkey -pubout} writes
   *     it
   * @throws IllegalArgumentException when it is no Ed25519 public key
   */
  public SigningKey(String text) {
    try {
      byte[] encoded = Base64.getDecoder().decode(ARMOUR.matcher(text).replaceAll(""));
      key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "This is no Ed25519 public key. Make one with: openssl genpkey -algorithm ed25519 -out"
              + " sign.pem; openssl pkey -in sign.pem -pubout",
          e);
    }
  }

  /**
   * Keys one below the other, each as PEM or bare Base64.
   *
   * @throws IllegalArgumentException when something is none
   */
  public static List<SigningKey> all(String text) {
    return Pattern.compile("\\s+")
        .splitAsStream(ARMOUR.matcher(text).replaceAll(" ").strip())
        .filter(key -> !key.isEmpty())
        .map(SigningKey::new)
        .toList();
  }

  /** The key in Base64, on one line. */
  public String base64() {
    return Base64.getEncoder().encodeToString(key.getEncoded());
  }

  /**
   * Whether a signature is this key's.
   *
   * @param signature 64 bytes, or those in Base64
   */
  boolean verifies(byte[] message, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(raw(signature));
    } catch (SignatureException | IllegalArgumentException e) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java since 15 has Ed25519.", e);
    }
  }

  private static byte[] raw(byte[] signature) {
    return signature.length == SIGNATURE_BYTES
        ? signature
        : Base64.getMimeDecoder().decode(signature);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SigningKey that && key.equals(that.key);
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }

  @Override
  public String toString() {
    return base64();
  }
}
