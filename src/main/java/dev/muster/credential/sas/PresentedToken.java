package dev.muster.credential.sas;

import dev.muster.credential.KeyInUse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A token as somebody presents it: of the form that {@link DeviceTokens} writes, and good for
 * nothing before its signature is checked.
 */
public final class PresentedToken {

  /** Longer than any that is issued. */
  private static final int MAX_LENGTH = 2048;

  private static final String GUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

  private static final Pattern FORM =
      Pattern.compile(
          "SharedAccessSignature"
              + " sr=(?<hub>https%3A%2F%2F[A-Za-z0-9.%_-]+)%2Fpublishers%2F(?<device>"
              + GUID
              + ")&sig=[A-Za-z0-9%]+&se=(?<expiry>[1-9][0-9]{0,10})&skn=(?<keyName>[A-Za-z0-9._-]+)");

  private final byte[] text;
  private final String hubResource;
  private final String keyName;
  private final UUID device;
  private final Instant expiresAt;

  private PresentedToken(String text, Matcher parts) {
    this.text = text.getBytes(StandardCharsets.US_ASCII);
    hubResource = parts.group("hub");
    keyName = parts.group("keyName");
    device = UUID.fromString(parts.group("device"));
    expiresAt = Instant.ofEpochSecond(Long.parseLong(parts.group("expiry")));
  }

  /** Reads what stands in an {@code Authorization} header; empty when it is no device's token. */
  public static Optional<PresentedToken> read(String text) {
    if (text.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    Matcher parts = FORM.matcher(text);
    return parts.matches() ? Optional.of(new PresentedToken(text, parts)) : Optional.empty();
  }

  /** Whose it says it is. */
  public UUID device() {
    return device;
  }

  /** When it says that it ends. */
  public Instant expiresAt() {
    return expiresAt;
  }

  /** Whether it says that it is for this hub, under this hub's policy. */
  public boolean names(Hub hub) {
    return hubResource.equals(DeviceTokens.encodedResource(hub)) && keyName.equals(hub.keyName());
  }

  /** A key of a hub's policy that signed a token. */
  public record Signature(Hub hub, KeyInUse key) {}

  /**
   * Which keys of which hubs signed it: none when it is not genuine.
   *
   * <p>There is exactly one token for a device, a hub, a key and an expiry, so each key's is made
   * again and compared whole, in constant time. All keys of all hubs are tried, whichever fits, so
   * that the time it takes tells nothing.
   */
  public List<Signature> signatures(List<Hub> hubs) {
    List<Signature> signatures = new ArrayList<>();
    for (Hub hub : hubs) {
      SharedAccessKey second = hub.secondaryKey();
      boolean primary = isSignedWith(hub, hub.primaryKey());
      boolean secondary = isSignedWith(hub, second == null ? hub.primaryKey() : second);
      if (primary) {
        signatures.add(new Signature(hub, KeyInUse.PRIMARY));
      }
      if (secondary && second != null) {
        signatures.add(new Signature(hub, KeyInUse.SECONDARY));
      }
    }
    return signatures;
  }

  private boolean isSignedWith(Hub hub, SharedAccessKey key) {
    String genuine = new DeviceTokens(hub, key, expiresAt).token(device);
    return MessageDigest.isEqual(genuine.getBytes(StandardCharsets.US_ASCII), text);
  }

  /** Without the signature. */
  @Override
  public String toString() {
    return "PresentedToken[" + device + ", " + expiresAt + "]";
  }
}
