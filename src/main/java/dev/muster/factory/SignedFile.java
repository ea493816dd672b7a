package dev.muster.factory;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a factory signs when it sends a file: what the file is for, whose it is, its content and
 * when. As text, each line ended by a line feed:
 *
 * <pre>
 * muster 1
 * manifest | revocation-list
 * &lt;factory&gt;
 * &lt;SHA-256 of the file as it is sent, in lower-case hex&gt;
 * &lt;time, such as 2026-11-28T08:00:00Z&gt;
 * </pre>
 *
 * The signature comes as that time, white space, and the 64 bytes in Base64. The old form, the bare
 * 64 bytes (or those in Base64) over the 32 bytes of the SHA-256, says none of it and is taken for
 * manifests only.
 *
 * @param sha256 in lower-case hex
 */
public record SignedFile(Kind kind, String factory, String sha256) {

  public enum Kind {
    MANIFEST("manifest"),
    REVOCATION_LIST("revocation-list");

    private final String word;

    Kind(String word) {
      this.word = word;
    }
  }

  /** How far a factory's clock may be ahead. */
  private static final Duration AHEAD = Duration.ofMinutes(10);

  private static final int SIGNATURE_BYTES = 64;

  private static final Pattern TIMED =
      Pattern.compile(
          "\\s*(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?Z)\\s+([A-Za-z0-9+/=\\s]+)");

  /** It is not signed as it must be; the message says why, and what to do. */
  public static final class NotSignedException extends Exception {
    NotSignedException(String sentence) {
      super(sentence);
    }
  }

  /** What is signed when it is signed at this time. */
  String text(String time) {
    return "muster 1\n%s\n%s\n%s\n%s\n".formatted(kind.word, factory, sha256, time);
  }

  /** Whether this is a signature in one of the two forms, whatever it is over. */
  public static boolean isSignature(String text) {
    Matcher timed = TIMED.matcher(text);
    byte[] bytes = raw(timed.matches() ? timed.group(2) : text);
    return bytes != null && bytes.length == SIGNATURE_BYTES;
  }

  /**
   * Checks a signature.
   *
   * @return when it was signed; null: in the old form, which does not say
   * @param keys with one of which it must be signed
   * @throws NotSignedException when it is none of these keys' over just this, or of a time to come
   */
  public @Nullable Instant check(List<SigningKey> keys, byte[] signature, Instant now)
      throws NotSignedException {
    Matcher timed = TIMED.matcher(new String(signature, StandardCharsets.US_ASCII));
    if (signature.length == SIGNATURE_BYTES || !timed.matches()) {
      if (kind == Kind.MANIFEST && verifies(keys, HexFormat.of().parseHex(sha256), signature)) {
        return null;
      }
      throw notSigned();
    }
    String time = timed.group(1);
    byte[] text = text(time).getBytes(StandardCharsets.US_ASCII);
    if (!verifies(keys, text, timed.group(2).getBytes(StandardCharsets.US_ASCII))) {
      throw notSigned();
    }
    try {
      Instant at = Instant.parse(time);
      if (at.isAfter(now.plus(AHEAD))) {
        throw new NotSignedException(
            "It was signed at %s, and it is only %s. Set the clock where it is signed, and sign it anew."
                .formatted(time, now));
      }
      return at;
    } catch (DateTimeException e) {
      throw new NotSignedException(
          "It was signed at %s, and there is no such time.".formatted(time));
    }
  }

  private static boolean verifies(List<SigningKey> keys, byte[] message, byte[] signature) {
    return keys.stream().anyMatch(key -> key.verifies(message, signature));
  }

  private NotSignedException notSigned() {
    return new NotSignedException(
        "The signature is not one of factory '%s' over this file as a %s. Sign kind, factory, SHA-256 of the file as it is sent, and time, and send the time with the signature; the commands are in docs/sources.md, \"Signed manifests\"."
            .formatted(factory, kind.word));
  }

  private static byte @Nullable [] raw(String base64) {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
