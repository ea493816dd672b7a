package dev.muster.credential.sas;

import dev.muster.credential.SigningKeys;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Makes tokens one by one, with the key that is in use. */
@Component
public class FreshTokens {

  private final Hubs hubs;

  FreshTokens(Hubs hubs) {
    this.hubs = hubs;
  }

  /**
   * A token that was just made, and is kept nowhere.
   *
   * @param hub for which it is good
   * @param keysAt as of which change of keys it is signed, see {@link SigningKeys}
   */
  public record FreshToken(UUID device, Hub hub, int keysAt, String token, Instant expiresAt) {

    /** Without the token. */
    @Override
    public String toString() {
      return "FreshToken[" + device + ", " + expiresAt + "]";
    }
  }

  /**
   * Makes a device's token for this hub.
   *
   * @param keys that are held, see {@link SigningKeys#hold()}
   * @param expiresAt whole seconds count
   */
  public FreshToken make(UUID device, String hubName, SigningKeys.Keys keys, Instant expiresAt) {
    Hub hub = hubs.byName(hubName);
    DeviceTokens tokens =
        hub.issuer(keys.inUse(hubName), expiresAt.truncatedTo(ChronoUnit.SECONDS));
    return new FreshToken(device, hub, keys.changes(), tokens.token(device), tokens.expiresAt());
  }
}
