package dev.muster.credential.sas;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * HMAC-SHA256 of texts that begin alike. The key and the whole blocks of the beginning are hashed
 * once, and each text continues a copy of that; {@link javax.crypto.Mac} hashes them for each. A
 * token's signature takes 162 instead of 258 ns, a 25th of the time in which a device is
 * provisioned (Java 17 and 25, see docs/benchmarks.md).
 *
 * <p>Not thread-safe.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc2104#section-4">RFC 2104, section 4: keeping the
 *     intermediate results of the key's blocks</a>
 */
final class BegunHmac {

  /** Bytes of a signature. */
  static final int LENGTH = 32;

  private static final int BLOCK = 64;

  private final MessageDigest inner;
  private final MessageDigest outer;
  private final int begun;
  private final byte[] innerHash = new byte[LENGTH];

  /**
   * @param beginning what every text begins with
   */
  BegunHmac(byte[] key, byte[] beginning) {
    inner = sha256();
    outer = sha256();
    byte[] padded = Arrays.copyOf(key.length > BLOCK ? sha256().digest(key) : key, BLOCK);
    inner.update(masked(padded, 0x36));
    outer.update(masked(padded, 0x5c));
    begun = beginning.length - beginning.length % BLOCK;
    inner.update(beginning, 0, begun);
  }

  /** Signs a text that begins as was said. */
  void sign(byte[] text, byte[] signature) {
    try {
      finish(inner, text, begun, innerHash);
      finish(outer, innerHash, 0, signature);
    } catch (CloneNotSupportedException | DigestException e) {
      throw new IllegalStateException("Every Java's SHA-256 can be copied.", e);
    }
  }

  private static void finish(MessageDigest half, byte[] text, int from, byte[] hash)
      throws CloneNotSupportedException, DigestException {
    MessageDigest whole = (MessageDigest) half.clone();
    whole.update(text, from, text.length - from);
    whole.digest(hash, 0, LENGTH);
  }

  private static byte[] masked(byte[] block, int mask) {
    byte[] masked = new byte[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      masked[i] = (byte) (block[i] ^ mask);
    }
    return masked;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }
}
