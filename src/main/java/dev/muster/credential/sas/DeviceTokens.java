package dev.muster.credential.sas;

import dev.muster.credential.Issuer;
import dev.muster.manifest.Guid;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

/**
 * Signs devices' SAS tokens for one hub, one key and one expiry. A token is good for one publisher,
 * the device, and for nothing else:
 *
 * <pre>
 * SharedAccessSignature sr=&lt;resource&gt;&amp;sig=&lt;signature&gt;&amp;se=&lt;expiry&gt;&amp;skn=&lt;key name&gt;
 * </pre>
 *
 * where the resource is {@code https://<namespace>/<hub>/publishers/<device id>}, percent-encoded;
 * the signature HMAC-SHA256 over resource, line feed and expiry; and the expiry seconds since 1970.
 *
 * <p>Not thread-safe.
 *
 * @see <a
 *     href="https://learn.microsoft.com/azure/event-hubs/authenticate-shared-access-signature">Shared
 *     access signatures of Event Hubs</a>
 */
public final class DeviceTokens implements Issuer {

  static final List<String> COLUMNS = List.of("namespace", "event_hub", "token", "expires_at");

  private static final byte[] PREFIX = ascii("SharedAccessSignature sr=");
  private static final byte[] SIG = ascii("&sig=");

  private final BegunHmac hmac;
  private final byte[] toSign;
  private final int guidAt;
  private final int resourceLength;
  private final byte[] suffix;
  private final byte[] signature = new byte[BegunHmac.LENGTH];
  private final byte[] base64 = new byte[44];
  private final int tokenLength;
  private final byte[] beforeToken;
  private final byte[] afterToken;
  private final Instant expiresAt;

  /**
   * @param expiresAt whole seconds count
   */
  public DeviceTokens(Hub hub, SharedAccessKey key, Instant expiresAt) {
    this.expiresAt = expiresAt;
    byte[] base = ascii(encodedResource(hub) + encoded("/publishers/"));
    byte[] expiry = ascii("\n" + expiresAt.getEpochSecond());
    guidAt = base.length;
    resourceLength = base.length + Guid.LENGTH;
    toSign = new byte[resourceLength + expiry.length];
    System.arraycopy(base, 0, toSign, 0, base.length);
    System.arraycopy(expiry, 0, toSign, resourceLength, expiry.length);
    suffix =
        ascii(
            "&se="
                + expiresAt.getEpochSecond()
                + "&skn="
                + URLEncoder.encode(hub.keyName(), StandardCharsets.UTF_8));
    // Every character of the Base64 may have to be percent-encoded.
    tokenLength = PREFIX.length + resourceLength + SIG.length + base64.length * 3 + suffix.length;
    beforeToken = ascii(hub.namespace() + "," + hub.eventHub() + ",");
    afterToken = ascii("," + expiresAt.truncatedTo(ChronoUnit.SECONDS));
    hmac = new BegunHmac(key.bytes(), base);
  }

  /** When the tokens end. */
  public Instant expiresAt() {
    return expiresAt;
  }

  @Override
  public List<String> columns() {
    return COLUMNS;
  }

  @Override
  public int maxLength() {
    return beforeToken.length + tokenLength + afterToken.length;
  }

  @Override
  public int write(long guidHigh, long guidLow, byte[] target, int offset) {
    int at = put(beforeToken, beforeToken.length, target, offset);
    at = writeToken(guidHigh, guidLow, target, at);
    return put(afterToken, afterToken.length, target, at);
  }

  private int writeToken(long guidHigh, long guidLow, byte[] target, int offset) {
    Guid.write(guidHigh, guidLow, toSign, guidAt);
    hmac.sign(toSign, signature);
    int at = put(PREFIX, PREFIX.length, target, offset);
    at = put(toSign, resourceLength, target, at);
    at = put(SIG, SIG.length, target, at);
    int length = Base64.getEncoder().encode(signature, base64);
    for (int i = 0; i < length; i++) {
      byte b = base64[i];
      if (b == '+' || b == '/' || b == '=') {
        target[at++] = '%';
        target[at++] = (byte) (b == '=' ? '3' : '2');
        target[at++] = (byte) (b == '+' ? 'B' : b == '/' ? 'F' : 'D');
      } else {
        target[at++] = b;
      }
    }
    return put(suffix, suffix.length, target, at);
  }

  /** A device's token. */
  public String token(UUID device) {
    byte[] token = new byte[tokenLength];
    int length =
        writeToken(device.getMostSignificantBits(), device.getLeastSignificantBits(), token, 0);
    return new String(token, 0, length, StandardCharsets.US_ASCII);
  }

  private static int put(byte[] bytes, int length, byte[] target, int offset) {
    System.arraycopy(bytes, 0, target, offset, length);
    return offset + length;
  }

  /** The hub's URI, percent-encoded. */
  static String encodedResource(Hub hub) {
    return encoded("https://" + hub.namespace() + "/" + hub.eventHub());
  }

  private static String encoded(String uri) {
    return URLEncoder.encode(uri, StandardCharsets.UTF_8);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
