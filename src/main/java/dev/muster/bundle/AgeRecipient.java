package dev.muster.bundle;

import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;
import java.security.GeneralSecurityException;

/**
 * Somebody to whom bundles are encrypted.
 *
 * @param publicKey an age X25519 public key, {@code age1…}
 * @see <a href="https://age-encryption.org/v1">The age file encryption format</a>
 */
public record AgeRecipient(String publicKey) {

  /**
   * @throws IllegalArgumentException when it is no age public key, with a sentence that says so
   */
  public AgeRecipient {
    if (publicKey.toUpperCase(java.util.Locale.ROOT).startsWith("AGE-SECRET-KEY-")) {
      throw new IllegalArgumentException(
          "This is an age secret key. Keep it to yourself, and give the public key, which begins"
              + " with age1.");
    }
    try {
      X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(publicKey);
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new IllegalArgumentException(
          "'%s' is no age public key (X25519): it begins with age1 and has 62 characters."
              .formatted(publicKey),
          e);
    }
  }

  RecipientStanzaWriter stanzaWriter() throws GeneralSecurityException {
    return X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(publicKey);
  }
}
