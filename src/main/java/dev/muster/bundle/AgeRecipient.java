package dev.muster.bundle;

import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.bech32.Bech32;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Somebody to whom bundles are encrypted.
 *
 * @param publicKey an age X25519 public key, {@code age1…}
 * @see <a href="https://age-encryption.org/v1">The age file encryption format</a>
 */
public record AgeRecipient(String publicKey) {

  /** To how many one bundle can be encrypted: Jagged's header has to fit in one chunk. */
  public static final int MOST = 668;

  /** Bech32 (BIP 173) of 32 bytes: 52 characters of data and 6 of checksum. */
  private static final Pattern SHAPE = Pattern.compile("age1[02-9ac-hj-np-z]{58}");

  /**
   * @throws IllegalArgumentException when it is no age public key, with a sentence that says so
   */
  public AgeRecipient {
    if (publicKey.toUpperCase(Locale.ROOT).startsWith("AGE-SECRET-KEY-")) {
      throw new IllegalArgumentException(
          "This is an age secret key. Keep it to yourself, and give the public key, which begins"
              + " with age1.");
    }
    if (!SHAPE.matcher(publicKey).matches()) {
      throw new IllegalArgumentException(
          "'%s' is no age public key (X25519): that is age1 and 58 lower-case letters and digits, none of them 1, b, i or o. Other kinds (SSH keys, plugins) can't be used."
              .formatted(publicKey));
    }
    try {
      // Jagged 1.0.0 makes a key pair to read a recipient, each time:
      // findings/jagged-reading-a-recipient-makes-a-key-pair.sh
      Bech32.getDecoder().decode(publicKey);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "'%s' looks like an age public key, but its checksum does not match: some character is mistyped. Copy it again."
              .formatted(publicKey),
          e);
    }
  }

  RecipientStanzaWriter stanzaWriter() throws GeneralSecurityException {
    return X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(publicKey);
  }
}
